"""Paths of the catalogue."""

from django.urls import path

from products.views.hot import product_detail, product_list, with_hot_reads
from products.views.products import ProductViewSet

urlpatterns = [
    path("products", with_hot_reads(product_list, ProductViewSet.as_view({"get": "list"})), name="product-list"),
    path(
        "products/<str:reference>",
        with_hot_reads(product_detail, ProductViewSet.as_view({"get": "retrieve"})),
        name="product-detail",
    ),
]
