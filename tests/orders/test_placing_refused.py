"""What is not placed: another total, too little stock, an unready, closed or foreign cart, bad input."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import clock
from inventory.selectors import StockOffer
from markets.models import Market
from orders.models import Order
from products.models import Price, Variant
from tests.factories.carts import US_ADDRESS, ready_cart_make
from tests.factories.catalogue import (
    product_make,
    variant_of,
)
from tests.factories.users import staff_make, user_make
from tests.orders.steps import assert_nothing_happened, place
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


def test_another_total_is_refused_with_the_quote(api: APIClient) -> None:
    variant = variant_of(product_make())
    cart = ready_cart_make({variant: 2})
    Price.objects.update(amount=2999)
    answer = place(api, cart, 4493)
    assert (answer.status_code, answer.json()["code"]) == (409, "price_changed")
    assert answer.json()["quote"]["totals"]["total"] == {"amount": 6493, "currency": "EUR"}
    assert answer.json()["quote"]["id"] == str(cart.id)
    assert_nothing_happened(cart)
    assert place(api, cart, 6493).status_code == 201


def test_another_currency_is_another_total(api: APIClient) -> None:
    cart = ready_cart_make({variant_of(product_make()): 2})
    total = {"amount": 4493, "currency": "USD"}
    answer = place(api, cart, expected_total=total)
    assert (answer.status_code, answer.json()["code"]) == (409, "price_changed")
    assert_nothing_happened(cart)


def test_too_little_stock_is_refused_with_how_much_there_is(api: APIClient) -> None:
    plenty, scarce = variant_of(product_make()), variant_of(product_make(stock=3))
    cart = ready_cart_make({plenty: 1, scarce: 4})
    answer = place(api, cart, 10_490)
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_insufficient")
    assert answer.json()["shortages"] == [{"variant_id": str(scarce.id), "requested": 4, "available": 3}]
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/lines/1"]
    assert_nothing_happened(cart)


def test_stock_that_goes_after_the_quote_is_refused_by_the_reservation(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    plenty, scarce = variant_of(product_make()), variant_of(product_make(stock=3))
    cart = ready_cart_make({plenty: 1, scarce: 4})
    monkeypatch.setattr("cart.facts.stock_offers", lambda ids, **_: dict.fromkeys(ids, StockOffer(None)))
    answer = place(api, cart, 10_490)
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_insufficient")
    assert answer.json()["shortages"] == [{"variant_id": str(scarce.id), "requested": 4, "available": 3}]
    assert_nothing_happened(cart)


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        ({"email": ""}, "email_missing"),
        ({"shipping_address": None}, "shipping_address_missing"),
        ({"shipping_address": US_ADDRESS}, "shipping_country_not_served"),
    ],
)
def test_an_unready_cart_is_refused_with_its_problems(api: APIClient, missing: dict[str, Any], code: str) -> None:
    cart = ready_cart_make({variant_of(product_make()): 1}, **missing)
    answer = place(api, cart)
    assert (answer.status_code, answer.json()["code"]) == (409, "cart_not_ready")
    assert code in [problem["code"] for problem in answer.json()["problems"]]
    assert answer.json()["quote"]["is_ready_to_order"] is False
    assert_nothing_happened(cart)


def test_an_empty_cart_is_not_an_order(api: APIClient) -> None:
    cart = ready_cart_make({})
    answer = place(api, cart, 0)
    assert (answer.status_code, answer.json()["problems"][0]["code"]) == (409, "cart_empty")
    assert_nothing_happened(cart)


@pytest.mark.parametrize("status", ["merged", "expired"])
def test_a_closed_cart_is_not_ordered_again(api: APIClient, status: str) -> None:
    cart = ready_cart_make({variant_of(product_make()): 1}, status=status)
    answer = place(api, cart, 2494)
    assert (answer.status_code, answer.json()["code"]) == (409, "cart_closed")
    assert not Order.objects.exists()


def test_a_cart_past_its_time_is_refused(api: APIClient) -> None:
    cart = ready_cart_make({variant_of(product_make()): 1}, expires_at=clock.now() - timedelta(seconds=1))
    assert place(api, cart, 2494).json()["code"] == "cart_closed"
    assert_nothing_happened(cart)


def test_a_deleted_variant_is_refused(api: APIClient) -> None:
    variant = variant_of(product_make(stock=None))
    cart = ready_cart_make({variant: 1})
    Variant.objects.filter(id=variant.id).delete()
    answer = place(api, cart, 0)
    assert (answer.status_code, answer.json()["code"]) == (409, "cart_not_ready")
    assert_nothing_happened(cart)


def test_nobody_orders_somebody_else_s_cart(api: APIClient, client_of: ClientOf) -> None:
    owner = user_make()
    cart = ready_cart_make({variant_of(product_make()): 1}, customer=owner)
    for client in (api, client_of(user_make())):
        assert place(client, cart, 2494).status_code == 404
    assert place(client_of(staff_make(rights=["orders:read"])), cart, 2494).status_code == 403
    assert_nothing_happened(cart)
    answer = place(client_of(owner), cart, 2494)
    assert (answer.status_code, answer.json()["customer_id"]) == (201, str(owner.id))


def test_a_method_that_the_shop_does_not_take(api: APIClient, settings: Any) -> None:
    settings.PAYMENT_METHODS = ["bank_transfer"]
    cart = ready_cart_make({variant_of(product_make()): 1})
    for method in ("cash_on_delivery", "barter"):
        answer = place(api, cart, 2494, payment_method=method)
        assert (answer.status_code, answer.json()["code"]) == (400, "payment_method_unknown")
        assert answer.json()["payment_methods"] == ["bank_transfer"]
    assert_nothing_happened(cart)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"cart": "not-an-id"}, "/cart"),
        ({"cart": 7}, "/cart"),
        ({"cart": None}, "/cart"),
        ({"expected_total": 4493}, "/expected_total"),
        ({"expected_total": {"amount": 44.93, "currency": "EUR"}}, "/expected_total"),
        ({"expected_total": {"amount": "4493", "currency": "EUR"}}, "/expected_total"),
        ({"expected_total": {"amount": -1, "currency": "EUR"}}, "/expected_total"),
        ({"expected_total": {"amount": 4493, "currency": "XXX"}}, "/expected_total"),
        ({"expected_total": {"amount": 4493}}, "/expected_total"),
        ({"payment_method": ""}, "/payment_method"),
        ({"payment_method": "x" * 31}, "/payment_method"),
        ({"coupon": "FREE"}, "/coupon"),
    ],
)
def test_bad_input_is_refused_with_its_field(api: APIClient, change: dict[str, Any], pointer: str) -> None:
    cart = ready_cart_make({variant_of(product_make()): 2})
    answer = place(api, cart, **change)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, [pointer])
    assert_nothing_happened(cart)


def test_a_key_is_required_and_long_enough_for_a_guest(api: APIClient) -> None:
    cart = ready_cart_make({variant_of(product_make()): 2})
    body = {"cart": str(cart.id), "expected_total": {"amount": 4493, "currency": "EUR"}}
    answer = api.post("/api/v1/orders", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
    assert place(api, cart, key="short").json()["code"] == "idempotency_key_invalid"
    assert_nothing_happened(cart)


def test_an_unknown_cart_is_not_found(api: APIClient) -> None:
    cart = ready_cart_make({variant_of(product_make()): 2})
    answer = place(api, cart, cart=str(uuid.uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (404, "cart_not_found")


def test_a_market_that_closed_sells_nothing(api: APIClient) -> None:
    cart = ready_cart_make({variant_of(product_make()): 1})
    Market.objects.update(is_active=False)
    assert place(api, cart).json()["problems"][0]["code"] == "market_closed"
    assert_nothing_happened(cart)
