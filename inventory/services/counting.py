"""Counting what is really there: begin, count, apply or cancel. The books change only when a count is applied."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from core import clock
from core.ids import uuid7
from core.transactions import entry
from events.services import event_record
from inventory.exceptions import StockPromised, StockTakeOpen, StockTakeOver, StockTooMuch, count_unfit, too_much
from inventory.models import StockMovement, StockTake, StockTakeLine
from inventory.selectors import stock_take_for_update, stock_take_lines, stock_take_open_at
from inventory.services.moving import LevelChange, Unfit, levels_add, levels_move

Precondition = Callable[[StockTake], None]


@dataclass(frozen=True, slots=True)
class Count:
    """So many of a variant were found."""

    variant_id: uuid.UUID
    counted: int


# What the books say is read in the statement that writes the count, so it is of the moment of counting.
_COUNT = """
INSERT INTO inventory_stocktakeline AS l (id, take_id, level_id, counted, expected, actor, counted_at)
SELECT w.id, %(take)s, s.id, w.counted, s.on_hand, %(actor)s, %(now)s
FROM unnest(%(ids)s::uuid[], %(variants)s::uuid[], %(counted)s::int[]) AS w (id, variant_id, counted)
JOIN inventory_stocklevel s ON s.variant_id = w.variant_id AND s.location_id = %(location)s
ON CONFLICT (take_id, level_id) DO UPDATE
SET counted = EXCLUDED.counted, expected = EXCLUDED.expected, actor = EXCLUDED.actor, counted_at = EXCLUDED.counted_at
"""


@entry
def take_create(*, location_id: uuid.UUID, note: str = "", actor: str) -> StockTake:
    """Begin to count a location's goods.

    Raises:
        StockTakeOpen: it is being counted already.
    """
    take = StockTake(location_id=location_id, note=note, actor=actor)
    StockTake.objects.bulk_create([take], ignore_conflicts=True)
    open_one = stock_take_open_at(location_id)
    if open_one is None or open_one.id != take.id:
        raise StockTakeOpen(stock_take_id=None if open_one is None else str(open_one.id))
    _record(take, actor=actor)
    return take


@entry
def take_count(
    *, take_id: uuid.UUID, counts: Sequence[Count], actor: str, precondition: Precondition | None = None
) -> StockTake:
    """Write how many were found, and beside it how many the books have now; a variant counted again counts anew.

    A variant that the location doesn't keep yet is kept there from now on. `precondition` sees the take under its lock
    and refuses by raising (If-Match).

    Raises:
        StockTakeNotFound: there is none.
        StockTakeOver: it was applied or cancelled.
        ValueError: a variant stands in two counts, or a count is negative.
    """
    if len({count.variant_id for count in counts}) < len(counts) or any(count.counted < 0 for count in counts):
        message = "each variant is counted once, and there can't be less than nothing of it"
        raise ValueError(message)
    take = _open(take_id, precondition)
    variant_ids = [count.variant_id for count in counts]
    levels_add(variant_ids=variant_ids, location_id=take.location_id)
    parameters: dict[str, Any] = {
        "take": take.id,
        "location": take.location_id,
        "ids": [uuid7() for _ in counts],
        "variants": variant_ids,
        "counted": [count.counted for count in counts],
        "actor": actor,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, parameters)
    take.version += 1
    take.save(update_fields=["version"])
    return take


@entry
def take_apply(*, take_id: uuid.UUID, actor: str, precondition: Precondition | None = None) -> StockTake:
    """Add to each level what was found more or less than the books had when it was counted: all of them, or none.

    Goods that were sold or received since the counting are no difference.

    Raises:
        StockTakeNotFound: there is none.
        StockTakeOver: it was applied or cancelled.
        StockPromised: less would be left of something than is promised; every such line is named.
        StockTooMuch: there would be more of something than a level can count.
    """
    take = _open(take_id, precondition)
    lines = list(stock_take_lines(take.id, is_different=True))
    _end(take, StockTake.Status.APPLIED, actor=actor)
    unfit = levels_move(
        changes=[
            LevelChange(take.location_id, line.level.variant_id, StockMovement.Kind.COUNTED, line.difference)
            for line in lines
        ],
        take_id=take.id,
        may_owe=True,
        reason=take.note,
        actor=actor,
    )
    overfull = [row for row in unfit if row.is_too_much]
    if overfull:
        raise StockTooMuch(errors=tuple(too_much(row.sku, None) for row in overfull))
    if unfit:
        raise StockPromised(
            errors=tuple(count_unfit(row.sku, row.on_hand_after, row.reserved) for row in unfit),
            lines=[_told(row, lines[row.index]) for row in unfit],
        )
    return take


@entry
def take_cancel(*, take_id: uuid.UUID, actor: str, precondition: Precondition | None = None) -> StockTake:
    """End a stock take without believing it; its counts stay to be read.

    Raises:
        StockTakeNotFound: there is none.
        StockTakeOver: it was applied or cancelled.
    """
    take = _open(take_id, precondition)
    _end(take, StockTake.Status.CANCELLED, actor=actor)
    return take


def _open(take_id: uuid.UUID, precondition: Precondition | None) -> StockTake:
    take = stock_take_for_update(take_id)
    if precondition is not None:
        precondition(take)
    if take.status != StockTake.Status.OPEN:
        raise StockTakeOver(stock_take_status=take.status)
    return take


def _end(take: StockTake, status: StockTake.Status, *, actor: str) -> None:
    """Write a take's end and tell of it; before any level is locked, so that sales wait shortly."""
    take.status = status
    take.version += 1
    take.closed_at = clock.now()
    take.save(update_fields=["status", "version", "closed_at"])
    _record(take, actor=actor)


def _record(take: StockTake, *, actor: str) -> None:
    event_record(
        type="stock.take_changed",
        aggregate_type="stock_take",
        aggregate_id=take.id,
        data={"status": take.status, "location_id": str(take.location_id), "note": take.note},
        actor=actor,
    )


def _told(row: Unfit, line: StockTakeLine) -> dict[str, Any]:
    return {
        "variant_id": str(line.level.variant_id),
        "sku": row.sku,
        "counted": line.counted,
        "expected": line.expected,
        "on_hand_after": row.on_hand_after,
        "promised": row.reserved,
    }
