"""Django's entry to the app."""

from django.apps import AppConfig


class ShippingConfig(AppConfig):
    """How it gets there: zones and methods."""

    name = "shipping"
    default_auto_field = "django.db.models.BigAutoField"
