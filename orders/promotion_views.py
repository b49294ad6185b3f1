"""The endpoint that tries a promotion out on past orders. Promotions themselves are promotions/views.py."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cart.serializers import AmountField
from core.serializers import StrictSerializer
from core.views import PersonalViewSet
from orders.simulating import MAX_ORDERS, Simulation, promotion_simulate
from users.authentication import caller_of
from users.resources import answers, asks

MAX_DAYS = 366


class SimulateInput(StrictSerializer):
    """Which orders to look at."""

    default_error_messages = {"period": "The period ends after it begins, and is no longer than a year."}

    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(help_text="Exclusive; a year later at the most.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is no period."""
        if not timedelta(0) < attrs["ends_at"] - attrs["begins_at"] <= timedelta(days=MAX_DAYS):
            raise serializers.ValidationError({"ends_at": [self.error_messages["period"]]}, code="period")
        return attrs


class SimulatedOutput(serializers.Serializer[Any]):
    """The orders of one currency. Revenue is goods and shipping after discounts, with tax where prices include it."""

    currency = serializers.CharField()
    order_count = serializers.IntegerField(help_text="All that weren't cancelled.")
    promoted_count = serializers.IntegerField(help_text="Those that would have got something.")
    discount = AmountField(source="discount_amount", help_text="What it would have cost, gifts aside.")
    revenue_before = AmountField(source="revenue_before_amount")
    revenue_after = AmountField(source="revenue_after_amount")


class SimulationOutput(serializers.Serializer[Any]):
    """What a promotion would have cost."""

    is_truncated = serializers.BooleanField(
        help_text=f"Whether there were more than {MAX_ORDERS} orders; the oldest were looked at."
    )
    results = SimulatedOutput(many=True)


_EXAMPLE = {
    "is_truncated": False,
    "results": [
        {
            "currency": "EUR",
            "order_count": 412,
            "promoted_count": 96,
            "discount": {"amount": 71_240, "currency": "EUR"},
            "revenue_before": {"amount": 2_913_560, "currency": "EUR"},
            "revenue_after": {"amount": 2_842_320, "currency": "EUR"},
        }
    ],
}


class PromotionSimulationViewSet(PersonalViewSet):
    """Promotions tried out on what was sold."""

    keyless_actions: ClassVar[frozenset[str]] = frozenset({"simulate"})

    @extend_schema(
        summary="Try a promotion out on past orders",
        description="Needs the rights promotions:read and orders:read; changes nothing. The orders of the period are "
        "reckoned once more with this promotion, as if it had held all that time, with its limits and its budget from "
        "the first order on, and every buyer had had its code. They keep their other discounts, whatever combines with "
        "what; what goods are in is asked as it is now.",
        request=SimulateInput,
        responses=SimulationOutput,
        examples=[
            asks({"begins_at": "2026-10-01T00:00:00Z", "ends_at": "2026-11-01T00:00:00Z"}),
            answers(_EXAMPLE),
        ],
        tags=["promotions"],
    )
    def simulate(self, request: Request, id: uuid.UUID) -> Response:
        """Answer what it would have cost."""
        caller = caller_of(request)
        caller.require("promotions:read")
        caller.require("orders:read")
        return Response(_body(promotion_simulate(promotion_id=id, **self.body(SimulateInput))))


def _body(simulation: Simulation) -> dict[str, Any]:
    results = [SimulatedOutput(result, context={"currency": result.currency}).data for result in simulation.results]
    return {"is_truncated": simulation.is_truncated, "results": results}
