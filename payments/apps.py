"""Django's entry to the app."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Money that comes in and goes back: payments and their events."""

    name = "payments"
    verbose_name = "Sales"
    default_auto_field = "django.db.models.BigAutoField"
