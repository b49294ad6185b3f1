"""Paths of promotions and their codes."""

from typing import Any

from django.urls import path

from promotions.views import CodeViewSet, PromotionViewSet

_LIST: dict[str, Any] = {"get": "list", "post": "create"}
_DETAIL: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    path("promotions", PromotionViewSet.as_view(_LIST), name="promotion-list"),
    path("promotions/<uuid:id>", PromotionViewSet.as_view(_DETAIL), name="promotion-detail"),
    path("promotions/<uuid:id>/usage", PromotionViewSet.as_view({"get": "usage"}), name="promotion-usage"),
    path("promotions/<uuid:id>/codes", CodeViewSet.as_view(_LIST), name="promotion-codes"),
    path("promotions/<uuid:id>/codes/generate", CodeViewSet.as_view({"post": "generate"}), name="promotion-generate"),
    path("promotions/<uuid:id>/codes/<str:code>", CodeViewSet.as_view({"delete": "destroy"}), name="promotion-code"),
]
