"""Every read of payments. Whose order a payment is for, and who may see it, is asked in orders."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from payments.exceptions import PaymentNotFound
from payments.models import Payment


def payment_list(order_id: uuid.UUID) -> QuerySet[Payment]:
    """Return an order's payments with their events, in the order they were made. Two queries."""
    return Payment.objects.filter(order_id=order_id).prefetch_related("events").order_by("created_at", "id")


def payment_get(payment_id: uuid.UUID) -> Payment:
    """Return one payment with its events.

    Raises:
        PaymentNotFound: there is none.
    """
    return _one(Payment.objects.prefetch_related("events").filter(id=payment_id))


def payment_for_update(payment_id: uuid.UUID) -> Payment:
    """Return one payment, locked; its order's lock comes first.

    Raises:
        PaymentNotFound: there is none.
    """
    return _one(Payment.objects.select_for_update(no_key=True).filter(id=payment_id))


def payments_for_update(order_id: uuid.UUID) -> list[Payment]:
    """Return an order's payments, locked in the order they were made; the order's lock comes first."""
    payments = Payment.objects.select_for_update(no_key=True).filter(order_id=order_id)
    return list(payments.order_by("created_at", "id"))


def _one(payments: QuerySet[Payment]) -> Payment:
    found = payments.first()
    if found is None:
        raise PaymentNotFound
    return found
