"""Paths of markets and taxes."""

from typing import Any

from django.urls import path

from markets.views import CurrencyRateViewSet, MarketViewSet, TaxCategoryViewSet, TaxRateViewSet

_LIST: dict[str, Any] = {"get": "list", "post": "create"}
_DETAIL: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    path("markets", MarketViewSet.as_view(_LIST), name="market-list"),
    path("markets/<uuid:id>", MarketViewSet.as_view(_DETAIL), name="market-detail"),
    path("tax-categories", TaxCategoryViewSet.as_view(_LIST), name="tax-category-list"),
    path("tax-categories/<uuid:id>", TaxCategoryViewSet.as_view(_DETAIL), name="tax-category-detail"),
    path("tax-rates", TaxRateViewSet.as_view(_LIST), name="tax-rate-list"),
    path("tax-rates/<uuid:id>", TaxRateViewSet.as_view(_DETAIL), name="tax-rate-detail"),
    path("currency-rates", CurrencyRateViewSet.as_view(_LIST), name="currency-rate-list"),
    path("currency-rates/<uuid:id>", CurrencyRateViewSet.as_view(_DETAIL), name="currency-rate-detail"),
]
