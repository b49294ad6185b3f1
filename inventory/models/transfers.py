"""Goods on their way to a location: from another one, or from outside."""

from django.db import models
from django.db.models import F, Q

from core import clock
from core.ids import uuid7
from inventory.models.levels import MAX_PIECES, Location
from products.models import Variant


class StockTransfer(models.Model):
    """Goods that left a location, or a supplier, and have not all arrived; what is to come counts as incoming."""

    class Status(models.TextChoices):
        """Where the goods are: all arrived, or the rest is lost (closed), or it went back or never left (cancelled)."""

        IN_TRANSIT = "in_transit"
        RECEIVED = "received"
        CLOSED = "closed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="transfers_out",
        help_text="Empty: the goods come from a supplier.",
    )
    destination = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="transfers_in")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.IN_TRANSIT)
    reference = models.CharField(max_length=100, blank=True, help_text="A delivery note's or a purchase's number.")
    expected_on = models.DateField(null=True, blank=True)
    actor = models.CharField(max_length=100, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first; goods go from one place to another."""

        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("in_transit", "received", "closed", "cancelled")),
                name="inventory_stocktransfer_status",
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=True) | ~Q(source=F("destination")), name="inventory_stocktransfer_ends"
            ),
            models.CheckConstraint(
                condition=Q(status="in_transit", closed_at__isnull=True)
                | (~Q(status="in_transit") & Q(closed_at__isnull=False)),
                name="inventory_stocktransfer_closed",
            ),
        )

    def __str__(self) -> str:
        """Give its reference."""
        return self.reference or str(self.id)


class StockTransferLine(models.Model):
    """How many of a variant were sent, and how many of those have arrived."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    transfer = models.ForeignKey(StockTransfer, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="transfer_lines")
    quantity = models.PositiveIntegerField()
    received_quantity = models.PositiveIntegerField(default=0)

    class Meta:
        """Once per variant; no more arrives than was sent."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("transfer", "variant"), name="inventory_stocktransferline_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, quantity__lte=MAX_PIECES), name="inventory_stocktransferline_quantity"
            ),
            models.CheckConstraint(
                condition=Q(received_quantity__lte=F("quantity")), name="inventory_stocktransferline_received"
            ),
        )

    def __str__(self) -> str:
        """Write quantity and variant."""
        return f"{self.quantity} of {self.variant_id}"

    @property
    def missing_quantity(self) -> int:
        """Return how many have not arrived; whether they still may is said by the transfer."""
        return self.quantity - self.received_quantity
