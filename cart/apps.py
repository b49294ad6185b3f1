"""Django's entry to the app."""

from django.apps import AppConfig


class CartConfig(AppConfig):
    """What somebody is about to buy: carts, lines, the quote."""

    name = "cart"
    verbose_name = "Sales"
    default_auto_field = "django.db.models.BigAutoField"
