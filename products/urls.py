"""Paths of the catalogue."""

from typing import Any

from django.urls import path

from products.views.collections import CollectionViewSet
from products.views.hot import product_detail, product_list, with_hot_reads
from products.views.parts import MediaViewSet, TranslationViewSet
from products.views.price_lists import MarketPricesViewSet, PriceListViewSet
from products.views.products import ProductViewSet, VariantViewSet
from products.views.shelves import (
    AttributeViewSet,
    BrandViewSet,
    CategoryViewSet,
    SuggestionViewSet,
)

_LIST: dict[str, Any] = {"get": "list", "post": "create"}
_DETAIL: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
_TEXTS: dict[str, Any] = {"get": "retrieve", "put": "update", "delete": "destroy"}

urlpatterns = [
    path("products", with_hot_reads(product_list, ProductViewSet.as_view(_LIST)), name="product-list"),
    path("products/bulk", ProductViewSet.as_view({"post": "bulk"}), name="product-bulk"),
    path(
        "products/<str:reference>",
        with_hot_reads(product_detail, ProductViewSet.as_view(_DETAIL)),
        name="product-detail",
    ),
    path("products/<str:reference>/variants", ProductViewSet.as_view({"post": "variant"}), name="product-variants"),
    path("products/<str:reference>/media", MediaViewSet.as_view({"post": "create"}), name="media-list"),
    path("products/<str:reference>/media/<uuid:media_id>", MediaViewSet.as_view(_DETAIL), name="media-detail"),
    path(
        "products/<str:reference>/translations/<slug:language>", TranslationViewSet.as_view(_TEXTS), name="translation"
    ),
    # A SKU may have a slash in it, so it takes the rest of the path.
    path(
        "variants/<path:reference>/prices",
        VariantViewSet.as_view({"get": "own_price", "put": "prices"}),
        name="variant-prices",
    ),
    path(
        "variants/<path:reference>/price-history",
        VariantViewSet.as_view({"get": "price_history"}),
        name="variant-price-history",
    ),
    path("variants/<path:reference>", VariantViewSet.as_view(_DETAIL), name="variant-detail"),
    path("categories", CategoryViewSet.as_view(_LIST), name="category-list"),
    path("categories/<str:reference>", CategoryViewSet.as_view(_DETAIL), name="category-detail"),
    path("collections", CollectionViewSet.as_view(_LIST), name="collection-list"),
    path("collections/<str:reference>", CollectionViewSet.as_view(_DETAIL), name="collection-detail"),
    path("brands", BrandViewSet.as_view(_LIST), name="brand-list"),
    path("brands/<str:reference>", BrandViewSet.as_view(_DETAIL), name="brand-detail"),
    path("attributes", AttributeViewSet.as_view(_LIST), name="attribute-list"),
    path("attributes/<uuid:id>", AttributeViewSet.as_view(_DETAIL), name="attribute-detail"),
    path("price-lists", PriceListViewSet.as_view(_LIST), name="price-list-list"),
    path("price-lists/<uuid:id>", PriceListViewSet.as_view(_DETAIL), name="price-list-detail"),
    path(
        "price-lists/<uuid:id>/prices",
        PriceListViewSet.as_view({"get": "prices", "post": "set_prices"}),
        name="price-list-prices",
    ),
    path("price-lists/<uuid:id>/fill-from", PriceListViewSet.as_view({"post": "fill"}), name="price-list-fill"),
    path("markets/<uuid:id>/fill-from", MarketPricesViewSet.as_view({"post": "fill"}), name="market-prices-fill"),
    path("search/suggest", SuggestionViewSet.as_view({"get": "retrieve"}), name="search-suggest"),
]
