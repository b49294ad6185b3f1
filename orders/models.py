"""Tables of what was sold. Everything an order says is copied into it, so that it never changes with the catalogue."""

import pgtrigger
from django.db import models
from django.db.models import ExpressionWrapper, F, JSONField, Q, Value

from cart.models import Cart
from core import clock
from core.ids import uuid7
from markets.models import Market
from products.models import Variant
from users.models import User

_BEFORE_TAX = F("subtotal_amount") + F("discount_amount") + F("shipping_amount") + F("rounding_amount")


class Order(models.Model):
    """A sale: its parts add up to its total, checked by the schema; one cart makes one order at the most."""

    class Status(models.TextChoices):
        """Where the sale is; the moves between them are in orders/states.py."""

        PENDING = "pending"
        CONFIRMED = "confirmed"
        COMPLETED = "completed"
        CANCELLED = "cancelled"

    class PaymentStatus(models.TextChoices):
        """Derived from the payments."""

        UNPAID = "unpaid"
        PARTIALLY_PAID = "partially_paid"
        PAID = "paid"
        PARTIALLY_REFUNDED = "partially_refunded"
        REFUNDED = "refunded"

    class FulfilmentStatus(models.TextChoices):
        """Derived from the fulfilments."""

        UNFULFILLED = "unfulfilled"
        PARTIALLY_FULFILLED = "partially_fulfilled"
        FULFILLED = "fulfilled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.CharField(max_length=20, unique=True)
    cart = models.OneToOneField(Cart, on_delete=models.PROTECT, related_name="order")
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="orders")
    customer = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="orders")
    token_digest = models.BinaryField(max_length=32, help_text="SHA-256 of the token that lets a guest read it.")
    email = models.EmailField(max_length=254)
    language = models.CharField(max_length=10)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    payment_status = models.CharField(max_length=20, choices=PaymentStatus.choices, default=PaymentStatus.UNPAID)
    fulfilment_status = models.CharField(
        max_length=20, choices=FulfilmentStatus.choices, default=FulfilmentStatus.UNFULFILLED
    )
    currency = models.CharField(max_length=3)
    prices_include_tax = models.BooleanField()
    subtotal_amount = models.BigIntegerField(help_text="Goods, before discounts, in the market's net or gross.")
    discount_amount = models.BigIntegerField(default=0, help_text="Zero or less.")
    shipping_amount = models.BigIntegerField(default=0)
    tax_amount = models.BigIntegerField(default=0, help_text="Inside the total where prices include tax, else on top.")
    rounding_amount = models.BigIntegerField(
        default=0, db_default=0, help_text="What makes the total a multiple of the market's smallest coin."
    )
    total_amount = models.BigIntegerField()
    not_applied = models.JSONField(
        default=list, db_default=Value([], JSONField()), blank=True, help_text="Promotions that gave nothing, and why."
    )
    paid_amount = models.BigIntegerField(default=0, help_text="Captured, over all payments.")
    refunded_amount = models.BigIntegerField(default=0)
    shipping_address = models.JSONField(null=True, blank=True)
    billing_address = models.JSONField(null=True, blank=True)
    shipping_method_code = models.CharField(max_length=40, blank=True)
    shipping_method_name = models.CharField(max_length=80, blank=True)
    pickup_point = models.JSONField(
        null=True, blank=True, help_text="Where it is collected; its address is shipped to."
    )
    delivery_earliest_on = models.DateField(null=True, blank=True, help_text="As the buyer was told.")
    delivery_latest_on = models.DateField(null=True, blank=True, help_text="As the buyer was told.")
    vat_id = models.CharField(max_length=20, blank=True, help_text="Of the business that bought, as it gave it.")
    tax_decision = models.JSONField(
        default=dict, blank=True, help_text="Where it was taxed, or why not, as decided when it was placed."
    )
    note = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    reserved_until = models.DateTimeField(
        null=True, blank=True, help_text="Unpaid then, it is cancelled and its stock given back."
    )
    placed_at = models.DateTimeField(default=clock.now)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """The total is the sum of the parts; nothing goes back that did not come in."""

        ordering = ("-placed_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(prices_include_tax=True, total_amount=_BEFORE_TAX)
                | Q(prices_include_tax=False, total_amount=_BEFORE_TAX + F("tax_amount")),
                name="orders_order_total",
            ),
            models.CheckConstraint(
                condition=Q(subtotal_amount__gte=0)
                & Q(discount_amount__lte=0)
                & Q(shipping_amount__gte=0)
                & Q(tax_amount__gte=0)
                & Q(total_amount__gte=0),
                name="orders_order_signs",
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0) & Q(refunded_amount__lte=F("paid_amount")),
                name="orders_order_refunded",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("pending", "confirmed", "completed", "cancelled")), name="orders_order_status"
            ),
            models.CheckConstraint(
                condition=Q(payment_status__in=("unpaid", "partially_paid", "paid", "partially_refunded", "refunded")),
                name="orders_order_payment_status",
            ),
            models.CheckConstraint(
                condition=Q(fulfilment_status__in=("unfulfilled", "partially_fulfilled", "fulfilled")),
                name="orders_order_fulfilment_status",
            ),
        )
        indexes = (
            models.Index(fields=("placed_at", "id"), name="orders_order_newest"),
            models.Index(fields=("customer", "placed_at", "id"), name="orders_order_customer"),
            models.Index(fields=("status", "placed_at", "id"), name="orders_order_by_status"),
            models.Index(fields=("reserved_until",), condition=Q(status="pending"), name="orders_order_reserved_until"),
        )

    def __str__(self) -> str:
        """Give its number."""
        return self.number

    @property
    def owed_amount(self) -> int:
        """What it still wants: its total, less what came in and was not given back. Zero at the least."""
        return max(self.total_amount - self.paid_amount + self.refunded_amount, 0)

    @property
    def excess_amount(self) -> int:
        """What came in beyond what it comes to, and was not given back; all that came in once it is cancelled."""
        due = 0 if self.status == self.Status.CANCELLED else self.total_amount
        return max(self.paid_amount - self.refunded_amount - due, 0)


class OrderLine(models.Model):
    """One variant as it was sold: names, price and tax copied, so that later edits of the product change nothing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    variant = models.ForeignKey(Variant, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    sku = models.CharField(max_length=100, blank=True)
    title = models.CharField(max_length=255)
    variant_title = models.CharField(max_length=800, blank=True)
    requires_shipping = models.BooleanField()
    is_stock_tracked = models.BooleanField(default=True, db_default=True, help_text="Whether stock is held for it.")
    is_gift = models.BooleanField(default=False, db_default=False, help_text="Whether a promotion has added it.")
    is_gift_card = models.BooleanField(
        default=False, db_default=False, help_text="Whether its pieces are gift cards, issued once the order is paid."
    )
    quantity = models.PositiveIntegerField()
    unit_amount = models.BigIntegerField()
    price_list = models.CharField(
        max_length=30, blank=True, default="", db_default="", help_text="The code of the list that the price is of."
    )
    subtotal_amount = models.BigIntegerField()
    discount_amount = models.BigIntegerField(default=0, help_text="Zero or less.")
    tax_amount = models.BigIntegerField(default=0)
    total_amount = models.BigIntegerField(help_text="Subtotal and discount, and tax where prices are net.")
    fulfilled_quantity = models.PositiveIntegerField(default=0)
    backordered_quantity = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How many were promised ahead of their coming when it was placed."
    )
    promised_on = models.DateField(null=True, blank=True, help_text="By when, as the buyer was told.")
    returned_quantity = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        """A line adds up, no more is sent than was sold, and no more comes back than was sent."""

        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=("order", "position"), name="orders_orderline_position"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_orderline_quantity"),
            models.CheckConstraint(
                condition=Q(unit_amount__gte=0)
                & Q(subtotal_amount=ExpressionWrapper(F("unit_amount") * F("quantity"), models.BigIntegerField())),
                name="orders_orderline_subtotal",
            ),
            models.CheckConstraint(
                condition=Q(is_gift_card=False)
                | Q(discount_amount=0, tax_amount=0, requires_shipping=False, total_amount=F("subtotal_amount")),
                name="orders_orderline_gift_card",
            ),
            models.CheckConstraint(
                condition=Q(fulfilled_quantity__lte=F("quantity")), name="orders_orderline_fulfilled"
            ),
            models.CheckConstraint(
                condition=Q(backordered_quantity__lte=F("quantity")), name="orders_orderline_backordered"
            ),
            models.CheckConstraint(
                condition=Q(returned_quantity__lte=F("fulfilled_quantity")), name="orders_orderline_returned"
            ),
        )

    def __str__(self) -> str:
        """Write quantity and title."""
        return f"{self.quantity} x {self.title}"


class OrderAdjustment(models.Model):
    """One discount, tax or fee of an order or of one line, with its source: why the total is what it is."""

    class Kind(models.TextChoices):
        """What it is."""

        DISCOUNT = "discount"
        SHIPPING = "shipping"
        TAX = "tax"
        FEE = "fee"
        ROUNDING = "rounding"

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="adjustments")
    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, null=True, blank=True, related_name="adjustments")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    label = models.CharField(max_length=120, help_text="As the buyer reads it.")
    source = models.CharField(max_length=120, help_text="Where it comes from: tax-rate:ID, shipping-method:CODE.")
    amount = models.BigIntegerField()
    is_included = models.BooleanField(default=False, help_text="Already inside the prices (gross tax).")
    rate_ppm = models.PositiveIntegerField(null=True, blank=True, help_text="Of a tax: its rate in millionths.")

    class Meta:
        """In the order they were applied."""

        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=("discount", "shipping", "tax", "fee", "rounding")),
                name="orders_orderadjustment_kind",
            ),
        )

    def __str__(self) -> str:
        """Write label and amount."""
        return f"{self.label} {self.amount}"


class Fulfilment(models.Model):
    """One parcel, or one handing over, of some of an order's goods."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fulfilments")
    carrier = models.CharField(max_length=60, blank=True)
    tracking_number = models.CharField(max_length=100, blank=True)
    tracking_url = models.URLField(max_length=500, blank=True)
    actor = models.CharField(max_length=100, blank=True)
    shipped_at = models.DateTimeField(default=clock.now)

    class Meta:
        """In the order they left."""

        ordering = ("shipped_at", "id")

    def __str__(self) -> str:
        """Give the tracking number."""
        return self.tracking_number or str(self.id)


class FulfilmentLine(models.Model):
    """How many of an order line are in a fulfilment."""

    id = models.BigAutoField(primary_key=True)
    fulfilment = models.ForeignKey(Fulfilment, on_delete=models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="fulfilment_lines")
    quantity = models.PositiveIntegerField()

    class Meta:
        """Once per line."""

        constraints = (
            models.UniqueConstraint(fields=("fulfilment", "order_line"), name="orders_fulfilmentline_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orders_fulfilmentline_quantity"),
        )

    def __str__(self) -> str:
        """Write quantity and line."""
        return f"{self.quantity} of {self.order_line_id}"


class OrderHistory(models.Model):
    """One thing that happened to an order, told for staff and buyer: append-only."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="history")
    kind = models.CharField(max_length=30, help_text="placed, paid, fulfilled, cancelled, refunded, note.")
    message = models.CharField(max_length=500, blank=True)
    data = models.JSONField(default=dict, blank=True)
    is_public = models.BooleanField(default=True, help_text="Whether the buyer sees it.")
    actor = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """In the order it happened."""

        ordering = ("id",)
        verbose_name_plural = "order history"
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        """Give kind and message."""
        return f"{self.kind} {self.message}".strip()
