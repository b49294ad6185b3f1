"""What the proposal of a refund answers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.serializers import MoneyField
from orders.models import Order
from orders.proposing import ProposedLine, RefundProposal


class ProposedLineOutput(serializers.Serializer[Any]):
    """The units of a line that came back, and what they came to."""

    line_id = serializers.UUIDField(source="line.id")
    title = serializers.CharField(source="line.title")
    quantity = serializers.IntegerField()
    amount = serializers.SerializerMethodField(help_text="Discounts and taxes in it.")
    tax = serializers.SerializerMethodField(help_text="The tax in that.")

    @extend_schema_field(MoneyField)
    def get_amount(self, line: ProposedLine) -> dict[str, Any]:
        """Return what they came to."""
        return _money(line.amount, line.line.order)

    @extend_schema_field(MoneyField)
    def get_tax(self, line: ProposedLine) -> dict[str, Any]:
        """Return the tax of it."""
        return _money(line.tax_amount, line.line.order)


class RefundProposalOutput(serializers.Serializer[Any]):
    """What to give back for returned goods."""

    lines = ProposedLineOutput(many=True)
    goods = serializers.SerializerMethodField(help_text="The sum of the lines.")
    shipping = serializers.SerializerMethodField(help_text="All that is no line's; when everything came back.")
    refunded = serializers.SerializerMethodField(help_text="What was given back before.")
    amount = serializers.SerializerMethodField(help_text="What is still to be given back.")
    refundable = serializers.SerializerMethodField(
        help_text="The most that can be: what came in, less what was given back, and less what was spent of gift cards "
        "that the order sold."
    )

    @extend_schema_field(MoneyField)
    def get_goods(self, proposal: RefundProposal) -> dict[str, Any]:
        """Return what the goods came to."""
        return _money(proposal.goods_amount, proposal.order)

    @extend_schema_field(MoneyField)
    def get_shipping(self, proposal: RefundProposal) -> dict[str, Any]:
        """Return what the rest came to."""
        return _money(proposal.shipping_amount, proposal.order)

    @extend_schema_field(MoneyField)
    def get_refunded(self, proposal: RefundProposal) -> dict[str, Any]:
        """Return what was given back."""
        return _money(proposal.order.refunded_amount, proposal.order)

    @extend_schema_field(MoneyField)
    def get_amount(self, proposal: RefundProposal) -> dict[str, Any]:
        """Return what is left to give back."""
        return _money(proposal.amount, proposal.order)

    @extend_schema_field(MoneyField)
    def get_refundable(self, proposal: RefundProposal) -> dict[str, Any]:
        """Return the most that can be given back."""
        return _money(proposal.refundable_amount, proposal.order)


def _money(amount: int, order: Order) -> dict[str, Any]:
    return {"amount": amount, "currency": order.currency}
