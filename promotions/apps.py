"""Django's entry to the app."""

from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    """Promotions, their codes, and what was used of limits."""

    name = "promotions"
    verbose_name = "Promotions"
    default_auto_field = "django.db.models.BigAutoField"
