"""Giving back the stock of orders that nobody paid in time."""

from __future__ import annotations

import logging
import uuid

from django.db import DatabaseError

from core import clock
from core.problems import Problem
from core.transactions import entry
from orders.models import Order
from orders.selectors import order_for_update, orders_to_sweep
from orders.services.cancelling import cancel_locked
from users.callers import SYSTEM_ACTOR

logger = logging.getLogger(__name__)

AT_ONCE = 500


def orders_sweep() -> int:
    """Cancel pending orders that are not paid by the end of their reservation, and return how many.

    Each in a transaction of its own, so that one that can't be cancelled now holds up no other.
    """
    count = 0
    for order_id in orders_to_sweep(clock.now(), limit=AT_ONCE):
        try:
            count += _expire(order_id=order_id)
        except (Problem, DatabaseError):
            logger.warning("Order %s is overdue and could not be cancelled; again later.", order_id, exc_info=True)
    return count


@entry
def _expire(*, order_id: uuid.UUID) -> bool:
    """Cancel an order if it is still overdue under its lock; False if it was paid or cancelled meanwhile."""
    order = order_for_update(order_id)
    is_overdue = order.reserved_until is not None and order.reserved_until <= clock.now()
    if order.status != Order.Status.PENDING or not is_overdue:
        return False
    cancel_locked(order, reason="Not paid in time.", actor=SYSTEM_ACTOR)
    return True
