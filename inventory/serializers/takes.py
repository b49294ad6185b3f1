"""DTOs of counting."""

from rest_framework import serializers

from core.serializers import IntegerField, StrictSerializer, TextField
from core.views import PageQuery
from inventory.models import MAX_PIECES, StockTake, StockTakeLine
from inventory.serializers.levels import StockPlaceOutput
from inventory.serializers.transfers import MAX_LINES, VariantNamed


class StockTakeInput(StrictSerializer):
    """A location to count."""

    location = TextField(max_length=30, help_text="The location's code.")
    note = TextField(max_length=200, required=False, allow_blank=True, help_text="Kept in the ledger as the reason.")


class StockTakeCountInput(VariantNamed):
    """So many of a variant were found."""

    counted = IntegerField(min_value=0, max_value=MAX_PIECES)


class StockTakeCountsInput(StrictSerializer):
    """What was found."""

    lines = StockTakeCountInput(many=True, min_length=1, max_length=MAX_LINES)  # type: ignore[call-arg]  # Of the list.


class StockTakeOutput(serializers.ModelSerializer[StockTake]):
    """A count of a location's goods."""

    location = StockPlaceOutput(read_only=True)
    counted_lines = serializers.IntegerField(read_only=True)
    different_lines = serializers.IntegerField(read_only=True, help_text="Of these, other than the books had them.")

    class Meta:
        """Everything but the lines."""

        model = StockTake
        fields = (
            "id",
            "status",
            "location",
            "note",
            "counted_lines",
            "different_lines",
            "version",
            "actor",
            "created_at",
            "closed_at",
        )
        read_only_fields = fields


class StockTakeLineOutput(serializers.ModelSerializer[StockTakeLine]):
    """What was counted of a variant, and what the books had and have."""

    variant_id = serializers.UUIDField(source="level.variant_id", read_only=True)
    sku = serializers.CharField(source="level.variant.sku", read_only=True)
    product_title = serializers.CharField(source="level.variant.product.title", read_only=True)
    difference = serializers.IntegerField(read_only=True, help_text="What applying adds: counted - expected.")
    on_hand = serializers.IntegerField(source="level.on_hand", read_only=True, help_text="By the books now.")
    reserved = serializers.IntegerField(source="level.reserved", read_only=True, help_text="Promised now.")

    class Meta:
        """All of it."""

        model = StockTakeLine
        fields = (
            "variant_id",
            "sku",
            "product_title",
            "counted",
            "expected",
            "difference",
            "on_hand",
            "reserved",
            "actor",
            "counted_at",
        )
        read_only_fields = fields


class StockTakeQuery(PageQuery):
    """The query parameters of the list of stock takes."""

    status = serializers.ChoiceField(choices=StockTake.Status.values, required=False)
    location = serializers.CharField(required=False, max_length=30, help_text="A location's code.")
