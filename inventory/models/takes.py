"""Counting what is really there, and what the books say of it at that moment."""

from django.db import models
from django.db.models import Q

from core import clock
from core.ids import uuid7
from inventory.models.levels import MAX_PIECES, Location, StockLevel


class StockTake(models.Model):
    """A count of a location's goods; nothing changes until it is applied."""

    class Status(models.TextChoices):
        """Whether counting goes on."""

        OPEN = "open"
        APPLIED = "applied"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="stock_takes")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    note = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=100, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first; a location is counted by one at a time, or differences would be found twice."""

        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("location",), condition=Q(status="open"), name="inventory_stocktake_one_open"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("open", "applied", "cancelled")), name="inventory_stocktake_status"
            ),
            models.CheckConstraint(
                condition=Q(status="open", closed_at__isnull=True) | (~Q(status="open") & Q(closed_at__isnull=False)),
                name="inventory_stocktake_closed",
            ),
        )

    def __str__(self) -> str:
        """Give its note and day."""
        return f"{self.note or 'Stock take'}, {self.created_at:%Y-%m-%d}"


class StockTakeLine(models.Model):
    """How many of a level were counted, and how many the books had when they were.

    The difference is what applying adds: goods that are sold between counting and applying don't count as missing.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    take = models.ForeignKey(StockTake, on_delete=models.CASCADE, related_name="lines")
    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="take_lines")
    counted = models.PositiveIntegerField()
    expected = models.PositiveIntegerField(help_text="On hand by the books when it was counted.")
    actor = models.CharField(max_length=100, blank=True)
    counted_at = models.DateTimeField(default=clock.now)

    class Meta:
        """The last count of a level stands."""

        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("take", "level"), name="inventory_stocktakeline_once"),
            models.CheckConstraint(
                condition=Q(counted__lte=MAX_PIECES, expected__lte=MAX_PIECES), name="inventory_stocktakeline_pieces"
            ),
        )

    def __str__(self) -> str:
        """Write both numbers."""
        return f"{self.counted} counted, {self.expected} expected"

    @property
    def difference(self) -> int:
        """What applying adds to the level."""
        return self.counted - self.expected
