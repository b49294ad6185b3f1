"""Taking back what was sent. What is paid back for it is a refund of its own; see paying.py."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from core.problems import FieldError
from core.transactions import entry
from inventory.services import ReturnRequest, stock_return
from orders.exceptions import OrderLineUnknown, ReturnTooLarge
from orders.models import Order, OrderLine
from orders.selectors import order_for_update
from orders.services.changing import order_write
from orders.services.issuing import cards_return


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """So many of an order line."""

    line_id: uuid.UUID
    quantity: int


@entry
def order_goods_return(
    *, order_id: uuid.UUID, lines: Sequence[ReturnLine], location_id: uuid.UUID, reason: str = "", actor: str
) -> Order:
    """Record that goods of an order came back; those whose stock is tracked are for sale at the location at once.

    Gift cards come back unspent, and pay nothing any more. Locks: the order, its gift cards, its stock by primary key.

    Raises:
        OrderNotFound: there is none.
        OrderLineUnknown: a line is not this order's.
        ReturnTooLarge: more comes back than was sent and hasn't come back yet.
        GiftCardSpent: a gift card was spent, wholly or in part.
        StockTooMuch: the location would hold more of something than a level can count.
    """
    order = order_for_update(order_id)
    known = {line.id: line for line in order.lines.order_by("position")}
    for index, line in enumerate(lines):
        _take(known, index, line)
    cards: dict[OrderLine, int] = {}
    for line in lines:
        if (sold := known[line.line_id]).is_gift_card:
            cards[sold] = cards.get(sold, 0) + line.quantity
    OrderLine.objects.bulk_update({line.line_id: known[line.line_id] for line in lines}.values(), ["returned_quantity"])
    count = sum(line.quantity for line in lines)
    because = f": {reason}" if reason else "."
    order_write(
        order,
        "returned",
        f"{count} {'piece' if count == 1 else 'pieces'} came back{because}",
        data={
            "location_id": str(location_id),
            "reason": reason,
            "lines": [{"line_id": str(line.line_id), "quantity": line.quantity} for line in lines],
        },
        actor=actor,
    )
    if cards:
        cards_return(order, cards, reason=reason or f"Order {order.number} came back", actor=actor)
    stock_return(
        requests=[
            ReturnRequest(variant_id, line.quantity)
            for line in lines
            if (variant_id := known[line.line_id].variant_id) and known[line.line_id].is_stock_tracked
        ],
        location_id=location_id,
        order_id=order.id,
        reason=reason or f"Order {order.number} came back",
        actor=actor,
    )
    return order


def _take(known: dict[uuid.UUID, OrderLine], index: int, wanted: ReturnLine) -> None:
    """Count one line as come back, after checking it against what was sent."""
    line = known.get(wanted.line_id)
    if line is None:
        error = FieldError("unknown", "The order has no such line.", pointer=f"/lines/{index}/line_id")
        raise OrderLineUnknown(errors=(error,))
    left = line.fulfilled_quantity - line.returned_quantity
    if wanted.quantity > left:
        detail = f"Only {left} of {line.title} were sent and haven't come back."
        raise ReturnTooLarge(detail, errors=(FieldError("too_large", detail, pointer=f"/lines/{index}/quantity"),))
    line.returned_quantity += wanted.quantity
