"""Shipping set-up over HTTP, and what carts are offered by it."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.money import MAX_AMOUNT
from core.places import Place
from shipping.amounts import shipping_amount
from shipping.models import ShippingExclusion, ShippingMethod, ShippingZone
from shipping.offering import Goods, ShippingOption, offer_of
from shipping.selectors import offered_methods
from tests.factories.carts import pickup_point_make, ready_cart_make, shipping_method_make
from tests.factories.catalogue import (
    category_make,
    market_make,
    product_make,
    tax_category_make,
    tax_rate_make,
    us_market_make,
    variant_of,
)
from tests.factories.money import eur
from tests.factories.users import api_key_make, staff_make, user_make
from tests.schema import constraints_of
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["settings:read", "settings:write"]))


def method_body(**fields: Any) -> dict[str, Any]:
    zone = ShippingZone.objects.get_or_create(name="DE", defaults={"countries": ["DE"]})[0]
    body = {"zone_id": str(zone.id), "market": "eu", "code": "standard", "name": "Standard", "price": eur(495)}
    return body | fields


@pytest.mark.parametrize(
    ("amount", "free_from", "goods", "costs"),
    [(495, None, 10**9, 495), (495, 5000, 4999, 495), (495, 5000, 5000, 0), (495, 0, 0, 0), (0, None, 0, 0)],
)
def test_price_beside_goods(amount: int, free_from: int | None, goods: int, costs: int) -> None:
    assert shipping_amount(amount=amount, free_from_amount=free_from, goods_amount=goods) == costs


def test_zones_are_made_read_changed_and_deleted(staff: APIClient) -> None:
    made = staff.post("/api/v1/shipping-zones", {"name": "Iberia", "countries": ["ES", "PT"]})
    zone = made.json()
    parts: dict[str, Any] = {"areas": [], "excluded_areas": []}
    assert (made.status_code, zone) == (201, {"id": zone["id"], "name": "Iberia", "countries": ["ES", "PT"], **parts})
    url = f"/api/v1/shipping-zones/{zone['id']}"
    read = staff.get(url)
    assert (read.json(), read.headers["ETag"]) == (zone, made.headers["ETag"])
    assert staff.get(url, HTTP_IF_NONE_MATCH=read.headers["ETag"]).status_code == 304
    assert staff.get("/api/v1/shipping-zones").json()["results"] == [zone]

    changed = staff.patch(url, {"countries": ["ES"]}, HTTP_IF_MATCH=read.headers["ETag"])
    assert (changed.status_code, changed.json()["countries"], changed.json()["name"]) == (200, ["ES"], "Iberia")

    shipping_method_make(countries=("ES",))
    ShippingMethod.objects.update(zone_id=zone["id"])
    assert staff.delete(url, HTTP_IF_MATCH=changed.headers["ETag"]).status_code == 204
    assert (staff.get(url).status_code, ShippingMethod.objects.count()) == (404, 0)


def test_methods_are_made_read_changed_and_deleted(staff: APIClient) -> None:
    market_make()
    tax_category_make("reduced", is_default=False)
    body = method_body(
        free_from=eur(5000), description="By post.", min_days=2, max_days=4, tax_category="reduced", position=3
    )

    made = staff.post("/api/v1/shipping-methods", body)

    method = made.json()
    kept: dict[str, Any] = {
        "kind": "delivery",
        "rate_by": "flat",
        "tiers": [],
        "max_weight_grams": None,
        "cutoff_time": None,
        "working_days": [1, 2, 3, 4, 5],
        "holidays": [],
        "excluded_product_ids": [],
        "excluded_category_ids": [],
        "is_taxed_as_goods": False,
        "carrier": "",
        "carrier_service": "",
        "carrier_fallback": False,
        "is_active": True,
    }
    assert (made.status_code, method) == (201, {"id": method["id"], **body, **kept})
    url = f"/api/v1/shipping-methods/{method['id']}"
    assert (staff.get(url).json(), staff.get(url).headers["ETag"]) == (method, made.headers["ETag"])
    changes = {"price": eur(590), "free_from": None, "tax_category": None, "min_days": 3, "is_active": False}
    changed = staff.patch(url, changes, HTTP_IF_MATCH=made.headers["ETag"])
    assert (changed.status_code, changed.json()) == (200, method | changes)
    assert staff.delete(url, HTTP_IF_MATCH=changed.headers["ETag"]).status_code == 204
    assert staff.get(url).status_code == 404


def test_methods_are_filtered_and_paged(staff: APIClient) -> None:
    made = [shipping_method_make(f"m{number}", position=number) for number in range(3)]
    us = shipping_method_make("ground", market=us_market_make(), position=9)

    def codes(query: str) -> list[str]:
        return [method["code"] for method in staff.get(f"/api/v1/shipping-methods{query}").json()["results"]]

    assert codes("") == ["m0", "m1", "m2", "ground"]
    assert codes("?market=us") == codes(f"?zone={us.zone_id}") == ["ground"]
    assert codes(f"?zone={made[0].zone_id}&limit=2") == ["m0", "m1"]
    assert codes("?market=mars") == []
    page = staff.get("/api/v1/shipping-methods?limit=3").json()
    assert [method["code"] for method in staff.get(page["next"]).json()["results"]] == ["ground"]
    assert staff.get("/api/v1/shipping-methods?zone=7").status_code == 400


@pytest.mark.parametrize("count", [1, 20])
def test_lists_take_one_query_for_any_number_of_rows(staff: APIClient, count: int) -> None:
    for number in range(count):
        shipping_method_make(f"m{number}", tax_category=tax_category_make())
    for path in ("shipping-methods", "shipping-zones"):
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(f"/api/v1/{path}").status_code == 200
        assert len(queries) == 2  # The other one is the access token's.


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": "", "countries": ["ES"]}, "/name"),
        ({"name": "x" * 81, "countries": ["ES"]}, "/name"),
        ({"name": "Z"}, "/countries"),
        ({"name": "Z", "countries": []}, "/countries"),
        ({"name": "Z", "countries": "ES"}, "/countries"),
        ({"name": "Z", "countries": ["ES", "ES"]}, "/countries"),
        ({"name": "Z", "countries": ["ES", "UK"]}, "/countries/1"),
        ({"name": "Z", "countries": ["ES"], "region": "x"}, "/region"),
    ],
)
def test_zone_that_is_not_valid(staff: APIClient, body: dict[str, Any], pointer: str) -> None:
    response = staff.post("/api/v1/shipping-zones", body)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, pointer), response.json()
    assert ShippingZone.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "status", "code", "pointer"),
    [
        ({"price": 495}, 400, "invalid_input", "/price"),
        ({"price": {"amount": -1, "currency": "EUR"}}, 400, "invalid_input", "/price"),
        ({"price": {"amount": 4.95, "currency": "EUR"}}, 400, "invalid_input", "/price"),
        ({"price": {"amount": MAX_AMOUNT + 1, "currency": "EUR"}}, 400, "invalid_input", "/price"),
        ({"code": "a b"}, 400, "invalid_input", "/code"),
        ({"min_days": 5, "max_days": 4}, 400, "invalid_input", "/min_days"),
        ({"position": 2**40}, 400, "invalid_input", "/position"),
        ({"amount": 5}, 400, "invalid_input", "/amount"),
        ({"zone_id": "7"}, 400, "invalid_input", "/zone_id"),
        (
            {"zone_id": "5f0c8a8e-6a31-4b44-9a3f-0d9f6b8f2f11"},
            409,
            "shipping_reference_unknown",
            "/zone_id",
        ),
        ({"market": "mars"}, 409, "shipping_reference_unknown", "/market"),
        ({"tax_category": "none"}, 409, "shipping_reference_unknown", "/tax_category"),
        ({"price": {"amount": 1, "currency": "USD"}}, 409, "shipping_currency_mismatch", "/price/currency"),
        ({"free_from": {"amount": 1, "currency": "USD"}}, 409, "shipping_currency_mismatch", "/free_from/currency"),
    ],
)
def test_method_that_is_not_valid(
    staff: APIClient, fields: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    market_make()
    response = staff.post("/api/v1/shipping-methods", method_body() | fields)
    assert (response.status_code, response.json()["code"]) == (status, code), response.json()
    assert response.json()["errors"][0]["pointer"] == pointer
    assert ShippingMethod.objects.count() == 0


def test_names_and_codes_are_unique(staff: APIClient) -> None:
    market_make()
    body = method_body()
    assert staff.post("/api/v1/shipping-methods", body).status_code == 201
    taken = staff.post("/api/v1/shipping-methods", body)
    assert (taken.status_code, taken.json()["code"]) == (409, "shipping_method_code_taken")
    zone = staff.post("/api/v1/shipping-zones", {"name": "DE", "countries": ["ES"]})
    assert (zone.status_code, zone.json()["code"]) == (409, "shipping_zone_name_taken")
    assert (ShippingMethod.objects.count(), ShippingZone.objects.get().countries) == (1, ["DE"])


def test_changes_need_if_match_and_the_row_as_it_was_seen(staff: APIClient) -> None:
    method = shipping_method_make()
    for url in (f"/api/v1/shipping-methods/{method.id}", f"/api/v1/shipping-zones/{method.zone_id}"):
        cases: list[tuple[dict[str, Any], int]] = [({}, 428), ({"HTTP_IF_MATCH": '"old"'}, 412)]
        for headers, status in cases:
            assert staff.patch(url, {"name": "New"}, **headers).status_code == status
            assert staff.delete(url, **headers).status_code == status
    method.refresh_from_db()
    assert (method.name, method.zone.name) == ("Standard", "DE-ES")


def test_market_of_a_method_does_not_change(staff: APIClient) -> None:
    method = shipping_method_make()
    us_market_make()
    url = f"/api/v1/shipping-methods/{method.id}"
    response = staff.patch(url, {"market": "us"}, HTTP_IF_MATCH=staff.get(url).headers["ETag"])
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/market")


def test_method_is_taxed_as_the_goods_are_or_by_a_category_of_its_own(api: APIClient, staff: APIClient) -> None:
    books = tax_category_make("books", is_default=False)
    tax_rate_make(rate_ppm=190_000)
    tax_rate_make(rate_ppm=70_000, category=books)
    cart = ready_cart_make(
        {variant_of(product_make(price=3000)): 1, variant_of(product_make(price=1000, tax_category=books)): 1}
    )
    url = f"/api/v1/shipping-methods/{cart.shipping_method_id}"

    assert staff.patch(url, {"tax_category": "books"}, HTTP_IF_MATCH="*").status_code == 200
    both = staff.patch(url, {"is_taxed_as_goods": True}, HTTP_IF_MATCH="*")
    assert (both.status_code, both.json()["errors"][0]["pointer"]) == (400, "/tax_category")
    assert staff.get(url).json()["is_taxed_as_goods"] is False

    mixed = {"is_taxed_as_goods": True, "tax_category": None, "price": eur(400)}
    assert staff.patch(url, mixed, HTTP_IF_MATCH="*").json()["is_taxed_as_goods"] is True
    rows = api.get(f"/api/v1/carts/{cart.id}").json()["explanation"]
    # Three parts of four carry 19 %, one carries 7 %: 3.00 and 1.00 of the 4.00.
    assert [(row["label"], row["amount"]) for row in rows if row["line_id"] is None] == [
        ("Standard", eur(400)),
        ("VAT 19 %", eur(48)),
        ("VAT 7 %", eur(7)),
    ]


@pytest.mark.parametrize("kind", ["zones", "methods"])
def test_set_up_is_for_those_with_the_right(api: APIClient, client_of: ClientOf, kind: str) -> None:
    method = shipping_method_make()
    url = f"/api/v1/shipping-{kind}"
    one = f"{url}/{method.id if kind == 'methods' else method.zone_id}"
    reader = client_of(api_key_make(scopes=["settings:read"]))
    assert [reader.get(url).status_code, reader.get(one).status_code] == [200, 200]
    for client, read_status, write_status in (
        (api, 401, 401),
        (client_of(user_make()), 403, 403),
        (client_of(staff_make(rights=["catalogue:write", "orders:read"])), 403, 403),
        (reader, 200, 403),
    ):
        assert [client.get(url).status_code, client.get(one).status_code] == [read_status] * 2
        answers = [client.post(url, {}), client.patch(one, {}), client.delete(one)]
        assert [answer.status_code for answer in answers] == [write_status] * 3
    assert (ShippingMethod.objects.count(), ShippingZone.objects.count()) == (1, 1)


@pytest.mark.parametrize("kind", ["zones", "methods"])
def test_unknown_one_is_a_404(staff: APIClient, kind: str) -> None:
    url = f"/api/v1/shipping-{kind}/{uuid.uuid4()}"
    answers = [staff.get(url), staff.patch(url, {}, HTTP_IF_MATCH="*"), staff.delete(url, HTTP_IF_MATCH="*")]
    assert [answer.json()["code"] for answer in answers] == [f"shipping_{kind[:-1]}_not_found"] * 3


def test_idempotency_key_makes_one_zone(staff: APIClient) -> None:
    body, key = {"name": "Iberia", "countries": ["ES"]}, str(uuid.uuid4())
    answers = [staff.post("/api/v1/shipping-zones", body, HTTP_IDEMPOTENCY_KEY=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert ShippingZone.objects.count() == 1


def test_changed_price_shows_in_the_carts_that_chose_it(api: APIClient, staff: APIClient) -> None:
    cart = ready_cart_make({variant_of(product_make()): 1})
    url = f"/api/v1/shipping-methods/{cart.shipping_method_id}"
    staff.patch(url, {"price": eur(700)}, HTTP_IF_MATCH="*")
    assert api.get(f"/api/v1/carts/{cart.id}").json()["totals"]["shipping"] == eur(700)


def test_options_of_a_country_in_order_and_once_per_code() -> None:
    market = market_make()
    shipping_method_make("express", position=2, amount=900)
    shipping_method_make("standard", position=1, amount=500, free_from_amount=3000)
    shipping_method_make("standard", position=3, amount=100, countries=("DE",))
    shipping_method_make("off", is_active=False)
    shipping_method_make("spain", countries=("ES",))
    with CaptureQueriesContext(connection) as queries:
        options = [offer_of(method, Goods(3000)) for method in offered_methods(market, Place("DE"))]
    assert [
        (option.code, option.amount, option.regular_amount) for option in options if isinstance(option, ShippingOption)
    ] == [
        ("standard", 0, 500),
        ("express", 900, 900),
    ]
    assert len(queries) == 1
    assert offered_methods(market, Place("FR")) == []


_TWICE = """
INSERT INTO shipping_shippingexclusion (id, method_id, {thing}_id)
SELECT gen_random_uuid(), method_id, {thing}_id FROM shipping_shippingexclusion WHERE {thing}_id IS NOT NULL
"""
BROKEN = {
    "shipping_shippingzone_countries": "UPDATE shipping_shippingzone SET countries = '{}'",
    "shipping_shippingzone_areas": """UPDATE shipping_shippingzone SET areas = '[{"region": "TF"}]'""",
    "shipping_shippingmethod_code": "UPDATE shipping_shippingmethod SET code = 'standard'",
    "shipping_shippingmethod_amounts": "UPDATE shipping_shippingmethod SET free_from_amount = -1",
    "shipping_shippingmethod_rate_by": "UPDATE shipping_shippingmethod SET rate_by = 'weight'",
    "shipping_shippingmethod_tiers": (
        """UPDATE shipping_shippingmethod SET rate_by = 'weight', tiers = '[{"up_to": 5, "amount": -1}]'"""
    ),
    "shipping_shippingmethod_kind": "UPDATE shipping_shippingmethod SET kind = 'drone'",
    "shipping_pickuppoint_code": "UPDATE shipping_pickuppoint SET code = 'shop'",
    "shipping_pickuppoint_country": "UPDATE shipping_pickuppoint SET address = address - 'country'",
    "shipping_shippingmethod_working_days": "UPDATE shipping_shippingmethod SET working_days = '{1,8}'",
    "shipping_shippingexclusion_one": "UPDATE shipping_shippingexclusion SET product_id = id, category_id = id",
    "shipping_shippingexclusion_product": _TWICE.format(thing="product"),
    "shipping_shippingexclusion_category": _TWICE.format(thing="category"),
    "shipping_shippingmethod_taxed": (
        "UPDATE shipping_shippingmethod SET is_taxed_as_goods = true, tax_category_id = id"
    ),
    "shipping_shippingmethod_carrier": "UPDATE shipping_shippingmethod SET carrier_fallback = true",
}


def test_every_named_rule_is_tried() -> None:
    assert set(BROKEN) == constraints_of("shipping")


@pytest.mark.parametrize("name", BROKEN)
def test_the_rule_holds(name: str) -> None:
    shipping_method_make("standard")
    method = shipping_method_make("express")
    pickup_point_make("shop", method=method)
    pickup_point_make("other", method=method)
    ShippingExclusion.objects.create(method=method, product=product_make())
    ShippingExclusion.objects.create(method=method, category=category_make())
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BROKEN[name])
    assert error.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


def test_no_price_falls_below_zero() -> None:
    shipping_method_make()
    with pytest.raises(IntegrityError, match="amounts"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE shipping_shippingmethod SET amount = -1")
