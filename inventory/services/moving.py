"""Changing many levels at once for transfers, stock takes and returns: one statement, locks in primary-key order.

Why goods move, and what is refused to whom in which words, is said by transferring.py, counting.py and returning.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core import clock
from core.ids import uuid7
from core.transactions import assert_in_transaction
from inventory.models import MAX_PIECES
from inventory.services.adjusting import ADD_LEVELS


@dataclass(frozen=True, slots=True)
class LevelChange:
    """What comes to the level of a variant at a location, or goes from it; `kind` is the movement's."""

    location_id: uuid.UUID
    variant_id: uuid.UUID
    kind: str
    on_hand_delta: int = 0
    incoming_delta: int = 0


@dataclass(frozen=True, slots=True)
class Unfit:
    """A change that can't be made: its place in the list, and how the level stands and would stand.

    `reserved` is what is really promised: what is held past its time isn't.
    """

    index: int
    sku: str
    on_hand: int
    reserved: int
    on_hand_after: int
    incoming_after: int

    @property
    def is_too_much(self) -> bool:
        """Tell whether it's refused because there would be more than a level can hold."""
        return max(self.on_hand_after, self.incoming_after) > MAX_PIECES


# As in reserving.py: levels are read as they are once they are locked, and `lapsed` deletes what is past its time as
# it is at that moment. A level that isn't there fits nothing.
MOVE = """
WITH wanted AS (
    SELECT *
    FROM unnest(%(locations)s::uuid[], %(variants)s::uuid[], %(kinds)s::text[], %(on_hand)s::bigint[],
                %(incoming)s::bigint[])
        WITH ORDINALITY AS w (location_id, variant_id, kind, on_hand_delta, incoming_delta, place)
), locked AS MATERIALIZED (
    SELECT s.id, s.location_id, s.variant_id, s.on_hand, s.reserved, s.incoming, s.backorder_limit
    FROM inventory_stocklevel s
    WHERE s.location_id = ANY(%(places)s::uuid[]) AND s.variant_id = ANY(%(variants)s::uuid[])
    ORDER BY s.id
    FOR NO KEY UPDATE
), judged AS (
    SELECT w.place, w.variant_id, w.kind, w.on_hand_delta, w.incoming_delta, k.id, k.reserved, k.on_hand,
           k.backorder_limit, k.on_hand::bigint + w.on_hand_delta AS on_hand_after,
           k.incoming::bigint + w.incoming_delta AS incoming_after
    FROM wanted w LEFT JOIN locked k ON k.location_id = w.location_id AND k.variant_id = w.variant_id
), lapsed AS (
    DELETE FROM inventory_stockreservation r USING judged j
    WHERE r.level_id = j.id AND j.on_hand_delta < 0 AND r.expires_at <= %(now)s
    RETURNING r.level_id, r.order_id, r.cart_id, r.quantity
), freed AS (
    SELECT e.level_id, SUM(e.quantity) AS quantity FROM lapsed e GROUP BY e.level_id
), weighed AS (
    SELECT j.*, COALESCE(f.quantity, 0) AS freed, j.reserved - COALESCE(f.quantity, 0) AS promised
    FROM judged j LEFT JOIN freed f ON f.level_id = j.id
), fitting AS (
    SELECT w.* FROM weighed w
    WHERE w.on_hand_after BETWEEN 0 AND %(most)s AND w.incoming_after BETWEEN 0 AND %(most)s
      AND (w.on_hand_delta >= 0 OR w.promised <= w.on_hand_after
           OR %(may_owe)s AND (w.backorder_limit IS NULL OR w.promised <= w.on_hand_after + w.backorder_limit))
), moved AS (
    UPDATE inventory_stocklevel s
    SET on_hand = s.on_hand + f.on_hand_delta, incoming = s.incoming + f.incoming_delta, reserved = s.reserved - f.freed
    FROM fitting f
    WHERE s.id = f.id
    RETURNING s.id, f.place, f.kind, f.on_hand_delta, f.incoming_delta
), ledger AS (
    INSERT INTO inventory_stockmovement
        (level_id, kind, on_hand_delta, reserved_delta, incoming_delta, order_id, cart_id, transfer_id, take_id,
         reason, actor, created_at)
    SELECT e.level_id, 'released', 0, -e.quantity, 0, e.order_id, e.cart_id, NULL, NULL, 'Not paid in time.', 'system',
           %(now)s
    FROM lapsed e
    UNION ALL
    SELECT m.id, m.kind, m.on_hand_delta, 0, m.incoming_delta, %(order)s::uuid, NULL, %(transfer)s::uuid,
           %(take)s::uuid, %(reason)s, %(actor)s, %(now)s
    FROM moved m
)
SELECT w.place - 1, v.sku, COALESCE(w.on_hand, 0), COALESCE(w.promised, 0), COALESCE(w.on_hand_after, w.on_hand_delta),
       COALESCE(w.incoming_after, w.incoming_delta)
FROM weighed w JOIN products_variant v ON v.id = w.variant_id
WHERE w.place NOT IN (SELECT m.place FROM moved m)
ORDER BY w.place
"""


def levels_move(
    *,
    changes: Sequence[LevelChange],
    order_id: uuid.UUID | None = None,
    transfer_id: uuid.UUID | None = None,
    take_id: uuid.UUID | None = None,
    may_owe: bool = False,
    reason: str,
    actor: str,
) -> list[Unfit]:
    """Change levels and write their movements, and return the changes that couldn't be made; one statement.

    What leaves must be on hand and promised to nobody, or with `may_owe`, leave no more promised than there is and may
    be back-ordered. What is held past its time is freed. Part of the caller's transaction, which must roll back when
    something is returned, and which holds the lock of the order, transfer or take. No level may stand in two changes.
    """
    assert_in_transaction()
    if not changes:
        return []
    parameters: dict[str, Any] = {
        "places": list({change.location_id for change in changes}),
        "locations": [change.location_id for change in changes],
        "variants": [change.variant_id for change in changes],
        "kinds": [change.kind for change in changes],
        "on_hand": [change.on_hand_delta for change in changes],
        "incoming": [change.incoming_delta for change in changes],
        "most": MAX_PIECES,
        "may_owe": may_owe,
        "order": order_id,
        "transfer": transfer_id,
        "take": take_id,
        "reason": reason[:200],
        "actor": actor,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(MOVE, parameters)
        return [Unfit(*row) for row in cursor.fetchall()]


def levels_add(*, variant_ids: Sequence[uuid.UUID], location_id: uuid.UUID) -> None:
    """Make the levels of these variants that a location doesn't have yet, empty; part of the caller's transaction."""
    assert_in_transaction()
    with connection.cursor() as cursor:
        cursor.execute(
            ADD_LEVELS,
            {"ids": [uuid7() for _ in variant_ids], "variants": list(variant_ids), "location": location_id},
        )
