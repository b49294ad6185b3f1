"""Paths of stock."""

from django.urls import path

from inventory.views import LocationViewSet, StockLevelViewSet, StockMovementViewSet

urlpatterns = [
    path("locations", LocationViewSet.as_view({"get": "list", "post": "create"}), name="location-list"),
    path(
        "locations/<uuid:id>",
        LocationViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="location-detail",
    ),
    path("stock-levels", StockLevelViewSet.as_view({"get": "list", "post": "create"}), name="stock-level-list"),
    path(
        "stock-levels/<uuid:id>",
        StockLevelViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="stock-level-detail",
    ),
    path(
        "stock-levels/<uuid:id>/adjustments", StockLevelViewSet.as_view({"post": "adjust"}), name="stock-level-adjust"
    ),
    path("stock-movements", StockMovementViewSet.as_view({"get": "list"}), name="stock-movement-list"),
]
