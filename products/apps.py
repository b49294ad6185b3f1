"""Django's entry to the app."""

from django.apps import AppConfig


class ProductsConfig(AppConfig):
    """What is sold: categories, products, variants, prices, media, collections."""

    name = "products"
    verbose_name = "Catalogue"
    default_auto_field = "django.db.models.BigAutoField"
