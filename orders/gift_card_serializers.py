"""What comes out of the endpoint of the gift cards that an order has sold."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.serializers import MoneyField
from orders.selectors import OrderCard


class OrderGiftCardOutput(serializers.Serializer[Any]):
    """A gift card that an order has sold."""

    id = serializers.UUIDField(source="card.id")
    line_id = serializers.UUIDField(source="card.order_line_id")
    code = serializers.CharField(
        allow_null=True,
        help_text="What it is spent with. Null for staff without `gift-cards:write`, and where the shop's key was "
        "changed since and the old one is gone; the card pays as before.",
    )
    last_characters = serializers.CharField(
        source="card.last_characters", help_text="Of the code, to tell cards apart."
    )
    amount = serializers.SerializerMethodField(help_text="What was paid for it.")
    balance = serializers.SerializerMethodField(help_text="What is left.")
    is_active = serializers.BooleanField(
        source="card.is_active", help_text="False: it was stopped, such as by giving its money back."
    )
    expires_at = serializers.DateTimeField(source="card.expires_at", allow_null=True)
    issued_at = serializers.DateTimeField(source="card.created_at")

    @extend_schema_field(MoneyField)
    def get_amount(self, one: OrderCard) -> dict[str, Any]:
        """Return what its piece was sold for."""
        return {"amount": one.card.order_line.unit_amount, "currency": one.card.currency}  # type: ignore[union-attr]  # It was sold.

    @extend_schema_field(MoneyField)
    def get_balance(self, one: OrderCard) -> dict[str, Any]:
        """Return it as money."""
        return {"amount": one.card.balance_amount, "currency": one.card.currency}
