"""Goods on their way: sent, announced, received, taken back, lost. One statement changes all levels: moving.py.

Each call locks the transfer first, then the levels of both ends in primary-key order; the number of statements doesn't
depend on the number of lines.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from core import clock
from core.transactions import entry
from events.services import event_record
from inventory.exceptions import (
    Shortage,
    StockInsufficient,
    StockTooMuch,
    TransferNotExpected,
    TransferOver,
    not_expected,
    too_much,
)
from inventory.models import StockMovement, StockTransfer, StockTransferLine
from inventory.selectors import stock_transfer_for_update
from inventory.services.moving import LevelChange, Unfit, levels_add, levels_move

Precondition = Callable[[StockTransfer], None]


@dataclass(frozen=True, slots=True)
class TransferRequest:
    """So many of a variant, to send or as they arrived."""

    variant_id: uuid.UUID
    quantity: int


_ARRIVE = """
UPDATE inventory_stocktransferline l SET received_quantity = l.received_quantity + w.quantity
FROM unnest(%(lines)s::uuid[], %(quantities)s::int[]) AS w (id, quantity)
WHERE l.id = w.id
"""


@entry
def transfer_create(
    *,
    source_id: uuid.UUID | None,
    destination_id: uuid.UUID,
    lines: Sequence[TransferRequest],
    reference: str = "",
    expected_on: date | None = None,
    actor: str,
) -> StockTransfer:
    """Send goods from a location, which they leave at once, or announce a supplier's, when there is no source.

    They count as incoming at the destination until they arrive, and are not for sale meanwhile. Levels that the
    destination doesn't have yet are made.

    Raises:
        StockInsufficient: the source hasn't so many that are promised to nobody; every such line is named.
        StockTooMuch: the destination would expect more than a level can hold.
        ValueError: no lines, a variant in two, a quantity that isn't positive, or both ends are one place.
    """
    is_once = len({line.variant_id for line in lines}) == len(lines) > 0
    if not is_once or any(line.quantity < 1 for line in lines) or source_id == destination_id:
        message = "each variant goes once, at least one piece of it, and from one place to another"
        raise ValueError(message)
    transfer = StockTransfer.objects.create(
        source_id=source_id,
        destination_id=destination_id,
        reference=reference,
        expected_on=expected_on,
        actor=actor,
    )
    StockTransferLine.objects.bulk_create(
        [StockTransferLine(transfer=transfer, variant_id=line.variant_id, quantity=line.quantity) for line in lines]
    )
    _record(transfer, actor=actor)
    levels_add(variant_ids=[line.variant_id for line in lines], location_id=destination_id)
    moved = StockMovement.Kind.TRANSFERRED
    leaving = (
        [LevelChange(source_id, line.variant_id, moved, on_hand_delta=-line.quantity) for line in lines]
        if source_id is not None
        else []
    )
    coming = [LevelChange(destination_id, line.variant_id, moved, incoming_delta=line.quantity) for line in lines]
    unfit = levels_move(changes=[*leaving, *coming], transfer_id=transfer.id, reason=reference, actor=actor)
    short = [row for row in unfit if row.index < len(leaving)]
    if short:
        raise StockInsufficient([_shortage(row, lines[row.index]) for row in short])
    _assert_room(unfit, offset=len(leaving), pointer="/lines/{}/quantity")
    return transfer


@entry
def transfer_receive(
    *,
    transfer_id: uuid.UUID,
    lines: Sequence[TransferRequest] | None = None,
    actor: str,
    precondition: Precondition | None = None,
) -> StockTransfer:
    """Write that goods have arrived: these, or all that were still to come. They are for sale from then on.

    `precondition` sees the transfer under its lock and refuses by raising (If-Match).

    Raises:
        StockTransferNotFound: there is none.
        TransferOver: nothing of it is to come any more.
        TransferNotExpected: more than is still to come of a line; every such line is named.
        StockTooMuch: the destination would hold more than a level can.
        ValueError: a variant stands in two lines, or a quantity isn't positive.
    """
    transfer = _open(transfer_id, precondition)
    expected = {line.variant_id: line for line in transfer.lines.all()}
    if lines is None:
        lines = [TransferRequest(line.variant_id, line.missing_quantity) for line in _missing(expected.values())]
    if len({line.variant_id for line in lines}) < len(lines) or any(line.quantity < 1 for line in lines):
        message = "each variant arrives once, and at least one piece of it"
        raise ValueError(message)
    excess = [
        not_expected(index, line.quantity, expected[line.variant_id].missing_quantity)
        if line.variant_id in expected
        else not_expected(index, line.quantity, None)
        for index, line in enumerate(lines)
        if line.variant_id not in expected or line.quantity > expected[line.variant_id].missing_quantity
    ]
    if excess:
        raise TransferNotExpected(errors=tuple(excess))
    parameters: dict[str, Any] = {
        "lines": [expected[line.variant_id].id for line in lines],
        "quantities": [line.quantity for line in lines],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ARRIVE, parameters)
    arrived_count = sum(line.quantity for line in lines)
    if arrived_count == sum(line.missing_quantity for line in expected.values()):
        transfer.status = StockTransfer.Status.RECEIVED
    _save(transfer, actor=actor)
    kind = StockMovement.Kind.RECEIVED if transfer.source_id is None else StockMovement.Kind.TRANSFERRED
    changes = [
        LevelChange(transfer.destination_id, line.variant_id, kind, line.quantity, -line.quantity) for line in lines
    ]
    unfit = levels_move(changes=changes, transfer_id=transfer.id, reason=transfer.reference, actor=actor)
    _assert_room(unfit, pointer="/lines/{}/quantity")
    return transfer


@entry
def transfer_cancel(
    *, transfer_id: uuid.UUID, reason: str = "", actor: str, precondition: Precondition | None = None
) -> StockTransfer:
    """Let what hasn't arrived come no more: it is back at its source, and for sale there, or was never sent.

    Raises:
        StockTransferNotFound: there is none.
        TransferOver: nothing of it is to come any more.
        StockTooMuch: the source would hold more than a level can.
    """
    transfer = _open(transfer_id, precondition)
    missing = _missing(transfer.lines.all())
    transfer.status = StockTransfer.Status.CANCELLED
    _save(transfer, actor=actor)
    kind = StockMovement.Kind.TRANSFERRED
    changes = [
        LevelChange(transfer.destination_id, line.variant_id, kind, incoming_delta=-line.missing_quantity)
        for line in missing
    ]
    if transfer.source_id is not None:
        changes += [
            LevelChange(transfer.source_id, line.variant_id, kind, on_hand_delta=line.missing_quantity)
            for line in missing
        ]
    unfit = levels_move(changes=changes, transfer_id=transfer.id, reason=reason or transfer.reference, actor=actor)
    _assert_room(unfit)
    return transfer


@entry
def transfer_close(
    *, transfer_id: uuid.UUID, reason: str, actor: str, precondition: Precondition | None = None
) -> StockTransfer:
    """Give up what hasn't arrived: it is lost, written off where it was to arrive, with a reason.

    Raises:
        StockTransferNotFound: there is none.
        TransferOver: nothing of it is to come any more.
    """
    transfer = _open(transfer_id, precondition)
    missing = _missing(transfer.lines.all())
    transfer.status = StockTransfer.Status.CLOSED
    _save(transfer, actor=actor)
    changes = [
        LevelChange(
            transfer.destination_id,
            line.variant_id,
            StockMovement.Kind.ADJUSTED,
            incoming_delta=-line.missing_quantity,
        )
        for line in missing
    ]
    _assert_room(levels_move(changes=changes, transfer_id=transfer.id, reason=reason, actor=actor))
    return transfer


def _open(transfer_id: uuid.UUID, precondition: Precondition | None) -> StockTransfer:
    transfer = stock_transfer_for_update(transfer_id)
    if precondition is not None:
        precondition(transfer)
    if transfer.status != StockTransfer.Status.IN_TRANSIT:
        raise TransferOver(transfer_status=transfer.status)
    return transfer


def _missing(lines: Iterable[StockTransferLine]) -> list[StockTransferLine]:
    return [line for line in lines if line.missing_quantity]


def _save(transfer: StockTransfer, *, actor: str) -> None:
    """Write a transfer's new state and tell of it; before the levels are locked, so that sales wait shortly."""
    transfer.version += 1
    if transfer.status != StockTransfer.Status.IN_TRANSIT:
        transfer.closed_at = clock.now()
    transfer.save(update_fields=["status", "version", "closed_at"])
    _record(transfer, actor=actor)


def _record(transfer: StockTransfer, *, actor: str) -> None:
    event_record(
        type="stock.transfer_changed",
        aggregate_type="stock_transfer",
        aggregate_id=transfer.id,
        data={
            "status": transfer.status,
            "source_id": None if transfer.source_id is None else str(transfer.source_id),
            "destination_id": str(transfer.destination_id),
            "reference": transfer.reference,
        },
        actor=actor,
    )


def _shortage(row: Unfit, line: TransferRequest) -> Shortage:
    available = max(row.on_hand - row.reserved, 0)
    return Shortage(row.index, line.variant_id, line.quantity, available, f"/lines/{row.index}/quantity")


def _assert_room(unfit: Sequence[Unfit], *, offset: int = 0, pointer: str | None = None) -> None:
    """Refuse what was refused for want of room.

    Raises:
        StockTooMuch: with every line that doesn't fit.
        AssertionError: a level counts less than is to come to it, so the books are wrong.
    """
    if not unfit:
        return
    if not all(row.is_too_much for row in unfit):
        message = f"the books of {unfit[0].sku} don't add up: its level expects less than its transfers"
        raise AssertionError(message)
    raise StockTooMuch(errors=tuple(too_much(row.sku, pointer and pointer.format(row.index - offset)) for row in unfit))
