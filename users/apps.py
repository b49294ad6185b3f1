"""Django's entry to the app."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """People and machines that call: accounts, addresses, roles, API keys."""

    name = "users"
    verbose_name = "People"
    default_auto_field = "django.db.models.BigAutoField"
