"""Paths of shipping set-up."""

from typing import Any

from django.urls import path

from shipping.views import PickupPointViewSet, ShippingMethodViewSet, ShippingZoneViewSet

_LIST: dict[str, Any] = {"get": "list", "post": "create"}
_DETAIL: dict[str, Any] = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}

urlpatterns = [
    path("shipping-zones", ShippingZoneViewSet.as_view(_LIST), name="shipping-zone-list"),
    path("shipping-zones/<uuid:id>", ShippingZoneViewSet.as_view(_DETAIL), name="shipping-zone-detail"),
    path("pickup-points", PickupPointViewSet.as_view(_LIST), name="pickup-point-list"),
    path("pickup-points/<uuid:id>", PickupPointViewSet.as_view(_DETAIL), name="pickup-point-detail"),
    path("shipping-methods", ShippingMethodViewSet.as_view(_LIST), name="shipping-method-list"),
    path("shipping-methods/<uuid:id>", ShippingMethodViewSet.as_view(_DETAIL), name="shipping-method-detail"),
]
