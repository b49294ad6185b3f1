"""Django's entry to the app."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """What was sold: orders, lines, adjustments, fulfilments, history."""

    name = "orders"
    verbose_name = "Sales"
    default_auto_field = "django.db.models.BigAutoField"
