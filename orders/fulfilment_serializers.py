"""What goes into and comes out of the endpoints of what is sent and what comes back."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.serializers import IntegerField, StrictSerializer, TextField, UrlField, UUIDField
from orders.models import Fulfilment

MAX_QUANTITY = 1_000_000


class FulfilmentLineInput(StrictSerializer):
    """So many of a line."""

    line_id = UUIDField()
    quantity = IntegerField(min_value=1, max_value=MAX_QUANTITY)


class FulfilmentInput(StrictSerializer):
    """What is sent and how; without `lines`, all that is left."""

    lines = FulfilmentLineInput(many=True, required=False, allow_empty=False, max_length=500)  # type: ignore[call-arg]  # Of the list.
    carrier = TextField(max_length=60, required=False, default="", allow_blank=True)
    tracking_number = TextField(max_length=100, required=False, default="", allow_blank=True)
    tracking_url = UrlField(max_length=500, required=False, default="", allow_blank=True)


class ReturnedGoodsInput(StrictSerializer):
    """What came back, and where it lies now."""

    lines = FulfilmentLineInput(many=True, allow_empty=False, max_length=500)  # type: ignore[call-arg]  # Of the list.
    location = TextField(max_length=30, help_text="The location's code.")
    reason = TextField(max_length=200, required=False, default="", allow_blank=True)


class FulfilmentLineOutput(serializers.Serializer[Any]):
    """So many of a line."""

    line_id = serializers.UUIDField(source="order_line_id")
    quantity = serializers.IntegerField()


class FulfilmentOutput(serializers.ModelSerializer[Fulfilment]):
    """One parcel, or one handing over."""

    order_id = serializers.UUIDField(read_only=True)
    tracking_url = serializers.CharField(read_only=True, help_text="Blank when there is none.")
    lines = FulfilmentLineOutput(many=True, read_only=True)

    class Meta:
        """Everything but who sent it, which the history says."""

        model = Fulfilment
        fields = ("id", "order_id", "carrier", "tracking_number", "tracking_url", "shipped_at", "lines")
        read_only_fields = fields
