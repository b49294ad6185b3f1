"""Cancelling, sending, paying and refunding through the API: each with its stock, its history and its events."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import clock
from core.money import Money
from events.models import Event
from inventory.models import StockLevel, StockMovement, StockReservation
from orders.exceptions import NothingOwed, OrderMoveRefused
from orders.models import Fulfilment, Order
from orders.services import (
    order_cancel,
    order_fulfil,
    order_mark_paid,
    order_payment_capture,
    order_payment_create,
    orders_sweep,
    sweeping,
)
from orders.services.cancelling import cancel_locked
from orders.tokens import token_of
from payments.models import Payment, PaymentEvent
from shipping.models import ShippingMethod
from tests.factories.carts import shipping_method_make
from tests.factories.catalogue import product_make, stock_make, variant_of
from tests.factories.orders import order_make
from tests.factories.users import api_key_make, staff_make, user_make
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]
STAFF = "user:staff"


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["orders:read", "orders:write", "payments:write"]))


def post(client: APIClient, path: str, body: Any = None, **headers: str) -> Any:
    keys = {"Idempotency-Key": str(uuid.uuid4()), **headers}
    return client.post(f"/api/v1/{path}", {} if body is None else body, headers=keys)


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def level() -> tuple[int, int]:
    return StockLevel.objects.values_list("on_hand", "reserved").get()


def statuses(order: Order) -> tuple[str, str, str]:
    order.refresh_from_db()
    return order.status, order.payment_status, order.fulfilment_status


def told(order: Order) -> tuple[list[str], list[str]]:
    history = list(order.history.order_by("id").values_list("kind", flat=True))
    return history, list(Event.objects.order_by("id").values_list("type", flat=True))


def confirmed(**made: Any) -> Order:
    return order_make(payment_method="cash_on_delivery", **made)


# Cancelling


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


# Sending


def test_sending_in_parts_with_tracking(staff: APIClient) -> None:
    order = confirmed()
    line = order.lines.get()
    path = f"orders/{order.number}/fulfilments"
    parcel = {
        "lines": [{"line_id": str(line.id), "quantity": 1}],
        "carrier": "DHL",
        "tracking_number": "4711",
        "tracking_url": "https://dhl.example/4711",
    }
    first = post(staff, path, parcel)
    assert first.status_code == 201
    assert first.json() == {
        "id": str(Fulfilment.objects.get().id),
        "order_id": str(order.id),
        "shipped_at": first.json()["shipped_at"],
        **parcel,
    }
    assert (statuses(order), level()) == (("confirmed", "unpaid", "partially_fulfilled"), (9, 1))
    second = post(staff, path)
    assert [row["quantity"] for row in second.json()["lines"]] == [1]
    assert (statuses(order), level()) == (("confirmed", "unpaid", "fulfilled"), (8, 0))
    assert not StockReservation.objects.exists()
    read = staff.get(f"/api/v1/orders/{order.id}").json()
    assert [row["tracking_number"] for row in read["fulfilments"]] == ["4711", ""]
    assert read["lines"][0]["fulfilled_quantity"] == 2
    assert staff.get(f"/api/v1/{path}").json()["results"] == read["fulfilments"]
    assert told(order) == (
        ["placed", "fulfilled", "fulfilled"],
        ["order.placed", "order.fulfilled", "order.fulfilled"],
    )
    assert order.history.order_by("id")[1].message == "1 piece sent by DHL, 4711."
    third = post(staff, path)
    assert (third.status_code, third.json()["code"]) == (409, "nothing_to_fulfil")


def test_more_than_is_left_is_refused(staff: APIClient) -> None:
    order = confirmed()
    line = str(order.lines.get().id)
    for lines, pointer in (
        ([{"line_id": line, "quantity": 3}], "/lines/0/quantity"),
        ([{"line_id": line, "quantity": 1}, {"line_id": line, "quantity": 2}], "/lines/1/quantity"),
    ):
        answer = post(staff, f"orders/{order.id}/fulfilments", {"lines": lines})
        assert (answer.status_code, answer.json()["code"]) == (409, "fulfilment_too_large")
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert (level(), Fulfilment.objects.count(), statuses(order)[2]) == ((10, 2), 0, "unfulfilled")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": [{"line_id": "00000000-0000-0000-0000-000000000000", "quantity": 1}]}, "/lines/0/line_id"),
        ({"lines": [{"line_id": "LINE", "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"line_id": "LINE", "quantity": 1.0}]}, "/lines/0/quantity"),
        ({"lines": [{"line_id": "LINE"}]}, "/lines/0/quantity"),
        ({"lines": "all"}, "/lines"),
        ({"tracking_url": "javascript:alert(1)"}, "/tracking_url"),
        ({"carrier": "x" * 61}, "/carrier"),
        ({"weight": 5}, "/weight"),
    ],
)
def test_a_bad_fulfilment_is_refused(staff: APIClient, body: dict[str, Any], pointer: str) -> None:
    order = confirmed()
    line_id = str(order.lines.get().id)
    if isinstance(body.get("lines"), list):
        lines = [{**line, "line_id": line["line_id"].replace("LINE", line_id)} for line in body["lines"]]
        body = {"lines": lines}
    answer = post(staff, f"orders/{order.id}/fulfilments", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"].startswith(pointer)) == (400, True)
    assert (level(), Fulfilment.objects.count()) == ((10, 2), 0)


def test_an_order_that_waits_for_its_money_is_not_sent(staff: APIClient) -> None:
    order = order_make()
    answer = post(staff, f"orders/{order.id}/fulfilments")
    assert (answer.status_code, answer.json()["order_status"]) == (409, "pending")
    assert level() == (10, 2)


def test_what_has_not_arrived_is_not_sent(staff: APIClient) -> None:
    variant = variant_of(product_make(stock=None, variants=[{"is_stock_tracked": True}]))
    stock_make(variant, 1, backorder_limit=5)
    order = confirmed(lines={variant: 2})
    answer = post(staff, f"orders/{order.id}/fulfilments")
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_not_on_hand")
    assert (level(), statuses(order)[2], Fulfilment.objects.count()) == ((1, 2), "unfulfilled", 0)


def test_a_paid_and_sent_order_is_completed(staff: APIClient) -> None:
    order = order_make()
    order_mark_paid(order_id=order.id, actor=STAFF)
    assert statuses(order) == ("confirmed", "paid", "unfulfilled")
    post(staff, f"orders/{order.id}/fulfilments")
    assert statuses(order) == ("completed", "paid", "fulfilled")
    assert post(staff, f"orders/{order.id}/cancel").json()["code"] == "order_move_refused"


# Paying


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


# Giving back


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


# The admin's button


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


def test_a_pending_order_is_not_sent_by_the_service_either() -> None:
    with pytest.raises(OrderMoveRefused):
        order_fulfil(order_id=order_make().id, actor=STAFF)


# Sweeping


def test_what_is_not_paid_in_time_is_cancelled() -> None:
    order = order_make(payment_method="bank_transfer")
    assert orders_sweep() == 0
    with clock.moved(timedelta(days=8)):
        assert orders_sweep() == 1
        assert orders_sweep() == 0
    assert (statuses(order)[0], order.cancel_reason, level()) == ("cancelled", "Not paid in time.", (10, 0))
    assert order.history.last().actor == "system"  # type: ignore[union-attr]


def test_money_stops_the_sweeper() -> None:
    part_paid = order_make(payment_method="bank_transfer")
    order_payment_capture(payment_id=Payment.objects.get().id, amount=Money(1, "EUR"), actor=STAFF)
    accepted = confirmed(shipping_method=shipping_method_make("express"))
    with clock.moved(timedelta(days=365)):
        assert orders_sweep() == 0
    assert (statuses(part_paid)[0], statuses(accepted)[0]) == ("pending", "confirmed")


def test_one_order_that_can_t_be_swept_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, other = order_make(), order_make(shipping_method=shipping_method_make("express"))

    def refuse(order: Order, **arguments: Any) -> Order:
        if order.id == stuck.id:
            raise OrderMoveRefused
        return cancel_locked(order, **arguments)

    monkeypatch.setattr(sweeping, "cancel_locked", refuse)
    with clock.moved(timedelta(days=8)):
        assert orders_sweep() == 1
    assert (statuses(stuck)[0], statuses(other)[0]) == ("pending", "cancelled")


def test_the_time_of_a_reservation_is_a_setting(settings: Any) -> None:
    settings.ORDER_RESERVATION_MINUTES = 30
    order = order_make()
    assert order.reserved_until == order.placed_at + timedelta(minutes=30)
