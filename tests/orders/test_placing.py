"""Placing an order through the API: once, whole, at the price that the buyer saw."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from events.models import Event, IdempotencyKey
from inventory.models import StockMovement, StockReservation
from orders.models import Order
from payments.models import PaymentEvent
from products.models import Price
from tests.factories.carts import ADDRESS, US_ADDRESS, cart_make, ready_cart_make, shipping_method_make
from tests.factories.catalogue import (
    product_make,
    tax_rate_make,
    us_market_make,
    variant_of,
)
from tests.factories.money import eur
from tests.factories.orders import total_of
from tests.factories.users import user_make
from tests.orders.steps import levels, place
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


def test_an_order_says_everything_that_the_cart_said(api: APIClient) -> None:
    tax_rate_make()
    mug, poster = (
        product_make("Mug", variants=2),
        product_make("Poster", price=500, variants=[{"sku": "POSTER", "is_taxable": False}]),
    )
    cart = ready_cart_make(
        {variant_of(mug, 1): 2, variant_of(poster): 1},
        billing_address=ADDRESS | {"name": "The Firm"},
        note="Ring twice",
        metadata={"campaign": "x"},
    )
    answer = place(api, cart)
    assert answer.status_code == 201
    body = answer.json()
    order = Order.objects.get()
    tax = 638 + 79
    assert body == {
        "id": str(order.id),
        "number": order.number,
        "cart_id": str(cart.id),
        "status": "pending",
        "payment_status": "unpaid",
        "fulfilment_status": "unfulfilled",
        "market": "eu",
        "currency": "EUR",
        "language": "en",
        "email": "ada@example.com",
        "customer_id": None,
        "prices_include_tax": True,
        "lines": body["lines"],
        "totals": {
            "subtotal": eur(4498),
            "discount": eur(0),
            "shipping": eur(495),
            "tax": eur(tax),
            "rounding": eur(0),
            "total": eur(4993),
        },
        "explanation": body["explanation"],
        "paid": eur(0),
        "refunded": eur(0),
        "owed": eur(4993),
        "payments": [],
        "fulfilments": [],
        "shipping_address": ADDRESS,
        "billing_address": ADDRESS | {"name": "The Firm"},
        "shipping_method": {
            "code": "standard",
            "name": "Standard",
            "pickup_point": None,
            "earliest_on": None,
            "latest_on": None,
        },
        "vat_id": "",
        "tax_decision": body["tax_decision"],
        "note": "Ring twice",
        "metadata": {"campaign": "x"},
        "reserved_until": body["reserved_until"],
        "placed_at": body["placed_at"],
        "cancelled_at": None,
        "cancel_reason": "",
        "version": 1,
        "updated_at": body["placed_at"],
        "token": body["token"],
    }
    first, second = body["lines"]
    assert first == {
        "id": first["id"],
        "position": 0,
        "variant_id": str(variant_of(mug, 1).id),
        "sku": variant_of(mug, 1).sku,
        "title": "Mug",
        "variant_title": "Size 2",
        "requires_shipping": True,
        "is_gift": False,
        "is_gift_card": False,
        "quantity": 2,
        "fulfilled_quantity": 0,
        "backordered_quantity": 0,
        "promised_on": None,
        "returned_quantity": 0,
        "unit_price": eur(1999),
        "price_list": None,
        "subtotal": eur(3998),
        "discount": eur(0),
        "tax": eur(638),
        "total": eur(3998),
    }
    assert (second["position"], second["title"], second["tax"], second["total"]) == (1, "Poster", eur(0), eur(500))
    assert [
        (row["kind"], row["line_id"], row["amount"]["amount"], row["is_included"]) for row in body["explanation"]
    ] == [
        ("tax", first["id"], 638, True),
        ("shipping", None, 495, False),
        ("tax", None, 79, True),
    ]
    assert answer.headers["Location"].endswith(f"/api/v1/orders/{order.id}")
    read = api.get(answer.headers["Location"], headers={"X-Order-Token": body["token"]})
    assert read.json() == {name: value for name, value in body.items() if name != "token"}
    assert read.headers["ETag"] == answer.headers["ETag"]


def test_placing_leaves_its_traces(api: APIClient) -> None:
    cart = ready_cart_make({variant_of(product_make()): 2})
    place(api, cart)
    order = Order.objects.get()
    assert levels() == [(10, 2)]
    movement = StockMovement.objects.get()
    assert (movement.kind, movement.reserved_delta, movement.order_id, movement.actor) == (
        "reserved",
        2,
        order.id,
        "guest",
    )
    reservation = StockReservation.objects.get()
    assert (reservation.quantity, reservation.order_line_id) == (2, order.lines.get().id)
    assert list(order.history.values_list("kind", "message", "actor")) == [("placed", "Order placed.", "guest")]
    event = Event.objects.get()
    assert (event.type, event.aggregate_id, event.data["number"], event.data["total_amount"]) == (
        "order.placed",
        order.id,
        order.number,
        4493,
    )
    cart.refresh_from_db()
    assert cart.status == "ordered"
    assert order.reserved_until == order.placed_at + timedelta(minutes=settings.ORDER_RESERVATION_MINUTES)


def test_net_prices_get_their_tax_on_top(api: APIClient) -> None:
    market = us_market_make()
    tax_rate_make(country="US", region="NY", rate_ppm=88_750, name="Sales tax")
    method = shipping_method_make(market=market, amount=500)
    variant = variant_of(product_make(market=market, price=1000))
    cart = ready_cart_make({variant: 3}, market=market, shipping_address=US_ADDRESS, shipping_method=method)
    body = place(api, cart).json()
    amounts = {name: money["amount"] for name, money in body["totals"].items()}
    assert amounts == {"subtotal": 3000, "discount": 0, "shipping": 500, "tax": 266 + 44, "rounding": 0, "total": 3810}
    assert body["lines"][0]["total"] == {"amount": 3266, "currency": "USD"}


@pytest.mark.parametrize("line_count", [1, 50])
def test_the_number_of_statements_is_fixed(api: APIClient, line_count: int) -> None:
    tax_rate_make()
    product = product_make(variants=line_count)
    cart = ready_cart_make(dict.fromkeys(product.variants.all(), 1))
    total = total_of(cart).amount
    with CaptureQueriesContext(connection) as queries:
        answer = place(api, cart, total)
    assert answer.status_code == 201
    assert len(answer.json()["lines"]) == line_count
    statements = [query["sql"].strip().split("\n")[0][:60] for query in queries]
    # BEGIN and COMMIT stand here as SAVEPOINT and RELEASE, since the test itself is in a transaction.
    print(*statements, sep="\n")  # noqa: T201 (what `pytest -s` shows)
    assert len(statements) == 16
    # Whoever wants the same goods waits for the row from this statement to the commit right after it: one round trip.
    wrote = [sql["sql"] for sql in queries if "UPDATE inventory_stocklevel" in sql["sql"]]
    assert wrote == [queries[-2]["sql"]]


def test_numbers_count_up_and_start_with_t(api: APIClient) -> None:
    variant = variant_of(product_make())
    method = shipping_method_make()
    numbers = [place(api, ready_cart_make({variant: 1}, shipping_method=method)).json()["number"] for _ in range(3)]
    assert all(number.startswith("T") for number in numbers)
    values = [int(number[1:]) for number in numbers]
    assert values == [values[0], values[0] + 1, values[0] + 2]


def test_the_same_key_answers_the_same_order_with_its_token(api: APIClient) -> None:
    cart = ready_cart_make({variant_of(product_make()): 1})
    key = str(uuid.uuid4())
    first, second = place(api, cart, 2494, key=key), place(api, cart, 2494, key=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert first.json()["token"]
    assert "Idempotent-Replayed" in second.headers
    assert Order.objects.count() == 1


def test_the_same_cart_again_is_the_same_order(api: APIClient) -> None:
    cart = ready_cart_make({variant_of(product_make()): 1})
    first, second = place(api, cart, 2494), place(api, cart, 2494)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert (Order.objects.count(), levels()) == (1, [(10, 1)])


def test_the_token_lies_nowhere_in_the_database(api: APIClient) -> None:
    token = place(api, ready_cart_make({variant_of(product_make()): 1})).json()["token"]
    assert bytes(Order.objects.get().token_digest) == hashlib.sha256(token.encode()).digest()
    assert token.encode() not in bytes(IdempotencyKey.objects.get().body)


def test_a_token_outlives_a_new_secret_key(api: APIClient, settings: Any) -> None:
    cart = ready_cart_make({variant_of(product_make()): 1})
    token = place(api, cart, 2494).json()["token"]
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-that-is-long-enough-to-sign-things"
    again = place(api, cart, 2494).json()
    assert again["token"] == token
    assert api.get(f"/api/v1/orders/{again['id']}", headers={"X-Order-Token": token}).status_code == 200


def test_a_guest_s_cart_becomes_the_order_of_who_is_logged_in(client_of: ClientOf) -> None:
    customer = user_make()
    cart = ready_cart_make({variant_of(product_make()): 1})
    assert place(client_of(customer), cart, 2494).json()["customer_id"] == str(customer.id)


def test_untracked_goods_need_no_stock_and_no_shipping_no_address(api: APIClient) -> None:
    variant = variant_of(product_make(stock=None, variants=[{"requires_shipping": False}]))
    cart = cart_make({variant: 1000}, email="ada@example.com")
    body = place(api, cart).json()
    assert (body["shipping_method"], body["shipping_address"], body["totals"]["total"]["amount"]) == (
        None,
        None,
        1_999_000,
    )
    assert not StockMovement.objects.exists()


def test_nothing_to_pay_is_confirmed_at_once(api: APIClient) -> None:
    variant = variant_of(product_make(price=0, variants=[{"requires_shipping": False}]))
    body = place(api, cart_make({variant: 1}, seen=0, email="ada@example.com"), payment_method="bank_transfer").json()
    assert (body["status"], body["payment_status"], body["reserved_until"], body["payments"]) == (
        "confirmed",
        "paid",
        None,
        [],
    )


def test_a_bank_transfer_is_awaited(api: APIClient) -> None:
    body = place(api, ready_cart_make({variant_of(product_make()): 2}), payment_method="bank_transfer").json()
    (payment,) = body["payments"]
    assert (payment["method"], payment["status"], payment["amount"]["amount"]) == ("bank_transfer", "pending", 4493)
    assert (body["status"], body["payment_status"]) == ("pending", "unpaid")
    assert list(PaymentEvent.objects.values_list("kind", "amount", "actor")) == [("created", 4493, "guest")]


def test_cash_on_delivery_is_accepted_on_account(api: APIClient) -> None:
    body = place(api, ready_cart_make({variant_of(product_make()): 2}), payment_method="cash_on_delivery").json()
    assert (body["status"], body["payment_status"], body["reserved_until"]) == ("confirmed", "unpaid", None)


def test_what_was_sold_stays_when_the_product_changes(api: APIClient) -> None:
    product = product_make("Mug")
    variant = variant_of(product)
    placed = place(api, ready_cart_make({variant: 1})).json()
    product.title = "Cup"
    product.save()
    Price.objects.update(amount=9999)
    read = api.get(f"/api/v1/orders/{placed['id']}", headers={"X-Order-Token": placed["token"]}).json()
    assert (read["lines"], read["totals"]) == (placed["lines"], placed["totals"])


def test_a_shop_front_in_a_browser_may_place_orders(api: APIClient, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://front.example"]
    wanted = "authorization, content-type, idempotency-key, x-order-token, if-match, if-none-match, x-request-id"
    preflight = api.options(
        "/api/v1/orders",
        headers={
            "Origin": "https://front.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": wanted,
        },
    )
    allowed = {name.strip() for name in preflight.headers["Access-Control-Allow-Headers"].split(",")}
    assert set(wanted.split(", ")) <= allowed
    answer = place(api, ready_cart_make({variant_of(product_make()): 1}), key=str(uuid.uuid4()))
    assert "Access-Control-Expose-Headers" not in answer.headers
    read = api.get("/api/v1/orders", headers={"Origin": "https://front.example"})
    exposed = {name.strip() for name in read.headers["Access-Control-Expose-Headers"].split(",")}
    assert {"ETag", "Location", "Idempotent-Replayed", "Retry-After"} <= exposed
