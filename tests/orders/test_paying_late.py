"""Money that comes when the order's time is over, or the order is: never lost, never for goods that are gone."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import clock
from events.models import Case, Event
from inventory.models import StockLevel, StockReservation
from orders.models import Order
from orders.services import order_cancel, order_mark_paid, order_payment_capture
from products.models import Variant
from shipping.models import ShippingMethod
from tests.factories.catalogue import product_make, variant_of
from tests.factories.orders import order_make
from tests.factories.users import staff_make
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]
LATE = timedelta(days=8)
STAFF = "user:staff"


@pytest.fixture
def scarce() -> Variant:
    return variant_of(product_make(stock=2))


def state(order: Order) -> tuple[str, str, int]:
    """Return status, payment status and how many pieces are held."""
    order.refresh_from_db()
    held = sum(StockReservation.objects.filter(order=order).values_list("quantity", flat=True))
    return order.status, order.payment_status, held


def ordered(variant: Variant, quantity: int = 2, method: str | None = "bank_transfer") -> Order:
    return order_make({variant: quantity}, payment_method=method, shipping_method=ShippingMethod.objects.first())


def pay(order: Order, *, after: timedelta = LATE) -> None:
    with clock.moved(after):
        order_payment_capture(payment_id=order.payments.get().id, actor=STAFF)


def test_paid_in_time_or_late_with_its_goods_still_there_it_keeps_them(scarce: Variant) -> None:
    in_time, late = ordered(scarce, 1), ordered(scarce, 1)
    pay(in_time, after=timedelta(days=1))
    pay(late)
    assert [state(order) for order in (in_time, late)] == [("confirmed", "paid", 1)] * 2
    assert not Case.objects.exists()


@pytest.mark.parametrize("way", ["capture", "mark paid"])
def test_paid_when_others_have_its_goods_it_is_cancelled_and_a_case_asks_for_the_refund(
    scarce: Variant, way: str, client_of: ClientOf
) -> None:
    late = ordered(scarce)
    with clock.moved(LATE):
        winner = ordered(scarce, 1)
    if way == "capture":
        pay(late)
    else:
        with clock.moved(LATE):
            order_mark_paid(order_id=late.id, method="cash_on_delivery", reference="4711", actor=STAFF)
    assert state(late) == ("cancelled", "paid", 0)
    assert state(winner) == ("pending", "unpaid", 1)
    assert StockLevel.objects.values_list("on_hand", "reserved").get() == (2, 1)
    assert (late.paid_amount, late.cancel_reason) == (4493, "Its goods were sold before the money came.")
    assert list(late.history.order_by("id").values_list("kind", flat=True)) == ["placed", "paid", "cancelled"]
    assert Event.objects.filter(aggregate_id=late.id, type="order.cancelled").count() == 1
    case = Case.objects.get()
    assert (case.kind, case.subject_id, case.remedy, case.status) == ("paid_without_stock", late.id, "refund", "open")
    assert case.data == {"number": late.number, "amount": 4493, "currency": "EUR"}
    payment = late.payments.get(status="captured")
    staff = client_of(staff_make(rights=["orders:read", "payments:write"]))
    answer = staff.post(
        f"/api/v1/payments/{payment.id}/refunds",
        {"reason": "Sold out"},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert answer.status_code == 201
    assert state(late) == ("cancelled", "refunded", 0)


def test_a_part_that_comes_late_is_kept_too(scarce: Variant, client_of: ClientOf) -> None:
    late = ordered(scarce)
    with clock.moved(LATE):
        ordered(scarce)
        staff = client_of(staff_make(rights=["orders:read", "payments:write"]))
        answer = staff.post(
            f"/api/v1/payments/{late.payments.get().id}/capture",
            {"amount": {"amount": 1000, "currency": "EUR"}},
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
    assert (answer.status_code, answer.json()["status"], answer.json()["captured"]["amount"]) == (200, "captured", 1000)
    assert state(late) == ("cancelled", "partially_paid", 0)
    assert Case.objects.get().data["amount"] == 1000


def test_on_account_is_refused_when_others_have_the_goods(scarce: Variant, client_of: ClientOf) -> None:
    late = ordered(scarce, method=None)
    with clock.moved(LATE):
        ordered(scarce)
        staff = client_of(staff_make(rights=["orders:read", "payments:write"]))
        answer: Any = staff.post(
            f"/api/v1/orders/{late.id}/payments",
            {"method": "cash_on_delivery"},
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_insufficient")
    assert (state(late), late.payments.count(), Case.objects.count()) == (("pending", "unpaid", 0), 0, 0)


def test_money_for_a_cancelled_order_is_a_case(scarce: Variant) -> None:
    order = ordered(scarce)
    order_cancel(order_id=order.id, actor=STAFF)
    order_mark_paid(order_id=order.id, actor=STAFF)
    assert state(order) == ("cancelled", "paid", 0)
    case = Case.objects.get()
    assert (case.kind, case.remedy, case.data["amount"]) == ("paid_after_cancelling", "refund", 4493)
    assert StockLevel.objects.values_list("on_hand", "reserved").get() == (2, 0)
