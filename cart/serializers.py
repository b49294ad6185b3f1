"""What goes into and comes out of the cart's endpoints. What a cart comes to is quoting.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cart.models import MAX_LINES, MAX_QUANTITY, Cart
from cart.offering import Offers
from cart.problems import CartProblem
from cart.quoting import CartQuote, MergedLine
from cart.tax_decisions import TaxRule
from core.money import Money
from core.serializers import (
    BooleanField,
    EmailField,
    IntegerField,
    MetadataField,
    MoneyField,
    StrictSerializer,
    TextField,
    UUIDField,
)
from shipping.models import ShippingMethod
from shipping.offering import NotOfferedReason
from users.addresses import AddressInput, AddressOutput

_REASONS = [reason.value for reason in NotOfferedReason if reason is not NotOfferedReason.NOT_SERVED]


class CartLineInput(StrictSerializer):
    """A quantity of one variant, named by its id or its SKU."""

    default_error_messages = {"one_name": "Name the variant by variant_id or by sku, one of them."}

    variant_id = UUIDField(required=False)
    sku = TextField(required=False, max_length=100)
    quantity = IntegerField(min_value=1, max_value=MAX_QUANTITY)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse both names, and none."""
        if ("variant_id" in attrs) == ("sku" in attrs):
            raise serializers.ValidationError(self.error_messages["one_name"], code="one_name")
        return attrs


class CartLineInputSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Tells the OpenAPI document that a line names its variant in one of two ways."""

    target_class = CartLineInput

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the fields' schema, and that exactly one of the names is there."""
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # noqa: SLF001 (the way that its documentation shows)
        return schema | {"oneOf": [{"required": ["variant_id"]}, {"required": ["sku"]}]}


class CartLinesInput(StrictSerializer):
    """All lines of a cart."""

    lines = CartLineInput(many=True, max_length=MAX_LINES)  # type: ignore[call-arg]  # Of the list.


class CartLineChangeInput(StrictSerializer):
    """A line's new quantity; left out, it stays, and the line is checked anew."""

    quantity = IntegerField(required=False, min_value=1, max_value=MAX_QUANTITY)


class CartCreateInput(StrictSerializer):
    """A new cart."""

    market = TextField(required=False, max_length=30, help_text="Its code; the default market if left out.")
    language = TextField(
        required=False, max_length=10, help_text="One of the market's; by Accept-Language if left out, else its first."
    )
    email = EmailField(required=False, max_length=254)
    lines = CartLineInput(many=True, required=False, max_length=MAX_LINES)  # type: ignore[call-arg]  # Of the list.


class CartCodeInput(StrictSerializer):
    """A code to enter."""

    code = TextField(max_length=64, help_text="In capitals or not.")


class CartUpdateInput(StrictSerializer):
    """What is said of a cart. What is left out stays; null clears; an address or the metadata is replaced whole."""

    email = EmailField(required=False, allow_null=True, max_length=254)
    language = TextField(required=False, max_length=10, help_text="One of the market's.")
    shipping_address = AddressInput(required=False, allow_null=True)
    billing_address = AddressInput(required=False, allow_null=True, help_text="Left out: the shipping address.")
    shipping_method_code = TextField(
        required=False, allow_null=True, max_length=40, help_text="From the cart's shipping options."
    )
    pickup_point_code = TextField(
        required=False,
        allow_null=True,
        max_length=40,
        help_text="One of the points of the method, if it is a pick-up. The cart then needs no shipping address.",
    )
    vat_id = TextField(
        required=False, allow_null=True, allow_blank=True, max_length=30, help_text="Of a business in the EU."
    )
    use_store_credit = BooleanField(
        required=False, help_text="Whether the customer's own store credit pays, after gift cards."
    )
    note = TextField(required=False, allow_null=True, allow_blank=True, max_length=2000)
    metadata = MetadataField(required=False, allow_null=True)


@extend_schema_field(MoneyField)
class AmountField(MoneyField):
    """An integer of minor units, written as money of the cart's currency (`currency` of the context)."""

    def to_representation(self, value: int | Money) -> dict[str, Any]:
        """Write one amount."""
        amount = value.amount if isinstance(value, Money) else value
        return {"amount": amount, "currency": self.context["currency"]}


class CartLineOutput(serializers.Serializer[Any]):
    """A line. One that can't be bought any more comes to nothing and has its problem."""

    id = serializers.UUIDField()
    variant_id = serializers.UUIDField(allow_null=True, help_text="Null when the variant was deleted.")
    product_id = serializers.UUIDField(allow_null=True, help_text="Null when it can't be bought any more.")
    product_slug = serializers.CharField(allow_null=True)
    sku = serializers.CharField(allow_blank=True)
    title = serializers.CharField()
    variant_title = serializers.CharField(allow_blank=True)
    image_url = serializers.CharField(allow_null=True)
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_QUANTITY)
    unit_price = AmountField(source="unit_amount", help_text="With tax where prices include it.")
    regular_unit_price = AmountField(
        source="regular_unit_amount",
        allow_null=True,
        help_text="The base price; null when it can't be bought any more.",
    )
    price_list = serializers.CharField(
        allow_null=True, help_text="The code of the price list that `unit_price` is of; null is the base price."
    )
    subtotal = AmountField(source="subtotal_amount")
    discount = AmountField(source="discount_amount", is_negative_allowed=True, help_text="Zero or less.")
    tax = AmountField(source="tax_amount")
    total = AmountField(source="total_amount", help_text="What the line comes to, its tax in it.")
    available_quantity = serializers.IntegerField(allow_null=True, min_value=0, help_text="Null is any number.")
    backordered_quantity = serializers.IntegerField(
        min_value=0, help_text="Of the quantity: can be had, isn't there yet."
    )
    promised_on = serializers.DateField(
        allow_null=True, help_text="When the backordered have come, or the release of a preorder if that is later."
    )
    requires_shipping = serializers.BooleanField()
    is_gift = serializers.BooleanField(help_text="A promotion has added it; it can't be changed or removed by itself.")
    is_gift_card = serializers.BooleanField(help_text="Each piece becomes a gift card of its price once it is paid.")


class ShippingOptionOutput(serializers.Serializer[Any]):
    """A way to ship the cart, and what it costs with these goods."""

    code = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    price = AmountField(source="amount", help_text="With these goods in the cart.")
    regular_price = AmountField(source="regular_amount", help_text="With these goods, if it weren't free.")
    free_from = AmountField(
        source="free_from_amount", allow_null=True, help_text="It is free when the goods come to this much."
    )
    is_free = serializers.BooleanField()
    kind = serializers.ChoiceField(choices=ShippingMethod.Kind.choices)
    min_days = serializers.IntegerField(allow_null=True)
    max_days = serializers.IntegerField(allow_null=True)
    earliest_on = serializers.DateField(allow_null=True, help_text="Ordered now it arrives then at the earliest.")
    latest_on = serializers.DateField(
        allow_null=True, help_text="At the latest. Null where the method doesn't say, or nobody knows when goods come."
    )


class PickupPointShownOutput(serializers.Serializer[Any]):
    """Where something can be collected."""

    code = serializers.CharField()
    name = serializers.CharField()
    address = AddressOutput()
    opening_hours = serializers.CharField(allow_blank=True)


class OfferedOptionOutput(ShippingOptionOutput):
    """A way to ship the cart, with the points where it can be collected."""

    pickup_points = PickupPointShownOutput(many=True, help_text="Of a pick-up; the buyer chooses one by its code.")


class NotOfferedOutput(serializers.Serializer[Any]):
    """A way that goes to the cart's address, and not with these goods."""

    code = serializers.CharField()
    name = serializers.CharField()
    reason = serializers.ChoiceField(choices=_REASONS)
    detail = serializers.CharField(help_text="The same in a sentence.")


class ShippingOptionsOutput(serializers.Serializer[Any]):
    """All ways to ship the cart."""

    country = serializers.CharField(help_text="Of the cart's address; without one, the market's first.")
    results = OfferedOptionOutput(source="options", many=True)
    not_offered = NotOfferedOutput(many=True)


class TotalsOutput(serializers.Serializer[Any]):
    """Total = subtotal + discount + shipping + rounding, plus tax where prices are net."""

    subtotal = AmountField(source="subtotal_amount")
    discount = AmountField(source="discount_amount", is_negative_allowed=True, help_text="Zero or less.")
    shipping = AmountField(source="shipping_amount")
    tax = AmountField(source="tax_amount", help_text="In the total already where prices include tax.")
    rounding = AmountField(
        source="rounding_amount", is_negative_allowed=True, help_text="To the smallest coin, where the market has one."
    )
    total = AmountField(source="total_amount")


class TaxDecisionOutput(serializers.Serializer[Any]):
    """Where a sale is taxed, and whether the buyer pays the tax."""

    rule = serializers.ChoiceField(choices=[rule.value for rule in TaxRule])
    country = serializers.CharField()
    region = serializers.CharField(allow_blank=True)
    postal_code = serializers.CharField(allow_blank=True, help_text="As codes are compared: without blanks.")
    source = serializers.CharField(  # type: ignore[assignment]  # The metaclass takes fields off the class.
        help_text="tax-rates, tax-service:NAME, vat-id:NUMBER or tax-exemption:CUSTOMER."
    )
    detail = serializers.CharField(help_text="The reason in a sentence.")
    reference = serializers.CharField(required=False, help_text="By which a tax service finds its answer again.")


class ExplanationOutput(serializers.Serializer[Any]):
    """One step from the lines' subtotals to the total; `is_included` ones are inside the prices already."""

    kind = serializers.ChoiceField(choices=["discount", "shipping", "tax", "rounding"])
    label = serializers.CharField()  # type: ignore[assignment]  # The metaclass takes fields off the class.
    source = serializers.CharField(  # type: ignore[assignment]  # As above.
        help_text="Such as tax-rate:ID or tax-service:NAME, shipping-method:CODE or carrier-rate:CARRIER:SERVICE."
    )
    line_id = serializers.UUIDField(source="line", allow_null=True, help_text="Null for the whole cart.")
    amount = AmountField(is_negative_allowed=True)
    is_included = serializers.BooleanField()
    rate_ppm = serializers.IntegerField(allow_null=True, help_text="Of a tax: 21 % is 210000.")


class CartProblemOutput(serializers.Serializer[Any]):
    """What the buyer should know or mend; which of the facts are there depends on the code."""

    code = serializers.CharField()
    detail = serializers.CharField()
    line_id = serializers.UUIDField(allow_null=True)
    is_blocking = serializers.BooleanField(help_text="Whether it stands in the way of an order.")
    available_quantity = serializers.IntegerField(required=False, help_text="Of stock_insufficient.")
    maximum_quantity = serializers.IntegerField(required=False, help_text="Of quantity_too_large.")
    seen_unit_price = MoneyField(required=False, help_text="Of price_changed: what the buyer saw.")
    unit_price = MoneyField(required=False, help_text="Of price_changed: what it is now.")
    country = serializers.CharField(required=False, help_text="Of shipping_country_not_served.")
    countries = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Of shipping_country_not_served: those that are."
    )
    shipping_method = serializers.CharField(required=False, help_text="Of shipping_method_unavailable.")
    pickup_point = serializers.CharField(required=False, help_text="Of pickup_point_unavailable.")
    gift_card_id = serializers.UUIDField(required=False, help_text="Of gift_card_unusable.")
    reason = serializers.CharField(
        required=False,
        help_text="Of gift_card_unusable: stopped, expired, empty or other_currency. Of shipping_method_unavailable: "
        f"{', '.join(NotOfferedReason)}.",
    )

    def to_representation(self, instance: CartProblem) -> dict[str, Any]:
        """Write the facts that this problem has, beside its fixed members."""
        facts = {
            name: {"amount": fact.amount, "currency": fact.currency} if isinstance(fact, Money) else fact
            for name, fact in instance.facts.items()
        }
        return {
            "code": instance.code,
            "detail": instance.detail,
            "line_id": None if instance.line_id is None else str(instance.line_id),
            "is_blocking": instance.is_blocking,
            **facts,
        }


class WithinReachOutput(serializers.Serializer[Any]):
    """A promotion that some more goods would bring."""

    label = serializers.CharField()  # type: ignore[assignment]  # The metaclass takes fields off the class.
    reason = serializers.CharField(help_text="Such as amount_too_low, quantity_too_low; see docs/money.md.")
    detail = serializers.CharField(help_text="The same in a sentence.")
    missing_quantity = serializers.IntegerField(allow_null=True, help_text="How many more would bring it.")
    missing_amount = AmountField(allow_null=True, help_text="For how much more.")


class CartCodeOutput(WithinReachOutput):
    """A code in the cart, and what became of it."""

    code = serializers.CharField()
    is_applied = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True, help_text="Why it gives nothing; null when it does.")
    detail = serializers.CharField(allow_blank=True, help_text="The same in a sentence.")


class MergedLineOutput(serializers.Serializer[Any]):
    """What became of one line of a claimed cart."""

    variant_id = serializers.UUIDField(allow_null=True)
    title = serializers.CharField()
    guest_quantity = serializers.IntegerField()
    own_quantity = serializers.IntegerField()
    quantity = serializers.IntegerField(help_text="Zero: it was left out.")
    reason = serializers.ChoiceField(
        choices=["variant_unavailable", "stock_insufficient", "quantity_too_large", "cart_full"],
        allow_null=True,
        help_text="Why it is less than both together; null when it isn't.",
    )


class CreditPartOutput(serializers.Serializer[Any]):
    """A gift card or store credit, and how much of it pays for this cart."""

    id = serializers.UUIDField(source="credit.id")
    kind = serializers.ChoiceField(choices=["gift_card", "store_credit"])
    label = serializers.CharField(source="credit.label")  # type: ignore[assignment]  # The metaclass takes fields off.
    amount = AmountField(help_text="What it pays of the total.")
    balance = AmountField(source="credit.balance_amount", help_text="What is on it now.")


class CartOutput(serializers.Serializer[Any]):
    """The whole cart, as every endpoint of carts answers it."""

    id = serializers.UUIDField(source="cart.id")
    market = serializers.CharField(source="cart.market.code")
    currency = serializers.CharField()
    language = serializers.CharField(source="cart.language")
    status = serializers.ChoiceField(choices=Cart.Status.choices)
    order_id = serializers.UUIDField(allow_null=True, help_text="The order that it was made into.")
    customer_id = serializers.UUIDField(source="cart.customer_id", allow_null=True)
    email = serializers.SerializerMethodField()
    shipping_address = AddressOutput(source="cart.shipping_address", allow_null=True)
    billing_address = AddressOutput(source="cart.billing_address", allow_null=True)
    shipping_method = ShippingOptionOutput(
        source="shipping", allow_null=True, help_text="The chosen one, while it is offered and anything is shipped."
    )
    pickup_point = PickupPointShownOutput(
        source="cart.collected_at", allow_null=True, help_text="Where it is collected, if that is how it goes."
    )
    vat_id = serializers.CharField(source="cart.vat_id", allow_blank=True, help_text="Of a business in the EU.")
    tax_decision = TaxDecisionOutput(source="tax_decision.told", help_text="Where it is taxed, or why it isn't.")
    note = serializers.CharField(source="cart.note", allow_blank=True)
    metadata = serializers.JSONField(source="cart.metadata")
    lines = CartLineOutput(many=True)
    totals = TotalsOutput(source="amounts")
    use_store_credit = serializers.BooleanField(source="cart.use_store_credit")
    credits = CreditPartOutput(many=True, help_text="Gift cards in the order they were entered, then store credit.")
    payable = AmountField(source="amounts.payable_amount", help_text="The total less what credits pay.")
    prices_include_tax = serializers.BooleanField(source="amounts.prices_include_tax")
    requires_shipping = serializers.BooleanField()
    explanation = ExplanationOutput(source="rows", many=True)
    codes = CartCodeOutput(many=True, help_text="In the order they were entered.")
    promotions_within_reach = WithinReachOutput(many=True)
    problems = CartProblemOutput(many=True)
    is_ready_to_order = serializers.BooleanField()
    version = serializers.IntegerField(source="cart.version")
    held_until = serializers.DateTimeField(
        allow_null=True, help_text="Until when the goods are kept for the buyer; null when nothing is, or no longer."
    )
    expires_at = serializers.DateTimeField(source="cart.expires_at")
    created_at = serializers.DateTimeField(source="cart.created_at")
    updated_at = serializers.DateTimeField(source="cart.updated_at")

    @extend_schema_field({"type": "string", "format": "email", "nullable": True})
    def get_email(self, of: CartQuote) -> str | None:
        """Return the address, null while there is none."""
        return of.cart.email or None


class ClaimedCartOutput(CartOutput):
    """The customer's cart after a claim."""

    merge = MergedLineOutput(many=True, help_text="Each line of the claimed cart, when it was added to another one.")


class CartSummaryOutput(serializers.Serializer[Any]):
    """A cart in a list; what it comes to is at its own address."""

    id = serializers.UUIDField()
    market = serializers.CharField(source="market.code")
    currency = serializers.CharField(source="market.currency")
    language = serializers.CharField()
    status = serializers.CharField()
    line_count = serializers.IntegerField()
    quantity = serializers.IntegerField(help_text="Of all lines together.")
    version = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


def cart_body(quote: CartQuote, merge: Sequence[MergedLine] | None = None) -> dict[str, Any]:
    """Return the whole cart as every endpoint answers it; with `merge` as a claim does."""
    body = dict(CartOutput(quote, context={"currency": quote.currency}).data)
    if merge is not None:
        body["merge"] = MergedLineOutput(merge, many=True).data
    return body


def shipping_options_body(quote: CartQuote, offers: Offers) -> dict[str, Any]:
    """Return the ways to ship a cart."""
    return dict(ShippingOptionsOutput(offers, context={"currency": quote.currency}).data)
