"""Django's entry to the app."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """What there is of it and where: locations, stock levels, movements, reservations."""

    name = "inventory"
    verbose_name = "Stock"
    default_auto_field = "django.db.models.BigAutoField"
