"""Promising stock to orders and to carts at their check-out. Taking the promise back: releasing.py.

One statement, whatever the number of lines: levels are locked in primary-key order in a CTE, so that two buyers never
wait for each other in a circle; what is promised beyond its time is freed; then comes a conditional UPDATE; then the
ledger, from the rows that the UPDATE gave back. The CHECK constraints of the table stand behind it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from core import clock
from core.transactions import assert_in_transaction
from inventory.allocation import allocation
from inventory.exceptions import Shortage, StockInsufficient


@dataclass(frozen=True, slots=True)
class ReserveRequest:
    """Hold so many of a variant for a line of an order or a cart."""

    line_id: uuid.UUID
    variant_id: uuid.UUID
    quantity: int
    is_tracked: bool = True


# `known` holds the variants in place until the order lines that name them are committed; one that has just been
# deleted has no stock. `lapsed` takes what is held past its time, and what the cart itself held until now; it finds
# rows as they were before the locks were had, but deletes them as they are, so that one which was kept or shipped
# meanwhile stays. In `ranked` each level gives what those before it could not: first every level what is there (part
# 0), then what may be back-ordered (part 1), so that nobody waits for goods that lie at another place.
RESERVE = """
WITH known AS MATERIALIZED (
    SELECT v.id FROM products_variant v WHERE v.id = ANY(%(variants)s::uuid[]) FOR KEY SHARE
), wanted AS (
    SELECT w.line_id, w.variant_id, w.quantity
    FROM unnest(%(lines)s::uuid[], %(variants)s::uuid[], %(quantities)s::bigint[], %(tracked)s::boolean[])
        AS w (line_id, variant_id, quantity, is_tracked)
    LEFT JOIN known v ON v.id = w.variant_id
    WHERE w.is_tracked OR v.id IS NULL
), locked AS MATERIALIZED (
    SELECT s.id, s.variant_id, s.on_hand::bigint - s.safety_stock - s.reserved AS there, s.backorder_limit,
           l.position, l.code, l.country
    FROM inventory_stocklevel s
    JOIN inventory_location l ON l.id = s.location_id
    WHERE l.is_active AND s.variant_id IN (SELECT variant_id FROM wanted)
    ORDER BY s.id
    FOR NO KEY UPDATE OF s
), lapsed AS (
    DELETE FROM inventory_stockreservation r USING locked k
    WHERE r.level_id = k.id AND r.expires_at <= %(now)s
    RETURNING r.level_id, r.order_id, r.cart_id, r.quantity
), given_up AS (
    DELETE FROM inventory_stockreservation r USING locked k
    WHERE r.level_id = k.id AND r.cart_id = %(cart)s AND r.expires_at > %(now)s
    RETURNING r.level_id, r.order_id, r.cart_id, r.quantity
), freed AS (
    SELECT e.level_id, SUM(e.quantity) AS quantity
    FROM (SELECT level_id, quantity FROM lapsed UNION ALL SELECT level_id, quantity FROM given_up) e
    GROUP BY e.level_id
), counted AS (
    SELECT w.line_id, w.quantity, k.id, k.backorder_limit, k.position, k.code, k.country,
           k.there + COALESCE(e.quantity, 0) AS there
    FROM wanted w JOIN locked k ON k.variant_id = w.variant_id LEFT JOIN freed e ON e.level_id = k.id
), free AS (
    SELECT c.*, CASE WHEN c.backorder_limit IS NULL THEN 2147483647
                     ELSE GREATEST(c.there + c.backorder_limit, 0) END AS free
    FROM counted c
), parts AS (
    SELECT f.*, p.part, CASE p.part WHEN 0 THEN LEAST(GREATEST(f.there, 0), f.free)
                                    ELSE f.free - LEAST(GREATEST(f.there, 0), f.free) END AS pieces
    FROM free f CROSS JOIN (VALUES (0), (1)) AS p (part)
    WHERE {may_split} OR f.free >= f.quantity
), ranked AS (
    SELECT f.line_id, f.quantity, f.id, f.pieces, COALESCE(SUM(f.pieces) OVER (
        PARTITION BY f.line_id ORDER BY {order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS given
    FROM parts f
), take AS (
    SELECT r.line_id, r.id, SUM(LEAST(r.pieces, r.quantity - r.given)) AS quantity
    FROM ranked r
    WHERE r.given < r.quantity AND r.pieces > 0
    GROUP BY r.line_id, r.id
), change AS (
    SELECT k.id, t.line_id, COALESCE(t.quantity, 0) AS taken, COALESCE(e.quantity, 0) AS freed
    FROM locked k LEFT JOIN take t ON t.id = k.id LEFT JOIN freed e ON e.level_id = k.id
    WHERE t.id IS NOT NULL OR e.level_id IS NOT NULL
), moved AS (
    UPDATE inventory_stocklevel s SET reserved = s.reserved - c.freed + c.taken
    FROM change c
    WHERE s.id = c.id
      AND (c.taken = 0 OR s.backorder_limit IS NULL
           OR s.on_hand - s.safety_stock - s.reserved + c.freed + s.backorder_limit >= c.taken)
    RETURNING s.id, c.line_id, c.taken
), ledger AS (
    INSERT INTO inventory_stockmovement
        (level_id, kind, on_hand_delta, reserved_delta, order_id, cart_id, reason, actor, created_at)
    SELECT e.level_id, 'released', 0, -e.quantity, e.order_id, e.cart_id, 'Not paid in time.', 'system', %(now)s
    FROM lapsed e
    UNION ALL
    SELECT g.level_id, 'released', 0, -g.quantity, g.order_id, g.cart_id, '', %(actor)s, %(now)s FROM given_up g
    UNION ALL
    SELECT m.id, 'reserved', 0, m.taken, %(order)s, CASE WHEN %(order)s::uuid IS NULL THEN %(cart)s::uuid END, '',
           %(actor)s, %(now)s
    FROM moved m WHERE m.taken > 0
), held AS (
    INSERT INTO inventory_stockreservation AS r (level_id, order_id, order_line_id, cart_id, quantity, expires_at)
    SELECT m.id, %(order)s, CASE WHEN %(order)s::uuid IS NOT NULL THEN m.line_id END,
           CASE WHEN %(order)s::uuid IS NULL THEN %(cart)s::uuid END, m.taken, %(expires_at)s
    FROM moved m WHERE m.taken > 0
    ON CONFLICT (order_line_id, level_id) DO UPDATE SET quantity = r.quantity + EXCLUDED.quantity
)
SELECT w.line_id,
       (SELECT SUM(m.taken) FROM moved m WHERE m.line_id = w.line_id),
       (SELECT {available}(f.free) FROM free f WHERE f.line_id = w.line_id)
FROM wanted w
"""


def stock_reserve(
    *,
    requests: Sequence[ReserveRequest],
    order_id: uuid.UUID | None = None,
    cart_id: uuid.UUID | None = None,
    country: str = "",
    expires_at: datetime | None = None,
    actor: str,
) -> None:
    """Hold stock for every line, or refuse; one statement for any number of lines.

    For an order's lines, or without an order for a cart at its check-out. What the cart held before is given up for
    it: an order of the cart takes it over, and a cart that is held again starts anew. What anybody holds past its time
    is free. Locations give in the order of the shop's allocation; `country` is where the goods go. Variants that are
    not tracked are held nowhere. Part of the caller's transaction, which should do this last: the levels' locks, taken
    here in primary-key order, are held until it commits. No variant may be asked for twice.

    Raises:
        StockInsufficient: with every line that is short. The caller must let it roll the transaction back, since the
            lines that could be served have been.
        ValueError: a variant stands in two requests, a quantity isn't positive, or nobody asks, or for ever as a cart.
    """
    assert_in_transaction()
    if len({request.variant_id for request in requests}) < len(requests) or any(r.quantity < 1 for r in requests):
        message = "each variant must be asked for once, and with a positive quantity"
        raise ValueError(message)
    if order_id is None and (cart_id is None or expires_at is None):
        message = "stock is held for an order, or for a cart until a time"
        raise ValueError(message)
    if not requests:
        return
    chosen = allocation()
    statement = RESERVE.format(
        order=f"f.part, {chosen.order}" if chosen.may_split else f"{chosen.order}, f.part",
        may_split="TRUE" if chosen.may_split else "FALSE",
        available="SUM" if chosen.may_split else "MAX",
    )
    parameters: Mapping[str, Any] = {
        "lines": [request.line_id for request in requests],
        "variants": [request.variant_id for request in requests],
        "quantities": [request.quantity for request in requests],
        "tracked": [request.is_tracked for request in requests],
        "order": order_id,
        "cart": cart_id,
        "country": country,
        "expires_at": expires_at,
        "actor": actor,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found = {line_id: (int(taken or 0), int(free or 0)) for line_id, taken, free in cursor.fetchall()}
    shortages = [
        Shortage(index, request.variant_id, request.quantity, min(found[request.line_id][1], request.quantity - 1))
        for index, request in enumerate(requests)
        if request.line_id in found and found[request.line_id][0] < request.quantity
    ]
    if shortages:
        raise StockInsufficient(shortages)
