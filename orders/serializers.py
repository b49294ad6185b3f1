"""What goes into and comes out of the endpoints of orders and payments. What it means is services/."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cart.serializers import TaxDecisionOutput
from core.serializers import (
    BooleanField,
    MoneyField,
    StrictSerializer,
    TextField,
    UUIDField,
)
from orders.explaining import order_steps
from orders.fulfilment_serializers import FulfilmentOutput
from orders.models import Order, OrderHistory, OrderLine
from orders.selectors import OrderDetail
from payments.models import Payment, PaymentEvent
from promotions.rules import Reason
from users.addresses import AddressOutput
from users.callers import Caller


@extend_schema_field(MoneyField)
class AmountField(MoneyField):
    """A column of minor units, written as money of the currency that its row, or the row's order, is in."""

    def __init__(self, column: str, **kwargs: Any) -> None:
        """Say which column."""
        self.column = column
        super().__init__(source="*", read_only=True, **kwargs)

    def to_representation(self, value: Any) -> dict[str, Any]:
        """Write one amount."""
        currency = value.currency if hasattr(value, "currency") else value.order.currency
        return {"amount": getattr(value, self.column), "currency": currency}


class OrderPlaceInput(StrictSerializer):
    """Which cart, and the total that its buyer agreed to."""

    cart = UUIDField(help_text="The cart's id.")
    expected_total = MoneyField(help_text="`totals.total` of the cart as the buyer saw it.")
    expected_payable = MoneyField(
        required=False, help_text="`payable` of the cart as the buyer saw it; left out, credits pay what they can."
    )
    payment_method = TextField(
        max_length=30, required=False, help_text="bank_transfer or cash_on_delivery; can be chosen later by staff."
    )


class OrderCancelInput(StrictSerializer):
    """Why."""

    reason = TextField(max_length=200, required=False, default="", allow_blank=True, help_text="The buyer can read it.")


class NoteInput(StrictSerializer):
    """Something to remember of an order."""

    message = TextField(max_length=500)
    is_public = BooleanField(required=False, default=False, help_text="Whether the buyer sees it.")


class OrderLineOutput(serializers.Serializer[Any]):
    """A line as it was sold; later changes of the product don't show here."""

    id = serializers.UUIDField()
    position = serializers.IntegerField()
    variant_id = serializers.UUIDField(allow_null=True, help_text="Null when the variant was deleted since.")
    sku = serializers.CharField(allow_blank=True)
    title = serializers.CharField()
    variant_title = serializers.CharField(allow_blank=True)
    requires_shipping = serializers.BooleanField()
    is_gift = serializers.BooleanField(help_text="A promotion has added it.")
    is_gift_card = serializers.BooleanField(
        help_text="Its pieces are gift cards, issued once the order is paid: GET /orders/{reference}/gift-cards."
    )
    quantity = serializers.IntegerField()
    fulfilled_quantity = serializers.IntegerField()
    backordered_quantity = serializers.IntegerField(help_text="How many weren't there yet when it was placed.")
    promised_on = serializers.DateField(allow_null=True, help_text="By when they, or a preorder, were promised.")
    returned_quantity = serializers.IntegerField()
    unit_price = AmountField("unit_amount", help_text="With tax where prices include it.")
    price_list = serializers.SerializerMethodField(
        help_text="The code of the price list that the unit price is of; null is the base price."
    )
    subtotal = AmountField("subtotal_amount")
    discount = AmountField("discount_amount", is_negative_allowed=True, help_text="Zero or less.")
    tax = AmountField("tax_amount")
    total = AmountField("total_amount", help_text="What the line comes to, its tax in it.")

    def get_price_list(self, line: OrderLine) -> str | None:
        """Return the list's code."""
        return line.price_list or None


class OrderTotalsOutput(serializers.Serializer[Any]):
    """Total = subtotal + discount + shipping + rounding, plus tax where prices are net."""

    subtotal = AmountField("subtotal_amount")
    discount = AmountField("discount_amount", is_negative_allowed=True, help_text="Zero or less.")
    shipping = AmountField("shipping_amount")
    tax = AmountField("tax_amount", help_text="In the total already where prices include tax.")
    rounding = AmountField(
        "rounding_amount", is_negative_allowed=True, help_text="To the smallest coin, where the market has one."
    )
    total = AmountField("total_amount")


class OrderExplanationOutput(serializers.Serializer[Any]):
    """One step from the lines' subtotals to the total; `is_included` ones are inside the prices already."""

    kind = serializers.ChoiceField(choices=["discount", "shipping", "tax", "fee", "rounding"])
    label = serializers.CharField()  # type: ignore[assignment]  # The metaclass takes fields off the class.
    source = serializers.CharField(  # type: ignore[assignment]  # As above.
        help_text="Such as tax-rate:ID or shipping-method:CODE."
    )
    line_id = serializers.UUIDField(allow_null=True, help_text="Null for the whole order.")
    amount = AmountField("amount", is_negative_allowed=True)
    is_included = serializers.BooleanField()
    rate_ppm = serializers.IntegerField(allow_null=True, help_text="Of a tax: 21 % is 210000.")


class ExplainedStepOutput(serializers.Serializer[Any]):
    """One step to the total as a person reads it."""

    text = serializers.CharField()
    amount = MoneyField(is_negative_allowed=True)
    so_far = MoneyField(allow_null=True, help_text="The sum of the steps to here; null for what is inside the prices.")


class NotAppliedOutput(serializers.Serializer[Any]):
    """A promotion that gave nothing, and why."""

    source = serializers.CharField(help_text="promotion:ID.")  # type: ignore[assignment]  # The metaclass takes fields off the class.
    label = serializers.CharField()  # type: ignore[assignment]  # As above.
    code = serializers.CharField(allow_null=True, help_text="The code that was entered for it; null if it needs none.")
    reason = serializers.ChoiceField(choices=[reason.value for reason in Reason])
    missing = serializers.IntegerField(
        allow_null=True, help_text="How many, or how much in minor units, would have had to be added."
    )
    detail = serializers.CharField()


class OrderExplainedOutput(serializers.Serializer[Any]):
    """Why the total is what it is, as a person reads it."""

    steps = ExplainedStepOutput(many=True)
    not_applied = NotAppliedOutput(many=True)


class OrderPickupOutput(serializers.Serializer[Any]):
    """Where it is collected, as the point was when it was ordered."""

    code = serializers.CharField()
    name = serializers.CharField()
    opening_hours = serializers.CharField(allow_blank=True)


class OrderShippingOutput(serializers.Serializer[Any]):
    """How it is sent."""

    code = serializers.CharField(source="shipping_method_code")
    name = serializers.CharField(source="shipping_method_name")
    pickup_point = OrderPickupOutput(allow_null=True, help_text="Where it is collected, at `shipping_address`.")
    earliest_on = serializers.DateField(
        source="delivery_earliest_on",
        allow_null=True,
        help_text="When it arrives at the earliest, as the buyer was told.",
    )
    latest_on = serializers.DateField(source="delivery_latest_on", allow_null=True, help_text="At the latest.")


class OrderPaymentOutput(serializers.ModelSerializer[Payment]):
    """A payment as the order shows it."""

    amount = AmountField("amount")
    captured = AmountField("captured_amount", help_text="What came in.")
    refunded = AmountField("refunded_amount", help_text="What was given back of that.")

    class Meta:
        """Without its events."""

        model = Payment
        fields: tuple[str, ...] = (
            "id",
            "provider",
            "method",
            "status",
            "amount",
            "captured",
            "refunded",
            "created_at",
        )
        read_only_fields = fields


class PaymentEventOutput(serializers.ModelSerializer[PaymentEvent]):
    """One thing that happened to a payment's money."""

    amount = serializers.SerializerMethodField()

    class Meta:
        """All of it."""

        model = PaymentEvent
        fields = ("kind", "amount", "reference", "note", "actor", "created_at")
        read_only_fields = fields

    @extend_schema_field(MoneyField)
    def get_amount(self, event: PaymentEvent) -> dict[str, Any]:
        """Write the amount in the payment's currency."""
        return {"amount": event.amount, "currency": event.payment.currency}


class PaymentOutput(OrderPaymentOutput):
    """A payment with all that happened to it. Who isn't staff gets `reference` and `events` empty."""

    order_id = serializers.UUIDField(read_only=True)
    reference = serializers.CharField(source="provider_reference", read_only=True)
    events = PaymentEventOutput(many=True, read_only=True)

    class Meta(OrderPaymentOutput.Meta):
        """With its order and its events."""

        fields = ("id", "order_id", *OrderPaymentOutput.Meta.fields[1:], "reference", "events")
        read_only_fields = fields


class OrderSummaryOutput(serializers.Serializer[Any]):
    """An order in a list; what it is made of is at its own address."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=Order.Status.choices)
    payment_status = serializers.ChoiceField(choices=Order.PaymentStatus.choices)
    fulfilment_status = serializers.ChoiceField(choices=Order.FulfilmentStatus.choices)
    market = serializers.CharField(source="market.code")
    currency = serializers.CharField()
    email = serializers.CharField()
    customer_id = serializers.UUIDField(allow_null=True)
    name = serializers.SerializerMethodField(help_text="Of the shipping address, else of the billing address.")
    total = AmountField("total_amount")
    paid = AmountField("paid_amount")
    placed_at = serializers.DateTimeField()

    def get_name(self, order: Order) -> str:
        """Return whom it is for."""
        return str((order.shipping_address or order.billing_address or {}).get("name", ""))


class OrderOutput(serializers.Serializer[Any]):
    """The whole order."""

    id = serializers.UUIDField(source="order.id")
    number = serializers.CharField(source="order.number")
    cart_id = serializers.UUIDField(source="order.cart_id")
    status = serializers.ChoiceField(source="order.status", choices=Order.Status.choices)
    payment_status = serializers.ChoiceField(source="order.payment_status", choices=Order.PaymentStatus.choices)
    fulfilment_status = serializers.ChoiceField(
        source="order.fulfilment_status", choices=Order.FulfilmentStatus.choices
    )
    market = serializers.CharField(source="order.market.code")
    currency = serializers.CharField(source="order.currency")
    language = serializers.CharField(source="order.language")
    email = serializers.CharField(source="order.email")
    customer_id = serializers.UUIDField(source="order.customer_id", allow_null=True)
    prices_include_tax = serializers.BooleanField(source="order.prices_include_tax")
    lines = OrderLineOutput(many=True)
    totals = OrderTotalsOutput(source="order")
    explanation = OrderExplanationOutput(source="adjustments", many=True)
    explained = OrderExplainedOutput(
        required=False, help_text="Only with `?expand=explanation`: the same in sentences."
    )
    paid = serializers.SerializerMethodField(help_text="What came in.")
    refunded = serializers.SerializerMethodField(help_text="What was given back of that.")
    owed = serializers.SerializerMethodField(help_text="What is still to be paid.")
    payments = OrderPaymentOutput(many=True)
    fulfilments = FulfilmentOutput(many=True)
    shipping_address = AddressOutput(source="order.shipping_address", allow_null=True)
    billing_address = AddressOutput(source="order.billing_address", allow_null=True)
    shipping_method = serializers.SerializerMethodField()
    vat_id = serializers.CharField(source="order.vat_id", allow_blank=True, help_text="Of a business in the EU.")
    tax_decision = serializers.SerializerMethodField(
        help_text="Where it was taxed, or why not, as decided when it was placed; null of orders before that was kept."
    )
    note = serializers.CharField(source="order.note", allow_blank=True)
    metadata = serializers.JSONField(source="order.metadata")
    reserved_until = serializers.DateTimeField(
        source="order.reserved_until", allow_null=True, help_text="Unpaid then, it is cancelled; null: it stays."
    )
    placed_at = serializers.DateTimeField(source="order.placed_at")
    cancelled_at = serializers.DateTimeField(source="order.cancelled_at", allow_null=True)
    cancel_reason = serializers.CharField(source="order.cancel_reason", allow_blank=True)
    version = serializers.IntegerField(source="order.version")
    updated_at = serializers.DateTimeField(source="order.updated_at")

    @extend_schema_field(TaxDecisionOutput(allow_null=True))
    def get_tax_decision(self, detail: OrderDetail) -> dict[str, Any] | None:
        """Return what was decided."""
        return dict(TaxDecisionOutput(detail.order.tax_decision).data) if detail.order.tax_decision else None

    @extend_schema_field(MoneyField)
    def get_paid(self, detail: OrderDetail) -> dict[str, Any]:
        """Return what came in."""
        return _money(detail.order.paid_amount, detail.order)

    @extend_schema_field(MoneyField)
    def get_refunded(self, detail: OrderDetail) -> dict[str, Any]:
        """Return what was given back."""
        return _money(detail.order.refunded_amount, detail.order)

    @extend_schema_field(MoneyField)
    def get_owed(self, detail: OrderDetail) -> dict[str, Any]:
        """Return what is still to be paid; nothing is owed for a cancelled order."""
        is_cancelled = detail.order.status == Order.Status.CANCELLED
        return _money(0 if is_cancelled else detail.order.owed_amount, detail.order)

    @extend_schema_field(OrderShippingOutput(allow_null=True))
    def get_shipping_method(self, detail: OrderDetail) -> dict[str, Any] | None:
        """Return how it is sent; null when nothing is."""
        return dict(OrderShippingOutput(detail.order).data) if detail.order.shipping_method_code else None


class PlacedOrderOutput(OrderOutput):
    """The order that was placed, and the token by which a guest reads it."""

    token = serializers.CharField(
        allow_null=True, help_text="Lets a guest read the order, as `X-Order-Token` or `?token=`. Keep it secret."
    )


class OrderHistoryOutput(serializers.ModelSerializer[OrderHistory]):
    """One thing that happened. Who isn't staff gets `actor` and `data` empty."""

    class Meta:
        """All of it."""

        model = OrderHistory
        fields = ("id", "kind", "message", "data", "is_public", "actor", "created_at")
        read_only_fields = fields


def order_body(detail: OrderDetail) -> dict[str, Any]:
    """Return the whole order as its endpoints answer it."""
    return dict(OrderOutput(detail).data)


def explained_body(detail: OrderDetail) -> dict[str, Any]:
    """Return the whole order, and its total explained in sentences."""
    order = detail.order
    steps = [
        {
            "text": step.text,
            "amount": _money(step.amount, order),
            "so_far": None if step.so_far is None else _money(step.so_far, order),
        }
        for step in order_steps(order, detail.lines, detail.adjustments)
    ]
    return {**order_body(detail), "explained": {"steps": steps, "not_applied": order.not_applied}}


def placed_body(detail: OrderDetail, token: str | None) -> dict[str, Any]:
    """Return the whole order as placing answers it."""
    return {**order_body(detail), "token": token}


def history_body(history: Sequence[OrderHistory], caller: Caller) -> list[dict[str, Any]]:
    """Return rows of history as the caller may read them."""
    hidden = {} if caller.may("orders:read") else {"data": {}, "actor": ""}
    return [{**row, **hidden} for row in OrderHistoryOutput(history, many=True).data]


def payments_body(payments: Sequence[Payment], caller: Caller) -> list[dict[str, Any]]:
    """Return an order's payments as the caller may read them."""
    hidden = {} if caller.may("orders:read") else {"reference": "", "events": []}
    return [{**payment, **hidden} for payment in PaymentOutput(payments, many=True).data]


def _money(amount: int, order: Order) -> dict[str, Any]:
    return {"amount": amount, "currency": order.currency}
