"""DTOs of price lists, and of what a buyer pays for a quantity."""

from __future__ import annotations

from typing import Any

from django.core.validators import validate_slug
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.money import Money
from core.serializers import (
    AllOptional,
    BooleanField,
    IntegerField,
    MoneyField,
    QuerySerializer,
    StrictSerializer,
    TextField,
    UUIDField,
)
from core.views import PageQuery
from markets.models import Market
from products.models import PriceHistory, PriceList, PriceListPrice
from products.models.price_list import MAX_PRIORITY, MAX_TIER
from products.pricing import tiers_of
from products.selectors import SellableVariant

MAX_GROUPS = 100
MAX_LISTED = 1000
MAX_TIERS = 50
MAX_STEP = 1_000_000


class PriceListOutput(serializers.ModelSerializer[PriceList]):
    """Prices of one market for some buyers, without the prices themselves."""

    market = serializers.CharField(source="market.code", max_length=30)
    customer_groups = serializers.SerializerMethodField(help_text="Codes of those that it is for; none: everybody.")
    prices_count = serializers.IntegerField(help_text="How many tiers of all variants stand in it.")

    class Meta:
        """All of it."""

        model = PriceList
        fields = (
            "id",
            "market",
            "code",
            "name",
            "priority",
            "is_active",
            "valid_from",
            "valid_until",
            "customer_groups",
            "prices_count",
        )
        read_only_fields = fields

    def get_customer_groups(self, price_list: PriceList) -> list[str]:
        """Return their codes."""
        return [link.group.code for link in price_list.group_links.all()]


class _ListFields(StrictSerializer):
    """What can be said of a price list, besides its market."""

    code = TextField(max_length=30, validators=[validate_slug], help_text="Unique; as a cart's line names it.")
    name = TextField(max_length=80)
    priority = IntegerField(
        required=False,
        min_value=0,
        max_value=MAX_PRIORITY,
        help_text="The highest list that fits the buyer and has a price for the quantity is taken.",
    )
    is_active = BooleanField(required=False)
    valid_from = serializers.DateTimeField(required=False, allow_null=True, help_text="Null: since ever.")
    valid_until = serializers.DateTimeField(required=False, allow_null=True, help_text="Exclusive. Null: for ever.")
    customer_groups = serializers.ListField(
        child=TextField(max_length=30),
        required=False,
        max_length=MAX_GROUPS,
        help_text="Codes of those that it is for; none: everybody.",
    )


class PriceListInput(_ListFields):
    """A new price list."""

    market = TextField(max_length=30, help_text="Its code; a list keeps its market.")


class PriceListPatch(AllOptional, _ListFields):
    """What can change of a price list: any of it but its market."""


class PriceListQuery(PageQuery):
    """The filters of price lists."""

    market = serializers.CharField(required=False, max_length=30, help_text="Its code.")


class TierInput(StrictSerializer):
    """What one piece costs from a quantity on."""

    min_quantity = IntegerField(required=False, default=1, min_value=1, max_value=MAX_TIER)
    price = MoneyField(help_text="Of one piece, in the market's currency.")


class ListedVariantInput(StrictSerializer):
    """All tiers of one variant, named by its id or its SKU."""

    default_error_messages = {"one_name": "Name the variant by variant_id or by sku, one of them."}

    variant_id = UUIDField(required=False)
    sku = TextField(required=False, max_length=100)
    tiers = TierInput(many=True, max_length=MAX_TIERS)  # type: ignore[call-arg]  # Of the list.

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse both names, and none."""
        if ("variant_id" in attrs) == ("sku" in attrs):
            raise serializers.ValidationError(self.error_messages["one_name"], code="one_name")
        return attrs


class ListedVariantSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Tells the OpenAPI document that a variant is named in one of two ways."""

    target_class = ListedVariantInput

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the fields' schema, and that exactly one of the names is there."""
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # noqa: SLF001 (the way that its documentation shows)
        return schema | {"oneOf": [{"required": ["variant_id"]}, {"required": ["sku"]}]}


class ListPricesInput(StrictSerializer):
    """Variants with all the tiers that they shall have in the list; a variant without tiers is taken off."""

    prices = ListedVariantInput(many=True, max_length=MAX_LISTED)  # type: ignore[call-arg]  # Of the list.


class ListPricesOutput(serializers.Serializer[Any]):
    """How many were written."""

    variants_count = serializers.IntegerField(help_text="Variants that were named.")
    tiers_count = serializers.IntegerField(help_text="Tiers that they have in the list now.")


class FillInput(StrictSerializer):
    """Where the prices come from, by which day's rate, and how they are rounded."""

    market = TextField(max_length=30, help_text="Its code: whose base prices are taken.")
    date = serializers.DateField(help_text="Whose rate of the two currencies is taken; there must be one of that day.")
    step = IntegerField(
        required=False,
        default=1,
        min_value=1,
        max_value=MAX_STEP,
        help_text="Rounded half up to a multiple of this many minor units: 100 is whole euros.",
    )


class FillOutput(serializers.Serializer[Any]):
    """How many variants got a price."""

    variants_count = serializers.IntegerField()


class ListPriceQuery(PageQuery):
    """The filters of a list's prices."""

    variant = serializers.CharField(required=False, max_length=100, help_text="An id or a SKU.")


class ListPriceOutput(serializers.ModelSerializer[PriceListPrice]):
    """What one piece of a variant costs from a quantity on."""

    variant_id = serializers.UUIDField()
    sku = serializers.CharField(source="variant.sku", max_length=100)
    price = serializers.SerializerMethodField()

    class Meta:
        """All of it."""

        model = PriceListPrice
        fields = ("id", "variant_id", "sku", "min_quantity", "price")
        read_only_fields = fields

    @extend_schema_field(MoneyField)
    def get_price(self, price: PriceListPrice) -> dict[str, Any]:
        """Return it in the currency of the list's market."""
        return MoneyField().to_representation(Money(price.amount, price.price_list.market.currency))


class PriceHistoryQuery(PageQuery):
    """The filters of a variant's history of prices."""

    market = serializers.CharField(required=False, max_length=30, help_text="Its code.")


class PriceStateOutput(serializers.ModelSerializer[PriceHistory]):
    """One state of a base price, from when it was written until it was changed or taken away."""

    market = serializers.CharField(source="market.code", max_length=30)
    price = serializers.SerializerMethodField()
    compare_at = serializers.SerializerMethodField()
    recorded_by = serializers.CharField(max_length=60, help_text="`user:ID`, `key:PREFIX`; blank: in the database.")
    starts_at = serializers.DateTimeField(help_text="From when on it was applied.")
    ends_at = serializers.DateTimeField(
        allow_null=True, help_text="Until when it was applied; before `starts_at` if it never was. Null: still."
    )

    class Meta:
        """All of it."""

        model = PriceHistory
        fields = (
            "id",
            "price_id",
            "market",
            "price",
            "compare_at",
            "valid_from",
            "valid_until",
            "recorded_at",
            "recorded_by",
            "ended_at",
            "ended_by",
            "starts_at",
            "ends_at",
        )
        read_only_fields = fields

    @extend_schema_field(MoneyField)
    def get_price(self, state: PriceHistory) -> dict[str, Any]:
        """Return the price."""
        return MoneyField().to_representation(Money(state.amount, state.market.currency))

    @extend_schema_field(MoneyField(allow_null=True))
    def get_compare_at(self, state: PriceHistory) -> dict[str, Any] | None:
        """Return what it was compared with."""
        amount = state.compare_at_amount
        return None if amount is None else MoneyField().to_representation(Money(amount, state.market.currency))


class OwnPriceQuery(QuerySerializer):
    """Where, and how many pieces."""

    market = serializers.CharField(required=False, max_length=30, help_text="A market's code; default the shop's own.")
    quantity = serializers.IntegerField(required=False, default=1, min_value=1, max_value=MAX_TIER)


class OwnTierOutput(serializers.Serializer[Any]):
    """What one piece costs from a quantity on."""

    min_quantity = serializers.IntegerField(min_value=1)
    unit_price = MoneyField()
    price_list = serializers.CharField(allow_null=True, max_length=30, help_text="Null is the base price.")


class OwnPriceOutput(serializers.Serializer[Any]):
    """What the caller pays for one piece of a variant, by the price lists that they can buy by."""

    variant_id = serializers.UUIDField()
    market = serializers.CharField(max_length=30)
    quantity = serializers.IntegerField(min_value=1)
    unit_price = MoneyField(help_text="Of one piece, for this quantity.")
    regular_unit_price = MoneyField(help_text="The base price.")
    price_list = serializers.CharField(allow_null=True, max_length=30, help_text="Null is the base price.")
    prices_include_tax = serializers.BooleanField()
    tiers = OwnTierOutput(many=True)


def own_price_body(variant: SellableVariant, market: Market, quantity: int) -> dict[str, Any]:
    """Return what a buyer pays for a quantity of a variant, and what for others."""
    price = variant.price_of(quantity)
    return dict(
        OwnPriceOutput(
            {
                "variant_id": variant.id,
                "market": market.code,
                "quantity": quantity,
                "unit_price": Money(price.amount, market.currency),
                "regular_unit_price": Money(variant.regular_amount, market.currency),
                "price_list": price.price_list,
                "prices_include_tax": market.prices_include_tax,
                "tiers": [
                    {
                        "min_quantity": tier.min_quantity,
                        "unit_price": Money(tier.price.amount, market.currency),
                        "price_list": tier.price.price_list,
                    }
                    for tier in tiers_of(variant.regular_amount, variant.listed)
                ],
            }
        ).data
    )
