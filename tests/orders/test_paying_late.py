"""Money that comes when the order's time is over, or the order is: never lost, never for goods that are gone."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from audit.checks import orders, payments
from core import clock
from core.money import Money
from events.models import Case, Event
from inventory.models import StockLevel, StockReservation
from orders.models import Order
from orders.services import order_cancel, order_mark_paid, order_payment_capture, orders_sweep, payments_sweep
from products.models import Variant
from shipping.models import ShippingMethod
from tests.audit.books import audited
from tests.factories.catalogue import product_make, variant_of
from tests.factories.orders import order_make
from tests.factories.users import staff_make
from users.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_test_transaction")]

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
    # The refund is what the case asked for.
    case.refresh_from_db()
    assert (case.status, case.resolution) == ("resolved", "What was too much was given back.")
    assert case.resolved_by.startswith("user:")
    assert Event.objects.filter(type="case.resolved", aggregate_id=case.id).count() == 1


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


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["orders:read", "orders:write", "payments:write"]))


def post(client: APIClient, path: str, body: Any = None) -> Any:
    return client.post(f"/api/v1/{path}", body or {}, headers={"Idempotency-Key": str(uuid.uuid4())})


@pytest.mark.parametrize("way", ["the payment", "the order", "the sweeper"])
def test_money_of_a_payment_that_was_given_up_is_recorded(scarce: Variant, way: str, staff: APIClient) -> None:
    order = ordered(scarce)
    payment = order.payments.get()
    if way == "the payment":
        assert post(staff, f"payments/{payment.id}/cancel").json()["status"] == "cancelled"
    elif way == "the order":
        assert post(staff, f"orders/{order.id}/cancel").json()["status"] == "cancelled"
    else:
        with clock.moved(LATE):
            assert orders_sweep() == 1
    answer = post(staff, f"payments/{payment.id}/capture", {"reference": "4711"})
    assert (answer.status_code, answer.json()["status"], answer.json()["amount"]) == (200, "captured", eur(4493))
    kinds = [(event["kind"], event["amount"]["amount"]) for event in answer.json()["events"]]
    assert kinds == [("created", 4493), ("cancelled", 4493), ("created", 4493), ("captured", 4493)]
    if way == "the payment":
        assert state(order) == ("confirmed", "paid", 2)
        assert not Case.objects.exists()
    else:
        assert state(order) == ("cancelled", "paid", 0)
        assert (Case.objects.get().kind, Case.objects.get().data["amount"]) == ("paid_after_cancelling", 4493)
    again = post(staff, f"payments/{payment.id}/capture", {"reference": "4711"})
    assert (again.status_code, again.json()["code"]) == (409, "payment_not_open")
    assert audited(*payments.CHECKS, *orders.CHECKS) == []


def test_a_part_of_what_was_given_up_comes_and_more_than_it_was_for_does_not(scarce: Variant, staff: APIClient) -> None:
    order = ordered(scarce)
    path = f"payments/{order.payments.get().id}"
    post(staff, f"{path}/cancel")
    refused = post(staff, f"{path}/capture", {"amount": eur(4494)})
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_too_large")
    answer = post(staff, f"{path}/capture", {"amount": eur(4000)}).json()
    assert (answer["status"], answer["amount"], answer["captured"]) == ("captured", eur(4000), eur(4000))
    assert state(order) == ("pending", "partially_paid", 2)


def test_money_that_came_although_nothing_is_owed_is_recorded_on_demand_and_a_case_asks_for_it(
    scarce: Variant, staff: APIClient
) -> None:
    order = ordered(scarce)
    payment = order.payments.get()
    path = f"payments/{payment.id}"
    post(staff, f"{path}/capture")
    twice = post(staff, f"{path}/capture")
    assert (twice.status_code, twice.json()["code"]) == (409, "payment_not_open")
    assert "`is_unexpected`" in twice.json()["detail"]
    answer = post(staff, f"{path}/capture", {"is_unexpected": True})
    assert (answer.status_code, answer.json()["captured"], answer.json()["amount"]) == (200, eur(8986), eur(8986))
    assert state(order) == ("confirmed", "paid", 2)
    case = Case.objects.get()
    assert (case.kind, case.remedy, case.data["amount"]) == ("overpaid", "refund", 4493)
    # Given back in parts: the case asks for the rest, and is resolved by the last part.
    post(staff, f"{path}/refunds", {"amount": eur(4000), "reason": "Came twice"})
    case.refresh_from_db()
    assert (case.status, case.data["amount"]) == ("open", 493)
    post(staff, f"{path}/refunds", {"amount": eur(493), "reason": "Came twice"})
    case.refresh_from_db()
    assert (case.status, Case.objects.count()) == ("resolved", 1)
    assert state(order) == ("confirmed", "partially_refunded", 2)
    assert audited(*payments.CHECKS, *orders.CHECKS) == []


def test_more_than_an_open_payment_is_for(scarce: Variant, staff: APIClient) -> None:
    order = ordered(scarce)
    path = f"payments/{order.payments.get().id}"
    body = {"amount": eur(5000)}
    assert post(staff, f"{path}/capture", body).json()["code"] == "payment_too_large"
    assert (state(order), Case.objects.count()) == (("pending", "unpaid", 2), 0)
    assert post(staff, f"{path}/capture", body | {"is_unexpected": True}).json()["captured"] == eur(5000)
    assert (state(order), Case.objects.get().data["amount"]) == (("confirmed", "paid", 2), 507)


def test_cancelling_what_is_paid_asks_for_the_refund_in_one_case(scarce: Variant, staff: APIClient) -> None:
    order = ordered(scarce)
    path = f"payments/{order.payments.get().id}"
    post(staff, f"{path}/capture", {"amount": eur(5000), "is_unexpected": True})
    post(staff, f"orders/{order.id}/cancel")
    # The case that was open asks for all of it now; no second one asks for the same money.
    assert (Case.objects.get().kind, Case.objects.get().data["amount"]) == ("overpaid", 5000)
    post(staff, f"{path}/refunds", {"reason": "Cancelled"})
    assert Case.objects.get().status == "resolved"
    other = ordered(scarce)
    order_mark_paid(order_id=other.id, actor=STAFF)
    order_cancel(order_id=other.id, actor=STAFF)
    case = Case.objects.get(subject_id=other.id)
    assert (case.kind, case.remedy, case.data["amount"]) == ("cancelled_after_paying", "refund", 4493)


def test_an_overdue_payment_that_comes_resolves_its_case(scarce: Variant) -> None:
    order = ordered(scarce)
    payment = order.payments.get()
    order_payment_capture(payment_id=payment.id, amount=Money(1000, "EUR"), actor=STAFF)
    with clock.moved(LATE):
        assert payments_sweep() == 1
        order_payment_capture(payment_id=payment.id, amount=Money(1, "EUR"), actor=STAFF)
        assert Case.objects.get().status == "open"
        order_payment_capture(payment_id=payment.id, actor=STAFF)
    assert (Case.objects.get().status, Case.objects.get().resolution) == ("resolved", "Nothing is owed any more.")
