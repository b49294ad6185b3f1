"""Cancelling an order: its stock goes back, and money that is still to come is no longer expected."""

from __future__ import annotations

import uuid

from core import clock
from core.transactions import entry
from inventory.services import stock_release
from orders.exceptions import OrderAccepted, OrderShipped
from orders.models import Order
from orders.selectors import order_for_update
from orders.services.changing import order_write
from orders.services.crediting import credit_payments_refund, is_paid_with_money
from orders.services.deriving import money_derive
from orders.services.issuing import cards_cancel
from orders.services.money_cases import money_cases_keep
from orders.states import transition
from payments.models import Payment
from payments.selectors import payments_for_update
from payments.services import payment_cancel
from promotions.credit.spending import credits_give_back
from promotions.services import limits_give_back


@entry
def order_cancel(*, order_id: uuid.UUID, reason: str = "", actor: str, is_by_buyer: bool = False) -> Order:
    """Cancel an order and give its stock back, and what gift cards and store credit paid to them.

    Other money stays paid until staff refund it: a case asks for that. Locks: the order, its payments, the limits that
    it used, the balances that paid, its stock by primary key. A buyer may cancel only what waits for the money.

    Raises:
        OrderNotFound: there is none.
        OrderShipped: some of it has left; gift cards come back by themselves.
        GiftCardSpent: gift cards that it sold were spent, wholly or in part.
        OrderAccepted: a buyer wants to cancel what the shop has accepted, or has money for.
        OrderMoveRefused: it is cancelled or completed already.
    """
    order = order_for_update(order_id)
    if is_by_buyer and (order.status == Order.Status.CONFIRMED or is_paid_with_money(order)):
        raise OrderAccepted
    cancel_locked(order, reason=reason, actor=actor)
    return order


def cancel_locked(order: Order, *, reason: str, actor: str, money_case: str = "cancelled_after_paying") -> None:
    """Cancel an order that the caller's transaction has locked; see `order_cancel`.

    `money_case` is the kind of the case that asks for what was paid to be given back.
    """
    # Issued gift cards can be taken back; parcels can't.
    sent = order.lines.filter(fulfilled_quantity__gt=0).values_list("is_gift_card", flat=True)
    has_cards = any(sent)
    if order.status != Order.Status.COMPLETED and not all(sent):
        raise OrderShipped
    transition(order, Order.Status.CANCELLED)
    order.cancelled_at = clock.now()
    order.cancel_reason = reason[:200]
    order.reserved_until = None
    open_payments_cancel(order=order, actor=actor)
    because = f"Order {order.number} cancelled"
    back = credit_payments_refund(order, reason=because, actor=actor)
    if back:
        money_derive(order)
    order_write(
        order,
        "cancelled",
        f"Order cancelled. {order.cancel_reason}".strip(),
        data={"reason": order.cancel_reason},
        actor=actor,
    )
    money_cases_keep(order, kind=money_case, actor=actor)
    limits_give_back(order_id=order.id)
    if has_cards:
        cards_cancel(order, reason=because, actor=actor)
    credits_give_back(back, order_id=order.id, reason=because, actor=actor)
    stock_release(order_id=order.id, reason=because, actor=actor)


def open_payments_cancel(*, order: Order, actor: str) -> None:
    """Give up what is still to come for an order; part of the caller's transaction, under the order's lock."""
    for payment in payments_for_update(order.id):
        if payment.status == Payment.Status.PENDING:
            payment_cancel(payment_id=payment.id, actor=actor)
