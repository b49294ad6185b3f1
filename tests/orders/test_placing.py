"""Placing an order through the API: once, whole or not at all, at the price that the buyer saw."""

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

from cart.models import Cart
from core import clock
from events.models import Event, IdempotencyKey
from inventory.models import StockLevel, StockMovement, StockReservation
from inventory.selectors import StockOffer
from markets.models import Market
from orders.models import Order, OrderHistory
from payments.models import Payment, PaymentEvent
from products.models import Price, Variant
from tests.factories.carts import ADDRESS, US_ADDRESS, cart_make, ready_cart_make, shipping_method_make
from tests.factories.catalogue import (
    product_make,
    tax_rate_make,
    us_market_make,
    variant_of,
)
from tests.factories.orders import total_of
from tests.factories.users import staff_make, user_make
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


def place(api: APIClient, cart: Cart, amount: int | None = None, /, *, key: str | None = None, **body: Any) -> Any:
    """Send a placing of a cart, expecting its total unless said otherwise."""
    total = {"amount": total_of(cart).amount if amount is None else amount, "currency": cart.market.currency}
    return api.post(
        "/api/v1/orders",
        {"cart": str(cart.id), "expected_total": total, **body},
        headers={"Idempotency-Key": key or str(uuid.uuid4())},
    )


def levels() -> list[tuple[int, int]]:
    return list(StockLevel.objects.order_by("id").values_list("on_hand", "reserved"))


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def assert_nothing_happened(cart: Cart) -> None:
    for model in (Order, Payment, StockMovement, StockReservation, OrderHistory, Event, IdempotencyKey):
        assert not model.objects.exists(), model
    assert all(reserved == 0 for _, reserved in levels())
    cart.refresh_from_db()
    assert cart.status == "open"


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
        "shipping_method": {"code": "standard", "name": "Standard"},
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
        "quantity": 2,
        "fulfilled_quantity": 0,
        "backordered_quantity": 0,
        "promised_on": None,
        "returned_quantity": 0,
        "unit_price": eur(1999),
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
    assert amounts == {"subtotal": 3000, "discount": 0, "shipping": 500, "tax": 266 + 44, "total": 3810}
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
    assert len(statements) == 14
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
    monkeypatch.setattr("cart.quoting.stock_offers", lambda ids, **_: dict.fromkeys(ids, StockOffer(None)))
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
def test_a_closed_cart_is_refused(api: APIClient, status: str) -> None:
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


def test_what_was_sold_stays_when_the_product_changes(api: APIClient) -> None:
    product = product_make("Mug")
    variant = variant_of(product)
    placed = place(api, ready_cart_make({variant: 1})).json()
    product.title = "Cup"
    product.save()
    Price.objects.update(amount=9999)
    read = api.get(f"/api/v1/orders/{placed['id']}", headers={"X-Order-Token": placed["token"]}).json()
    assert (read["lines"], read["totals"]) == (placed["lines"], placed["totals"])


def test_a_market_that_closed_sells_nothing(api: APIClient) -> None:
    cart = ready_cart_make({variant_of(product_make()): 1})
    Market.objects.update(is_active=False)
    assert place(api, cart).json()["problems"][0]["code"] == "market_closed"
    assert_nothing_happened(cart)


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
