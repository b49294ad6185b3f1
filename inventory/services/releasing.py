"""Taking promises back, making them last, and letting what was promised leave. Making them: reserving.py.

Each is one statement. Levels are locked first, in primary-key order, and reservations are then deleted or changed as
they are at that moment: another buyer may have taken one that was past its time while this transaction waited.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core import clock
from core.transactions import assert_in_transaction, entry
from inventory.exceptions import StockNotOnHand
from inventory.models import StockReservation
from users.callers import SYSTEM_ACTOR


@dataclass(frozen=True, slots=True)
class ShipRequest:
    """Let so many of what is held for an order line leave."""

    order_line_id: uuid.UUID
    quantity: int


LAPSED = "Not paid in time."
"""Why what is held past its time goes back, for the ledger."""

_RELEASE = """
WITH locked AS MATERIALIZED (
    SELECT s.id FROM inventory_stocklevel s
    WHERE s.id IN (SELECT r.level_id FROM inventory_stockreservation r WHERE {whose})
    ORDER BY s.id
    FOR NO KEY UPDATE
), gone AS (
    DELETE FROM inventory_stockreservation r USING locked k
    WHERE r.level_id = k.id AND {whose}
    RETURNING r.level_id, r.order_id, r.cart_id, r.quantity
), freed AS (
    SELECT g.level_id, SUM(g.quantity) AS quantity FROM gone g GROUP BY g.level_id
), moved AS (
    UPDATE inventory_stocklevel s SET reserved = s.reserved - f.quantity FROM freed f WHERE s.id = f.level_id
), ledger AS (
    INSERT INTO inventory_stockmovement
        (level_id, kind, on_hand_delta, reserved_delta, order_id, cart_id, reason, actor, created_at)
    SELECT g.level_id, 'released', 0, -SUM(g.quantity), g.order_id, g.cart_id, %(reason)s, %(actor)s, %(now)s
    FROM gone g GROUP BY g.level_id, g.order_id, g.cart_id
)
SELECT COALESCE(SUM(f.quantity), 0) FROM freed f
"""
RELEASE_ORDER = _RELEASE.format(
    whose="r.order_id = %(order)s AND (%(lines)s::uuid[] IS NULL OR r.order_line_id = ANY(%(lines)s::uuid[]))"
)
RELEASE_CARTS = _RELEASE.format(whose="r.cart_id = ANY(%(carts)s::uuid[])")
RELEASE_LAPSED = _RELEASE.format(whose="r.id = ANY(%(ids)s::bigint[]) AND r.expires_at <= %(now)s")
RELEASE_LAPSED_AT = _RELEASE.format(whose="r.level_id = ANY(%(levels)s::uuid[]) AND r.expires_at <= %(now)s")

KEEP = """
WITH locked AS MATERIALIZED (
    SELECT s.id FROM inventory_stocklevel s
    WHERE s.id IN (SELECT r.level_id FROM inventory_stockreservation r WHERE r.order_id = %(order)s)
    ORDER BY s.id
    FOR NO KEY UPDATE
), kept AS (
    UPDATE inventory_stockreservation r SET expires_at = NULL FROM locked k
    WHERE r.level_id = k.id AND r.order_id = %(order)s
    RETURNING r.order_line_id, r.quantity
)
SELECT order_line_id, SUM(quantity) FROM kept GROUP BY order_line_id
"""

# `take` reads reservations that last, which only the holder of the order's lock changes, so they needn't be locked.
SHIP = """
WITH wanted AS (
    SELECT w.line_id, w.quantity
    FROM unnest(%(lines)s::uuid[], %(quantities)s::bigint[]) AS w (line_id, quantity)
), ranked AS (
    SELECT r.id, r.level_id, r.quantity AS held, w.quantity AS wanted, COALESCE(SUM(r.quantity) OVER (
        PARTITION BY r.order_line_id ORDER BY l.position, l.code ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS given
    FROM inventory_stockreservation r
    JOIN wanted w ON w.line_id = r.order_line_id
    JOIN inventory_stocklevel s ON s.id = r.level_id
    JOIN inventory_location l ON l.id = s.location_id
), take AS MATERIALIZED (
    SELECT r.id, r.level_id, r.held, LEAST(r.held, r.wanted - r.given) AS quantity
    FROM ranked r
    WHERE r.given < r.wanted
), locked AS MATERIALIZED (
    SELECT s.id FROM inventory_stocklevel s
    WHERE s.id IN (SELECT level_id FROM take)
    ORDER BY s.id
    FOR NO KEY UPDATE
), leaving AS (
    SELECT t.level_id, SUM(t.quantity) AS quantity
    FROM take t JOIN locked k ON k.id = t.level_id
    GROUP BY t.level_id
), moved AS (
    UPDATE inventory_stocklevel s SET on_hand = s.on_hand - o.quantity, reserved = s.reserved - o.quantity
    FROM leaving o
    WHERE s.id = o.level_id AND s.on_hand >= o.quantity
    RETURNING s.id, o.quantity
), ledger AS (
    INSERT INTO inventory_stockmovement
        (level_id, kind, on_hand_delta, reserved_delta, order_id, reason, actor, created_at)
    SELECT m.id, 'shipped', -m.quantity, -m.quantity, %(order)s, '', %(actor)s, %(now)s FROM moved m
), used AS (
    UPDATE inventory_stockreservation r SET quantity = r.quantity - t.quantity
    FROM take t
    WHERE r.id = t.id AND t.quantity < t.held
), emptied AS (
    DELETE FROM inventory_stockreservation r USING take t WHERE r.id = t.id AND t.quantity = t.held
)
SELECT v.sku, l.name, o.quantity
FROM leaving o
JOIN inventory_stocklevel s ON s.id = o.level_id
JOIN inventory_location l ON l.id = s.location_id
JOIN products_variant v ON v.id = s.variant_id
WHERE o.level_id NOT IN (SELECT m.id FROM moved m)
"""


def stock_release(
    *, order_id: uuid.UUID, order_line_ids: Sequence[uuid.UUID] | None = None, reason: str, actor: str
) -> int:
    """Give back all that is held for an order, or for some of its lines, and return how many pieces that was.

    Part of the caller's transaction, under the order's lock.
    """
    lines = None if order_line_ids is None else list(order_line_ids)
    return _release(RELEASE_ORDER, {"order": order_id, "lines": lines}, reason=reason, actor=actor)


def stock_release_carts(*, cart_ids: Sequence[uuid.UUID], reason: str, actor: str) -> int:
    """Give back all that is held for carts, and return how many pieces that was.

    Part of the caller's transaction, under the carts' locks, which should do this last.
    """
    return _release(RELEASE_CARTS, {"carts": list(cart_ids)}, reason=reason, actor=actor)


def stock_keep(*, order_id: uuid.UUID) -> Mapping[uuid.UUID, int]:
    """Make what is held for an order last, also past its time, and return how many pieces each of its lines has.

    Less than a line wants means that somebody took the goods after their time; the caller reserves again. Part of the
    caller's transaction, under the order's lock.
    """
    assert_in_transaction()
    return {line_id: int(quantity) for line_id, quantity in _run(KEEP, {"order": order_id})}


@entry
def reservations_sweep(*, limit: int = 1000) -> int:
    """Release what is held past its time, so that counters look as they count; returns how many pieces that was.

    Only that: nobody has to wait for it, since whoever reserves takes such goods anyway.
    """
    due = StockReservation.objects.filter(expires_at__lte=clock.now()).order_by("expires_at")
    ids = list(due.values_list("id", flat=True)[:limit])
    return _release(RELEASE_LAPSED, {"ids": ids}, reason=LAPSED, actor=SYSTEM_ACTOR)


def stock_release_lapsed(*, level_ids: Sequence[uuid.UUID]) -> int:
    """Give back what levels hold past its time, and return how many pieces that was.

    For a change that what is promised stands in the way of. Part of the caller's transaction, which has locked the
    levels, or locks none before.
    """
    return _release(RELEASE_LAPSED_AT, {"levels": list(level_ids)}, reason=LAPSED, actor=SYSTEM_ACTOR)


def stock_ship(*, requests: Sequence[ShipRequest], order_id: uuid.UUID, actor: str) -> None:
    """Let goods leave: what is on hand and what is reserved go down together; one statement.

    Lines that hold nothing (untracked variants) pass. Part of the caller's transaction. The caller holds the order's
    lock and has checked the quantities against the order.

    Raises:
        StockNotOnHand: some of it was promised ahead and has not arrived. Must roll the transaction back.
    """
    assert_in_transaction()
    if not requests:
        return
    missing = _run(
        SHIP,
        {
            "lines": [request.order_line_id for request in requests],
            "quantities": [request.quantity for request in requests],
            "order": order_id,
            "actor": actor,
            "now": clock.now(),
        },
    )
    if missing:
        sku, place, quantity = missing[0]
        detail = f"{quantity} of {sku or 'a variant without SKU'} can't leave {place}: they are promised but not there."
        raise StockNotOnHand(detail)


def _release(statement: str, whose: Mapping[str, Any], *, reason: str, actor: str) -> int:
    assert_in_transaction()
    parameters = {**whose, "reason": reason[:200], "actor": actor, "now": clock.now()}
    return int(_run(statement, parameters)[0][0])


def _run(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
