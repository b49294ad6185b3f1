"""Where stock lies, and how much of it."""

from django.db import models
from django.db.models import F, Q

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
    """How much of a variant a location holds, has promised and expects; all three are sums of its movements.

    available = on_hand - safety_stock - reserved + backorder_limit, and without bound where the limit is null. What
    is reserved until a time counts as free after it, whether or not anybody has released it yet.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="stock_levels")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="stock_levels")
    on_hand = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    incoming = models.IntegerField(default=0, db_default=0, help_text="On its way here; not for sale yet.")
    safety_stock = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Pieces on hand that are kept back from sale."
    )
    backorder_limit = models.PositiveIntegerField(
        default=0,
        null=True,
        blank=True,
        help_text="How many may be promised beyond what is there; blank is any number.",
    )
    expected_on = models.DateField(
        null=True, blank=True, help_text="When what is sold beyond what is there will have come."
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
                condition=Q(incoming__gte=0, incoming__lte=MAX_PIECES), name="inventory_stocklevel_incoming"
            ),
            models.CheckConstraint(condition=Q(safety_stock__lte=MAX_PIECES), name="inventory_stocklevel_safety_stock"),
            models.CheckConstraint(
                condition=Q(low_stock_threshold__lte=MAX_PIECES), name="inventory_stocklevel_low_stock_threshold"
            ),
            models.CheckConstraint(
                condition=Q(backorder_limit__isnull=True) | Q(reserved__lte=F("on_hand") + F("backorder_limit")),
                name="inventory_stocklevel_promise",
            ),
        )

    def __str__(self) -> str:
        """Name both ends, for staff's pages, which load them."""
        return f"{self.variant} at {self.location}"
