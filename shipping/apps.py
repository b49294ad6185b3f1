"""Django's entry to the app."""

from django.apps import AppConfig


class ShippingConfig(AppConfig):
    """How it gets there: zones and methods."""

    name = "shipping"
    verbose_name = "Settings"
    default_auto_field = "django.db.models.BigAutoField"
