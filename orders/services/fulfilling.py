"""Sending an order's goods, whole or in parts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from core import clock
from core.inserting import insert_together
from core.problems import FieldError
from core.transactions import entry
from inventory.services import ShipRequest, stock_ship
from orders.exceptions import (
    FulfilmentTooLarge,
    GiftCardUnpaid,
    NothingToFulfil,
    NotReleased,
    OrderLineUnknown,
    OrderMoveRefused,
)
from orders.models import Fulfilment, FulfilmentLine, Order, OrderLine
from orders.selectors import order_for_update
from orders.services.changing import order_write
from orders.services.issuing import cards_draft, cards_mail
from orders.states import advance, fulfilment_status_of


@dataclass(frozen=True, slots=True)
class FulfilLine:
    """So many of an order line."""

    line_id: uuid.UUID
    quantity: int


@entry
def order_fulfil(
    *,
    order_id: uuid.UUID,
    lines: Sequence[FulfilLine] | None = None,
    carrier: str = "",
    tracking_number: str = "",
    tracking_url: str = "",
    actor: str,
) -> Fulfilment:
    """Send goods of a confirmed order, by default all that is left; what is on hand and reserved goes down.

    Locks: the order, then its stock by primary key.

    Raises:
        OrderNotFound: there is none.
        OrderMoveRefused: it is not confirmed: waiting for its money, cancelled, or completed.
        OrderLineUnknown: a line is not this order's.
        GiftCardUnpaid: gift cards are issued once they are paid.
        NothingToFulfil, FulfilmentTooLarge: everything has been sent, or more is wanted than is left of a line.
        NotReleased: some of it is a preorder whose day hasn't come; every such line is named.
        StockNotOnHand: some of it was promised ahead and has not arrived.
    """
    order = order_for_update(order_id)
    if order.status not in {Order.Status.CONFIRMED, Order.Status.COMPLETED}:
        raise OrderMoveRefused(
            f"Order {order.number} is {order.status}; only confirmed orders are sent.", order_status=str(order.status)
        )
    known = {line.id: line for line in order.lines.select_related("variant").order_by("position")}
    sent = _quantities(known, lines, are_cards_paid=order.owed_amount == 0)
    _assert_released([known[line_id] for line_id in sent if not known[line_id].is_gift_card], lines)
    cards = cards_draft(order, {known[line_id]: quantity for line_id, quantity in sent.items()}, actor=actor)
    for line_id, quantity in sent.items():
        known[line_id].fulfilled_quantity += quantity
    OrderLine.objects.bulk_update([known[line_id] for line_id in sent], ["fulfilled_quantity"])
    order.fulfilment_status = fulfilment_status_of(list(known.values()))
    advance(order)
    fulfilment = Fulfilment(
        order=order, carrier=carrier, tracking_number=tracking_number, tracking_url=tracking_url, actor=actor
    )
    parts = [
        FulfilmentLine(fulfilment=fulfilment, order_line=known[line_id], quantity=quantity)
        for line_id, quantity in sent.items()
    ]
    insert_together([fulfilment, *parts, *cards])
    if cards:
        cards_mail(order)
    data = {
        "fulfilment_id": str(fulfilment.id),
        "carrier": carrier,
        "tracking_number": tracking_number,
        "tracking_url": tracking_url,
        "lines": [{"line_id": str(line_id), "quantity": quantity} for line_id, quantity in sent.items()],
    }
    count = sum(sent.values())
    by = f" by {carrier}" if carrier else ""
    number = f", {tracking_number}" if tracking_number else ""
    order_write(
        order, "fulfilled", f"{count} {'piece' if count == 1 else 'pieces'} sent{by}{number}.", data=data, actor=actor
    )
    stock_ship(
        requests=[ShipRequest(line_id, quantity) for line_id, quantity in sent.items()],
        order_id=order.id,
        actor=actor,
    )
    return fulfilment


def _assert_released(sent: Sequence[OrderLine], wanted: Sequence[FulfilLine] | None) -> None:
    """Refuse what isn't released yet, by the day that its variant has now: it may have been moved."""
    today = clock.day_of(clock.now())
    early = {
        line.id: line.variant.released_on
        for line in sent
        if line.variant is not None and line.variant.released_on is not None and line.variant.released_on > today
    }
    if not early:
        return
    titles = {line.id: line.title for line in sent}
    asked = [(None, line.id) for line in sent] if wanted is None else list(enumerate(line.line_id for line in wanted))
    raise NotReleased(
        errors=tuple(
            FieldError(
                NotReleased.code,
                f"{titles[line_id]} is released on {early[line_id]}.",
                pointer=None if index is None else f"/lines/{index}/line_id",
            )
            for index, line_id in asked
            if line_id in early
        ),
        released_on=str(max(early.values())),
    )


def _quantities(
    known: dict[uuid.UUID, OrderLine], wanted: Sequence[FulfilLine] | None, *, are_cards_paid: bool
) -> dict[uuid.UUID, int]:
    """Return how many of each line are sent, after checking them against what is left."""
    left = {line.id: line.quantity - line.fulfilled_quantity for line in known.values()}
    if not any(left.values()):
        raise NothingToFulfil
    unpaid = {line.id for line in known.values() if line.is_gift_card and not are_cards_paid}
    if wanted is None:
        everything = {line_id: quantity for line_id, quantity in left.items() if quantity and line_id not in unpaid}
        if not everything:
            raise GiftCardUnpaid
        return everything
    sent: dict[uuid.UUID, int] = {}
    for index, line in enumerate(wanted):
        if line.line_id not in known:
            error = FieldError("unknown", "The order has no such line.", pointer=f"/lines/{index}/line_id")
            raise OrderLineUnknown(errors=(error,))
        if line.line_id in unpaid:
            raise GiftCardUnpaid.at(f"/lines/{index}/line_id", GiftCardUnpaid.title)
        sent[line.line_id] = sent.get(line.line_id, 0) + line.quantity
        if sent[line.line_id] > left[line.line_id]:
            detail = f"Only {left[line.line_id]} of {known[line.line_id].title} are left to send."
            raise FulfilmentTooLarge(
                detail, errors=(FieldError("too_large", detail, pointer=f"/lines/{index}/quantity"),)
            )
    return sent
