"""What base prices were, for staff."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from products.models import PriceHistory


def price_history(variant_id: uuid.UUID, *, market: str | None = None) -> QuerySet[PriceHistory]:
    """Return every state that a variant's base prices had, with their markets; `market` is a code."""
    states = PriceHistory.objects.filter(variant=variant_id).select_related("market")
    return states if market is None else states.filter(market__code=market)
