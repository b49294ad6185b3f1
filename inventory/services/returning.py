"""Goods that come back from buyers. What is owed for them belongs to orders."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from inventory.exceptions import StockTooMuch, too_much
from inventory.models import StockMovement
from inventory.services.moving import LevelChange, levels_add, levels_move


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """Put so many of a variant back on a shelf."""

    variant_id: uuid.UUID
    quantity: int


def stock_return(
    *, requests: Sequence[ReturnRequest], location_id: uuid.UUID, order_id: uuid.UUID, reason: str, actor: str
) -> None:
    """Put goods of an order back on sale at a location; two statements, and levels that don't exist yet are made.

    Part of the caller's transaction, under the order's lock, which has checked that they were sent.

    Raises:
        StockTooMuch: the location would hold more of something than a level can count; each is named.
        ValueError: a quantity isn't positive.
    """
    if any(request.quantity < 1 for request in requests):
        message = "what comes back is at least one piece"
        raise ValueError(message)
    back: Counter[uuid.UUID] = Counter()
    for request in requests:
        back[request.variant_id] += request.quantity
    if not back:
        return
    levels_add(variant_ids=list(back), location_id=location_id)
    returned = StockMovement.Kind.RETURNED
    changes = [LevelChange(location_id, variant_id, returned, quantity) for variant_id, quantity in back.items()]
    unfit = levels_move(changes=changes, order_id=order_id, reason=reason, actor=actor)
    if unfit:
        raise StockTooMuch(errors=tuple(too_much(row.sku, None) for row in unfit))
