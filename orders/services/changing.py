"""What every change of an order ends with: its version, its history and its event, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import clock
from core.inserting import insert_together
from core.problems import Busy
from events.models import Event
from events.services import event_draft
from orders.models import Order, OrderHistory


def history_draft(
    order: Order, kind: str, message: str, *, actor: str, data: Mapping[str, Any] | None = None, is_public: bool = True
) -> OrderHistory:
    """Return a row of the order's history that isn't written yet."""
    return OrderHistory(
        order=order, kind=kind, message=message[:500], data=dict(data or {}), is_public=is_public, actor=actor
    )


def order_event_draft(order: Order, kind: str, *, actor: str, data: Mapping[str, Any] | None = None) -> Event:
    """Return the event of a change that isn't written yet: the order's state after it, and what is special to it."""
    return event_draft(
        type=f"order.{kind}",
        aggregate_type="order",
        aggregate_id=order.id,
        data={
            "number": order.number,
            "version": order.version,
            "status": order.status,
            "payment_status": order.payment_status,
            "fulfilment_status": order.fulfilment_status,
            "total_amount": order.total_amount,
            "paid_amount": order.paid_amount,
            "refunded_amount": order.refunded_amount,
            "currency": order.currency,
            **(data or {}),
        },
        actor=actor,
    )


def order_write(
    order: Order,
    kind: str,
    message: str,
    *,
    actor: str,
    data: Mapping[str, Any] | None = None,
    is_public: bool = True,
    is_event: bool = True,
) -> OrderHistory:
    """Write a locked order's statuses, amounts and times as they now are, and tell of it: history, and event `kind`.

    Two statements. Compares the version that was read before it sets the next one, so that even a caller who forgot
    the lock can't undo another's change.

    Raises:
        Busy: somebody else has changed the order since it was read.
    """
    version, order.version = order.version, order.version + 1
    order.updated_at = clock.now()
    changed: dict[str, Any] = {name: getattr(order, name) for name in _CHANGING}
    if not Order.objects.filter(id=order.id, version=version).update(**changed):
        raise Busy
    history = history_draft(order, kind, message, data=data, is_public=is_public, actor=actor)
    events = [order_event_draft(order, kind, data=data, actor=actor)] if is_event else []
    insert_together([history, *events])
    return history


_CHANGING = (
    "status",
    "payment_status",
    "fulfilment_status",
    "paid_amount",
    "refunded_amount",
    "reserved_until",
    "cancelled_at",
    "cancel_reason",
    "version",
    "updated_at",
)
