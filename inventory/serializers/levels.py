"""DTOs of places, levels and the ledger."""

from typing import Any

from django.core.validators import validate_slug
from rest_framework import serializers

from core.serializers import (
    AllOptional,
    BooleanField,
    CountryField,
    IntegerField,
    StrictSerializer,
    TextField,
    UUIDField,
)
from core.views import PageQuery
from inventory.models import MAX_PIECES, Location, StockLevel, StockMovement
from inventory.selectors import is_low


class LocationOutput(serializers.ModelSerializer[Location]):
    """A place that holds stock."""

    class Meta:
        """All of it."""

        model = Location
        fields = ("id", "code", "name", "country", "is_active", "position")
        read_only_fields = fields


class LocationInput(StrictSerializer):
    """A new place."""

    code = TextField(
        max_length=30, validators=[validate_slug], help_text="Letters, digits, hyphens and underscores; unique."
    )
    name = TextField(max_length=80)
    country = CountryField(required=False)
    is_active = BooleanField(required=False, help_text="Stock of an inactive location is not for sale.")
    position = IntegerField(required=False, min_value=0, max_value=32767, help_text="Stock is taken lowest first.")


class LocationPatch(AllOptional, LocationInput):
    """What can change of a place: any of it."""


class StockPlaceOutput(serializers.ModelSerializer[Location]):
    """A location, in short."""

    class Meta:
        """What names it."""

        model = Location
        fields = ("id", "code", "name")
        read_only_fields = fields


class StockLevelOutput(serializers.ModelSerializer[StockLevel]):
    """How much of a variant a location holds, and how much of that is promised."""

    variant_id = serializers.UUIDField(read_only=True)
    sku = serializers.CharField(source="variant.sku", read_only=True)
    product_id = serializers.UUIDField(source="variant.product_id", read_only=True)
    product_title = serializers.CharField(source="variant.product.title", read_only=True)
    location = StockPlaceOutput(read_only=True)
    available = serializers.SerializerMethodField(help_text="What can still be promised here; null is any number.")
    is_low = serializers.SerializerMethodField(help_text="Whether what is free is at or below the threshold.")

    class Meta:
        """Everything but the movements."""

        model = StockLevel
        fields = (
            "id",
            "variant_id",
            "sku",
            "product_id",
            "product_title",
            "location",
            "on_hand",
            "reserved",
            "incoming",
            "safety_stock",
            "available",
            "backorder_limit",
            "expected_on",
            "low_stock_threshold",
            "is_low",
        )
        read_only_fields = fields

    def get_available(self, level: StockLevel) -> int | None:
        """Return what can still be promised here."""
        if level.backorder_limit is None or not level.variant.is_stock_tracked:
            return None
        return max(level.on_hand - level.safety_stock - level.reserved + level.backorder_limit, 0)

    def get_is_low(self, level: StockLevel) -> bool:
        """Tell whether more should be ordered."""
        return level.variant.is_stock_tracked and is_low(level)


def _pieces(**kwargs: Any) -> IntegerField:
    return IntegerField(min_value=0, max_value=MAX_PIECES, **kwargs)


class StockLevelPatch(StrictSerializer):
    """What can change of a level."""

    on_hand = _pieces(required=False, help_text="As counted; needs a `reason`.")
    backorder_limit = _pieces(required=False, allow_null=True, help_text="Pieces beyond what is there; null: any.")
    safety_stock = _pieces(required=False, help_text="Pieces on hand that are kept back from sale.")
    expected_on = serializers.DateField(
        required=False, allow_null=True, help_text="When what is sold beyond what is there will have come."
    )
    low_stock_threshold = _pieces(required=False)
    reason = TextField(max_length=200, required=False, help_text="Why what is on hand changes; kept in the ledger.")

    default_error_messages = {"reason": "Say in `reason` why what is on hand changes."}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Demand a reason for a new count."""
        if "on_hand" in attrs and not attrs.get("reason"):
            raise serializers.ValidationError({"reason": [_detail(self, "reason")]})
        return attrs


class StockLevelInput(StrictSerializer):
    """A new level: which variant, by id or SKU, and where."""

    variant_id = UUIDField(required=False)
    sku = TextField(max_length=100, required=False)
    location = TextField(max_length=30, help_text="The location's code.")
    on_hand = _pieces(required=False, default=0)
    backorder_limit = _pieces(required=False, allow_null=True, default=0)
    safety_stock = _pieces(required=False, default=0)
    expected_on = serializers.DateField(required=False, allow_null=True, default=None)
    low_stock_threshold = _pieces(required=False, default=0)
    reason = TextField(max_length=200, required=False, default="First stock.")

    default_error_messages = {"one_of": "Name the variant by either `variant_id` or `sku`."}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take one name of the variant."""
        if ("variant_id" in attrs) == ("sku" in attrs):
            raise serializers.ValidationError({"variant_id": [_detail(self, "one_of")]})
        return attrs


class StockAdjustmentInput(StrictSerializer):
    """Pieces that came or went, and why."""

    on_hand_delta = IntegerField(min_value=-MAX_PIECES, max_value=MAX_PIECES, help_text="Added; negative: taken away.")
    reason = TextField(max_length=200)
    kind = serializers.ChoiceField(
        choices=[StockMovement.Kind.RECEIVED.value, StockMovement.Kind.ADJUSTED.value],
        required=False,
        default=StockMovement.Kind.ADJUSTED.value,
        help_text="`received` for a delivery, `adjusted` for a correction.",
    )

    default_error_messages = {"zero": "Zero moves nothing; send the number of pieces that came or went."}

    def validate_on_hand_delta(self, value: int) -> int:
        """Refuse a movement that moves nothing."""
        if value == 0:
            raise serializers.ValidationError([_detail(self, "zero")])
        return value


class StockMovementOutput(serializers.ModelSerializer[StockMovement]):
    """One entry of the ledger of stock."""

    level_id = serializers.UUIDField(read_only=True)
    variant_id = serializers.UUIDField(source="level.variant_id", read_only=True)
    sku = serializers.CharField(source="level.variant.sku", read_only=True)
    location = serializers.CharField(source="level.location.code", read_only=True, help_text="The location's code.")
    order_id = serializers.UUIDField(read_only=True, allow_null=True)
    transfer_id = serializers.UUIDField(read_only=True, allow_null=True)
    take_id = serializers.UUIDField(read_only=True, allow_null=True)

    class Meta:
        """All of it."""

        model = StockMovement
        fields = (
            "id",
            "kind",
            "on_hand_delta",
            "reserved_delta",
            "incoming_delta",
            "level_id",
            "variant_id",
            "sku",
            "location",
            "order_id",
            "transfer_id",
            "take_id",
            "reason",
            "actor",
            "created_at",
        )
        read_only_fields = fields


class StockLevelQuery(PageQuery):
    """The query parameters of the list of levels."""

    variant = serializers.UUIDField(required=False, help_text="A variant's id.")
    sku = serializers.CharField(required=False, max_length=100)
    location = serializers.CharField(required=False, max_length=30, help_text="A location's code.")
    low = serializers.BooleanField(required=False, help_text="Only levels at or below their threshold.")


class StockMovementQuery(PageQuery):
    """The query parameters of the ledger."""

    level = serializers.UUIDField(required=False, help_text="A level's id.")
    variant = serializers.UUIDField(required=False, help_text="A variant's id.")
    sku = serializers.CharField(required=False, max_length=100)
    order = serializers.UUIDField(required=False, help_text="An order's id.")
    transfer = serializers.UUIDField(required=False, help_text="A stock transfer's id.")
    take = serializers.UUIDField(required=False, help_text="A stock take's id.")
    kind = serializers.ChoiceField(choices=StockMovement.Kind.values, required=False)


class LocationQuery(PageQuery):
    """The query parameters of the list of locations."""


def _detail(serializer: StrictSerializer, code: str) -> serializers.ErrorDetail:
    return serializers.ErrorDetail(str(serializer.error_messages[code]), code=code)
