"""Paths of orders, payments and cases."""

from django.urls import path

from orders.case_views import CaseViewSet
from orders.gift_card_views import OrderGiftCardViewSet
from orders.payment_views import OrderPaymentViewSet, PaymentViewSet
from orders.promotion_views import PromotionSimulationViewSet
from orders.views import OrderViewSet, OwnOrderViewSet

urlpatterns = [
    path("orders", OrderViewSet.as_view({"get": "list", "post": "create"}), name="order-list"),
    path("orders/<str:reference>", OrderViewSet.as_view({"get": "retrieve"}), name="order-detail"),
    path("orders/<str:reference>/cancel", OrderViewSet.as_view({"post": "cancel"}), name="order-cancel"),
    path(
        "orders/<str:reference>/history",
        OrderViewSet.as_view({"get": "history", "post": "note"}),
        name="order-history",
    ),
    path(
        "orders/<str:reference>/fulfilments",
        OrderViewSet.as_view({"get": "fulfilments", "post": "fulfil"}),
        name="order-fulfilments",
    ),
    path(
        "orders/<str:reference>/returned-goods",
        OrderViewSet.as_view({"post": "take_back"}),
        name="order-returned-goods",
    ),
    path(
        "orders/<str:reference>/refund-proposal",
        OrderViewSet.as_view({"get": "refund_proposal"}),
        name="order-refund-proposal",
    ),
    path(
        "orders/<str:reference>/gift-cards",
        OrderGiftCardViewSet.as_view({"get": "list"}),
        name="order-gift-cards",
    ),
    path(
        "orders/<str:reference>/payments",
        OrderPaymentViewSet.as_view({"get": "list", "post": "create"}),
        name="order-payments",
    ),
    path("me/orders", OwnOrderViewSet.as_view({"get": "list"}), name="own-order-list"),
    path("payments/<uuid:id>", PaymentViewSet.as_view({"get": "retrieve"}), name="payment-detail"),
    path("payments/<uuid:id>/capture", PaymentViewSet.as_view({"post": "capture"}), name="payment-capture"),
    path("payments/<uuid:id>/refunds", PaymentViewSet.as_view({"post": "refund"}), name="payment-refunds"),
    path("payments/<uuid:id>/cancel", PaymentViewSet.as_view({"post": "cancel"}), name="payment-cancel"),
    path(
        "promotions/<uuid:id>/simulate",
        PromotionSimulationViewSet.as_view({"post": "simulate"}),
        name="promotion-simulate",
    ),
    path("cases", CaseViewSet.as_view({"get": "list"}), name="case-list"),
    path("cases/<uuid:id>", CaseViewSet.as_view({"get": "retrieve"}), name="case-detail"),
    path("cases/<uuid:id>/resolve", CaseViewSet.as_view({"post": "resolve"}), name="case-resolve"),
]
