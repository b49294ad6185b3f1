"""The query parameters of the endpoints of orders and payments."""

from __future__ import annotations

from rest_framework import serializers

from core.serializers import QuerySerializer
from core.views import PageQuery
from orders.models import Order


class OrderTokenQuery(QuerySerializer):
    """The query parameters of one order."""

    token = serializers.CharField(
        required=False, max_length=100, help_text="A guest's token; better sent as the header X-Order-Token."
    )


class OrderReadQuery(OrderTokenQuery):
    """The query parameters of reading one order."""

    expand = serializers.ChoiceField(
        choices=["explanation"],
        required=False,
        help_text="explanation: the steps to the total, as a person reads them.",
    )


class OrderTokenPageQuery(PageQuery, OrderTokenQuery):
    """The query parameters of a list that belongs to one order."""


class OrderQuery(PageQuery):
    """The query parameters of lists of orders."""

    status = serializers.ChoiceField(choices=Order.Status.choices, required=False)
    payment_status = serializers.ChoiceField(choices=Order.PaymentStatus.choices, required=False)
    fulfilment_status = serializers.ChoiceField(choices=Order.FulfilmentStatus.choices, required=False)
    q = serializers.CharField(
        required=False, max_length=100, help_text="Looked for in number, e-mail and the names of the addresses."
    )
    placed_from = serializers.DateTimeField(required=False, help_text="Inclusive, ISO 8601.")
    placed_until = serializers.DateTimeField(required=False, help_text="Exclusive, ISO 8601.")
    sort = serializers.ChoiceField(choices=["newest", "oldest"], required=False, default="newest")
