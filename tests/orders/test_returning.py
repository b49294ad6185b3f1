"""Goods that come back: no more than was sent, on sale again at once, and told to the buyer."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from inventory.models import MAX_PIECES, StockLevel, StockMovement
from orders.models import Order, OrderLine
from orders.services import order_fulfil
from tests.factories.catalogue import location_make, product_make, variant_of
from tests.factories.orders import order_make
from tests.factories.users import staff_make
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client_of: Callable[[User | str], APIClient]) -> APIClient:
    return client_of(staff_make(rights=["orders:read", "orders:write"]))


@pytest.fixture
def sent() -> Order:
    """Return an order of four pieces of five, all of which have left."""
    order = order_make({variant_of(product_make(stock=5)): 4}, payment_method="cash_on_delivery")
    order_fulfil(order_id=order.id, lines=None, actor="system")
    return order


def back(staff: APIClient, order: Order, quantity: int, **body: Any) -> Any:
    values = {"lines": [{"line_id": str(order.lines.get().id), "quantity": quantity}], "location": "main", **body}
    return staff.post(f"/api/v1/orders/{order.number}/returned-goods", values)


def test_what_comes_back_is_for_sale_and_counted(staff: APIClient, sent: Order) -> None:
    answer = back(staff, sent, 1, reason="Too small")
    assert answer.status_code == 200
    assert [line["returned_quantity"] for line in answer.json()["lines"]] == [1]
    assert back(staff, sent, 3).status_code == 200
    assert (StockLevel.objects.get().on_hand, OrderLine.objects.get().returned_quantity) == (5, 4)
    written = StockMovement.objects.filter(kind="returned", order=sent).order_by("id")
    assert list(written.values_list("on_hand_delta", "reason")) == [
        (1, "Too small"),
        (3, f"Order {sent.number} came back"),
    ]
    assert [row.message for row in sent.history.filter(kind="returned")] == [
        "1 piece came back: Too small",
        "3 pieces came back.",
    ]


def test_a_full_shelf_takes_nothing_back(staff: APIClient, sent: Order) -> None:
    level = StockLevel.objects.get()
    StockLevel.objects.update(on_hand=MAX_PIECES - 1)
    answer = back(staff, sent, 2)
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_too_much")
    assert level.variant.sku in answer.json()["errors"][0]["detail"]
    assert (StockLevel.objects.get().on_hand, OrderLine.objects.get().returned_quantity) == (MAX_PIECES - 1, 0)
    assert back(staff, sent, 1).status_code == 200
    assert StockLevel.objects.get().on_hand == MAX_PIECES


def test_no_more_comes_back_than_was_sent(staff: APIClient, sent: Order) -> None:
    assert back(staff, sent, 3).status_code == 200
    answer = back(staff, sent, 2)
    assert (answer.status_code, answer.json()["code"]) == (409, "return_too_large")
    assert answer.json()["errors"][0]["pointer"] == "/lines/0/quantity"
    assert (StockLevel.objects.get().on_hand, OrderLine.objects.get().returned_quantity) == (4, 3)


def test_the_same_line_twice_is_counted_together(staff: APIClient, sent: Order) -> None:
    line = {"line_id": str(sent.lines.get().id), "quantity": 3}
    answer = back(staff, sent, 0, lines=[line, line])
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "/lines/1/quantity")
    assert StockLevel.objects.get().on_hand == 1


def test_goods_without_stock_only_count(staff: APIClient) -> None:
    location_make()
    fee = variant_of(product_make(stock=None, variants=[{"is_stock_tracked": False}]))
    order = order_make({fee: 2}, payment_method="cash_on_delivery")
    order_fulfil(order_id=order.id, lines=None, actor="system")
    assert back(staff, order, 2).status_code == 200
    assert (OrderLine.objects.get().returned_quantity, StockMovement.objects.count()) == (2, 0)


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"location": "moon"}, 400, "/location"),
        ({"lines": []}, 400, "/lines"),
        ({"lines": [{"line_id": "00000000-0000-7000-8000-000000000000", "quantity": 1}]}, 400, "/lines/0/line_id"),
        ({"lines": [{"quantity": 1}]}, 400, "/lines/0/line_id"),
    ],
)
def test_bad_input_is_named(staff: APIClient, sent: Order, body: dict[str, Any], status: int, pointer: str) -> None:
    answer = back(staff, sent, 1, **body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)
    assert StockLevel.objects.get().on_hand == 1


def test_who_may_only_read_takes_nothing_back(client_of: Callable[[User | str], APIClient], sent: Order) -> None:
    reader = client_of(staff_make(rights=["orders:read"]))
    assert back(reader, sent, 1).status_code == 403
    assert StockLevel.objects.get().on_hand == 1
