"""Goods that come back from buyers. What is owed for them belongs to orders."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core import clock
from core.ids import uuid7
from core.transactions import assert_in_transaction
from inventory.services.adjusting import ADD_LEVELS


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """Put so many of a variant back on a shelf."""

    variant_id: uuid.UUID
    quantity: int


RETURN = """
WITH back AS (
    SELECT w.variant_id, SUM(w.quantity) AS quantity
    FROM unnest(%(variants)s::uuid[], %(quantities)s::bigint[]) AS w (variant_id, quantity)
    GROUP BY w.variant_id
), locked AS MATERIALIZED (
    SELECT s.id, b.quantity
    FROM inventory_stocklevel s JOIN back b ON b.variant_id = s.variant_id
    WHERE s.location_id = %(location)s
    ORDER BY s.id
    FOR NO KEY UPDATE OF s
), moved AS (
    UPDATE inventory_stocklevel s SET on_hand = s.on_hand + k.quantity FROM locked k WHERE s.id = k.id
    RETURNING s.id, k.quantity
)
INSERT INTO inventory_stockmovement
    (level_id, kind, on_hand_delta, reserved_delta, order_id, reason, actor, created_at)
SELECT m.id, 'returned', m.quantity, 0, %(order)s, %(reason)s, %(actor)s, %(now)s FROM moved m
"""


def stock_return(
    *, requests: Sequence[ReturnRequest], location_id: uuid.UUID, order_id: uuid.UUID, reason: str, actor: str
) -> None:
    """Put goods of an order back on sale at a location; two statements, and levels that don't exist yet are made.

    Part of the caller's transaction, under the order's lock, which has checked that they were sent.

    Raises:
        ValueError: a quantity isn't positive.
    """
    assert_in_transaction()
    if any(request.quantity < 1 for request in requests):
        message = "what comes back is at least one piece"
        raise ValueError(message)
    if not requests:
        return
    parameters: dict[str, Any] = {
        "ids": [uuid7() for _ in requests],
        "variants": [request.variant_id for request in requests],
        "quantities": [request.quantity for request in requests],
        "location": location_id,
        "order": order_id,
        "reason": reason[:200],
        "actor": actor,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(ADD_LEVELS, parameters)
        cursor.execute(RETURN, parameters)
