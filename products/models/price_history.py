"""The table of what base prices were: written by triggers, whoever changes a price and how."""

import uuid

from django.db import models
from django.db.models import Q

from markets.models import Market
from products.models.variant import Variant


class PriceHistory(models.Model):
    """One state of a base price, from when it was written until it was changed or taken away.

    It was applied between `starts_at` and `ends_at`: while it was written down and valid. A state that was taken away
    before its time was never applied, and ends before it starts.
    """

    id = models.BigAutoField(primary_key=True)
    price_id: "models.UUIDField[uuid.UUID, uuid.UUID]" = models.UUIDField(help_text="Of the price, gone or not.")
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="price_history", db_index=False)
    market = models.ForeignKey(Market, on_delete=models.CASCADE, related_name="+", db_index=False)
    amount = models.BigIntegerField(help_text="Minor units of the market's currency.")
    compare_at_amount = models.BigIntegerField(null=True, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=60, blank=True, help_text="Blank: by hand in the database.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was changed or taken away.")
    ended_by = models.CharField(max_length=60, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A price has one state at a time; found by variant and market, those that ended last first."""

        ordering = ("-id",)
        verbose_name_plural = "price history"
        constraints = (
            models.UniqueConstraint(
                fields=("price_id",), condition=Q(ended_at__isnull=True), name="products_pricehistory_one_state"
            ),
        )
        indexes = (models.Index(fields=("variant", "market", "ends_at"), name="products_pricehistory_ends"),)

    def __str__(self) -> str:
        """Give the bare amount; the currency is the market's."""
        return str(self.amount)
