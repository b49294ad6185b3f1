"""Money of an order that comes in, through the API and by the admin's button: never more than is owed."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.money import Money
from events.models import Event
from orders.exceptions import NothingOwed
from orders.services import (
    order_mark_paid,
    order_payment_capture,
    order_payment_create,
)
from orders.tokens import token_of
from payments.models import Payment, PaymentEvent
from tests.factories.money import eur
from tests.factories.orders import order_make
from tests.factories.users import staff_make, user_make
from tests.orders.steps import STAFF, post, statuses, told
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


def test_a_transfer_comes_in_and_confirms_the_order(staff: APIClient) -> None:
    order = order_make(payment_method="bank_transfer")
    payment = Payment.objects.get()
    answer = post(staff, f"payments/{payment.id}/capture", {"reference": "SEPA 4711"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["captured"], body["reference"]) == ("captured", eur(4493), "SEPA 4711")
    assert [(row["kind"], row["amount"], row["reference"]) for row in body["events"]] == [
        ("created", eur(4493), ""),
        ("captured", eur(4493), "SEPA 4711"),
    ]
    assert statuses(order) == ("confirmed", "paid", "unfulfilled")
    assert (order.paid_amount, order.reserved_until) == (4493, None)
    assert told(order) == (["placed", "paid"], ["order.placed", "payment.captured", "order.paid"])
    assert staff.get(f"/api/v1/payments/{payment.id}").json() == body
    tag = staff.get(f"/api/v1/payments/{payment.id}").headers["ETag"]
    assert staff.get(f"/api/v1/payments/{payment.id}", headers={"If-None-Match": tag}).status_code == 304


def test_a_transfer_in_parts(staff: APIClient) -> None:
    order = order_make(payment_method="bank_transfer")
    path = f"payments/{Payment.objects.get().id}/capture"
    assert post(staff, path, {"amount": eur(4000)}).json()["status"] == "pending"
    assert statuses(order) == ("pending", "partially_paid", "unfulfilled")
    assert order.reserved_until is None
    too_much = post(staff, path, {"amount": eur(494)})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "payment_too_large")
    assert post(staff, path, {"amount": eur(493)}).json()["status"] == "captured"
    assert statuses(order) == ("confirmed", "paid", "unfulfilled")
    again = post(staff, path, {"amount": eur(1)})
    assert (again.status_code, again.json()["code"]) == (409, "payment_not_open")
    assert order.paid_amount == 4493
    assert list(Event.objects.filter(type="order.paid").values_list("data__paid_amount", flat=True)) == [4493]


def test_payments_never_cover_more_than_is_owed(staff: APIClient) -> None:
    order = order_make()
    path = f"orders/{order.id}/payments"
    too_much = post(staff, path, {"method": "bank_transfer", "amount": eur(4494)})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "payment_too_large")
    assert post(staff, path, {"method": "bank_transfer", "amount": eur(4000)}).status_code == 201
    rest = post(staff, path, {"method": "bank_transfer"})
    assert (rest.status_code, rest.json()["amount"]) == (201, eur(493))
    over = post(staff, path, {"method": "bank_transfer"})
    assert (over.status_code, over.json()["code"]) == (409, "nothing_owed")
    listed = staff.get(f"/api/v1/{path}").json()["results"]
    assert [payment["amount"] for payment in listed] == [eur(4000), eur(493)]
    assert [len(payment["events"]) for payment in listed] == [1, 1]


def test_cash_on_delivery_confirms_when_it_covers_everything(staff: APIClient) -> None:
    order = order_make()
    path = f"orders/{order.id}/payments"
    post(staff, path, {"method": "cash_on_delivery", "amount": eur(1)})
    assert statuses(order)[0] == "pending"
    post(staff, path, {"method": "cash_on_delivery"})
    assert (statuses(order)[0], order.reserved_until) == ("confirmed", None)


def test_a_buyer_reads_payments_without_what_staff_noted(api: APIClient) -> None:
    order = order_make(payment_method="bank_transfer")
    answer = api.get(f"/api/v1/orders/{order.id}/payments", headers={"X-Order-Token": token_of(order.id)})
    (payment,) = answer.json()["results"]
    assert (payment["amount"], payment["reference"], payment["events"]) == (eur(4493), "", [])


def test_payments_are_staff_s(api: APIClient, client_of: ClientOf) -> None:
    customer = user_make()
    order = order_make(customer=customer, payment_method="bank_transfer")
    payment = Payment.objects.get()
    paths = [
        f"orders/{order.id}/payments",
        *(f"payments/{payment.id}/{verb}" for verb in ("capture", "refunds", "cancel")),
    ]
    for path in paths:
        assert post(api, path, **{"X-Order-Token": token_of(order.id)}).status_code == 401
        for client in (client_of(customer), client_of(staff_make(rights=["orders:read", "orders:write"]))):
            answer = post(client, path)
            assert (answer.status_code, answer.json()["required_right"]) == (403, "payments:write")
    assert api.get(f"/api/v1/payments/{payment.id}").status_code == 401
    assert client_of(customer).get(f"/api/v1/payments/{payment.id}").status_code == 403
    assert PaymentEvent.objects.count() == 1


@pytest.mark.parametrize("verb", ["capture", "refunds", "cancel"])
def test_an_unknown_payment_is_not_found(staff: APIClient, verb: str) -> None:
    answer = post(staff, f"payments/{uuid.uuid4()}/{verb}", {"reason": "x"} if verb == "refunds" else {})
    assert (answer.status_code, answer.json()["code"]) == (404, "payment_not_found")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"method": "barter"}, 400, "payment_method_unknown"),
        ({"method": "bank_transfer", "provider": "stripe"}, 400, "payment_method_unknown"),
        ({"method": "bank_transfer", "amount": {"amount": 1, "currency": "USD"}}, 400, "currency_mismatch"),
        ({"method": "bank_transfer", "amount": {"amount": 0, "currency": "EUR"}}, 400, "invalid_input"),
        ({"method": "bank_transfer", "amount": {"amount": -1, "currency": "EUR"}}, 400, "invalid_input"),
        ({"method": "bank_transfer", "amount": {"amount": 1.5, "currency": "EUR"}}, 400, "invalid_input"),
        ({}, 400, "invalid_input"),
    ],
)
def test_a_bad_payment_is_refused(staff: APIClient, body: dict[str, Any], status: int, code: str) -> None:
    order = order_make()
    answer = post(staff, f"orders/{order.id}/payments", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Payment.objects.exists()


def test_payments_and_refunds_need_a_key(staff: APIClient) -> None:
    order = order_make()
    order_mark_paid(order_id=order.id, actor=STAFF)
    paths = (f"orders/{order.id}/payments", f"payments/{Payment.objects.get().id}/refunds")
    for path in paths:
        answer = staff.post(f"/api/v1/{path}", {"method": "bank_transfer"} if "orders" in path else {"reason": "x"})
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")


def test_mark_paid_takes_the_open_payment_of_the_method() -> None:
    order = order_make(payment_method="bank_transfer")
    order_mark_paid(order_id=order.id, reference="SEPA 1", actor=STAFF)
    assert list(Payment.objects.values_list("status", "captured_amount")) == [("captured", 4493)]
    assert statuses(order) == ("confirmed", "paid", "unfulfilled")


def test_mark_paid_by_another_method_gives_the_open_payment_up() -> None:
    order = order_make(payment_method="bank_transfer")
    order_mark_paid(order_id=order.id, method="cash_on_delivery", actor=STAFF)
    assert sorted(Payment.objects.values_list("method", "status", "captured_amount")) == [
        ("bank_transfer", "cancelled", 0),
        ("cash_on_delivery", "captured", 4493),
    ]
    assert statuses(order) == ("confirmed", "paid", "unfulfilled")


def test_mark_paid_adds_what_is_missing() -> None:
    order = order_make()
    payment = order_payment_create(
        order_id=order.id, provider="manual", method="bank_transfer", amount=Money(4000, "EUR"), actor=STAFF
    )
    order_payment_capture(payment_id=payment.id, amount=Money(1000, "EUR"), actor=STAFF)
    order_mark_paid(order_id=order.id, actor=STAFF)
    assert sorted(Payment.objects.values_list("status", "captured_amount")) == [("captured", 493), ("captured", 4000)]
    assert (statuses(order)[1], order.paid_amount) == ("paid", 4493)
    with pytest.raises(NothingOwed):
        order_mark_paid(order_id=order.id, actor=STAFF)
