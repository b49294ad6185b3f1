"""Refunds that race each other never give back more than came in."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Q, Sum
from rest_framework.test import APIClient

import payments.services
from orders.models import Order
from orders.selectors import order_get
from orders.services import order_mark_paid, paying
from payments.models import Payment, PaymentEvent
from payments.selectors import payment_get
from tests.concurrency.weakening import without_constraints
from tests.factories.orders import order_make
from tests.factories.users import staff_make
from tests.together import at_once
from users.callers import Caller
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

STAFF = Caller(rights=frozenset({"orders:read"}))


@pytest.fixture
def refund(client_of: Callable[[User | str], APIClient]) -> Callable[[], tuple[int, str]]:
    """Return an act of a member of staff: give 10.00 of the only payment, of 44.93, back."""
    order_mark_paid(order_id=order_make().id, actor="system")
    payment = Payment.objects.get()
    staff = client_of(staff_make(rights=["payments:write"]))

    def act() -> tuple[int, str]:
        answer = staff.post(
            f"/api/v1/payments/{payment.id}/refunds",
            {"amount": {"amount": 1000, "currency": "EUR"}, "reason": "A crack"},
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
        return answer.status_code, answer.json().get("code", "")

    return act


def refunded() -> int:
    return PaymentEvent.objects.filter(kind="refunded").aggregate(sum=Sum("amount", default=0))["sum"]


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paying, "order_for_update", lambda order_id: order_get(str(order_id), STAFF))
    monkeypatch.setattr(paying, "payment_for_update", payment_get)


def test_refunds_in_a_race_never_exceed_what_came_in(refund: Callable[[], tuple[int, str]]) -> None:
    answers = at_once(*[refund] * 16)
    assert Counter(answers) == {(201, ""): 4, (409, "refund_too_large"): 12}
    payment, order = Payment.objects.get(), Order.objects.get()
    assert refunded() == payment.refunded_amount == order.refunded_amount == 4000


def test_nor_do_they_without_the_order_s_lock(
    refund: Callable[[], tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The conditional UPDATE and the order's version hold by themselves; who loses is told to come again."""
    unlocked(monkeypatch)
    answers = at_once(*[refund] * 16)
    assert set(answers) <= {(201, ""), (409, "refund_too_large"), (409, "busy")}
    count = answers.count((201, ""))
    assert 1 <= count <= 4
    payment, order = Payment.objects.get(), Order.objects.get()
    assert refunded() == payment.refunded_amount == order.refunded_amount == count * 1000


@pytest.mark.slow
def test_control_checking_first_and_writing_after_exceeds(
    refund: Callable[[], tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody_has_looked = threading.Barrier(8)

    def check_then_write(payment_id: uuid.UUID, condition: Q, **values: Any) -> tuple[Payment, bool]:
        is_fine = Payment.objects.filter(condition, id=payment_id).exists()
        everybody_has_looked.wait(20)
        if is_fine:
            Payment.objects.filter(id=payment_id).update(**values)
        return Payment.objects.get(id=payment_id), is_fine

    unlocked(monkeypatch)
    monkeypatch.setattr(payments.services, "_change", check_then_write)
    monkeypatch.setattr(paying, "order_write", lambda *_, **__: None)
    with without_constraints("payments_payment", "payments_payment_refunded"):
        at_once(*[refund] * 8)
        assert refunded() > 4493
