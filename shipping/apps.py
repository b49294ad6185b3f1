"""Django's entry to the app."""

from django.apps import AppConfig

from shipping.carriers import carrier_names, carrier_of


class ShippingConfig(AppConfig):
    """How it gets there: zones and methods."""

    name = "shipping"
    verbose_name = "Settings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make every carrier, so that a wrong setting is told when the shop starts and not by a cart."""
        for name in carrier_names():
            carrier_of(name)
