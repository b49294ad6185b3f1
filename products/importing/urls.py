"""Paths of imports and exports."""

from django.urls import path

from products.importing.views import ImportReportViewSet, ImportViewSet, ProductExportViewSet

urlpatterns = [
    path("imports", ImportViewSet.as_view({"get": "list", "post": "create"}), name="import-list"),
    path("imports/<uuid:id>", ImportViewSet.as_view({"get": "retrieve"}), name="import-detail"),
    path("imports/<uuid:id>/report", ImportReportViewSet.as_view({"get": "retrieve"}), name="import-report"),
    path("exports/products", ProductExportViewSet.as_view({"get": "retrieve"}), name="export-products"),
]
