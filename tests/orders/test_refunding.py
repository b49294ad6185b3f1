"""Money given back through the API, never more than came in; and payments that are given up."""

import pytest
from rest_framework.test import APIClient

from orders.services import (
    order_cancel,
    order_mark_paid,
)
from payments.models import Payment, PaymentEvent
from tests.factories.money import eur
from tests.factories.orders import order_make
from tests.orders.steps import STAFF, post, statuses, told

pytestmark = pytest.mark.django_db


def test_refunds_in_parts_never_more_than_came_in(staff: APIClient) -> None:
    order = order_make()
    order_mark_paid(order_id=order.id, actor=STAFF)
    payment = Payment.objects.get()
    path = f"payments/{payment.id}/refunds"
    first = post(staff, path, {"amount": eur(1000), "reason": "A crack"})
    assert (first.status_code, first.json()["refunded"], first.json()["status"]) == (201, eur(1000), "captured")
    assert statuses(order) == ("confirmed", "partially_refunded", "unfulfilled")
    too_much = post(staff, path, {"amount": eur(3494), "reason": "More"})
    assert (too_much.status_code, too_much.json()["code"]) == (409, "refund_too_large")
    rest = post(staff, path, {"reason": "All"})
    assert (rest.json()["refunded"], rest.json()["status"]) == (eur(4493), "refunded")
    assert statuses(order) == ("confirmed", "refunded", "unfulfilled")
    assert (order.paid_amount, order.refunded_amount) == (4493, 4493)
    nothing = post(staff, path, {"reason": "Again"})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "refund_too_large")
    assert list(PaymentEvent.objects.filter(kind="refunded").values_list("amount", "note")) == [
        (1000, "A crack"),
        (3493, "All"),
    ]
    assert told(order)[0] == ["placed", "paid", "refunded", "refunded"]
    assert told(order)[1][-4:] == ["payment.refunded", "order.refunded", "payment.refunded", "order.refunded"]


def test_a_part_given_back_does_not_confirm_what_is_not_paid(staff: APIClient) -> None:
    order = order_make(payment_method="bank_transfer")
    payment = Payment.objects.get()
    post(staff, f"payments/{payment.id}/capture", {"amount": eur(2000)})
    post(staff, f"payments/{payment.id}/refunds", {"amount": eur(500), "reason": "Sent by mistake"})
    assert statuses(order) == ("pending", "partially_refunded", "unfulfilled")


def test_money_given_back_before_all_has_come_in_is_owed_again(staff: APIClient) -> None:
    order = order_make(payment_method="bank_transfer")
    payment = Payment.objects.get()
    post(staff, f"payments/{payment.id}/capture", {"amount": eur(2500)})
    post(staff, f"payments/{payment.id}/refunds", {"amount": eur(2500), "reason": "Sent by mistake"})
    post(staff, f"payments/{payment.id}/capture", {"amount": eur(1993)})
    # 44.93 came in together, and 25.00 of it went back: the shop holds 19.93.
    assert statuses(order) == ("pending", "partially_refunded", "unfulfilled")
    again = post(staff, f"orders/{order.id}/payments", {"method": "bank_transfer"}).json()
    assert again["amount"] == eur(2500)
    post(staff, f"payments/{again['id']}/capture")
    assert statuses(order) == ("confirmed", "partially_refunded", "unfulfilled")


def test_money_for_a_cancelled_order_is_recorded_and_given_back(staff: APIClient) -> None:
    order = order_make()
    order_cancel(order_id=order.id, actor=STAFF)
    payment = post(staff, f"orders/{order.id}/payments", {"method": "bank_transfer"}).json()
    post(staff, f"payments/{payment['id']}/capture")
    assert statuses(order) == ("cancelled", "paid", "unfulfilled")
    assert order.history.last().message.endswith("The order is cancelled: give it back.")  # type: ignore[union-attr]
    post(staff, f"payments/{payment['id']}/refunds", {"reason": "Cancelled"})
    assert statuses(order) == ("cancelled", "refunded", "unfulfilled")


def test_giving_up_a_payment_keeps_what_came_in(staff: APIClient) -> None:
    order = order_make(payment_method="bank_transfer")
    payment = Payment.objects.get()
    post(staff, f"payments/{payment.id}/capture", {"amount": eur(4000)})
    given_up = post(staff, f"payments/{payment.id}/cancel").json()
    assert (given_up["status"], given_up["amount"], given_up["captured"]) == ("captured", eur(4000), eur(4000))
    assert given_up["events"][-1]["amount"] == eur(493)
    again = post(staff, f"payments/{payment.id}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "payment_not_open")
    assert post(staff, f"orders/{order.id}/payments", {"method": "bank_transfer"}).json()["amount"] == eur(493)
