"""Carts over HTTP: opening, reading, dropping, and when they end."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from cart.models import Cart, CartLine
from cart.services import carts_sweep
from core import clock
from tests.cart.conditions import state
from tests.factories.carts import cart_make
from tests.factories.catalogue import market_make, product_make, tax_rate_make, us_market_make, variant_of
from tests.factories.money import eur
from tests.factories.users import user_make
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


def test_open_with_lines_answers_the_whole_cart(api: APIClient) -> None:
    tax_rate_make()
    mug = variant_of(product_make("Mug", stock=5))
    body = {"market": "eu", "email": "ada@example.com", "lines": [{"sku": mug.sku, "quantity": 2}]}

    response = api.post("/api/v1/carts", body)

    assert response.status_code == 201
    cart = response.json()
    assert response.headers["Location"] == f"http://testserver/api/v1/carts/{cart['id']}"
    assert uuid.UUID(cart["id"]).version == 4
    assert (cart["status"], cart["version"], cart["currency"], cart["language"]) == ("open", 1, "EUR", "en")
    assert (cart["email"], cart["customer_id"], cart["order_id"]) == ("ada@example.com", None, None)
    (line,) = cart["lines"]
    assert line == {
        "id": line["id"],
        "variant_id": str(mug.id),
        "product_id": str(mug.product_id),
        "product_slug": mug.product.slug,
        "sku": mug.sku,
        "title": "Mug",
        "variant_title": "",
        "image_url": None,
        "quantity": 2,
        "unit_price": eur(1999),
        "regular_unit_price": eur(1999),
        "price_list": None,
        "subtotal": eur(3998),
        "discount": eur(0),
        "tax": eur(638),
        "total": eur(3998),
        "available_quantity": 5,
        "backordered_quantity": 0,
        "promised_on": None,
        "requires_shipping": True,
        "is_gift": False,
        "is_gift_card": False,
    }
    assert cart["totals"] == {
        "subtotal": eur(3998),
        "discount": eur(0),
        "shipping": eur(0),
        "tax": eur(638),
        "rounding": eur(0),
        "total": eur(3998),
    }
    (row,) = cart["explanation"]
    assert (row["kind"], row["label"], row["line_id"], row["amount"], row["rate_ppm"]) == (
        "tax",
        "VAT 19 %",
        line["id"],
        eur(638),
        190_000,
    )
    assert [problem["code"] for problem in cart["problems"]] == ["shipping_address_missing", "shipping_method_missing"]
    assert cart["is_ready_to_order"] is False
    assert api.get(f"/api/v1/carts/{cart['id']}").json() == cart


def test_open_an_empty_cart_in_the_default_market(api: APIClient) -> None:
    market_make()
    us_market_make()
    cart = api.post("/api/v1/carts", {}).json()
    assert (cart["market"], cart["email"], cart["lines"]) == ("eu", None, [])
    assert cart["shipping_method"] is None


def test_open_at_once_over_thirty_days(api: APIClient) -> None:
    market_make()
    made = Cart.objects.get(id=api.post("/api/v1/carts", {}).json()["id"])
    assert made.expires_at - made.created_at == timedelta(days=30)


@pytest.mark.parametrize(
    ("sent", "accepted", "language"),
    [({"language": "es"}, "", "es"), ({}, "es-MX, en;q=0.5", "es"), ({}, "fr", "en"), ({"language": "es"}, "en", "es")],
)
def test_language_is_one_of_the_market(api: APIClient, sent: dict[str, str], accepted: str, language: str) -> None:
    market_make()
    response = api.post("/api/v1/carts", sent, HTTP_ACCEPT_LANGUAGE=accepted)
    assert response.json()["language"] == language


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"markt": "eu"}, "/markt"),
        ({"market": 3}, "/market"),
        ({"email": "nobody"}, "/email"),
        ({"email": "a@b.c\u0000"}, "/email"),
        ({"lines": {}}, "/lines"),
        ({"lines": [{"sku": "A"}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "A", "quantity": "2"}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "A", "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "A", "quantity": -1}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "A", "quantity": 1.0}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "A", "quantity": True}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "A", "quantity": 10_001}]}, "/lines/0/quantity"),
        ({"lines": [{"quantity": 1}]}, "/lines/0"),
        ({"lines": [{"sku": "A", "variant_id": str(uuid.uuid4()), "quantity": 1}]}, "/lines/0"),
        ({"lines": [{"sku": "A", "quantity": 1, "price": 1}]}, "/lines/0/price"),
        ({"lines": [{"variant_id": 7, "quantity": 1}]}, "/lines/0/variant_id"),
        ({"lines": [{"sku": "A", "quantity": 1}] * 201}, "/lines"),
    ],
)
def test_malformed_input_names_its_place_and_makes_nothing(api: APIClient, body: dict[str, Any], pointer: str) -> None:
    market_make()
    response = api.post("/api/v1/carts", body)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, pointer), response.json()
    assert Cart.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [({"market": "mars"}, "market_unknown"), ({"language": "fr"}, "language_unknown")],
)
def test_unknown_market_or_language(api: APIClient, body: dict[str, Any], code: str) -> None:
    market_make()
    response = api.post("/api/v1/carts", body)
    assert (response.status_code, response.json()["code"], Cart.objects.count()) == (400, code, 0)


def test_one_line_that_can_not_be_had_makes_no_cart(api: APIClient) -> None:
    mug, cup = variant_of(product_make(stock=5)), variant_of(product_make(stock=1))
    lines = [{"sku": mug.sku, "quantity": 5}, {"variant_id": str(cup.id), "quantity": 2}]
    response = api.post("/api/v1/carts", {"lines": lines})
    assert (response.status_code, response.json()["code"]) == (409, "stock_insufficient")
    assert response.json()["shortages"] == [{"variant_id": str(cup.id), "requested": 2, "available": 1}]
    assert response.json()["errors"][0]["pointer"] == "/lines/1/quantity"
    assert (Cart.objects.count(), CartLine.objects.count()) == (0, 0)


def test_lines_keep_the_order_of_the_request(api: APIClient) -> None:
    variants = list(product_make(variants=20).variants.order_by("-position"))
    body = {"lines": [{"sku": variant.sku, "quantity": 1} for variant in variants]}
    cart = api.post("/api/v1/carts", body).json()
    read = api.get(f"/api/v1/carts/{cart['id']}").json()
    assert [line["sku"] for line in read["lines"]] == [variant.sku for variant in variants]


def test_drop_a_cart(api: APIClient) -> None:
    cart = cart_make({variant_of(product_make()): 1})
    assert api.delete(f"/api/v1/carts/{cart.id}").status_code == 204
    assert (Cart.objects.count(), CartLine.objects.count()) == (0, 0)
    response = api.get(f"/api/v1/carts/{cart.id}")
    assert (response.status_code, response.json()["code"]) == (404, "cart_not_found")


def test_etag_answers_304_until_anything_shown_changes(api: APIClient) -> None:
    product = product_make()
    cart = cart_make({variant_of(product): 1})
    url = f"/api/v1/carts/{cart.id}"
    tag = api.get(url).headers["ETag"]
    assert tag.startswith('"1.')
    assert api.get(url, HTTP_IF_NONE_MATCH=tag).status_code == 304
    variant_of(product).prices.update(amount=2099)
    fresh = api.get(url, HTTP_IF_NONE_MATCH=tag)
    assert (fresh.status_code, fresh.headers["ETag"] != tag) == (200, True)
    assert fresh.headers["ETag"].startswith('"1.')


def test_if_match_is_honoured_when_sent(api: APIClient) -> None:
    cart = cart_make({variant_of(product_make()): 1})
    url = f"/api/v1/carts/{cart.id}"
    line = f"{url}/lines/{cart.lines.get().id}"
    first = api.get(url).headers["ETag"]
    assert api.patch(url, {"note": "a"}, HTTP_IF_MATCH=first).status_code == 200
    before = state(cart)
    for tag in (first, '"nonsense"', "nonsense", f"W/{api.get(url).headers['ETag']}"):
        for answer in (
            api.patch(url, {"note": "b"}, HTTP_IF_MATCH=tag),
            api.delete(url, HTTP_IF_MATCH=tag),
            api.post(f"{url}/lines", {"sku": "x", "quantity": 1}, HTTP_IF_MATCH=tag),
            api.put(f"{url}/lines", {"lines": []}, HTTP_IF_MATCH=tag),
            api.patch(line, {"quantity": 2}, HTTP_IF_MATCH=tag),
            api.delete(line, HTTP_IF_MATCH=tag),
        ):
            assert (answer.status_code, answer.json()["code"]) == (412, "cart_changed")
    assert state(cart) == before
    for tag in (f'"x", {api.get(url).headers["ETag"]}', "*"):
        assert api.patch(url, {"note": "c"}, HTTP_IF_MATCH=tag).status_code == 200


def test_if_match_does_not_mind_a_price_that_moved(api: APIClient) -> None:
    product = product_make()
    cart = cart_make({variant_of(product): 1})
    tag = api.get(f"/api/v1/carts/{cart.id}").headers["ETag"]
    variant_of(product).prices.update(amount=2099)
    assert api.patch(f"/api/v1/carts/{cart.id}", {"note": "a"}, HTTP_IF_MATCH=tag).status_code == 200


def test_idempotency_key_opens_one_cart_and_adds_one_line(api: APIClient) -> None:
    variant = variant_of(product_make())
    key = str(uuid.uuid4())
    first, again = (api.post("/api/v1/carts", {}, HTTP_IDEMPOTENCY_KEY=key) for _ in range(2))
    assert (first.json(), first.headers["ETag"]) == (again.json(), again.headers["ETag"])
    assert (again.status_code, again.headers["Idempotent-Replayed"], Cart.objects.count()) == (201, "true", 1)
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "no-store"
    url = f"/api/v1/carts/{first.json()['id']}/lines"
    for _ in range(3):
        added = api.post(url, {"sku": variant.sku, "quantity": 2}, HTTP_IDEMPOTENCY_KEY=key)
        assert [line["quantity"] for line in added.json()["lines"]] == [2]
    assert api.post(url, {"sku": variant.sku, "quantity": 3}, HTTP_IDEMPOTENCY_KEY=key).status_code == 422


@pytest.mark.parametrize("status", ["ordered", "merged", "expired", "over"])
def test_closed_cart_can_be_read_and_not_changed(api: APIClient, status: str) -> None:
    variant = variant_of(product_make())
    fields = {"expires_at": clock.now() - timedelta(seconds=1)} if status == "over" else {"status": status}
    cart = cart_make({variant: 1}, **fields)
    url = f"/api/v1/carts/{cart.id}"
    line = f"{url}/lines/{cart.lines.get().id}"
    before = state(cart)
    told = "expired" if status == "over" else status
    read = api.get(url).json()
    assert (read["status"], [problem["code"] for problem in read["problems"]]) == (told, ["cart_closed"])
    assert read["is_ready_to_order"] is False
    for answer in (
        api.patch(url, {"note": "a"}),
        api.delete(url),
        api.post(f"{url}/lines", {"sku": variant.sku, "quantity": 1}),
        api.put(f"{url}/lines", {"lines": []}),
        api.patch(line, {"quantity": 2}),
        api.delete(line),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "cart_closed")
        assert answer.json()["cart_status"] == told
    assert (state(cart), cart.lines.count()) == (before, 1)


def test_writes_extend_the_life_of_a_cart_and_reads_do_not(api: APIClient, client_of: ClientOf) -> None:
    owner = user_make()
    soon = clock.now() + timedelta(days=1)
    for cart, client, days in (
        (cart_make(expires_at=soon), api, 30),
        (cart_make(expires_at=soon, customer=owner), client_of(owner), 365),
    ):
        url = f"/api/v1/carts/{cart.id}"
        client.get(url)
        assert state(cart)["expires_at"] == soon
        client.patch(url, {"note": "a"})
        left = state(cart)["expires_at"] - clock.now()
        assert timedelta(days=days, minutes=-5) < left <= timedelta(days=days)


def test_sweep_expires_what_is_over_and_nothing_else() -> None:
    over, open_, ordered = cart_make(), cart_make(), cart_make(status="ordered")
    Cart.objects.filter(id__in=[over.id, ordered.id]).update(expires_at=clock.now() - timedelta(seconds=1))
    assert (carts_sweep(), carts_sweep()) == (1, 0)
    assert [state(cart)["status"] for cart in (over, open_, ordered)] == ["expired", "open", "ordered"]


@pytest.mark.parametrize("cart_id", ["00000000-0000-0000-0000-000000000000", "5f0c8a8e-6a31-4b44-9a3f-0d9f6b8f2f11"])
def test_unknown_cart(api: APIClient, cart_id: str) -> None:
    assert api.get(f"/api/v1/carts/{cart_id}").json()["code"] == "cart_not_found"
    assert api.patch(f"/api/v1/carts/{cart_id}", {}).status_code == 404
