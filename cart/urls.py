"""Paths of carts."""

from django.urls import path

from cart.views import CartViewSet

urlpatterns = [
    path("carts", CartViewSet.as_view({"get": "list", "post": "create"}), name="cart-list"),
    path(
        "carts/<uuid:cart_id>",
        CartViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="cart-detail",
    ),
    path(
        "carts/<uuid:cart_id>/lines",
        CartViewSet.as_view({"post": "add_line", "put": "replace_lines"}),
        name="cart-lines",
    ),
    path(
        "carts/<uuid:cart_id>/lines/<uuid:line_id>",
        CartViewSet.as_view({"patch": "change_line", "delete": "remove_line"}),
        name="cart-line",
    ),
    path(
        "carts/<uuid:cart_id>/shipping-options",
        CartViewSet.as_view({"get": "shipping_options"}),
        name="cart-shipping-options",
    ),
    path(
        "carts/<uuid:cart_id>/reservation",
        CartViewSet.as_view({"post": "hold", "delete": "end_hold"}),
        name="cart-reservation",
    ),
    path("carts/<uuid:cart_id>/codes", CartViewSet.as_view({"post": "add_code"}), name="cart-codes"),
    path("carts/<uuid:cart_id>/codes/<str:code>", CartViewSet.as_view({"delete": "remove_code"}), name="cart-code"),
    path(
        "carts/<uuid:cart_id>/gift-cards/<uuid:card_id>",
        CartViewSet.as_view({"delete": "remove_gift_card"}),
        name="cart-gift-card",
    ),
    path("carts/<uuid:cart_id>/claim", CartViewSet.as_view({"post": "claim"}), name="cart-claim"),
]
