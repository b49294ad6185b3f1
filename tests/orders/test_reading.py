"""Who sees which orders, and how lists of them are narrowed, sorted and paged."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core import clock
from orders.models import Order
from orders.selectors import sales_by_day
from orders.services import order_cancel
from orders.tokens import token_of
from tests.factories.carts import ADDRESS, shipping_method_make
from tests.factories.catalogue import product_make, variant_of
from tests.factories.orders import order_make
from tests.factories.users import api_key_make, staff_make, user_make
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["orders:read"]))


def numbers(api: APIClient, path: str = "orders", **query: str) -> list[str]:
    answer = api.get(f"/api/v1/{path}", query)
    assert answer.status_code == 200, answer.content
    return [order["number"] for order in answer.json()["results"]]


def make_several(count: int) -> list[Order]:
    variant, method = variant_of(product_make(stock=1000)), shipping_method_make("several")
    return [order_make({variant: 1}, shipping_method=method) for _ in range(count)]


@pytest.mark.parametrize("part", ["", "/history", "/fulfilments", "/payments"])
def test_an_order_is_for_its_customer_its_token_and_staff(
    api: APIClient, client_of: ClientOf, staff: APIClient, part: str
) -> None:
    customer = user_make()
    order = order_make(customer=customer)
    path, token = f"/api/v1/orders/{order.id}{part}", token_of(order.id)
    for client in (client_of(customer), staff, client_of(api_key_make(scopes=["orders:read"]))):
        assert client.get(path).status_code == 200
    for client in (api, client_of(user_make()), client_of(staff_make(rights=["catalogue:write"]))):
        assert client.get(path).status_code == 404
    for number in (order.number, order.number.lower()):
        assert staff.get(f"/api/v1/orders/{number}{part}").status_code == 200
        assert api.get(f"/api/v1/orders/{number}{part}").status_code == 404
    refused, told = (api.get(path, headers={"X-Order-Token": sent}) for sent in ("wrong", token))
    assert (refused.status_code, told.status_code) == (404, 200)
    # No cache between shop and guest may keep it: a guest sends no Authorization header that would keep it from that.
    assert refused.headers["Cache-Control"] == told.headers["Cache-Control"] == "no-store"
    assert api.get(path, {"token": token}).status_code == 200
    other = order_make(shipping_method=shipping_method_make("express"))
    assert api.get(path, headers={"X-Order-Token": token_of(other.id)}).status_code == 404


@pytest.mark.parametrize(
    "reference", ["T1", "nothing", "a%00b", "%F0%9F%9B%92", "x" * 300, "00000000-0000-0000-0000-000000000000", "%20"]
)
def test_an_unknown_reference_is_not_found(staff: APIClient, reference: str) -> None:
    for path in (f"orders/{reference}", f"orders/{reference}/history"):
        assert staff.get(f"/api/v1/{path}").status_code == 404


def test_an_unchanged_order_is_not_sent_again(staff: APIClient) -> None:
    order = order_make()
    path = f"/api/v1/orders/{order.number}"
    tag = staff.get(path).headers["ETag"]
    with CaptureQueriesContext(connection) as queries:
        answer = staff.get(path, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    assert answer.headers["Cache-Control"] == "no-store"
    assert len([query for query in queries if "orders_order" in query["sql"]]) == 1
    order_cancel(order_id=order.id, actor="system")
    assert staff.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_lists_are_scoped(api: APIClient, client_of: ClientOf, staff: APIClient) -> None:
    customer = user_make()
    variant, method = variant_of(product_make()), shipping_method_make()
    own = order_make({variant: 1}, customer=customer, shipping_method=method)
    guest_s = order_make({variant: 1}, shipping_method=method)
    assert numbers(staff) == [guest_s.number, own.number]
    assert numbers(client_of(customer)) == numbers(client_of(customer), "me/orders") == [own.number]
    assert numbers(client_of(user_make())) == []
    assert numbers(client_of(staff_make(rights=["stock:read"]))) == []
    assert numbers(staff, "me/orders") == []
    for path in ("orders", "me/orders"):
        assert api.get(f"/api/v1/{path}").status_code == 401
    assert client_of(api_key_make(scopes=["orders:read"])).get("/api/v1/me/orders").status_code == 403


def test_a_summary_says_enough_for_a_list(staff: APIClient) -> None:
    order = order_make()
    (summary,) = staff.get("/api/v1/orders").json()["results"]
    assert summary == {
        "id": str(order.id),
        "number": order.number,
        "status": "pending",
        "payment_status": "unpaid",
        "fulfilment_status": "unfulfilled",
        "market": "eu",
        "currency": "EUR",
        "email": "ada@example.com",
        "customer_id": None,
        "name": "Ada Muster",
        "total": {"amount": 4493, "currency": "EUR"},
        "paid": {"amount": 0, "currency": "EUR"},
        "placed_at": summary["placed_at"],
    }


def test_lists_are_narrowed(staff: APIClient) -> None:
    variant, method = variant_of(product_make()), shipping_method_make()
    ada = order_make({variant: 1}, shipping_method=method)
    zoe = order_make(
        {variant: 1},
        shipping_method=method,
        email="zoe@example.org",
        shipping_address=ADDRESS | {"name": "Zoë Núñez"},
        payment_method="cash_on_delivery",
    )
    Order.objects.filter(id=ada.id).update(placed_at=datetime(2026, 1, 2, 12, tzinfo=UTC))
    assert numbers(staff, status="pending") == [ada.number]
    assert numbers(staff, status="confirmed") == [zoe.number]
    assert numbers(staff, status="cancelled") == []
    assert numbers(staff, payment_status="unpaid", fulfilment_status="unfulfilled") == [zoe.number, ada.number]
    assert numbers(staff, payment_status="paid") == []
    for text in (zoe.number, zoe.number.lower(), "ZOE@example", "núñez"):
        assert numbers(staff, q=text) == [zoe.number]
    assert numbers(staff, q="' OR 1=1 --") == numbers(staff, q="%") == []
    assert numbers(staff, placed_from="2026-01-02T12:00:00Z", placed_until="2026-01-03T00:00:00Z") == [ada.number]
    assert numbers(staff, placed_until="2026-01-02T12:00:00Z") == []
    assert numbers(staff, placed_from="2026-01-02T13:00:01+01:00") == [zoe.number]
    assert numbers(staff, sort="oldest") == [ada.number, zoe.number]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "open"),
        ("payment_status", ""),
        ("placed_from", "yesterday"),
        ("placed_until", "2026-13-01T00:00:00Z"),
        ("q", "x" * 101),
        ("q", "a\0b"),
        ("limit", "0"),
        ("limit", "101"),
        ("sort", "total"),
        ("page", "2"),
        ("cursor", "nonsense"),
    ],
)
def test_a_bad_parameter_is_named(staff: APIClient, name: str, value: str) -> None:
    answer = staff.get("/api/v1/orders", {name: value})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, name)


def test_pages_neither_skip_nor_repeat(staff: APIClient) -> None:
    orders = make_several(5)
    Order.objects.update(placed_at=datetime(2026, 1, 2, tzinfo=UTC))
    seen: list[str] = []
    url = "/api/v1/orders?limit=2"
    while url:
        page = staff.get(url).json()
        seen += [order["number"] for order in page["results"]]
        url = page["next"]
    assert sorted(seen) == sorted(order.number for order in orders)


def test_lists_and_details_cost_the_same_for_more_rows(staff: APIClient) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(f"/api/v1/{path}").status_code == 200
        return len(queries)

    order = order_make(dict.fromkeys(product_make(variants=1).variants.all(), 1))
    small = [cost("orders"), cost(f"orders/{order.id}"), cost(f"orders/{order.id}/history")]
    other = order_make(
        dict.fromkeys(product_make(variants=20).variants.all(), 1),
        shipping_method=shipping_method_make("express"),
    )
    make_several(10)
    assert [cost("orders"), cost(f"orders/{other.id}"), cost(f"orders/{other.id}/history")] == small
    assert small[0] <= 3


def test_a_buyer_reads_a_shorter_history(api: APIClient, client_of: ClientOf) -> None:
    order = order_make()
    staff = client_of(staff_make(rights=["orders:read", "orders:write"]))
    path = f"/api/v1/orders/{order.id}/history"
    assert staff.post(path, {"message": "Looks like fraud"}).status_code == 201
    assert staff.post(path, {"message": "We have rung you", "is_public": True}).status_code == 201
    full = staff.get(path).json()["results"]
    assert [(row["kind"], row["message"], row["is_public"]) for row in full] == [
        ("placed", "Order placed.", True),
        ("note", "Looks like fraud", False),
        ("note", "We have rung you", True),
    ]
    assert full[1]["actor"].startswith("user:")
    short = api.get(path, headers={"X-Order-Token": token_of(order.id)}).json()["results"]
    assert [row["message"] for row in short] == ["Order placed.", "We have rung you"]
    assert {(row["actor"], len(row["data"])) for row in short} == {("", 0)}


def test_notes_are_staff_s(api: APIClient, client_of: ClientOf) -> None:
    customer = user_make()
    order = order_make(customer=customer)
    path = f"/api/v1/orders/{order.id}/history"
    assert api.post(path, {"message": "x"}, headers={"X-Order-Token": token_of(order.id)}).status_code == 401
    for client in (client_of(customer), client_of(staff_make(rights=["orders:read"]))):
        assert client.post(path, {"message": "x"}).status_code == 403
    writer = client_of(staff_make(rights=["orders:write"]))
    assert writer.post(path, {"message": "x" * 501}).json()["errors"][0]["pointer"] == "/message"
    assert writer.post(f"/api/v1/orders/{uuid.uuid4()}/history", {"message": "x"}).status_code == 404
    assert order.history.count() == 1
    written = writer.post(path, {"message": "Rang; wants it on Friday."})
    assert (written.status_code, written.json()["id"]) == (201, order.history.get(kind="note").id)


def test_sales_by_day_count_each_day_once_in_one_query() -> None:
    today = clock.now().replace(hour=12)
    orders = make_several(5)
    for order, age in zip(orders, (0, 0, 29, 30, 3), strict=True):
        Order.objects.filter(id=order.id).update(placed_at=today - timedelta(days=age))
    order_cancel(order_id=orders[4].id, actor="system")
    with CaptureQueriesContext(connection) as queries:
        sales = sales_by_day(clock.now() + timedelta(days=1), days=31)
    assert len(queries) == 1
    assert set(sales) == {"EUR"}
    days = sales["EUR"]
    assert len(days) == 31
    assert [(day.day, day.order_count, day.amount) for day in days if day.order_count] == [
        ((today - timedelta(days=29)).date(), 1, 2494),
        (today.date(), 2, 4988),
    ]
