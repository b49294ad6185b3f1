"""Pages of the catalogue. The product's own page is registered by inventory, which adds the stock to it."""

from products.admin.collections import CollectionAdmin, CollectionProductAdmin
from products.admin.imports import ImportAdmin, ImportProblemAdmin
from products.admin.parts import (
    MediaAdmin,
    PriceAdmin,
    PriceHistoryAdmin,
    ProductCategoryAdmin,
    ProductOptionAdmin,
    ProductTranslationAdmin,
    SlugRedirectAdmin,
    VariantAdmin,
)
from products.admin.price_lists import PriceListAdmin, PriceListGroupAdmin, PriceListPriceAdmin
from products.admin.product import ProductAdmin
from products.admin.shelves import AttributeAdmin, BrandAdmin, CategoryAdmin

__all__ = [
    "AttributeAdmin",
    "BrandAdmin",
    "CategoryAdmin",
    "CollectionAdmin",
    "CollectionProductAdmin",
    "ImportAdmin",
    "ImportProblemAdmin",
    "MediaAdmin",
    "PriceAdmin",
    "PriceHistoryAdmin",
    "PriceListAdmin",
    "PriceListGroupAdmin",
    "PriceListPriceAdmin",
    "ProductAdmin",
    "ProductCategoryAdmin",
    "ProductOptionAdmin",
    "ProductTranslationAdmin",
    "SlugRedirectAdmin",
    "VariantAdmin",
]
