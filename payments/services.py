"""Every write of payments, as parts: what an order is owed and becomes by them is orders' business.

A payment's amounts change by conditional UPDATEs, so that no race takes or gives back more than there is, whatever
locks the caller holds; each change is an event in the same transaction, and the amounts are the sums of the events.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import F, Model, Q

from core import clock
from core.money import Money
from core.problems import Busy
from core.transactions import assert_in_transaction
from events.models import Event
from events.services import event_draft
from payments.exceptions import PaymentNotFound, PaymentNotOpen, PaymentTooLarge, RefundTooLarge
from payments.models import Payment, PaymentEvent
from payments.providers import method_of
from payments.states import status_of

IF_IT_CAME = "If the money did come, record it with `is_unexpected`."


def payment_draft(
    *, order_id: uuid.UUID, provider: str, method: str, amount: Money, actor: str
) -> tuple[Payment, PaymentEvent]:
    """Return a new open payment and its first event, not yet written.

    Raises:
        PaymentMethodUnknown: this shop doesn't take the method.
    """
    method_of(provider, method)
    payment = Payment(
        order_id=order_id, provider=provider, method=method, amount=amount.amount, currency=amount.currency
    )
    return payment, PaymentEvent(payment=payment, kind=PaymentEvent.Kind.CREATED, amount=amount.amount, actor=actor)


def payment_captured_draft(
    *, order_id: uuid.UUID, provider: str, method: str, amount: Money, reference: str, actor: str
) -> tuple[Payment, Sequence[Model]]:
    """Return a new payment that has come in, and its events, not yet written: money that the shop holds itself."""
    payment = Payment(
        order_id=order_id,
        provider=provider,
        method=method,
        amount=amount.amount,
        captured_amount=amount.amount,
        status=Payment.Status.CAPTURED,
        currency=amount.currency,
        provider_reference=reference,
    )
    kinds = (PaymentEvent.Kind.CREATED, PaymentEvent.Kind.CAPTURED)
    events = [PaymentEvent(payment=payment, kind=kind, amount=amount.amount, actor=actor) for kind in kinds]
    return payment, [*events, _told(payment, PaymentEvent.Kind.CAPTURED, amount.amount, actor=actor)]


def payment_create(*, order_id: uuid.UUID, provider: str, method: str, amount: Money, actor: str) -> Payment:
    """Open a payment. Part of the caller's transaction, which holds the order's lock.

    Raises:
        PaymentMethodUnknown: this shop doesn't take the method.
    """
    assert_in_transaction()
    payment, event = payment_draft(order_id=order_id, provider=provider, method=method, amount=amount, actor=actor)
    payment.save(force_insert=True)
    event.save(force_insert=True)
    return payment


def payment_capture(
    *, payment_id: uuid.UUID, amount: int, reference: str, actor: str, is_unexpected: bool = False
) -> Payment:
    """Write that so much of a payment has come in, and return it. Part of the caller's transaction.

    One that was given up may come all the same. What is beyond its amount is taken for a mistake of who writes it,
    unless it `is_unexpected`: then the payment is for as much more.

    Raises:
        PaymentNotOpen: it has come in whole.
        PaymentTooLarge: more than is still to come.
    """
    captured = F("captured_amount") + amount
    payment, is_done = _change(
        payment_id, Q(status=Payment.Status.PENDING, amount__gte=captured), captured_amount=captured
    )
    is_given_up = payment.status == Payment.Status.CANCELLED
    if not is_done and (is_unexpected or (is_given_up and amount <= payment.amount)):
        _widen(payment, amount, actor=actor)
    elif not is_done:
        if payment.status in {Payment.Status.CAPTURED, Payment.Status.REFUNDED}:
            raise PaymentNotOpen(f"This payment is {payment.status} already. {IF_IT_CAME}")
        left = Money(payment.amount - payment.captured_amount, payment.currency)
        raise PaymentTooLarge(f"Only {left} of this payment are still to come. {IF_IT_CAME}")
    payment.provider_reference = reference or payment.provider_reference
    _settle(payment, PaymentEvent.Kind.CAPTURED, amount, reference=reference, actor=actor)
    return payment


def payment_refund(*, payment_id: uuid.UUID, amount: int, reason: str, actor: str) -> Payment:
    """Write that so much of a payment was given back, and return it. Part of the caller's transaction.

    Raises:
        RefundTooLarge: more than came in, less what was given back already.
    """
    refunded = F("refunded_amount") + amount
    payment, is_done = _change(payment_id, Q(captured_amount__gte=refunded), refunded_amount=refunded)
    if not is_done:
        left = Money(payment.captured_amount - payment.refunded_amount, payment.currency)
        raise RefundTooLarge(f"Only {left} of this payment can be given back.")
    _settle(payment, PaymentEvent.Kind.REFUNDED, amount, note=reason, actor=actor)
    return payment


def payment_cancel(*, payment_id: uuid.UUID, actor: str) -> Payment:
    """Give up what has not come in of a payment, and return it. Part of the caller's transaction.

    One that something came in of stands for just that from now on.

    Raises:
        PaymentNotOpen: it was cancelled already, or has come in whole.
    """
    payment, is_done = _change(payment_id, Q(status=Payment.Status.PENDING), status=Payment.Status.CANCELLED)
    if not is_done:
        raise PaymentNotOpen(f"This payment is {payment.status} already.")
    given_up = payment.amount - payment.captured_amount
    payment.amount = payment.captured_amount or payment.amount
    _settle(payment, PaymentEvent.Kind.CANCELLED, given_up, actor=actor, is_cancelled=True)
    return payment


def _change(payment_id: uuid.UUID, condition: Q, **values: Any) -> tuple[Payment, bool]:
    """Write values if the condition holds for the row as it is at that moment; return the row and whether it did."""
    assert_in_transaction()
    is_done = Payment.objects.filter(condition, id=payment_id).update(**values) == 1
    payment = Payment.objects.filter(id=payment_id).first()
    if payment is None:
        raise PaymentNotFound
    return payment, is_done


def _widen(payment: Payment, amount: int, *, actor: str) -> None:
    """Let a payment be of what came of it and of this amount, which comes beyond; compares what was read of it.

    Raises:
        Busy: somebody else has changed the payment since it was read.
    """
    read = Payment.objects.filter(id=payment.id, status=payment.status, captured_amount=payment.captured_amount)
    expected = 0 if payment.status == Payment.Status.CANCELLED else payment.amount
    payment.captured_amount += amount
    payment.amount = max(expected, payment.captured_amount)
    if not read.update(amount=payment.amount, captured_amount=payment.captured_amount):
        raise Busy
    PaymentEvent.objects.create(
        payment=payment,
        kind=PaymentEvent.Kind.CREATED,
        amount=payment.amount - expected,
        note="Came beyond what was expected.",
        actor=actor,
    )


def _settle(
    payment: Payment,
    kind: PaymentEvent.Kind,
    amount: int,
    *,
    actor: str,
    reference: str = "",
    note: str = "",
    is_cancelled: bool = False,
) -> None:
    """Bring a payment, whose row this transaction has just changed and so holds, into the status of its amounts."""
    payment.status = status_of(
        amount=payment.amount,
        captured_amount=payment.captured_amount,
        refunded_amount=payment.refunded_amount,
        is_cancelled=is_cancelled,
    )
    payment.updated_at = clock.now()
    payment.save(update_fields=["status", "amount", "provider_reference", "updated_at"])
    PaymentEvent.objects.create(payment=payment, kind=kind, amount=amount, reference=reference, note=note, actor=actor)
    _told(payment, kind, amount, actor=actor).save(force_insert=True)


def _told(payment: Payment, kind: PaymentEvent.Kind, amount: int, *, actor: str) -> Event:
    return event_draft(
        type=f"payment.{kind}",
        aggregate_type="payment",
        aggregate_id=payment.id,
        data={
            "order_id": str(payment.order_id),
            "amount": amount,
            "captured_amount": payment.captured_amount,
            "refunded_amount": payment.refunded_amount,
            "currency": payment.currency,
            "provider": payment.provider,
            "method": payment.method,
        },
        actor=actor,
    )
