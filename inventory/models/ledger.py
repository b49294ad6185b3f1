"""The ledger that the counters are sums of, and what is held back for whom."""

import pgtrigger
from django.db import models
from django.db.models import Q

from core import clock
from inventory.models.levels import StockLevel
from inventory.models.takes import StockTake
from inventory.models.transfers import StockTransfer


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
        TRANSFERRED = "transferred"
        COUNTED = "counted"

    id = models.BigAutoField(primary_key=True)
    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=11, choices=Kind.choices)
    on_hand_delta = models.IntegerField(default=0)
    reserved_delta = models.IntegerField(default=0)
    incoming_delta = models.IntegerField(default=0, db_default=0)
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="stock_movements"
    )
    cart = models.ForeignKey(
        "cart.Cart", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    transfer = models.ForeignKey(
        StockTransfer, on_delete=models.PROTECT, null=True, blank=True, related_name="movements", db_index=False
    )
    take = models.ForeignKey(
        StockTake, on_delete=models.PROTECT, null=True, blank=True, related_name="movements", db_index=False
    )
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """Newest first; a movement moves something, and what others caused names its cause."""

        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    kind__in=(
                        "received",
                        "reserved",
                        "released",
                        "shipped",
                        "returned",
                        "adjusted",
                        "transferred",
                        "counted",
                    )
                ),
                name="inventory_stockmovement_kind",
            ),
            models.CheckConstraint(
                condition=(~Q(kind__in=("reserved", "released")) | Q(order__isnull=False) | Q(cart__isnull=False))
                & (~Q(kind__in=("shipped", "returned")) | Q(order__isnull=False))
                & (~Q(kind="transferred") | Q(transfer__isnull=False))
                & (~Q(kind="counted") | Q(take__isnull=False)),
                name="inventory_stockmovement_cause",
            ),
            models.CheckConstraint(
                condition=~Q(on_hand_delta=0, reserved_delta=0, incoming_delta=0), name="inventory_stockmovement_moves"
            ),
        )
        indexes = tuple(
            # Most movements are an order's, so these stay small.
            models.Index(
                fields=(cause,), condition=Q(**{f"{cause}__isnull": False}), name=f"inventory_movement_{cause}"
            )
            for cause in ("cart", "transfer", "take")
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        """Write the change."""
        return f"{self.kind} {self.on_hand_delta:+d} on hand, {self.reserved_delta:+d} reserved"


class StockReservation(models.Model):
    """What a level holds back for an order's line, or for a cart at its check-out, until it is shipped or released.

    One with `expires_at` is no longer held from then on: the next who wants the goods takes them, and its owner has to
    reserve again. An order's has none once the order is accepted.
    """

    id = models.BigAutoField(primary_key=True)
    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="reservations")
    order = models.ForeignKey(
        "orders.Order", on_delete=models.CASCADE, null=True, blank=True, related_name="reservations"
    )
    order_line = models.ForeignKey(
        "orders.OrderLine", on_delete=models.CASCADE, null=True, blank=True, related_name="reservations"
    )
    cart = models.ForeignKey("cart.Cart", on_delete=models.CASCADE, null=True, blank=True, related_name="reservations")
    quantity = models.PositiveIntegerField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One row per line or cart, and level; an empty one doesn't exist. A cart's always ends."""

        constraints = (
            models.UniqueConstraint(fields=("order_line", "level"), name="inventory_stockreservation_once"),
            models.UniqueConstraint(fields=("cart", "level"), name="inventory_stockreservation_cart_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="inventory_stockreservation_quantity"),
            models.CheckConstraint(
                condition=Q(order__isnull=False, order_line__isnull=False, cart__isnull=True)
                | Q(order__isnull=True, order_line__isnull=True, cart__isnull=False, expires_at__isnull=False),
                name="inventory_stockreservation_owner",
            ),
        )
        indexes = (
            models.Index(
                fields=("level", "expires_at"),
                condition=Q(expires_at__isnull=False),
                name="inventory_reservation_expiry",
            ),
        )

    def __str__(self) -> str:
        """Write what is held."""
        return f"{self.quantity} for {self.order_line_id or self.cart_id}"
