"""Paths of gift cards and store credit."""

from django.urls import path

from promotions.credit.views import GiftCardViewSet, OwnCreditViewSet, StoreCreditViewSet

urlpatterns = [
    path("gift-cards", GiftCardViewSet.as_view({"get": "list", "post": "create"}), name="gift-card-list"),
    path(
        "gift-cards/<uuid:id>",
        GiftCardViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="gift-card-detail",
    ),
    path(
        "gift-cards/<uuid:id>/adjustments",
        GiftCardViewSet.as_view({"post": "adjust"}),
        name="gift-card-adjustments",
    ),
    path(
        "customers/<uuid:id>/store-credit",
        StoreCreditViewSet.as_view({"get": "retrieve"}),
        name="customer-store-credit",
    ),
    path(
        "customers/<uuid:id>/store-credit/adjustments",
        StoreCreditViewSet.as_view({"post": "adjust"}),
        name="customer-store-credit-adjustments",
    ),
    path("me/store-credit", OwnCreditViewSet.as_view({"get": "retrieve"}), name="me-store-credit"),
]
