"""A payment's status follows from its amounts, which are sums of its events, on every way through them."""

import random

import pytest
from django.db import transaction
from django.db.models import Sum

from core.problems import Conflict
from payments.models import Payment, PaymentEvent
from payments.services import payment_cancel, payment_capture, payment_refund
from payments.states import status_of
from tests.factories.orders import order_make


@pytest.mark.parametrize(
    ("amount", "captured", "refunded", "is_cancelled", "expected"),
    [
        (100, 0, 0, False, "pending"),
        (100, 99, 0, False, "pending"),
        (100, 99, 99, False, "pending"),
        (100, 100, 0, False, "captured"),
        (100, 100, 99, False, "captured"),
        (100, 100, 100, False, "refunded"),
        (100, 0, 0, True, "cancelled"),
        (40, 40, 0, True, "captured"),
        (40, 40, 40, True, "refunded"),
    ],
)
def test_status(amount: int, captured: int, refunded: int, is_cancelled: bool, expected: str) -> None:
    status = status_of(amount=amount, captured_amount=captured, refunded_amount=refunded, is_cancelled=is_cancelled)
    assert status == expected


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_amounts_are_the_sums_of_the_events(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 (dice)
    order_make(payment_method="bank_transfer")
    payment = Payment.objects.get()
    for _ in range(12):
        act = dice.choice(["capture", "capture", "refund", "cancel"] if dice.random() < 0.3 else ["capture", "refund"])
        amount = dice.randint(1, 3000)
        try:
            with transaction.atomic():
                if act == "capture":
                    is_unexpected = dice.random() < 0.2
                    payment_capture(
                        payment_id=payment.id, amount=amount, reference="", is_unexpected=is_unexpected, actor="system"
                    )
                elif act == "refund":
                    payment_refund(payment_id=payment.id, amount=amount, reason="", actor="system")
                else:
                    payment_cancel(payment_id=payment.id, actor="system")
        except Conflict:
            pass
        payment.refresh_from_db()
        sums = {
            kind: PaymentEvent.objects.filter(kind=kind).aggregate(sum=Sum("amount", default=0))["sum"]
            for kind in ("created", "captured", "refunded", "cancelled")
        }
        assert (payment.captured_amount, payment.refunded_amount) == (sums["captured"], sums["refunded"])
        assert 0 <= payment.refunded_amount <= payment.captured_amount <= payment.amount
        given_up = sums["cancelled"] if payment.captured_amount else 0
        assert payment.amount + given_up == sums["created"]
        assert payment.status == "cancelled" or payment.captured_amount or payment.amount == 4493
