"""What isn't there yet: the day that a buyer is told, and what is sent before its day."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from core import clock
from inventory.models import StockLevel
from orders.models import Order
from products.models import Variant
from tests.factories.carts import cart_make, ready_cart_make
from tests.factories.catalogue import location_make, product_make, stock_make, variant_of
from tests.factories.orders import order_make, total_of
from tests.factories.users import staff_make
from users.models import User

pytestmark = pytest.mark.django_db


def day(after: int) -> date:
    """Return the shop's day so many days from now."""
    return clock.day_of(clock.now()) + timedelta(days=after)


def told(api: APIClient, variant: Variant, quantity: int) -> tuple[int, str | None]:
    """Return what a cart tells of a line: how many aren't there, and by when."""
    cart = cart_make({variant: quantity})
    line = api.get(f"/api/v1/carts/{cart.id}").json()["lines"][0]
    return line["backordered_quantity"], line["promised_on"]


def test_a_line_says_how_many_are_not_there_and_by_when(api: APIClient) -> None:
    variant = variant_of(product_make(stock=None, variants=[{"is_stock_tracked": True}]))
    here = stock_make(variant, 3, backorder_limit=4, expected_on=day(5), reserved=1)
    assert told(api, variant, 2) == (0, None)
    assert told(api, variant, 5) == (3, str(day(5)))
    # More than can be had is a problem of the cart, and none of it is promised.
    assert told(api, variant, 9) == (4, str(day(5)))
    there = stock_make(variant, 1, location=location_make("far"), backorder_limit=None)
    assert told(api, variant, 5) == (2, None)
    StockLevel.objects.filter(id=there.id).update(expected_on=day(9))
    assert told(api, variant, 5) == (2, str(day(9)))
    StockLevel.objects.filter(id=there.id).update(backorder_limit=0)
    assert told(api, variant, 5) == (2, str(day(5)))
    StockLevel.objects.filter(id=here.id).update(expected_on=day(-1))
    assert told(api, variant, 5) == (2, None)


@pytest.mark.parametrize(
    ("expected", "released", "quantity", "promised"),
    [(5, 9, 5, 9), (9, 5, 5, 9), (9, 5, 2, 5), (None, 5, 5, 5), (5, 0, 5, 5), (None, -1, 2, None)],
)
def test_the_later_of_coming_and_release_is_promised(
    api: APIClient, expected: int | None, released: int, quantity: int, promised: int | None
) -> None:
    variant = variant_of(product_make(stock=None, variants=[{"is_stock_tracked": True, "released_on": day(released)}]))
    stock_make(variant, 3, backorder_limit=None, expected_on=None if expected is None else day(expected))
    assert told(api, variant, quantity) == (max(quantity - 3, 0), None if promised is None else str(day(promised)))


def test_what_is_not_tracked_is_there_and_may_be_a_preorder(api: APIClient) -> None:
    variant = variant_of(product_make(stock=None, variants=[{"is_stock_tracked": False, "released_on": day(3)}]))
    assert told(api, variant, 100) == (0, str(day(3)))


def test_an_order_keeps_what_its_buyer_was_told(api: APIClient, client_of: Callable[[User | str], APIClient]) -> None:
    variant = variant_of(product_make(stock=None, variants=[{"is_stock_tracked": True}]))
    level = stock_make(variant, 1, backorder_limit=None, expected_on=day(5))
    cart = ready_cart_make({variant: 3})
    total = {"amount": total_of(cart).amount, "currency": "EUR"}
    placed = api.post(
        "/api/v1/orders",
        {"cart": str(cart.id), "expected_total": total, "payment_method": "cash_on_delivery"},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    ).json()
    StockLevel.objects.filter(id=level.id).update(expected_on=day(30), on_hand=50)
    staff = client_of(staff_make(rights=["orders:read"]))
    for body in (placed, staff.get(f"/api/v1/orders/{placed['id']}").json()):
        line = body["lines"][0]
        assert (line["backordered_quantity"], line["promised_on"]) == (2, str(day(5)))


def test_a_preorder_is_sent_from_its_day_on(client_of: Callable[[User | str], APIClient]) -> None:
    staff = client_of(staff_make(rights=["orders:read", "orders:write"]))
    book = variant_of(product_make("Book", variants=[{"released_on": day(2)}]))
    pen = variant_of(product_make("Pen"))
    order = order_make({book: 2, pen: 1}, payment_method="cash_on_delivery")
    lines = {line.title: line for line in order.lines.all()}

    def send(**body: Any) -> Any:
        path = f"/api/v1/orders/{order.id}/fulfilments"
        return staff.post(path, body, headers={"Idempotency-Key": str(uuid.uuid4())})

    both = [{"line_id": str(lines[title].id), "quantity": 1} for title in ("Pen", "Book")]
    for body, pointer in (({}, None), ({"lines": both}, "/lines/1/line_id")):
        refused = send(**body)
        assert (refused.status_code, refused.json()["code"]) == (409, "variant_not_released")
        assert refused.json()["released_on"] == str(day(2))
        (error,) = refused.json()["errors"]
        assert (error.get("pointer"), error["detail"]) == (pointer, f"Book is released on {day(2)}.")
    assert sorted(StockLevel.objects.values_list("on_hand", "reserved")) == [(10, 1), (10, 2)]
    assert send(lines=both[:1]).status_code == 201
    with clock.moved(timedelta(days=2)):
        assert send().status_code == 201
    order.refresh_from_db()
    assert order.status in {Order.Status.CONFIRMED, Order.Status.COMPLETED}
    assert order.fulfilment_status == "fulfilled"


def test_the_day_is_the_shop_s_own() -> None:
    midnight = clock.now().replace(year=2026, month=12, day=24, hour=1, minute=0)
    assert clock.day_of(midnight) == date(2026, 12, 24)
    with override_settings(SHOP_TIME_ZONE="America/Bogota"):
        assert clock.day_of(midnight) == date(2026, 12, 23)
