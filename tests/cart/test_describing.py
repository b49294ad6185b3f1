"""Describing a cart over HTTP until it is ready: addresses, e-mail, method, and what is refused of it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.cart.conditions import state
from tests.factories.carts import ADDRESS, cart_make, ready_cart_make, shipping_method_make
from tests.factories.catalogue import product_make, us_market_make, variant_of
from tests.factories.money import eur

pytestmark = pytest.mark.django_db


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
        "kind": "delivery",
        "min_days": None,
        "max_days": None,
        "earliest_on": None,
        "latest_on": None,
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
