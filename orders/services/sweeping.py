"""What becomes of orders that nobody goes on with: unpaid ones are cancelled, half-paid ones put before staff."""

from __future__ import annotations

import logging
import uuid

from django.db import DatabaseError

from core import clock
from core.problems import Problem, problem_of
from core.transactions import entry
from events.cases import case_open
from orders.models import Order
from orders.selectors import order_for_update, orders_overdue, orders_to_sweep
from orders.services.cancelling import cancel_locked
from users.callers import SYSTEM_ACTOR

logger = logging.getLogger(__name__)

AT_ONCE = 500


def orders_sweep() -> int:
    """Cancel pending orders that are not paid by the end of their reservation, and return how many.

    Each in a transaction of its own, so that one that can't be cancelled holds up no other: it is tried again, and a
    case tells staff of it unless it was only busy.
    """
    count = 0
    for order_id in orders_to_sweep(clock.now(), limit=AT_ONCE):
        try:
            count += _expire(order_id=order_id)
        except (Problem, DatabaseError) as error:
            logger.warning("Order %s is overdue and could not be cancelled; again later.", order_id, exc_info=True)
            problem = problem_of(error)
            if problem is None or not problem.retryable:
                _tell_stuck(order_id=order_id, reason=problem.detail if problem else type(error).__name__)
    return count


def payments_sweep() -> int:
    """Open a case for each order whose money is overdue and that no rule may cancel, and return how many.

    An order is told of once, whatever became of its case.
    """
    overdue = orders_overdue(clock.now(), limit=AT_ONCE)
    for order in overdue:
        _tell_overdue(order=order)
    return len(overdue)


@entry
def _expire(*, order_id: uuid.UUID) -> bool:
    """Cancel an order if it is still overdue under its lock; False if it was paid or cancelled meanwhile."""
    order = order_for_update(order_id)
    is_overdue = order.reserved_until is not None and order.reserved_until <= clock.now()
    if order.status != Order.Status.PENDING or not is_overdue:
        return False
    cancel_locked(order, reason="Not paid in time.", actor=SYSTEM_ACTOR)
    return True


@entry
def _tell_stuck(*, order_id: uuid.UUID, reason: str) -> None:
    order = order_for_update(order_id)
    case_open(
        kind="order_not_swept",
        subject_type="order",
        subject_id=order.id,
        title=f"{order.number} is overdue and can't be cancelled",
        detail=f"It wasn't paid in time. Cancelling it was refused: {reason}",
        data={"number": order.number},
        actor=SYSTEM_ACTOR,
    )


@entry
def _tell_overdue(*, order: Order) -> None:
    came = f"{order.paid_amount} of {order.total_amount} minor units of {order.currency} came in"
    case_open(
        kind="payment_overdue",
        subject_type="order",
        subject_id=order.id,
        title=f"The money for {order.number} is overdue",
        detail=f"{came} for order {order.number}, and its goods are kept for it.",
        remedy="remind",
        data={"number": order.number, "amount": order.owed_amount, "currency": order.currency},
        actor=SYSTEM_ACTOR,
    )
