"""Picking up: points of a method, a cart that is collected instead of sent, and what its order keeps."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.ids import uuid7
from orders.models import Order
from shipping.models import PickupPoint, ShippingMethod
from tests.factories.carts import ADDRESS, cart_make, pickup_point_make, ready_cart_make, shipping_method_make
from tests.factories.catalogue import market_make, product_make, tax_rate_make, variant_of
from tests.factories.money import eur
from tests.factories.users import staff_make
from tests.orders.steps import assert_nothing_happened, place
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]

PLACE = {"line1": "Calle Mayor 1", "city": "Valencia", "region": "V", "postal_code": "46001", "country": "ES"}


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["settings:read", "settings:write"]))


def pickup_make(**fields: Any) -> PickupPoint:
    return pickup_point_make("valencia", name="Our shop", address=PLACE, **fields)


def test_points_are_made_read_changed_and_deleted(staff: APIClient) -> None:
    method = shipping_method_make("pickup", kind="pickup")
    body = {"method_id": str(method.id), "code": "valencia", "name": "Our shop", "address": PLACE}
    made = staff.post("/api/v1/pickup-points", body)
    assert made.status_code == 201, made.json()
    point = made.json()
    kept = {"name": "Our shop", "company": "", "line2": "", "phone": "", **PLACE}
    assert point == body | {"id": point["id"], "address": kept, "opening_hours": "", "is_active": True, "position": 0}
    url = f"/api/v1/pickup-points/{point['id']}"
    assert (staff.get(url).json(), staff.get(url).headers["ETag"]) == (point, made.headers["ETag"])
    assert staff.get(f"/api/v1/pickup-points?method={method.id}").json()["results"] == [point]
    assert staff.get(f"/api/v1/pickup-points?method={uuid7()}").json()["results"] == []
    changes = {"name": "The shop", "opening_hours": "10 to 20", "is_active": False}
    changed = staff.patch(url, changes, HTTP_IF_MATCH=made.headers["ETag"])
    assert (changed.status_code, changed.json()) == (200, point | changes | {"address": kept | {"name": "The shop"}})
    assert [staff.patch(url, {}).status_code, staff.patch(url, {}, HTTP_IF_MATCH='"old"').status_code] == [428, 412]
    assert staff.delete(url, HTTP_IF_MATCH=changed.headers["ETag"]).status_code == 204
    assert staff.get(url).json()["code"] == "pickup_point_not_found"


@pytest.mark.parametrize(
    ("fields", "status", "pointer"),
    [
        ({"method_id": "5f0c8a8e-6a31-4b44-9a3f-0d9f6b8f2f11"}, 409, "/method_id"),
        ({"method_id": "delivery"}, 400, "/method_id"),
        ({"code": "a b"}, 400, "/code"),
        ({"code": "taken"}, 409, None),
        ({"address": PLACE | {"postal_code": "1"}}, 400, "/address/postal_code"),
        ({"address": PLACE | {"country": "UK"}}, 400, "/address/country"),
        ({"address": PLACE | {"name": "Shop"}}, 400, "/address/name"),
        ({"opening_hours": "x" * 501}, 400, "/opening_hours"),
    ],
)
def test_point_that_is_not_valid(staff: APIClient, fields: dict[str, Any], status: int, pointer: str | None) -> None:
    method = pickup_point_make("taken").method
    if fields.get("method_id") == "delivery":
        fields = {"method_id": str(shipping_method_make().id)}
    body = {"method_id": str(method.id), "code": "valencia", "name": "Our shop", "address": PLACE} | fields
    response = staff.post("/api/v1/pickup-points", body)
    assert response.status_code == status, response.json()
    assert pointer is None or response.json()["errors"][0]["pointer"] == pointer, response.json()
    assert PickupPoint.objects.count() == 1


def test_rights_are_those_of_the_settings(api: APIClient, client_of: ClientOf) -> None:
    url = f"/api/v1/pickup-points/{pickup_make().id}"
    reader = client_of(staff_make(rights=["settings:read"]))
    assert [api.get(url).status_code, reader.get(url).status_code] == [401, 200]
    assert [reader.patch(url, {}).status_code, reader.delete(url).status_code] == [403, 403]


def test_pick_up_is_offered_whatever_the_address_and_needs_none(api: APIClient) -> None:
    tax_rate_make(country="ES", rate_ppm=210_000)
    tax_rate_make(country="DE", rate_ppm=190_000)
    point = pickup_make(opening_hours="10 to 20")
    pickup_point_make("closed", method=point.method, is_active=False)
    shipping_method_make("pickup-nowhere", kind="pickup")
    ShippingMethod.objects.filter(id=point.method_id).update(zone=shipping_method_make("far", countries=("ES",)).zone)
    cart = cart_make({variant_of(product_make()): 1}, email="ada@example.com")
    url = f"/api/v1/carts/{cart.id}"
    offered = api.get(f"{url}/shipping-options").json()["results"]
    shown = {"code": "valencia", "name": "Our shop", "address": point.address, "opening_hours": "10 to 20"}
    assert [(one["code"], one["kind"], one["pickup_points"]) for one in offered] == [("pickup", "pickup", [shown])]

    without = api.patch(url, {"shipping_method_code": "pickup"}).json()
    assert [one["code"] for one in without["problems"] if one["is_blocking"]] == ["pickup_point_missing"]
    for code in ("closed", "nowhere"):
        refused = api.patch(url, {"pickup_point_code": code, "note": "Hello"})
        assert (refused.status_code, refused.json()["code"]) == (409, "pickup_point_unavailable")
    ready = api.patch(url, {"pickup_point_code": "valencia"}).json()
    assert (ready["is_ready_to_order"], ready["pickup_point"], ready["note"]) == (True, shown, "")
    assert (ready["tax_decision"]["country"], ready["totals"]["shipping"]) == ("ES", eur(0))
    assert {row["label"] for row in ready["explanation"] if row["kind"] == "tax"} == {"VAT 21 %"}

    placed = place(api, cart)
    assert placed.status_code == 201, placed.json()
    goes_to = point.address | {"company": "Our shop"}
    assert (placed.json()["shipping_address"], placed.json()["billing_address"]) == (goes_to, None)
    frozen = {"code": "valencia", "name": "Our shop", "opening_hours": "10 to 20"}
    assert placed.json()["shipping_method"]["pickup_point"] == frozen
    point.delete()
    order = Order.objects.get()
    assert (order.pickup_point, order.shipping_address) == (frozen, goes_to)


def test_known_buyer_collects_in_their_name_and_pays_at_their_address(api: APIClient) -> None:
    point = pickup_make()
    cart = ready_cart_make({variant_of(product_make()): 1}, shipping_method=point.method, pickup_point=point)
    body = place(api, cart).json()
    assert body["shipping_address"] == point.address | {"name": ADDRESS["name"], "company": "Our shop"}
    assert body["billing_address"] == ADDRESS


def test_point_that_closes_stops_the_order(api: APIClient) -> None:
    point = pickup_make()
    cart = ready_cart_make({variant_of(product_make()): 1}, shipping_method=point.method, pickup_point=point)
    PickupPoint.objects.update(is_active=False)
    pickup_point_make("other", method=point.method)
    refused = place(api, cart)
    assert (refused.status_code, refused.json()["code"]) == (409, "cart_not_ready")
    problems = refused.json()["quote"]["problems"]
    assert [(one["code"], one["pickup_point"]) for one in problems if one["is_blocking"]] == [
        ("pickup_point_unavailable", "valencia")
    ]
    PickupPoint.objects.all().delete()
    cart.refresh_from_db()
    gone = api.get(f"/api/v1/carts/{cart.id}").json()
    assert [one["code"] for one in gone["problems"] if one["is_blocking"]] == [
        "pickup_point_missing",
        "shipping_method_unavailable",
    ]
    assert_nothing_happened(cart)


def test_another_method_leaves_the_point(api: APIClient) -> None:
    point = pickup_make()
    shipping_method_make()
    cart = ready_cart_make({variant_of(product_make()): 1}, shipping_method=point.method, pickup_point=point)
    url = f"/api/v1/carts/{cart.id}"
    assert api.patch(url, {"note": "Hello"}).json()["pickup_point"]["code"] == "valencia"
    refused = api.patch(url, {"shipping_method_code": "standard", "pickup_point_code": "valencia"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (409, "/pickup_point_code")
    sent = api.patch(url, {"shipping_method_code": "standard"}).json()
    assert (sent["pickup_point"], sent["shipping_method"]["kind"]) == (None, "delivery")
    again = api.patch(url, {"shipping_method_code": "pickup"}).json()
    assert again["pickup_point"] is None


def test_points_cost_no_statement(api: APIClient) -> None:
    market_make()
    variant = variant_of(product_make())

    def cost(cart: Any) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"/api/v1/carts/{cart.id}/shipping-options").status_code == 200
        return len(queries)

    plain = cost(ready_cart_make({variant: 1}))
    point = pickup_make()
    for number in range(5):
        pickup_point_make(f"p{number}", method=point.method)
    chosen = ready_cart_make({variant: 1}, shipping_method=point.method, pickup_point=point)
    assert cost(chosen) == plain
