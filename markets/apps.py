"""Django's entry to the app."""

from django.apps import AppConfig

from markets.tax_services import tax_service_names, tax_service_of


class MarketsConfig(AppConfig):
    """Where a sale happens: currency, countries, languages, net or gross, taxes."""

    name = "markets"
    verbose_name = "Settings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make every tax service, so that a wrong setting is told when the shop starts and not by a cart."""
        for name in tax_service_names():
            tax_service_of(name)
