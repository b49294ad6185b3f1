"""Carts over HTTP: opening, reading, describing, dropping; whose they are, and when they end."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from cart.models import Cart, CartLine
from cart.services import carts_sweep
from core import clock
from tests.factories.carts import ADDRESS, cart_make, ready_cart_make, shipping_method_make
from tests.factories.catalogue import market_make, product_make, tax_rate_make, us_market_make, variant_of
from tests.factories.users import api_key_make, staff_make, user_make
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def state(cart: Cart) -> dict[str, Any]:
    """Return every column of a cart, to see that a refusal changed nothing."""
    return dict(Cart.objects.filter(id=cart.id).values().get())


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
        "subtotal": eur(3998),
        "discount": eur(0),
        "tax": eur(638),
        "total": eur(3998),
        "available_quantity": 5,
        "backordered_quantity": 0,
        "promised_on": None,
        "requires_shipping": True,
    }
    assert cart["totals"] == {
        "subtotal": eur(3998),
        "discount": eur(0),
        "shipping": eur(0),
        "tax": eur(638),
        "total": eur(3998),
    }
    (row,) = cart["explanation"]
    assert (row["kind"], row["label"], row["line_id"], row["amount"], row["is_included"]) == (
        "tax",
        "VAT 19 %",
        line["id"],
        eur(638),
        True,
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


def test_describe_a_cart_until_it_is_ready(api: APIClient) -> None:
    shipping_method_make(free_from_amount=5000)
    cart = cart_make({variant_of(product_make()): 1})
    body = {
        "email": "ada@example.com",
        "shipping_address": {
            "name": "Ada Muster",
            "line1": "Unter den Linden 1",
            "city": "Berlin",
            "postal_code": "10117",
            "country": "DE",
            "phone": "030 901820",
        },
        "billing_address": ADDRESS | {"name": "Muster GmbH"},
        "shipping_method_code": "standard",
        "note": "Ring twice.",
        "metadata": {"campaign": "winter"},
        "language": "es",
    }

    response = api.patch(f"/api/v1/carts/{cart.id}", body, content_type="application/merge-patch+json")

    answer = response.json()
    assert (response.status_code, answer["is_ready_to_order"], answer["problems"]) == (200, True, []), answer
    assert answer["shipping_address"] == ADDRESS | {"phone": "+4930901820"}
    assert (answer["billing_address"]["name"], answer["note"], answer["language"]) == (
        "Muster GmbH",
        "Ring twice.",
        "es",
    )
    assert answer["metadata"] == {"campaign": "winter"}
    assert answer["shipping_method"] == {
        "code": "standard",
        "name": "Standard",
        "description": "",
        "price": eur(495),
        "regular_price": eur(495),
        "free_from": eur(5000),
        "is_free": False,
        "min_days": None,
        "max_days": None,
    }
    assert (answer["totals"]["shipping"], answer["totals"]["total"], answer["version"]) == (eur(495), eur(2494), 2)
    assert api.get(f"/api/v1/carts/{cart.id}").json() == answer


def test_null_clears_and_what_is_left_out_stays(api: APIClient) -> None:
    cart = ready_cart_make({variant_of(product_make()): 1}, note="Ring twice.", metadata={"a": 1})
    url = f"/api/v1/carts/{cart.id}"
    assert api.patch(url, {"note": None}).json()["email"] == "ada@example.com"
    names = ("email", "shipping_address", "billing_address", "shipping_method_code", "metadata")
    answer = api.patch(url, dict.fromkeys(names)).json()
    assert [answer[name] for name in ("email", "shipping_address", "billing_address", "shipping_method")] == [None] * 4
    assert (answer["note"], answer["metadata"], answer["version"]) == ("", {}, 3)
    assert [problem["code"] for problem in answer["problems"]] == [
        "email_missing",
        "shipping_address_missing",
        "shipping_method_missing",
    ]


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"status": "ordered"}, 400, "invalid_input", "/status"),
        ({"customer_id": None}, 400, "invalid_input", "/customer_id"),
        ({"email": ""}, 400, "invalid_input", "/email"),
        ({"note": "x" * 2001}, 400, "invalid_input", "/note"),
        ({"note": 5}, 400, "invalid_input", "/note"),
        ({"metadata": [1]}, 400, "invalid_input", "/metadata"),
        ({"metadata": {"a": {"b": 1}}}, 400, "invalid_input", "/metadata"),
        ({"shipping_address": {"country": "DE"}}, 400, "invalid_input", "/shipping_address/name"),
        ({"shipping_address": ADDRESS | {"zip": "1"}}, 400, "invalid_input", "/shipping_address/zip"),
        (
            {"billing_address": ADDRESS | {"postal_code": "1"}},
            400,
            "address_invalid",
            "/billing_address/postal_code",
        ),
        ({"language": "fr"}, 400, "language_unknown", None),
        ({"shipping_method_code": "rocket"}, 409, "shipping_method_unavailable", "/shipping_method_code"),
        (
            {"shipping_address": ADDRESS | {"country": "FR"}, "shipping_method_code": "standard"},
            409,
            "shipping_method_unavailable",
            "/shipping_method_code",
        ),
    ],
)
def test_description_that_is_refused_changes_nothing(
    api: APIClient, body: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    shipping_method_make()
    cart = cart_make({variant_of(product_make()): 1})
    before = state(cart)
    response = api.patch(f"/api/v1/carts/{cart.id}", body | ({} if status == 409 else {"note": "x"} | body))
    assert (response.status_code, response.json()["code"]) == (status, code), response.json()
    if pointer is not None:
        assert response.json()["errors"][0]["pointer"] == pointer
    assert state(cart) == before


def test_method_is_the_one_of_the_new_address(api: APIClient) -> None:
    shipping_method_make("standard", countries=("DE",), amount=300)
    shipping_method_make("standard", countries=("ES",), amount=900)
    cart = cart_make({variant_of(product_make()): 1})
    spain = {"name": "Ana", "line1": "Calle Mayor 1", "city": "Valencia", "region": "Valencia", "country": "ES"}
    body = {"shipping_address": spain | {"postal_code": "46001"}, "shipping_method_code": "standard"}
    assert api.patch(f"/api/v1/carts/{cart.id}", body).json()["totals"]["shipping"] == eur(900)
    # A new address in another zone doesn't change the method in silence.
    answer = api.patch(f"/api/v1/carts/{cart.id}", {"shipping_address": ADDRESS}).json()
    assert [problem["code"] for problem in answer["problems"]] == ["email_missing", "shipping_method_unavailable"]
    assert (answer["shipping_method"], answer["totals"]["shipping"]) == (None, eur(0))


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


def test_guests_cart_is_for_whoever_holds_its_id(api: APIClient, client_of: ClientOf) -> None:
    cart = cart_make()
    for path in ("", "/shipping-options"):
        read = api.get(f"/api/v1/carts/{cart.id}{path}")
        assert (read.status_code, read.headers["Cache-Control"]) == (200, "no-store")
    assert client_of(user_make()).get(f"/api/v1/carts/{cart.id}").status_code == 200
    assert client_of(user_make()).patch(f"/api/v1/carts/{cart.id}", {"note": "a"}).status_code == 200


def test_customers_cart_is_theirs_alone(api: APIClient, client_of: ClientOf) -> None:
    owner = user_make(email="ada@example.com")
    variant = variant_of(product_make())
    made = client_of(owner).post("/api/v1/carts", {"lines": [{"sku": variant.sku, "quantity": 1}]}).json()
    assert (made["customer_id"], made["email"]) == (str(owner.id), "ada@example.com")
    url = f"/api/v1/carts/{made['id']}"
    line = f"{url}/lines/{made['lines'][0]['id']}"
    cart = Cart.objects.get()
    before = state(cart)
    for client in (api, client_of(user_make()), client_of(staff_make(rights=["catalogue:write"]))):
        for answer in (
            client.get(url),
            client.patch(url, {"note": "a"}),
            client.delete(url),
            client.post(f"{url}/lines", {"sku": variant.sku, "quantity": 1}),
            client.put(f"{url}/lines", {"lines": []}),
            client.patch(line, {"quantity": 2}),
            client.delete(line),
            client.get(f"{url}/shipping-options"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "cart_not_found")
    assert (state(cart), cart.lines.get().quantity) == (before, 1)
    assert client_of(owner).get(url).status_code == 200


def test_staff_and_keys_with_the_right_read_any_cart_and_change_none(client_of: ClientOf) -> None:
    owner = user_make()
    cart = cart_make(customer=owner)
    url = f"/api/v1/carts/{cart.id}"
    for client in (client_of(staff_make(rights=["orders:read"])), client_of(api_key_make(scopes=["orders:read"]))):
        assert client.get(url).json()["id"] == str(cart.id)
        refused = client.patch(url, {"note": "a"})
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert state(cart)["note"] == ""


def test_customer_has_one_open_cart_in_a_market(client_of: ClientOf) -> None:
    market_make()
    us_market_make()
    client = client_of(user_make())
    first = client.post("/api/v1/carts", {"market": "eu"}).json()
    again = client.post("/api/v1/carts", {"market": "eu"})
    assert (again.status_code, again.json()["code"], again.json()["cart_id"]) == (409, "cart_exists", first["id"])
    other = client.post("/api/v1/carts", {"market": "us"}).json()
    listed = client.get("/api/v1/carts").json()
    assert [cart["id"] for cart in listed["results"]] == [other["id"], first["id"]]
    assert Cart.objects.count() == 2


def test_expired_cart_of_a_customer_makes_room_for_a_new_one(client_of: ClientOf) -> None:
    owner = user_make()
    old = cart_make(customer=owner, expires_at=clock.now() - timedelta(seconds=1))
    client = client_of(owner)
    assert client.get("/api/v1/carts").json()["results"] == []
    assert client.post("/api/v1/carts", {}).status_code == 201
    assert state(old)["status"] == "expired"


def test_list_sums_up_own_open_carts(api: APIClient, client_of: ClientOf) -> None:
    owner = user_make()
    variants = product_make(variants=3).variants.all()
    cart = cart_make(dict.fromkeys(variants, 2), customer=owner)
    cart_make({variants[0]: 1}, customer=user_make())
    cart_make({variants[0]: 1}, customer=owner, status="ordered")
    cart_make({variants[0]: 1})
    (found,) = client_of(owner).get("/api/v1/carts").json()["results"]
    assert (found["id"], found["line_count"], found["quantity"]) == (str(cart.id), 3, 6)
    assert api.get("/api/v1/carts").status_code == 401


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


def test_shipping_options_tell_prices_and_from_when_they_are_free(api: APIClient) -> None:
    shipping_method_make("standard", amount=495, free_from_amount=3998, min_days=2, max_days=4, position=1)
    shipping_method_make("express", amount=1200, position=2, description="Tomorrow.")
    shipping_method_make("spain", countries=("ES",), amount=100)
    shipping_method_make("off", is_active=False)
    shipping_method_make("us", market=us_market_make())
    variant = variant_of(product_make())
    cart = cart_make({variant: 1})
    url = f"/api/v1/carts/{cart.id}"

    found = api.get(f"{url}/shipping-options")
    answer = found.json()
    same = api.get(f"{url}/shipping-options", headers={"If-None-Match": found.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")

    assert answer["country"] == "DE"
    assert [(option["code"], option["price"], option["is_free"]) for option in answer["results"]] == [
        ("standard", eur(495), False),
        ("express", eur(1200), False),
    ]
    assert answer["results"][0]["free_from"] == eur(3998)
    assert (answer["results"][0]["min_days"], answer["results"][1]["free_from"]) == (2, None)
    api.post(f"{url}/lines", {"sku": variant.sku, "quantity": 1})
    option = api.get(f"{url}/shipping-options").json()["results"][0]
    assert (option["price"], option["regular_price"], option["is_free"]) == (eur(0), eur(495), True)
