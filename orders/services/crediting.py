"""Paying an order with gift cards and store credit when it is placed, and giving that back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Model

from cart.crediting import CreditPart
from core.money import Money
from orders.models import Order
from orders.services.changing import history_draft, order_event_draft
from orders.states import payment_status_of
from payments.models import Payment
from payments.providers import CREDIT, method_name
from payments.services import payment_captured_draft, payment_refund
from promotions.credit.spending import Spending


@dataclass(frozen=True, slots=True)
class CreditPaid:
    """What an order pays with credit, not yet written, and what it takes from which balance."""

    payments: Sequence[Payment]
    rows: Sequence[Model]
    spendings: Sequence[Spending]


def credit_paid(order: Order, parts: Sequence[CreditPart], *, actor: str) -> CreditPaid:
    """Return the payments of a new order by its credits, and let the order be paid by so much."""
    payments: list[Payment] = []
    rows: list[Model] = []
    spendings: list[Spending] = []
    for part in parts:
        if not part.amount:
            continue
        amount = Money(part.amount, order.currency)
        payment, events = payment_captured_draft(
            order_id=order.id,
            provider=CREDIT,
            method=part.kind,
            amount=amount,
            reference=part.credit.source,
            actor=actor,
        )
        message = f"{amount} came in by {method_name(CREDIT, part.kind).lower()}."
        data = {"payment_id": str(payment.id), "amount": part.amount, "method": part.kind}
        payments.append(payment)
        rows.extend([payment, *events, history_draft(order, "paid", message, data=data, actor=actor)])
        spendings.append(Spending(part.credit.id, part.credit.is_card, part.amount, payment.id))
    order.paid_amount = sum(payment.amount for payment in payments)
    order.payment_status = payment_status_of(total=order.total_amount, paid=order.paid_amount, refunded=0)
    return CreditPaid(payments, rows, spendings)


def paid_event(order: Order, *, actor: str) -> list[Model]:
    """Return the event of an order that credit alone has paid, not yet written."""
    is_paid = bool(order.paid_amount) and order.owed_amount == 0
    return [order_event_draft(order, "paid", actor=actor)] if is_paid else []


def credit_payments_refund(order: Order, *, reason: str, actor: str) -> list[tuple[uuid.UUID, int]]:
    """Write that all that credits have paid for an order is given back; return how much of which payment.

    Part: the caller holds the order's lock and gives it to the balances (`credits_give_back`) in this transaction.
    """
    back = []
    paid = Payment.objects.filter(order_id=order.id, provider=CREDIT, captured_amount__gt=F("refunded_amount"))
    for payment in paid.order_by("created_at", "id"):
        amount = payment.captured_amount - payment.refunded_amount
        payment_refund(payment_id=payment.id, amount=amount, reason=reason, actor=actor)
        back.append((payment.id, amount))
    return back


def is_paid_with_money(order: Order) -> bool:
    """Tell whether anything but credit came in for an order."""
    return Payment.objects.filter(order_id=order.id, captured_amount__gt=0).exclude(provider=CREDIT).exists()
