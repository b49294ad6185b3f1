"""Django's entry to the app."""

from django.apps import AppConfig


class MarketsConfig(AppConfig):
    """Where a sale happens: currency, countries, languages, net or gross, taxes."""

    name = "markets"
    verbose_name = "Settings"
    default_auto_field = "django.db.models.BigAutoField"
