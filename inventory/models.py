"""Tables of stock. Whether a variant is tracked at all is said by the variant; who wants it, by cart and orders."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from core import clock
from core.ids import uuid7
from inventory.triggers import location_triggers, stock_triggers
from products.models import Variant

MAX_PIECES = 1_000_000_000
"""The most that a level can hold, or promise beyond that."""


class Location(models.Model):
    """A place that holds stock and ships it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2.")
    is_active = models.BooleanField(default=True, help_text="Stock of an inactive location is not for sale.")
    position = models.PositiveSmallIntegerField(default=0, help_text="Stock is taken from the lowest first.")

    class Meta:
        """In the order stock is taken."""

        ordering = ("position", "code")
        triggers = location_triggers()

    def __str__(self) -> str:
        """Give its name."""
        return self.name


class StockLevel(models.Model):
    """How much of a variant a location holds and has promised; both are sums of its movements.

    available = on_hand - reserved + backorder_limit, and without bound where the limit is null.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="stock_levels")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="stock_levels")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    backorder_limit = models.PositiveIntegerField(
        default=0,
        null=True,
        blank=True,
        help_text="How many may be promised beyond what is there; blank is any number.",
    )
    low_stock_threshold = models.PositiveIntegerField(default=0, help_text="Shown as low at or below this.")

    class Meta:
        """Never promises more than there is, plus what may be back-ordered."""

        ordering = ("variant", "location")
        triggers = stock_triggers()
        constraints = (
            models.UniqueConstraint(fields=("variant", "location"), name="inventory_stocklevel_place"),
            models.CheckConstraint(
                # Bounded, so that no sum of them in SQL leaves the range of its type.
                condition=Q(on_hand__gte=0, on_hand__lte=MAX_PIECES),
                name="inventory_stocklevel_on_hand",
            ),
            models.CheckConstraint(
                condition=Q(backorder_limit__isnull=True) | Q(backorder_limit__lte=MAX_PIECES),
                name="inventory_stocklevel_backorder_limit",
            ),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="inventory_stocklevel_reserved"),
            models.CheckConstraint(
                condition=Q(backorder_limit__isnull=True) | Q(reserved__lte=F("on_hand") + F("backorder_limit")),
                name="inventory_stocklevel_promise",
            ),
        )

    def __str__(self) -> str:
        """Name both ends, for staff's pages, which load them."""
        return f"{self.variant} at {self.location}"


class StockMovement(models.Model):
    """One change of a level: immutable, with its kind and its cause. The ledger that the counters are sums of."""

    class Kind(models.TextChoices):
        """Why stock moved."""

        RECEIVED = "received"
        RESERVED = "reserved"
        RELEASED = "released"
        SHIPPED = "shipped"
        RETURNED = "returned"
        ADJUSTED = "adjusted"

    id = models.BigAutoField(primary_key=True)
    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    on_hand_delta = models.IntegerField(default=0)
    reserved_delta = models.IntegerField(default=0)
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="stock_movements"
    )
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """Newest first; a movement moves something."""

        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=("received", "reserved", "released", "shipped", "returned", "adjusted")),
                name="inventory_stockmovement_kind",
            ),
            models.CheckConstraint(
                condition=~Q(on_hand_delta=0, reserved_delta=0), name="inventory_stockmovement_moves"
            ),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        """Write the change."""
        return f"{self.kind} {self.on_hand_delta:+d} on hand, {self.reserved_delta:+d} reserved"


class StockReservation(models.Model):
    """What a level holds back for one order line, until it is shipped or released (then the row goes)."""

    id = models.BigAutoField(primary_key=True)
    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="reservations")
    order_line = models.ForeignKey("orders.OrderLine", on_delete=models.CASCADE, related_name="reservations")
    quantity = models.PositiveIntegerField()

    class Meta:
        """One row per line and level; an empty one doesn't exist."""

        constraints = (
            models.UniqueConstraint(fields=("order_line", "level"), name="inventory_stockreservation_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="inventory_stockreservation_quantity"),
        )

    def __str__(self) -> str:
        """Write what is held."""
        return f"{self.quantity} for {self.order_line_id}"
