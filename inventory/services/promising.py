"""Promising stock to orders, taking the promise back, and shipping it. Correcting what is there: adjusting.py.

Each of the three is one statement, whatever the number of lines: levels are locked in primary-key order in a CTE,
so that two orders never wait for each other in a circle; then a conditional UPDATE; then the ledger, from the rows
that the UPDATE gave back. The CHECK constraints of the table stand behind it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core import clock
from core.transactions import assert_in_transaction
from inventory.exceptions import Shortage, StockInsufficient, StockNotOnHand


@dataclass(frozen=True, slots=True)
class ReserveRequest:
    """Hold so many of a variant for an order line."""

    order_line_id: uuid.UUID
    variant_id: uuid.UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class ShipRequest:
    """Let so many of what is held for an order line leave."""

    order_line_id: uuid.UUID
    quantity: int


# `known` holds the variants in place until the order lines that name them are committed; one that has just been
# deleted counts as tracked and has no stock. In `ranked` a level that has the whole quantity lying there comes
# first, then one that can promise the whole, then the rest in the locations' order; each gives what the levels
# before it could not.
RESERVE = """
WITH known AS MATERIALIZED (
    SELECT v.id, v.is_stock_tracked FROM products_variant v WHERE v.id = ANY(%(variants)s::uuid[]) FOR KEY SHARE
), wanted AS (
    SELECT w.line_id, w.variant_id, w.quantity
    FROM unnest(%(lines)s::uuid[], %(variants)s::uuid[], %(quantities)s::bigint[]) AS w (line_id, variant_id, quantity)
    LEFT JOIN known v ON v.id = w.variant_id
    WHERE COALESCE(v.is_stock_tracked, TRUE)
), locked AS MATERIALIZED (
    SELECT s.id, s.variant_id, s.on_hand::bigint - s.reserved AS there, s.backorder_limit, l.position, l.code
    FROM inventory_stocklevel s
    JOIN inventory_location l ON l.id = s.location_id
    WHERE l.is_active AND s.variant_id IN (SELECT variant_id FROM wanted)
    ORDER BY s.id
    FOR NO KEY UPDATE OF s
), free AS (
    SELECT w.line_id, w.quantity, k.id, k.there, k.position, k.code,
           CASE WHEN k.backorder_limit IS NULL THEN 2147483647 ELSE GREATEST(k.there + k.backorder_limit, 0) END AS free
    FROM wanted w JOIN locked k ON k.variant_id = w.variant_id
), ranked AS (
    SELECT f.line_id, f.quantity, f.id, f.free, COALESCE(SUM(f.free) OVER (
        PARTITION BY f.line_id
        ORDER BY f.there >= f.quantity DESC, f.free >= f.quantity DESC, f.position, f.code
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS given
    FROM free f
), take AS (
    SELECT r.line_id, r.id, LEAST(r.free, r.quantity - r.given) AS quantity
    FROM ranked r
    WHERE r.given < r.quantity AND r.free > 0
), moved AS (
    UPDATE inventory_stocklevel s SET reserved = s.reserved + t.quantity
    FROM take t
    WHERE s.id = t.id
      AND (s.backorder_limit IS NULL OR s.on_hand - s.reserved + s.backorder_limit >= t.quantity)
    RETURNING s.id, t.line_id, t.quantity
), ledger AS (
    INSERT INTO inventory_stockmovement
        (level_id, kind, on_hand_delta, reserved_delta, order_id, reason, actor, created_at)
    SELECT m.id, 'reserved', 0, m.quantity, %(order)s, '', %(actor)s, %(now)s FROM moved m
), held AS (
    INSERT INTO inventory_stockreservation (level_id, order_line_id, quantity)
    SELECT m.id, m.line_id, m.quantity FROM moved m
)
SELECT w.line_id,
       (SELECT SUM(m.quantity) FROM moved m WHERE m.line_id = w.line_id),
       (SELECT SUM(f.free) FROM free f WHERE f.line_id = w.line_id)
FROM wanted w
"""

RELEASE = """
WITH held AS MATERIALIZED (
    SELECT r.id, r.level_id, r.quantity
    FROM inventory_stockreservation r
    WHERE r.order_line_id = ANY(%(lines)s::uuid[])
), locked AS MATERIALIZED (
    SELECT s.id FROM inventory_stocklevel s
    WHERE s.id IN (SELECT level_id FROM held)
    ORDER BY s.id
    FOR NO KEY UPDATE
), freed AS (
    SELECT h.level_id, SUM(h.quantity) AS quantity
    FROM held h JOIN locked k ON k.id = h.level_id
    GROUP BY h.level_id
), moved AS (
    UPDATE inventory_stocklevel s SET reserved = s.reserved - f.quantity
    FROM freed f
    WHERE s.id = f.level_id
    RETURNING s.id, f.quantity
), ledger AS (
    INSERT INTO inventory_stockmovement
        (level_id, kind, on_hand_delta, reserved_delta, order_id, reason, actor, created_at)
    SELECT m.id, 'released', 0, -m.quantity, %(order)s, %(reason)s, %(actor)s, %(now)s FROM moved m
), gone AS (
    DELETE FROM inventory_stockreservation r USING held h WHERE r.id = h.id
)
SELECT COALESCE(SUM(m.quantity), 0) FROM moved m
"""

# `take` reads reservations, which only the holder of the order's lock changes, so it needn't be locked itself.
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


def stock_reserve(*, requests: Sequence[ReserveRequest], order_id: uuid.UUID, actor: str) -> None:
    """Hold stock for every line of an order, or refuse; one statement for any number of lines.

    A line is taken from one location if one can serve it whole, otherwise from several in their order. Variants that
    are not tracked are held nowhere. Part of the caller's transaction, which should do this last: the levels' locks,
    taken here in primary-key order, are held until it commits. No variant may be asked for twice.

    Raises:
        StockInsufficient: with every line that is short. The caller must let it roll the transaction back, since the
            lines that could be served have been.
        ValueError: a variant stands in two requests, or a quantity isn't positive.
    """
    assert_in_transaction()
    if len({request.variant_id for request in requests}) < len(requests) or any(r.quantity < 1 for r in requests):
        message = "each variant must be asked for once, and with a positive quantity"
        raise ValueError(message)
    if not requests:
        return
    found = {
        line_id: (int(reserved or 0), int(available or 0))
        for line_id, reserved, available in _run(
            RESERVE,
            {
                "lines": [request.order_line_id for request in requests],
                "variants": [request.variant_id for request in requests],
                "quantities": [request.quantity for request in requests],
                "order": order_id,
                "actor": actor,
                "now": clock.now(),
            },
        )
    }
    shortages = [
        Shortage(
            index, request.variant_id, request.quantity, min(found[request.order_line_id][1], request.quantity - 1)
        )
        for index, request in enumerate(requests)
        if request.order_line_id in found and found[request.order_line_id][0] < request.quantity
    ]
    if shortages:
        raise StockInsufficient(shortages)


def stock_release(*, order_line_ids: Sequence[uuid.UUID], order_id: uuid.UUID, reason: str, actor: str) -> int:
    """Give back whatever is still held for these lines, and return how many pieces that were; one statement.

    Part of the caller's transaction. The caller holds the order's lock, so nobody else touches its reservations.
    """
    assert_in_transaction()
    rows = _run(
        RELEASE,
        {
            "lines": list(order_line_ids),
            "order": order_id,
            "reason": reason[:200],
            "actor": actor,
            "now": clock.now(),
        },
    )
    return int(rows[0][0])


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


def _run(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
