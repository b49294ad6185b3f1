"""DTOs of promotions and codes. What a cart tells of them is cart/serializers.py."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.money import Money
from core.places import COUNTRIES
from core.serializers import (
    AllOptional,
    BooleanField,
    CountriesField,
    IntegerField,
    MoneyField,
    StrictSerializer,
    TextField,
    UUIDField,
)
from core.views import PageQuery
from promotions.models import MAX_AT_ONCE, MAX_CODE, Code, Promotion, PromotionGoods

MAX_GOODS = 500
MAX_PARTS = 10
_MAX_SMALL = 32767
_MAX_COUNT = 2**31 - 1
_TARGETS = ("product_id", "variant_id", "category_id", "collection_id")
_CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]*\Z")


class CodeField(TextField):
    """A code as it may be written: letters, digits, dashes and underscores; capitals or not."""

    default_error_messages = {
        "code": "A code has letters, digits, dashes, underscores; it begins with a letter or digit."
    }

    def to_internal_value(self, data: Any) -> str:
        """Write it in capitals."""
        code = super().to_internal_value(data)
        if not _CODE.match(code):
            self.fail("code")
        return code.upper()


class GoodsInput(StrictSerializer):
    """One product, variant, category (with all below it) or collection."""

    default_error_messages = {"one_thing": "Name one thing: product_id, variant_id, category_id or collection_id."}

    product_id = UUIDField(required=False)
    variant_id = UUIDField(required=False)
    category_id = UUIDField(required=False)
    collection_id = UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse several, and none."""
        if sum(name in attrs for name in _TARGETS) != 1:
            raise serializers.ValidationError(self.error_messages["one_thing"], code="one_thing")
        return attrs


class PartInput(GoodsInput):
    """One thing of a bundle, and how many of it."""

    quantity = IntegerField(required=False, min_value=1, max_value=_MAX_SMALL, help_text="One unless said otherwise.")


class BenefitInput(StrictSerializer):
    """What it gives. Which fields there are depends on the kind; the others are refused."""

    kind = serializers.ChoiceField(choices=Promotion.Benefit.choices)
    rate_ppm = IntegerField(
        required=False, min_value=1, max_value=1_000_000, help_text="Of percent and buy_get: 10 % is 100000."
    )
    amount = MoneyField(required=False, help_text="Of amount: what it takes off. Of bundle: what all parts cost.")
    is_per_unit = BooleanField(required=False, help_text="Of amount: off each piece, not off all together.")
    shipping_methods = serializers.ListField(
        child=TextField(max_length=40), required=False, max_length=50, help_text="Of free_shipping: codes; none is any."
    )
    buy_quantity = IntegerField(required=False, min_value=1, max_value=_MAX_SMALL, help_text="Of buy_get.")
    get_quantity = IntegerField(required=False, min_value=1, max_value=_MAX_SMALL, help_text="Of buy_get and gift.")
    max_times = IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=_MAX_SMALL,
        help_text="Of buy_get and bundle: so often in one order; null is any number.",
    )
    reward = GoodsInput(
        many=True,
        required=False,
        max_length=MAX_GOODS,
        help_text="Of buy_get: what comes for less; none is the goods themselves.",
    )  # type: ignore[call-arg]  # Of the list.
    parts = PartInput(many=True, required=False, max_length=MAX_PARTS, help_text="Of bundle.")  # type: ignore[call-arg]  # Of the list.
    variant_id = UUIDField(required=False, help_text="Of gift.")


class PromotionInput(StrictSerializer):
    """A new promotion."""

    name = TextField(max_length=120, help_text="For staff.")
    label = TextField(  # type: ignore[assignment]  # The metaclass takes fields off the class.
        max_length=80, help_text="As buyers read it."
    )
    benefit = BenefitInput()
    is_active = BooleanField(required=False)
    requires_code = BooleanField(required=False, help_text="Whether a buyer has to enter one of its codes.")
    priority = IntegerField(required=False, min_value=-_MAX_SMALL, max_value=_MAX_SMALL, help_text="The higher first.")
    group = TextField(
        max_length=40, required=False, allow_blank=True, help_text="Of one group the one that helps most is taken."
    )
    is_exclusive = BooleanField(required=False, help_text="Taken alone, if it helps more than the others together.")
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Exclusive.")
    weekdays = serializers.ListField(
        child=IntegerField(min_value=1, max_value=7),
        required=False,
        max_length=7,
        help_text="1 is Monday; none is every day. Days are the shop's own.",
    )
    markets = serializers.ListField(
        child=TextField(max_length=30), required=False, max_length=100, help_text="Codes; none is every market."
    )
    countries = CountriesField(
        required=False, max_length=len(COUNTRIES), help_text="Where it is sent; none is everywhere."
    )
    customer_groups = serializers.ListField(
        child=TextField(max_length=30), required=False, max_length=100, help_text="Codes; none is everybody."
    )
    is_first_order_only = BooleanField(required=False)
    goods = GoodsInput(
        many=True, required=False, max_length=MAX_GOODS, help_text="What it is about; none is everything."
    )  # type: ignore[call-arg]  # Of the list.
    excluded_goods = GoodsInput(many=True, required=False, max_length=MAX_GOODS)  # type: ignore[call-arg]  # Of the list.
    min_quantity = IntegerField(required=False, min_value=0, max_value=_MAX_COUNT, help_text="Of its goods.")
    min_amount = MoneyField(
        required=False, allow_null=True, help_text="Its goods must come to so much, before promotions."
    )
    max_amount = MoneyField(required=False, allow_null=True, help_text="The most that one order gets; above zero.")
    budget = MoneyField(required=False, allow_null=True, help_text="The most that all orders get; above zero.")
    use_limit = IntegerField(
        required=False, allow_null=True, min_value=1, max_value=_MAX_COUNT, help_text="So many orders; null is any."
    )
    customer_use_limit = IntegerField(
        required=False, allow_null=True, min_value=1, max_value=_MAX_COUNT, help_text="So many orders of one customer."
    )

    def validate_weekdays(self, days: list[int]) -> list[int]:
        """Name each day once."""
        return sorted(set(days))


class PromotionPatch(AllOptional, PromotionInput):
    """What can change of a promotion: any of it. Lists and the benefit are replaced whole."""


class GoodsOutput(serializers.Serializer[Any]):
    """One thing; all null when it was deleted, which is about nothing then."""

    product_id = serializers.UUIDField(allow_null=True)
    variant_id = serializers.UUIDField(allow_null=True)
    category_id = serializers.UUIDField(allow_null=True)
    collection_id = serializers.UUIDField(allow_null=True)


class PartOutput(GoodsOutput):
    """One thing of a bundle, and how many of it."""

    quantity = serializers.IntegerField()


class BenefitOutput(serializers.Serializer[Any]):
    """What it gives; what its kind hasn't is null, false or empty."""

    kind = serializers.ChoiceField(choices=Promotion.Benefit.choices)
    rate_ppm = serializers.IntegerField(allow_null=True)
    amount = MoneyField(allow_null=True)
    is_per_unit = serializers.BooleanField()
    shipping_methods = serializers.ListField(child=serializers.CharField())
    buy_quantity = serializers.IntegerField(allow_null=True)
    get_quantity = serializers.IntegerField(allow_null=True)
    max_times = serializers.IntegerField(allow_null=True)
    reward = GoodsOutput(many=True)
    parts = PartOutput(many=True)
    variant_id = serializers.UUIDField(allow_null=True, help_text="Null for a gift that was deleted, too.")


class PromotionOutput(serializers.ModelSerializer[Promotion]):
    """A promotion with its counters: those of a limit that it hasn't stay at zero."""

    benefit = serializers.SerializerMethodField()
    markets = serializers.ListField(child=serializers.CharField(), source="market_codes")
    customer_groups = serializers.ListField(child=serializers.CharField(), source="group_codes")
    goods = serializers.SerializerMethodField()
    excluded_goods = serializers.SerializerMethodField()
    min_amount = serializers.SerializerMethodField()
    max_amount = serializers.SerializerMethodField()
    budget = serializers.SerializerMethodField()

    class Meta:
        """All of it but its counters, which change without it."""

        model = Promotion
        fields = (
            "id",
            "name",
            "label",
            "benefit",
            "is_active",
            "requires_code",
            "priority",
            "group",
            "is_exclusive",
            "starts_at",
            "ends_at",
            "weekdays",
            "markets",
            "countries",
            "customer_groups",
            "is_first_order_only",
            "goods",
            "excluded_goods",
            "min_quantity",
            "min_amount",
            "max_amount",
            "budget",
            "use_limit",
            "customer_use_limit",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field(BenefitOutput)
    def get_benefit(self, promotion: Promotion) -> dict[str, Any]:
        """Return what it gives."""
        return {
            "kind": promotion.benefit,
            "rate_ppm": promotion.rate_ppm,
            "amount": _money(promotion, promotion.amount),
            "is_per_unit": promotion.is_per_unit,
            "shipping_methods": promotion.method_codes,
            "buy_quantity": promotion.buy_quantity,
            "get_quantity": promotion.get_quantity,
            "max_times": promotion.max_times,
            "reward": _goods(promotion, PromotionGoods.Role.REWARD),
            "parts": PartOutput(
                [row for row in promotion.goods.all() if row.role == PromotionGoods.Role.PART], many=True
            ).data,
            "variant_id": None if promotion.gift_variant_id is None else str(promotion.gift_variant_id),
        }

    @extend_schema_field(GoodsOutput(many=True))
    def get_goods(self, promotion: Promotion) -> Any:
        """Return what it is about."""
        return _goods(promotion, PromotionGoods.Role.GOODS)

    @extend_schema_field(GoodsOutput(many=True))
    def get_excluded_goods(self, promotion: Promotion) -> Any:
        """Return what it isn't about."""
        return _goods(promotion, PromotionGoods.Role.EXCLUDED)

    @extend_schema_field(MoneyField(allow_null=True))
    def get_min_amount(self, promotion: Promotion) -> dict[str, Any] | None:
        """Return what its goods must come to; null is any amount."""
        return _money(promotion, promotion.min_amount or None)

    @extend_schema_field(MoneyField(allow_null=True))
    def get_max_amount(self, promotion: Promotion) -> dict[str, Any] | None:
        """Return the most that one order gets."""
        return _money(promotion, promotion.max_amount)

    @extend_schema_field(MoneyField(allow_null=True))
    def get_budget(self, promotion: Promotion) -> dict[str, Any] | None:
        """Return the most that all orders get."""
        return _money(promotion, promotion.budget_amount)


class PromotionUseOutput(serializers.Serializer[Any]):
    """What is used of its limits; orders that were cancelled have given back. Null where there is no limit."""

    used_count = serializers.IntegerField(allow_null=True)
    spent = MoneyField(allow_null=True)
    code_count = serializers.IntegerField()


class CodeOutput(serializers.Serializer[Any]):
    """A code."""

    code = serializers.CharField()
    use_limit = serializers.IntegerField(allow_null=True, help_text="So many orders; null is any number.")
    used_count = serializers.SerializerMethodField()
    batch = serializers.UUIDField(allow_null=True, help_text="Of those that were generated together.")
    created_at = serializers.DateTimeField()

    @extend_schema_field({"type": "integer", "nullable": True})
    def get_used_count(self, code: Code) -> int | None:
        """Return how many orders used it; null where that isn't counted, since it has no limit."""
        used: list[int] = code.used  # type: ignore[attr-defined]  # Annotated by the selectors.
        return None if code.use_limit is None else next(iter(used), 0)


class CodeInput(StrictSerializer):
    """A new code."""

    code = CodeField(max_length=MAX_CODE, help_text="Stored in capitals.")
    use_limit = IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=_MAX_COUNT,
        help_text="1 is single use; null any number.",
    )


class CodesGenerateInput(StrictSerializer):
    """How many codes, and what they are like."""

    count = IntegerField(min_value=1, max_value=MAX_AT_ONCE)
    prefix = CodeField(max_length=18, required=False, help_text="Before the dash and 13 characters that are random.")
    use_limit = IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=_MAX_COUNT,
        help_text="Of each; 1 unless said otherwise.",
    )


class BatchOutput(serializers.Serializer[Any]):
    """Codes that were generated together; the list of codes takes `batch`."""

    batch = serializers.UUIDField()
    count = serializers.IntegerField()


class PromotionQuery(PageQuery):
    """The filters of promotions."""

    is_active = serializers.BooleanField(required=False, allow_null=True, default=None)
    requires_code = serializers.BooleanField(required=False, allow_null=True, default=None)


class CodeQuery(PageQuery):
    """The filters of codes."""

    batch = serializers.UUIDField(required=False, help_text="Those that were generated together.")


def _goods(promotion: Promotion, role: str) -> Any:
    return GoodsOutput([row for row in promotion.goods.all() if row.role == role], many=True).data


def _money(promotion: Promotion, amount: int | None) -> dict[str, Any] | None:
    return None if amount is None else MoneyField().to_representation(Money(amount, promotion.currency))
