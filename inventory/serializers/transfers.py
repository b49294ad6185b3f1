"""DTOs of goods on their way."""

from typing import Any

from rest_framework import serializers

from core.serializers import IntegerField, StrictSerializer, TextField, UUIDField
from core.views import PageQuery
from inventory.models import MAX_PIECES, StockTransfer, StockTransferLine
from inventory.serializers.levels import StockPlaceOutput

MAX_LINES = 1000


class VariantNamed(StrictSerializer):
    """A line that names its variant by id or SKU."""

    variant_id = UUIDField(required=False)
    sku = TextField(max_length=100, required=False)

    default_error_messages = {"one_of": "Name the variant by either `variant_id` or `sku`."}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take one name of the variant."""
        if ("variant_id" in attrs) == ("sku" in attrs):
            detail = serializers.ErrorDetail(str(self.error_messages["one_of"]), code="one_of")
            raise serializers.ValidationError({"variant_id": [detail]})
        return attrs


class StockTransferLineInput(VariantNamed):
    """So many of a variant."""

    quantity = IntegerField(min_value=1, max_value=MAX_PIECES)


class StockTransferInput(StrictSerializer):
    """Goods to send from a location, or to expect from a supplier."""

    source = TextField(  # type: ignore[assignment]  # The metaclass takes fields off the class.
        max_length=30, required=False, allow_null=True, help_text="A location's code; null for a supplier's delivery."
    )
    destination = TextField(max_length=30, help_text="A location's code.")
    reference = TextField(
        max_length=100, required=False, allow_blank=True, help_text="A delivery note's or a purchase's number."
    )
    expected_on = serializers.DateField(required=False, allow_null=True)
    lines = StockTransferLineInput(many=True, min_length=1, max_length=MAX_LINES)  # type: ignore[call-arg]  # Of the list.

    default_error_messages = {"same": "Goods go from one location to another; name two, or no source."}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse goods that stay where they are."""
        if attrs.get("source") == attrs["destination"]:
            detail = serializers.ErrorDetail(str(self.error_messages["same"]), code="same")
            raise serializers.ValidationError({"destination": [detail]})
        return attrs


class StockTransferReceiveInput(StrictSerializer):
    """What has arrived."""

    lines = StockTransferLineInput(  # type: ignore[call-arg]  # Of the list.
        many=True,
        min_length=1,
        max_length=MAX_LINES,
        required=False,
        help_text="Leave them out to receive everything that is still to come.",
    )


class StockTransferCancelInput(StrictSerializer):
    """Why what hasn't arrived goes back, or never left."""

    reason = TextField(max_length=200, required=False, default="", allow_blank=True)


class StockTransferCloseInput(StrictSerializer):
    """Why what hasn't arrived is given up."""

    reason = TextField(max_length=200, help_text="Kept in the ledger, where it is written off.")


class StockTransferLineOutput(serializers.ModelSerializer[StockTransferLine]):
    """How many of a variant were sent, and how many have arrived."""

    variant_id = serializers.UUIDField(read_only=True)
    sku = serializers.CharField(source="variant.sku", read_only=True)
    product_title = serializers.CharField(source="variant.product.title", read_only=True)
    missing_quantity = serializers.IntegerField(
        read_only=True, help_text="To come while in transit; lost if closed, back at the source if cancelled."
    )

    class Meta:
        """All of it."""

        model = StockTransferLine
        fields = ("variant_id", "sku", "product_title", "quantity", "received_quantity", "missing_quantity")
        read_only_fields = fields


class StockTransferSummaryOutput(serializers.ModelSerializer[StockTransfer]):
    """A transfer in a list."""

    source = StockPlaceOutput(  # type: ignore[assignment]  # The metaclass takes fields off the class.
        read_only=True, allow_null=True, help_text="Null: from a supplier."
    )
    destination = StockPlaceOutput(read_only=True)
    lines_count = serializers.IntegerField(read_only=True)
    pieces = serializers.IntegerField(read_only=True, help_text="Of all lines.")
    received_pieces = serializers.IntegerField(read_only=True)

    class Meta:
        """Everything but the lines."""

        model = StockTransfer
        fields = (
            "id",
            "status",
            "source",
            "destination",
            "reference",
            "expected_on",
            "lines_count",
            "pieces",
            "received_pieces",
            "actor",
            "created_at",
            "closed_at",
        )
        read_only_fields = fields


class StockTransferOutput(serializers.ModelSerializer[StockTransfer]):
    """A transfer with its lines."""

    source = StockPlaceOutput(  # type: ignore[assignment]  # The metaclass takes fields off the class.
        read_only=True, allow_null=True, help_text="Null: from a supplier."
    )
    destination = StockPlaceOutput(read_only=True)
    lines = StockTransferLineOutput(many=True, read_only=True)

    class Meta:
        """All of it."""

        model = StockTransfer
        fields = (
            "id",
            "status",
            "source",
            "destination",
            "reference",
            "expected_on",
            "lines",
            "actor",
            "created_at",
            "closed_at",
        )
        read_only_fields = fields


class StockTransferQuery(PageQuery):
    """The query parameters of the list of transfers."""

    status = serializers.ChoiceField(choices=StockTransfer.Status.values, required=False)
    source = serializers.CharField(  # type: ignore[assignment]  # As above.
        required=False, max_length=30, help_text="A location's code."
    )
    destination = serializers.CharField(required=False, max_length=30, help_text="A location's code.")
    variant = serializers.UUIDField(required=False, help_text="A variant's id: transfers with a line of it.")
    sku = serializers.CharField(required=False, max_length=100, help_text="The same, by SKU.")
