"""Paths of stock."""

from django.urls import path

from inventory.views.levels import LocationViewSet, StockLevelViewSet, StockMovementViewSet
from inventory.views.takes import StockTakeViewSet
from inventory.views.transfers import StockTransferViewSet

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
    path(
        "stock-transfers", StockTransferViewSet.as_view({"get": "list", "post": "create"}), name="stock-transfer-list"
    ),
    path("stock-transfers/<uuid:id>", StockTransferViewSet.as_view({"get": "retrieve"}), name="stock-transfer-detail"),
    *(
        path(
            f"stock-transfers/<uuid:id>/{verb}",
            StockTransferViewSet.as_view({"post": verb}),
            name=f"stock-transfer-{verb}",
        )
        for verb in ("receive", "cancel", "close")
    ),
    path("stock-takes", StockTakeViewSet.as_view({"get": "list", "post": "create"}), name="stock-take-list"),
    path("stock-takes/<uuid:id>", StockTakeViewSet.as_view({"get": "retrieve"}), name="stock-take-detail"),
    path(
        "stock-takes/<uuid:id>/lines",
        StockTakeViewSet.as_view({"get": "lines", "post": "count"}),
        name="stock-take-lines",
    ),
    path(
        "stock-takes/<uuid:id>/differences",
        StockTakeViewSet.as_view({"get": "differences"}),
        name="stock-take-differences",
    ),
    path("stock-takes/<uuid:id>/apply", StockTakeViewSet.as_view({"post": "apply"}), name="stock-take-apply"),
    path("stock-takes/<uuid:id>/cancel", StockTakeViewSet.as_view({"post": "cancel"}), name="stock-take-cancel"),
]
