"""Tables of carts. Totals aren't stored: the quote computes them each time, as the order will."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core import clock
from core.ids import capability, uuid7
from markets.models import Market
from products.models import Variant
from promotions.models import Code
from shipping.models import PickupPoint, ShippingMethod
from users.models import User

MAX_LINES = 200
MAX_QUANTITY = 10_000
"""Of one line, whatever the variant says and the stock holds."""
MAX_CODES = 10


class Cart(models.Model):
    """What somebody is about to buy. A guest's cart belongs to whoever holds its id, so the id is fully random."""

    class Status(models.TextChoices):
        """Whether it can still be changed."""

        OPEN = "open"
        ORDERED = "ordered"
        MERGED = "merged"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=capability, editable=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="carts")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    email = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=10)
    shipping_address = models.JSONField(null=True, blank=True)
    billing_address = models.JSONField(null=True, blank=True)
    shipping_method = models.ForeignKey(
        ShippingMethod, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    pickup_point = models.ForeignKey(PickupPoint, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    vat_id = models.CharField(max_length=20, blank=True, help_text="Of a business in the EU, with its letters.")
    gift_card_ids = ArrayField(
        models.UUIDField(), default=list, db_default=[], blank=True, help_text="Cards that pay, in this order."
    )
    use_store_credit = models.BooleanField(
        default=False, db_default=False, help_text="Whether the customer's store credit pays, after the cards."
    )
    note = models.TextField(blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="Where its lines went."
    )
    version = models.PositiveIntegerField(default=1)
    expires_at = models.DateTimeField()
    held_until = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Until when the stock of its lines is held; none where nothing is to be released.",
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """One open cart per customer and market."""

        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("customer", "market"), condition=Q(status="open"), name="cart_cart_one_open"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("open", "ordered", "merged", "expired")), name="cart_cart_status"
            ),
        )
        indexes = (
            models.Index(fields=("expires_at",), condition=Q(status="open"), name="cart_cart_expiry"),
            # Whether an order is somebody's first is asked by the address, however it is written.
            models.Index(Lower("email"), condition=Q(status="ordered"), name="cart_cart_ordered_by"),
        )

    def __str__(self) -> str:
        """Say whose it is and since when; the id opens a guest's cart, and belongs into no list of names."""
        return f"Cart of {self.email or 'a guest'}, {self.created_at.day} {self.created_at:%b %Y}"

    @property
    def collected_at(self) -> PickupPoint | None:
        """Return the point where its goods are to be collected; None if they are to be sent, or no point is chosen."""
        method, point = self.shipping_method, self.pickup_point
        is_pickup = method is not None and method.kind == ShippingMethod.Kind.PICKUP
        return point if is_pickup and point is not None and point.method_id == self.shipping_method_id else None

    def status_at(self, at: datetime) -> str:
        """Return its status; past its time it is expired, whether or not the sweeper has come by yet."""
        is_over = self.status == self.Status.OPEN and self.expires_at <= at
        return self.Status.EXPIRED if is_over else self.status

    def held_at(self, at: datetime) -> datetime | None:
        """Return until when its goods are held; None if they aren't, or no longer."""
        is_held = self.held_until is not None and self.held_until > at and self.status_at(at) == self.Status.OPEN
        return self.held_until if is_held else None


class CartLine(models.Model):
    """One variant in a cart, and the unit price that the buyer last saw there.

    A deleted variant leaves its line behind, under the title it had, so that the buyer is told and not left to notice.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=255, default="", help_text="The product's, when the line was added.")
    quantity = models.PositiveIntegerField()
    seen_unit_amount = models.BigIntegerField(help_text="Minor units; a difference is reported as a problem.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """A variant stands in a cart once."""

        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("cart", "variant"), name="cart_cartline_variant"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cart_cartline_quantity"),
        )

    def __str__(self) -> str:
        """Write quantity and variant."""
        return f"{self.quantity} of {self.variant_id}"


class CartCode(models.Model):
    """A code that was entered in a cart. Whether it gives anything is asked each time the cart is reckoned up."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="codes", db_index=False)
    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """In the order they were entered, each once."""

        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("cart", "code"), name="cart_cartcode_once"),)

    def __str__(self) -> str:
        """Name the code."""
        return str(self.code)


class OutsideAnswer(models.Model):
    """What a service outside has answered about a cart as it was then, or why it gave no answer.

    It holds for exactly the question that the digest is of, and until it expires; the next one takes its place.
    """

    class Kind(models.TextChoices):
        """What was asked."""

        RATES = "rates"
        TAXES = "taxes"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="outside_answers", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    service = models.CharField(max_length=40, help_text="Its name in the settings.")
    question_digest = models.BinaryField(max_length=32)
    answer = models.JSONField(null=True, blank=True)
    failure = models.CharField(max_length=20, blank=True, help_text="Why there is no answer.")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        """The last one of each service."""

        ordering = ("asked_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("cart", "kind", "service"), name="cart_outsideanswer_last"),
            models.CheckConstraint(condition=Q(kind__in=("rates", "taxes")), name="cart_outsideanswer_kind"),
            models.CheckConstraint(
                condition=Q(answer__isnull=True) & ~Q(failure="") | Q(answer__isnull=False, failure=""),
                name="cart_outsideanswer_either",
            ),
        )

    def __str__(self) -> str:
        """Name the service and what it was asked."""
        return f"{self.kind} by {self.service}"
