"""Where an order can go, and what its payments and fulfilments make of it. Pure: nothing is read or written here."""

from collections.abc import Mapping, Sequence

from orders.exceptions import OrderMoveRefused
from orders.models import Order, OrderLine

MOVES: Mapping[str, frozenset[str]] = {
    Order.Status.PENDING: frozenset({Order.Status.CONFIRMED, Order.Status.CANCELLED}),
    Order.Status.CONFIRMED: frozenset({Order.Status.COMPLETED, Order.Status.CANCELLED}),
    Order.Status.COMPLETED: frozenset(),
    Order.Status.CANCELLED: frozenset(),
}
"""A pending order waits for its money; a confirmed one is to be sent; a completed one is paid and sent."""


def transition(order: Order, to: Order.Status) -> None:
    """Bring an order to another status; whoever calls holds its lock and writes it.

    Raises:
        OrderMoveRefused: there is no such move.
    """
    if to not in MOVES[order.status]:
        raise OrderMoveRefused(
            f"Order {order.number} is {order.status} and can't become {to}.", order_status=str(order.status)
        )
    order.status = to


def advance(order: Order, *, is_on_account: bool = False) -> None:
    """Bring an order as far as its money and its goods have come.

    It is confirmed when nothing is owed any more or it is accepted on account, and completed when it is paid and sent:
    what is given back before the goods are the buyer's is owed again, what is given back afterwards is not.
    """
    is_paid = order.paid_amount >= order.total_amount and order.payment_status != Order.PaymentStatus.REFUNDED
    if order.status == Order.Status.PENDING and (order.owed_amount == 0 or is_on_account):
        transition(order, Order.Status.CONFIRMED)
    is_sent = order.fulfilment_status == Order.FulfilmentStatus.FULFILLED
    if order.status == Order.Status.CONFIRMED and is_paid and is_sent:
        transition(order, Order.Status.COMPLETED)


def payment_status_of(*, total: int, paid: int, refunded: int) -> Order.PaymentStatus:
    """Return what the money that came in and went back makes of an order of this total."""
    if refunded:
        is_all = refunded == paid
        return Order.PaymentStatus.REFUNDED if is_all else Order.PaymentStatus.PARTIALLY_REFUNDED
    if paid >= total:
        return Order.PaymentStatus.PAID
    return Order.PaymentStatus.PARTIALLY_PAID if paid else Order.PaymentStatus.UNPAID


def fulfilment_status_of(lines: Sequence[OrderLine]) -> Order.FulfilmentStatus:
    """Return what the quantities that left make of an order of these lines."""
    if all(line.fulfilled_quantity == line.quantity for line in lines):
        return Order.FulfilmentStatus.FULFILLED
    if any(line.fulfilled_quantity for line in lines):
        return Order.FulfilmentStatus.PARTIALLY_FULFILLED
    return Order.FulfilmentStatus.UNFULFILLED
