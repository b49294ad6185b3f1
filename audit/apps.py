"""Django's entry to the app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Checks of the books, their runs, and what those found."""

    name = "audit"
    verbose_name = "Audit"
    default_auto_field = "django.db.models.BigAutoField"
