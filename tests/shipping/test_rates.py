"""Shipping by weight, volume, price or number of pieces: what a cart pays, and when a method isn't offered to it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from cart.models import Cart
from core.money import MAX_AMOUNT
from orders.models import Order
from products.models import Variant
from shipping.amounts import table_amount
from shipping.models import MAX_TIERS, ShippingMethod, ShippingZone
from shipping.rate_lines import RateLineError, text_of, tiers_of
from tests.factories.carts import ready_cart_make, shipping_method_make
from tests.factories.catalogue import market_make, product_make, variant_of
from tests.factories.money import eur
from tests.factories.users import staff_make
from tests.orders.steps import assert_nothing_happened, place
from users.models import User

ClientOf = Callable[[User | str], APIClient]

TIERS: list[dict[str, int | None]] = [{"up_to": 10, "amount": 300}, {"up_to": 20, "amount": 500}]
OPEN: list[dict[str, int | None]] = [*TIERS, {"up_to": None, "amount": 900}]


@pytest.mark.parametrize(
    ("tiers", "measure", "amount"),
    [
        (TIERS, "0", 300),
        (TIERS, "10", 300),
        (TIERS, "10.000001", 500),
        (TIERS, "20", 500),
        (TIERS, "20.000001", None),
        (OPEN, "21", 900),
        (OPEN, str(10**30), 900),
        ([{"up_to": None, "amount": 0}], "5", 0),
        ([], "5", None),
    ],
)
def test_bound_belongs_to_its_tier(tiers: Any, measure: str, amount: int | None) -> None:
    assert table_amount(tiers, Decimal(measure)) == amount


@pytest.mark.parametrize(
    ("rate_by", "currency", "text", "bounds", "written"),
    [
        (
            "weight",
            "EUR",
            "500 g: 3\n2kg: 4.95\n\n up to 2.5 kg = 6\nMore: 12",
            [500, 2000, 2500, None],
            "500 g: 3.00\n2 kg: 4.95\n2500 g: 6.00\nmore: 12.00",
        ),
        ("volume", "EUR", "0.5 l: 1\n20 L: 2", [500, 20000], "500 cm3: 1.00\n20 l: 2.00"),
        ("price", "EUR", "50: 4.95\n100.50: 2", [5000, 10050], "50.00: 4.95\n100.50: 2.00"),
        ("quantity", "JPY", "3: 500\nmore: 900", [3, None], "3: 500\nmore: 900"),
    ],
)
def test_table_is_typed_in_lines(
    rate_by: str, currency: str, text: str, bounds: list[int | None], written: str
) -> None:
    tiers = tiers_of(text, rate_by=rate_by, currency=currency)
    assert [tier["up_to"] for tier in tiers] == bounds
    assert text_of(tiers, rate_by=rate_by, currency=currency) == written
    assert tiers_of(written, rate_by=rate_by, currency=currency) == tiers


@pytest.mark.parametrize(
    ("rate_by", "text"),
    [
        ("weight", "2: 4.95"),
        ("weight", "2 l: 4.95"),
        ("weight", "0.5 g: 4.95"),
        ("weight", "2 kg 4.95"),
        ("weight", "2 kg: 4,95"),
        ("weight", "2 kg: -1"),
        ("weight", "2 kg: 4.955"),
        ("weight", "-2 kg: 4.95"),
        ("quantity", "1.5: 4.95"),
        ("quantity", "9999999999999999: 1"),
        ("price", "fifty: 4.95"),
        ("quantity", "1: 1\n" * (MAX_TIERS + 1)),
    ],
)
def test_line_that_is_no_tier(rate_by: str, text: str) -> None:
    with pytest.raises(RateLineError):
        tiers_of(text, rate_by=rate_by, currency="EUR")


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["settings:read", "settings:write"]))


def vase(**fields: Any) -> Variant:
    return variant_of(product_make(variants=[{"weight_grams": 800, **fields}], price=2000, stock=99))


def options_of(api: APIClient, cart: Cart) -> dict[str, Any]:
    body = api.get(f"/api/v1/carts/{cart.id}/shipping-options").json()
    told = {option["code"]: option["price"]["amount"] for option in body["results"]}
    return told | {one["code"]: one["reason"] for one in body["not_offered"]}


@pytest.mark.django_db
def test_table_is_made_read_and_changed(staff: APIClient) -> None:
    market_make()
    zone = ShippingZone.objects.create(name="DE", countries=["DE"])
    tiers = [{"up_to": 2000, "price": eur(495)}, {"up_to": None, "price": eur(990)}]
    body: dict[str, Any] = {"zone_id": str(zone.id), "market": "eu", "code": "parcel", "name": "Parcel"}
    made = staff.post("/api/v1/shipping-methods", body | {"rate_by": "weight", "tiers": tiers, "max_weight_grams": 9})
    assert made.status_code == 201, made.json()
    told = made.json()
    assert (told["rate_by"], told["price"], told["tiers"], told["max_weight_grams"]) == ("weight", None, tiers, 9)
    url = f"/api/v1/shipping-methods/{told['id']}"

    unpriced = staff.patch(url, {"rate_by": "flat", "tiers": []}, HTTP_IF_MATCH="*")
    assert (unpriced.status_code, unpriced.json()["errors"][0]["pointer"]) == (400, "/price")
    assert staff.get(url).json() == told
    flat = staff.patch(url, {"rate_by": "flat", "tiers": [], "price": eur(700)}, HTTP_IF_MATCH="*").json()
    assert (flat["rate_by"], flat["price"], flat["tiers"]) == ("flat", eur(700), [])
    assert staff.patch(url, {"name": "Post"}, HTTP_IF_MATCH="*").json()["price"] == eur(700)


def tier(up_to: Any, amount: Any = 1, currency: str = "EUR") -> dict[str, Any]:
    return {"up_to": up_to, "price": {"amount": amount, "currency": currency}}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "status", "pointer"),
    [
        ({}, 400, "/price"),
        ({"rate_by": "weight"}, 400, "/tiers"),
        ({"rate_by": "weight", "tiers": []}, 400, "/tiers"),
        ({"price": eur(1), "tiers": [tier(1)]}, 400, "/tiers"),
        ({"rate_by": "height", "tiers": [tier(1)]}, 400, "/rate_by"),
        ({"rate_by": "weight", "tiers": [tier(5), tier(5)]}, 400, "/tiers/1/up_to"),
        ({"rate_by": "weight", "tiers": [tier(5), tier(4)]}, 400, "/tiers/1/up_to"),
        ({"rate_by": "weight", "tiers": [tier(None), tier(4)]}, 400, "/tiers/0/up_to"),
        ({"rate_by": "weight", "tiers": [tier(0)]}, 400, "/tiers/0/up_to"),
        ({"rate_by": "weight", "tiers": [tier(1.5)]}, 400, "/tiers/0/up_to"),
        ({"rate_by": "weight", "tiers": [tier(MAX_AMOUNT + 1)]}, 400, "/tiers/0/up_to"),
        ({"rate_by": "weight", "tiers": [{"price": eur(1)}]}, 400, "/tiers/0/up_to"),
        ({"rate_by": "weight", "tiers": [tier(1, -1)]}, 400, "/tiers/0/price"),
        ({"rate_by": "weight", "tiers": [tier(1) | {"per": 5}]}, 400, "/tiers/0/per"),
        ({"rate_by": "weight", "tiers": [tier(n + 1) for n in range(MAX_TIERS + 1)]}, 400, "/tiers"),
        ({"rate_by": "weight", "tiers": [tier(1, 1, "USD")]}, 409, "/tiers/0/price/currency"),
        ({"price": eur(1), "max_weight_grams": 0}, 400, "/max_weight_grams"),
        ({"price": eur(1), "max_weight_grams": 2**31}, 400, "/max_weight_grams"),
    ],
)
def test_table_that_is_not_valid(staff: APIClient, fields: dict[str, Any], status: int, pointer: str) -> None:
    market_make()
    zone = ShippingZone.objects.create(name="DE", countries=["DE"])
    body = {"zone_id": str(zone.id), "market": "eu", "code": "parcel", "name": "Parcel"} | fields
    response = staff.post("/api/v1/shipping-methods", body)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (status, pointer), response.json()
    assert ShippingMethod.objects.count() == 0


@pytest.mark.django_db
def test_each_table_asks_for_its_measure_of_what_is_shipped(api: APIClient) -> None:
    digital = variant_of(product_make(variants=[{"requires_shipping": False, "weight_grams": 10**6}], price=100))
    unmeasured = variant_of(product_make(price=100))
    goods = {vase(length_mm=100, width_mm=100, height_mm=150): 3, digital: 1, unmeasured: 1}
    # 2,400 g, 4,500 cm3, 4 pieces that are shipped, 62.00 for everything; each bound is just enough.
    for rate_by, bound in (("weight", 2400), ("volume", 4500), ("quantity", 4), ("price", 6200)):
        for name, up_to in ((rate_by, bound), (f"{rate_by}-less", bound - 1)):
            tiers = [{"up_to": up_to, "amount": 300}]
            shipping_method_make(name, rate_by=rate_by, tiers=tiers, free_from_amount=99_999)
    shipping_method_make("free", rate_by="weight", tiers=OPEN, free_from_amount=6200)
    shipping_method_make("light", max_weight_grams=2399)
    shipping_method_make("strong", max_weight_grams=2400)
    cart = ready_cart_make(goods)
    assert options_of(api, cart) == {
        "weight": 300,
        "volume": 300,
        "quantity": 300,
        "price": 300,
        "weight-less": "beyond_rates",
        "volume-less": "beyond_rates",
        "quantity-less": "beyond_rates",
        "price-less": "beyond_rates",
        "free": 0,
        "light": "too_heavy",
        "strong": 495,
        "standard": 495,
    }


@pytest.mark.django_db
def test_cart_that_grew_beyond_its_method_is_not_ordered(api: APIClient) -> None:
    tiers = [{"up_to": 1000, "amount": 300}, {"up_to": 2000, "amount": 500}]
    method = shipping_method_make("parcel", name="Parcel", rate_by="weight", tiers=tiers)
    variant = vase()
    cart = ready_cart_make({variant: 1}, shipping_method=method, email="ada@example.com")
    url = f"/api/v1/carts/{cart.id}"
    line = f"{url}/lines/{cart.lines.get().id}"
    assert api.get(url).json()["totals"]["shipping"] == eur(300)
    assert api.patch(line, {"quantity": 2}).json()["totals"]["shipping"] == eur(500)

    grown = api.patch(line, {"quantity": 3}).json()
    problem = next(problem for problem in grown["problems"] if problem["is_blocking"])
    assert (problem["code"], problem["reason"]) == ("shipping_method_unavailable", "beyond_rates")
    assert problem["detail"] == "Parcel has no price for so much; choose another shipping method."
    assert (grown["shipping_method"], grown["totals"]["shipping"]) == (None, eur(0))
    refused = place(api, cart, grown["totals"]["total"]["amount"])
    assert (refused.status_code, refused.json()["code"]) == (409, "cart_not_ready")
    assert_nothing_happened(cart)


@pytest.mark.django_db
def test_method_that_goods_cannot_go_by_is_not_chosen(api: APIClient) -> None:
    method = shipping_method_make("letter", name="Letter", max_weight_grams=1500)
    cart = ready_cart_make({vase(): 2})
    url = f"/api/v1/carts/{cart.id}"
    refused = api.patch(url, {"shipping_method_code": "letter", "note": "Ring twice."})
    assert (refused.status_code, refused.json()["code"], refused.json()["reason"]) == (
        409,
        "shipping_method_unavailable",
        "too_heavy",
    )
    assert "carries 1.5 kg at the most; these goods weigh 1.6 kg" in refused.json()["detail"]
    cart.refresh_from_db()
    assert (cart.shipping_method_id == method.id, cart.note) == (False, "")


@pytest.mark.django_db
def test_order_keeps_the_price_of_its_table(api: APIClient, staff: APIClient) -> None:
    method = shipping_method_make("parcel", rate_by="weight", tiers=OPEN)
    cart = ready_cart_make({vase(): 1}, shipping_method=method)
    placed = place(api, cart, 2900)
    assert (placed.status_code, placed.json()["totals"]["shipping"]) == (201, eur(900))
    changes = {"tiers": [tier(10)], "free_from": eur(0)}
    assert staff.patch(f"/api/v1/shipping-methods/{method.id}", changes, HTTP_IF_MATCH="*").status_code == 200
    order = Order.objects.get()
    assert (order.shipping_amount, order.shipping_method_code) == (900, "parcel")
