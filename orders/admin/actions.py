"""What staff can do with an order on its page: a form and a service each, offered when state and rights allow."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from core.admin.columns import money_text
from orders.admin.forms import CancelForm, FulfilForm, MarkPaidForm, NoteForm, RefundForm
from orders.admin.page import owed_amount, refundable_payments
from orders.models import Order
from orders.services import order_cancel, order_fulfil, order_mark_paid, order_note_add, order_payment_refund
from users.admin.acting import Action


def _mark_paid(order: Order, form: MarkPaidForm, actor: str) -> None:
    typed = form.cleaned_data
    order_mark_paid(order_id=order.pk, method=typed["method"], reference=typed["reference"], actor=actor)


def _fulfil(order: Order, form: FulfilForm, actor: str) -> None:
    typed = form.cleaned_data
    order_fulfil(
        order_id=order.pk,
        lines=form.sent(),
        carrier=typed["carrier"],
        tracking_number=typed["tracking_number"],
        tracking_url=typed["tracking_url"],
        actor=actor,
    )


def _refund(_order: Order, form: RefundForm, actor: str) -> None:
    typed = form.cleaned_data
    order_payment_refund(
        payment_id=uuid.UUID(typed["payment"]), amount=typed["amount"], reason=typed["reason"], actor=actor
    )


def _note(order: Order, form: NoteForm, actor: str) -> None:
    typed = form.cleaned_data
    order_note_add(order_id=order.pk, message=typed["message"], is_public=typed["is_public"], actor=actor)


def _cancel(order: Order, form: CancelForm, actor: str) -> None:
    order_cancel(order_id=order.pk, reason=form.cleaned_data["reason"], actor=actor)


def _cancel_question(order: Order) -> str:
    kept = order.paid_amount - order.refunded_amount
    back = f" {money_text(kept, order.currency)} came in for it: refund that afterwards." if kept > 0 else ""
    return f"Cancel order {order.number}? Its stock goes back on sale, and this can't be undone.{back}"


def _is_to_send(order: Order) -> bool:
    return order.status == Order.Status.CONFIRMED and order.fulfilment_status != Order.FulfilmentStatus.FULFILLED


def _is_cancellable(order: Order) -> bool:
    return (
        order.status in {Order.Status.PENDING, Order.Status.CONFIRMED}
        and order.fulfilment_status == Order.FulfilmentStatus.UNFULFILLED
    )


_ALL = (
    Action(
        name="mark-paid",
        title="Mark paid",
        icon="payments",
        right="payments:write",
        form=MarkPaidForm,
        question=lambda order: f"Record that {money_text(owed_amount(order), order.currency)} came in?",
        is_possible=lambda order: owed_amount(order) > 0,
        run=_mark_paid,
        done="The payment is recorded.",
    ),
    Action(
        name="fulfil",
        title="Fulfil",
        icon="local_shipping",
        right="orders:write",
        form=FulfilForm,
        question=lambda order: f"What leaves now for order {order.number}?",
        is_possible=_is_to_send,
        run=_fulfil,
        done="The parcel is recorded, and its goods are out of stock.",
    ),
    Action(
        name="refund",
        title="Refund",
        icon="undo",
        right="payments:write",
        form=RefundForm,
        question=lambda order: f"Record that money of order {order.number} was given back?",
        is_possible=lambda order: bool(refundable_payments(order)),
        run=_refund,
        done="The refund is recorded.",
    ),
    Action(
        name="note",
        title="Add note",
        icon="edit_note",
        right="orders:write",
        form=NoteForm,
        question=lambda order: f"A note in the history of order {order.number}.",
        is_possible=lambda _order: True,
        run=_note,
        done="The note is in the history.",
    ),
    Action(
        name="cancel",
        title="Cancel order",
        icon="cancel",
        right="orders:write",
        form=CancelForm,
        question=_cancel_question,
        is_possible=_is_cancellable,
        run=_cancel,
        done="The order is cancelled.",
        is_dangerous=True,
    ),
)

ACTIONS: Mapping[str, Action] = {action.name: action for action in _ALL}
"""By the last part of their paths."""
