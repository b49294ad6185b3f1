"""Cancelling through the API: the stock comes back, the history and the events tell of it, and who may."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from core.money import Money
from events.models import Event
from inventory.models import StockMovement, StockReservation
from orders.services import (
    order_cancel,
    order_payment_capture,
    order_payment_create,
)
from orders.tokens import token_of
from shipping.models import ShippingMethod
from tests.factories.carts import shipping_method_make
from tests.factories.money import eur
from tests.factories.orders import order_make
from tests.factories.users import api_key_make, staff_make, user_make
from tests.orders.steps import STAFF, confirmed, level, post, statuses, told
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


def test_cancelling_gives_the_stock_back_and_tells(staff: APIClient) -> None:
    order = order_make(payment_method="bank_transfer")
    answer = post(staff, f"orders/{order.number}/cancel", {"reason": "Ordered twice"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["cancel_reason"], body["reserved_until"]) == ("cancelled", "Ordered twice", None)
    assert (body["owed"], body["payments"][0]["status"], body["version"]) == (eur(0), "cancelled", 2)
    assert level() == (10, 0)
    assert not StockReservation.objects.exists()
    assert list(StockMovement.objects.order_by("id").values_list("kind", "reserved_delta")) == [
        ("reserved", 2),
        ("released", -2),
    ]
    assert told(order) == (["placed", "cancelled"], ["order.placed", "payment.cancelled", "order.cancelled"])
    event = Event.objects.get(type="order.cancelled")
    assert (event.data["status"], event.data["reason"], event.data["version"]) == ("cancelled", "Ordered twice", 2)


def test_a_cancelled_order_stays_cancelled(staff: APIClient) -> None:
    order = order_make()
    order_cancel(order_id=order.id, actor=STAFF)
    for path in ("cancel", "fulfilments"):
        answer = post(staff, f"orders/{order.id}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "order_move_refused")
        assert answer.json()["order_status"] == "cancelled"
    assert (statuses(order)[0], level(), order.history.count()) == ("cancelled", (10, 0), 2)


def test_what_was_shipped_can_t_be_cancelled(staff: APIClient) -> None:
    order = confirmed()
    line = order.lines.get()
    post(staff, f"orders/{order.id}/fulfilments", {"lines": [{"line_id": str(line.id), "quantity": 1}]})
    answer = post(staff, f"orders/{order.id}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "order_shipped")
    assert (statuses(order)[0], level()) == ("confirmed", (9, 1))


def test_buyers_cancel_what_waits_for_their_money(api: APIClient, client_of: ClientOf) -> None:
    customer = user_make()
    order = order_make(customer=customer)
    assert post(api, f"orders/{order.id}/cancel").status_code == 404
    assert post(client_of(user_make()), f"orders/{order.id}/cancel").status_code == 404
    assert post(client_of(customer), f"orders/{order.id}/cancel", {"reason": "Too late"}).status_code == 200
    other = order_make(shipping_method=shipping_method_make("express"))
    answer = post(api, f"orders/{other.id}/cancel", **{"X-Order-Token": token_of(other.id)})
    assert (answer.status_code, other.history.last().actor) == (200, "guest")  # type: ignore[union-attr]


def test_buyers_don_t_cancel_what_the_shop_has_accepted(api: APIClient, client_of: ClientOf) -> None:
    customer = user_make()
    accepted = confirmed(customer=customer)
    part_paid = order_make(customer=customer, shipping_method=shipping_method_make("express"))
    payment = order_payment_create(order_id=part_paid.id, provider="manual", method="bank_transfer", actor=STAFF)
    order_payment_capture(payment_id=payment.id, amount=Money(1, "EUR"), actor=STAFF)
    for order in (accepted, part_paid):
        answer = post(client_of(customer), f"orders/{order.id}/cancel")
        assert (answer.status_code, answer.json()["code"]) == (409, "order_accepted")
        assert statuses(order)[0] != "cancelled"


@pytest.mark.parametrize("right", ["orders:read", "payments:write"])
def test_seeing_everybody_s_orders_is_not_cancelling_them(client_of: ClientOf, right: str) -> None:
    colleague = staff_make(rights=[right])
    order, own = order_make(), order_make(customer=colleague, shipping_method=ShippingMethod.objects.first())
    for client in (client_of(colleague), client_of(api_key_make(scopes=[right]))):
        answer = post(client, f"orders/{order.id}/cancel")
        assert (answer.status_code, answer.json().get("required_right")) == (403, "orders:write")
    assert statuses(order)[0] == "pending"
    assert post(client_of(colleague), f"orders/{own.id}/cancel").json()["status"] == "cancelled"


@pytest.mark.parametrize("reason", ["x" * 201, 7, None, "a\0b"])
def test_a_bad_reason_is_refused(staff: APIClient, reason: object) -> None:
    order = order_make()
    answer = post(staff, f"orders/{order.id}/cancel", {"reason": reason})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/reason")
    assert statuses(order)[0] == "pending"
