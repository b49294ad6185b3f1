"""Sending through the API: in parts, never more than is left, and never what waits for its money or its goods."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from inventory.models import StockReservation
from orders.exceptions import OrderMoveRefused
from orders.models import Fulfilment
from orders.services import (
    order_fulfil,
    order_mark_paid,
)
from tests.factories.catalogue import product_make, stock_make, variant_of
from tests.factories.orders import order_make
from tests.orders.steps import STAFF, confirmed, level, post, statuses, told

pytestmark = pytest.mark.django_db


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


def test_a_pending_order_is_not_sent_by_the_service_either() -> None:
    with pytest.raises(OrderMoveRefused):
        order_fulfil(order_id=order_make().id, actor=STAFF)
