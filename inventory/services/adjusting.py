"""Saying what is there: counts, deliveries, corrections, limits. What orders do to stock: reserving.py."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core import clock
from core.ids import uuid7
from core.transactions import assert_in_transaction, entry
from events.services import event_record
from inventory.exceptions import StockLevelExists, StockPromised, StockTooMuch
from inventory.models import MAX_PIECES, StockLevel, StockMovement
from inventory.selectors import stock_level_for_update
from inventory.services.releasing import stock_release_lapsed


@dataclass(frozen=True, slots=True)
class StockTarget:
    """What a location should hold of a variant; a `backorder_limit` of None lets any number be promised."""

    variant_id: uuid.UUID
    on_hand: int
    backorder_limit: int | None = 0


@dataclass(frozen=True, slots=True)
class StockSetResult:
    """How many levels were new or changed, and the variants left as they were since orders were promised more."""

    changed_count: int
    refused: tuple[uuid.UUID, ...]


# New levels start empty, so that the second statement's movement carries their first goods like any others.
ADD_LEVELS = """
INSERT INTO inventory_stocklevel
    (id, variant_id, location_id, on_hand, reserved, backorder_limit, low_stock_threshold)
SELECT w.id, w.variant_id, %(location)s, 0, 0, 0, 0
FROM unnest(%(ids)s::uuid[], %(variants)s::uuid[]) AS w (id, variant_id)
ORDER BY w.variant_id
ON CONFLICT (variant_id, location_id) DO NOTHING
"""

_SET_LEVELS = """
WITH wanted AS (
    SELECT w.variant_id, w.on_hand, w.backorder_limit
    FROM unnest(%(variants)s::uuid[], %(on_hand)s::int[], %(limits)s::int[]) AS w (variant_id, on_hand, backorder_limit)
), locked AS MATERIALIZED (
    SELECT s.id, s.variant_id, s.on_hand, s.reserved
    FROM inventory_stocklevel s
    WHERE s.location_id = %(location)s AND s.variant_id = ANY(%(variants)s::uuid[])
    ORDER BY s.id
    FOR NO KEY UPDATE
), judged AS (
    SELECT k.id, w.*, w.on_hand - k.on_hand AS delta,
           w.backorder_limit IS NULL OR k.reserved <= w.on_hand::bigint + w.backorder_limit AS fits
    FROM wanted w JOIN locked k ON k.variant_id = w.variant_id
), moved AS (
    UPDATE inventory_stocklevel s SET on_hand = j.on_hand, backorder_limit = j.backorder_limit
    FROM judged j
    WHERE s.id = j.id AND j.fits
      AND (j.delta <> 0 OR s.backorder_limit IS DISTINCT FROM j.backorder_limit)
    RETURNING s.id, j.delta
), ledger AS (
    INSERT INTO inventory_stockmovement
        (level_id, kind, on_hand_delta, reserved_delta, order_id, reason, actor, created_at)
    SELECT m.id, %(kind)s, m.delta, 0, NULL, %(reason)s, %(actor)s, %(now)s FROM moved m WHERE m.delta <> 0
)
SELECT (SELECT COUNT(*) FROM moved), j.id, j.variant_id
FROM (SELECT) one LEFT JOIN judged j ON NOT j.fits
"""


def stock_set_many(
    *,
    levels: Sequence[StockTarget],
    location_id: uuid.UUID,
    reason: str,
    actor: str,
    kind: str = StockMovement.Kind.ADJUSTED,
) -> StockSetResult:
    """Make a location hold exactly this, with a movement for each difference; two statements for any number.

    Levels that don't exist yet are made. A level that orders have been promised more of than the target allows is
    left as it is and named in the result: the caller reports it. What is held past its time is freed before, where it
    stands in the way, which costs two statements more. Part of the caller's transaction, which locks levels
    in primary-key order; no variant may be named twice.

    Raises:
        ValueError: a variant stands in two targets, or an amount is negative.
    """
    assert_in_transaction()
    if len({target.variant_id for target in levels}) < len(levels):
        message = "each variant must be named once"
        raise ValueError(message)
    if any(target.on_hand < 0 or (target.backorder_limit or 0) < 0 for target in levels):
        message = "what is on hand and what may be back-ordered can't be negative"
        raise ValueError(message)
    if not levels:
        return StockSetResult(0, ())
    parameters: dict[str, Any] = {
        "location": location_id,
        "ids": [uuid7() for _ in levels],
        "variants": [target.variant_id for target in levels],
        "on_hand": [target.on_hand for target in levels],
        "limits": [target.backorder_limit for target in levels],
        "kind": kind,
        "reason": reason[:200],
        "actor": actor,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(ADD_LEVELS, parameters)
    changed_count, refused = _set_levels(parameters)
    if refused and stock_release_lapsed(level_ids=list(refused)):
        more_count, refused = _set_levels(parameters)
        changed_count += more_count
    return StockSetResult(changed_count, tuple(refused.values()))


def _set_levels(parameters: Mapping[str, Any]) -> tuple[int, dict[uuid.UUID, uuid.UUID]]:
    """Return how many levels changed, and by level the variants that were refused."""
    with connection.cursor() as cursor:
        cursor.execute(_SET_LEVELS, parameters)
        rows = cursor.fetchall()
    return rows[0][0], {level_id: variant_id for _, level_id, variant_id in rows if level_id is not None}


@entry
def stock_adjust(
    *,
    variant_id: uuid.UUID,
    location_id: uuid.UUID,
    on_hand_delta: int,
    reason: str,
    actor: str,
    kind: str = StockMovement.Kind.ADJUSTED,
) -> StockLevel:
    """Add pieces to a level, or take some away, and return it as it then is.

    Raises:
        StockLevelNotFound: the variant has no level there.
        StockPromised: less would be left than orders have been promised, or less than nothing.
        StockTooMuch: more would be there than a level can count.
    """
    level = stock_level_for_update(variant_id=variant_id, location_id=location_id)
    return _change(level, {"on_hand": level.on_hand + on_hand_delta}, kind=kind, reason=reason, actor=actor)


@entry
def stock_set(*, variant_id: uuid.UUID, location_id: uuid.UUID, on_hand: int, reason: str, actor: str) -> StockLevel:
    """Make a location hold exactly so many of a variant, as counted; its level is made if there is none.

    Raises:
        StockPromised: orders have been promised more.
    """
    StockLevel.objects.bulk_create([StockLevel(variant_id=variant_id, location_id=location_id)], ignore_conflicts=True)
    level = stock_level_for_update(variant_id=variant_id, location_id=location_id)
    return _change(level, {"on_hand": on_hand}, reason=reason, actor=actor)


@entry
def stock_level_create(
    *, variant_id: uuid.UUID, location_id: uuid.UUID, values: Mapping[str, Any], reason: str, actor: str
) -> StockLevel:
    """Begin to keep a variant at a location.

    Raises:
        StockLevelExists: it is kept there already.
    """
    level = StockLevel(variant_id=variant_id, location_id=location_id)
    StockLevel.objects.bulk_create([level], ignore_conflicts=True)
    known = stock_level_for_update(variant_id=variant_id, location_id=location_id)
    if known.id != level.id:
        raise StockLevelExists(stock_level_id=str(known.id))
    return _change(known, values, reason=reason, actor=actor)


@entry
def stock_level_update(
    *,
    level_id: uuid.UUID,
    changes: Mapping[str, Any],
    reason: str,
    actor: str,
    precondition: Callable[[StockLevel], None] | None = None,
) -> StockLevel:
    """Change `on_hand`, `backorder_limit` or `low_stock_threshold` of a level.

    `precondition` sees the level under its lock and refuses by raising (If-Match).

    Raises:
        StockLevelNotFound: there is none.
        StockPromised: orders have been promised more than would be left.
    """
    level = stock_level_for_update(id=level_id)
    if precondition is not None:
        precondition(level)
    return _change(level, changes, reason=reason, actor=actor)


def _change(
    level: StockLevel,
    changes: Mapping[str, Any],
    *,
    reason: str,
    actor: str,
    kind: str = StockMovement.Kind.ADJUSTED,
) -> StockLevel:
    """Write a locked level's new values, the movement of a new count, and the event.

    What is held past its time is promised to nobody, and freed where it stands in the way.
    """
    before = {name: getattr(level, name) for name in changes}
    if before == dict(changes):
        return level
    for name, value in changes.items():
        setattr(level, name, value)
    if level.on_hand >= 0 and _is_promised(level):
        level.reserved -= stock_release_lapsed(level_ids=[level.id])
    if level.on_hand < 0 or _is_promised(level):
        raise StockPromised(_promised(level))
    if level.on_hand > MAX_PIECES:
        raise StockTooMuch(f"With that, there would be {level.on_hand}; a level can count {MAX_PIECES} at the most.")
    level.save(update_fields=list(changes))
    on_hand_delta = level.on_hand - before.get("on_hand", level.on_hand)
    if on_hand_delta:
        StockMovement.objects.create(
            level=level, kind=kind, on_hand_delta=on_hand_delta, reason=reason[:200], actor=actor
        )
    event_record(
        type="stock.level_changed",
        aggregate_type="stock_level",
        aggregate_id=level.id,
        data={
            "variant_id": str(level.variant_id),
            "location_id": str(level.location_id),
            "on_hand": level.on_hand,
            "reserved": level.reserved,
            "backorder_limit": level.backorder_limit,
        },
        actor=actor,
    )
    return level


def _is_promised(level: StockLevel) -> bool:
    """Tell whether more is promised than there would be, and may be back-ordered."""
    return level.backorder_limit is not None and level.reserved > level.on_hand + level.backorder_limit


def _promised(level: StockLevel) -> str:
    if level.on_hand < 0:
        return "There can't be less than nothing on hand."
    return f"Orders have been promised {level.reserved}; {level.on_hand} on hand would not be enough for them."
