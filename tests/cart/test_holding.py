"""Holding a cart's goods through the API: all of them or none, until a time, given back by any change of the lines."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from cart.models import Cart
from cart.services import carts_sweep
from core import clock
from inventory.models import StockLevel, StockMovement, StockReservation
from inventory.services import reservations_sweep
from orders.models import Order
from products.models import Variant
from tests.concurrency.goods import receive, stocked
from tests.factories.carts import ADDRESS, cart_make, ready_cart_make
from tests.factories.catalogue import product_make, variant_of
from tests.factories.orders import total_of
from tests.factories.promotions import promotion_make
from tests.factories.users import user_make
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]
HOLD = timedelta(minutes=settings.CART_HOLD_MINUTES)


def url_of(cart: Cart, rest: str = "/reservation") -> str:
    return f"/api/v1/carts/{cart.id}{rest}"


def hold(api: APIClient, cart: Cart, **headers: Any) -> Any:
    return api.post(url_of(cart), headers=headers)


def reserved(variant: Variant) -> int:
    return StockLevel.objects.get(variant=variant).reserved


def reservations() -> list[tuple[uuid.UUID | None, int]]:
    return list(StockReservation.objects.order_by("quantity").values_list("cart_id", "quantity"))


def assert_books_add_up() -> None:
    for level in StockLevel.objects.all():
        moved = level.movements.aggregate(sum=Sum("reserved_delta"))["sum"]
        held = level.reservations.aggregate(sum=Sum("quantity", default=0))["sum"]
        assert level.reserved == moved == held


def until_of(api: APIClient, cart: Cart) -> str | None:
    return api.get(url_of(cart, "")).json()["held_until"]


def test_goods_of_all_lines_are_held_until_a_time_and_nobody_else_gets_them(api: APIClient) -> None:
    mug, poster = stocked(3), stocked(5)
    download = variant_of(product_make(stock=None, variants=[{"is_stock_tracked": False}]))
    cart = cart_make({mug: 3, poster: 1, download: 7})
    answer = hold(api, cart)
    assert answer.status_code == 200
    body = answer.json()
    cart.refresh_from_db()
    assert cart.held_until == cart.updated_at + HOLD
    assert body["held_until"] == until_of(api, cart) == cart.held_until.isoformat().replace("+00:00", "Z")
    assert body["version"] == 2
    assert [line["available_quantity"] for line in body["lines"]] == [3, 5, None]
    assert reservations() == [(cart.id, 1), (cart.id, 3)]
    assert set(StockReservation.objects.values_list("expires_at", flat=True)) == {cart.held_until}
    other = api.post("/api/v1/carts", {"lines": [{"variant_id": str(mug.id), "quantity": 1}]})
    assert (other.status_code, other.json()["code"]) == (409, "stock_insufficient")
    assert_books_add_up()


def test_gifts_are_held_too_beside_what_is_bought_of_the_same(api: APIClient) -> None:
    mug, sticker, poster = stocked(5), stocked(3), stocked(1)
    for gift, quantity in ((sticker, 2), (mug, 1), (poster, 2)):
        promotion_make("gift", gift_variant=gift, get_quantity=quantity)
    cart = ready_cart_make({mug: 2})
    answer = hold(api, cart)
    assert answer.status_code == 200
    # Of the poster less is there than would be given, so it isn't.
    assert [line["quantity"] for line in answer.json()["lines"]] == [2, 2, 1]
    assert [reserved(variant) for variant in (mug, sticker, poster)] == [3, 2, 0]
    assert_books_add_up()
    total = {"amount": total_of(cart).amount, "currency": "EUR"}
    body = {"cart": str(cart.id), "expected_total": total}
    placed = api.post("/api/v1/orders", body, headers={"Idempotency-Key": str(uuid.uuid4())})
    assert [(line["quantity"], line["is_gift"]) for line in placed.json()["lines"]] == [
        (2, False),
        (2, True),
        (1, True),
    ]
    assert [reserved(variant) for variant in (mug, sticker, poster)] == [3, 2, 0]
    assert_books_add_up()


def test_past_its_end_a_hold_is_over_without_any_job(api: APIClient) -> None:
    mug = stocked(1)
    cart, other = cart_make({mug: 1}), cart_make({mug: 1})
    tag = hold(api, cart)["ETag"]
    refusal = hold(api, other)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "stock_insufficient")
    assert refusal.json()["errors"][0]["pointer"] == "/lines/0/quantity"
    assert refusal.json()["shortages"] == [{"variant_id": str(mug.id), "requested": 1, "available": 0}]
    assert (until_of(api, other), Cart.objects.get(id=other.id).version) == (None, 1)
    with clock.moved(HOLD + timedelta(seconds=1)):
        read = api.get(url_of(cart, ""), headers={"If-None-Match": tag})
        assert (read.status_code, read.json()["held_until"]) == (200, None)
        assert hold(api, other).status_code == 200
        assert reservations() == [(other.id, 1)]
        assert hold(api, cart).json()["code"] == "stock_insufficient"
        assert (until_of(api, cart), api.delete(url_of(cart)).status_code) == (None, 200)
        assert reservations() == [(other.id, 1)]
    assert_books_add_up()


def test_holding_again_begins_anew(api: APIClient) -> None:
    mug = stocked(2)
    cart = cart_make({mug: 2})
    hold(api, cart)
    with clock.moved(timedelta(minutes=10)):
        assert hold(api, cart).status_code == 200
    cart.refresh_from_db()
    assert cart.held_until == cart.updated_at + HOLD
    assert StockReservation.objects.get().expires_at == cart.held_until
    assert (reserved(mug), cart.version) == (2, 3)
    assert_books_add_up()


def test_giving_back_gives_back_and_again_changes_nothing(api: APIClient) -> None:
    mug = stocked(2)
    cart = cart_make({mug: 2})
    hold(api, cart)
    answer = api.delete(url_of(cart))
    assert (answer.status_code, answer.json()["held_until"], answer.json()["version"]) == (200, None, 3)
    assert (reserved(mug), reservations()) == (0, [])
    again = api.delete(url_of(cart))
    assert (again.status_code, again["ETag"], again.json()) == (200, answer["ETag"], answer.json())
    assert [(one.kind, one.reserved_delta, one.cart_id) for one in StockMovement.objects.order_by("id")[1:]] == [
        ("reserved", 2, cart.id),
        ("released", -2, cart.id),
    ]
    assert_books_add_up()


@pytest.mark.parametrize("change", ["add", "change", "replace", "remove"])
def test_a_change_of_the_lines_gives_the_goods_back(api: APIClient, change: str) -> None:
    mug, poster = stocked(5), stocked(5)
    cart = cart_make({mug: 2})
    line = url_of(cart, f"/lines/{cart.lines.get().id}")
    body = {"variant_id": str(poster.id), "quantity": 5}
    acts: dict[str, Callable[[], Any]] = {
        "add": lambda: api.post(url_of(cart, "/lines"), body),
        "change": lambda: api.patch(line, {"quantity": 5}),
        "replace": lambda: api.put(url_of(cart, "/lines"), {"lines": [body]}),
        "remove": lambda: api.delete(line),
    }
    hold(api, cart)
    with CaptureQueriesContext(connection) as queries:
        answer = acts[change]()
    assert (answer.status_code, answer.json()["held_until"]) == (200, None)
    assert (reserved(mug), reservations()) == (0, [])
    # The stock's lock is had for the commit only.
    assert "inventory_stockreservation" in queries[-2]["sql"]
    assert_books_add_up()


def test_a_refused_change_of_the_lines_gives_nothing_back(api: APIClient) -> None:
    mug = stocked(2)
    cart = cart_make({mug: 2})
    until = hold(api, cart).json()["held_until"]
    refusal = api.post(url_of(cart, "/lines"), {"variant_id": str(mug.id), "quantity": 1})
    assert refusal.json()["code"] == "stock_insufficient"
    assert (until_of(api, cart), reservations()) == (until, [(cart.id, 2)])


def test_what_is_said_of_a_cart_gives_nothing_back(api: APIClient) -> None:
    mug = stocked(2)
    cart = cart_make({mug: 2})
    until = hold(api, cart).json()["held_until"]
    answer = api.patch(url_of(cart, ""), {"email": "ada@example.com", "shipping_address": ADDRESS})
    assert (answer.status_code, answer.json()["held_until"], reserved(mug)) == (200, until, 2)


def test_the_order_takes_the_hold_over(api: APIClient) -> None:
    mug = stocked(2)
    cart = ready_cart_make({mug: 2})
    hold(api, cart)
    answer = api.post(
        "/api/v1/orders",
        {"cart": str(cart.id), "expected_total": {"amount": total_of(cart).amount, "currency": "EUR"}},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert answer.status_code == 201
    held = StockReservation.objects.get()
    assert (held.cart_id, held.order_id, held.quantity, reserved(mug)) == (None, Order.objects.get().id, 2, 2)
    cart.refresh_from_db()
    assert (cart.held_until, until_of(api, cart)) == (None, None)
    assert_books_add_up()


def test_merging_gives_back_what_either_held_and_taking_over_keeps_it(client_of: ClientOf) -> None:
    mug, poster = stocked(5), stocked(5)
    owner = user_make()
    client = client_of(owner)
    first = cart_make({mug: 1})
    until = hold(APIClient(), first).json()["held_until"]
    taken = client.post(url_of(first, "/claim")).json()
    assert (taken["held_until"], reserved(mug)) == (until, 1)
    second = cart_make({poster: 2})
    hold(APIClient(), second)
    merged = client.post(url_of(second, "/claim")).json()
    assert (merged["id"], merged["held_until"], len(merged["lines"])) == (str(first.id), None, 2)
    assert (reservations(), reserved(mug), reserved(poster)) == ([], 0, 0)
    assert set(Cart.objects.values_list("held_until", flat=True)) == {None}
    assert_books_add_up()


@pytest.mark.parametrize("is_held", [True, False])
def test_a_dropped_cart_that_has_held_stock_leaves_an_empty_shell(
    api: APIClient, client_of: ClientOf, *, is_held: bool
) -> None:
    mug = stocked(2)
    owner = user_make()
    cart = ready_cart_make({mug: 2}, customer=owner, note="Ring twice.", metadata={"a": 1}, billing_address=ADDRESS)
    client = client_of(owner)
    hold(client, cart)
    if not is_held:
        client.delete(url_of(cart))
    assert client.delete(url_of(cart, "")).status_code == 204
    assert (reserved(mug), reservations()) == (0, [])
    shell = api.get(url_of(cart, "")).json()
    assert (shell["status"], shell["lines"], shell["held_until"], shell["customer_id"]) == ("expired", [], None, None)
    assert (shell["email"], shell["note"], shell["metadata"], shell["shipping_method"]) == (None, "", {}, None)
    assert (shell["shipping_address"], shell["billing_address"]) == (None, None)
    assert client.delete(url_of(cart, "")).json()["code"] == "cart_closed"
    assert client.post("/api/v1/carts", {}).status_code == 201
    assert_books_add_up()


def test_a_hold_ends_with_its_cart_and_both_are_swept(api: APIClient, settings: Any) -> None:
    settings.CART_HOLD_MINUTES = 60 * 24 * 365
    mug = stocked(2)
    cart = cart_make({mug: 2})
    body = hold(api, cart).json()
    assert body["held_until"] == body["expires_at"]
    with clock.moved(timedelta(days=31)):
        assert (carts_sweep(), reservations_sweep()) == (1, 2)
        assert until_of(api, cart) is None
        assert (reserved(mug), reservations()) == (0, [])
        assert_books_add_up()


def test_only_what_can_be_had_in_full_is_held(api: APIClient) -> None:
    plenty, scarce, limited = stocked(5), stocked(1), stocked(5)
    Variant.objects.filter(id=limited.id).update(max_order_quantity=2)
    gone = variant_of(product_make(stock=5, status="draft"))
    refusals = {
        "cart_empty": cart_make(),
        "variant_unavailable": cart_make({plenty: 1, gone: 1}),
        "quantity_too_large": cart_make({plenty: 1, limited: 3}),
        "stock_insufficient": cart_make({plenty: 1, scarce: 2}),
    }
    for code, cart in refusals.items():
        refusal = hold(api, cart)
        assert (refusal.status_code, refusal.json()["code"]) == (409, code)
        assert Cart.objects.get(id=cart.id).version == 1
        pointers = [error["pointer"] for error in refusal.json().get("errors", [])]
        assert pointers in ([], ["/lines/1/quantity"], ["/lines/1/variant_id"])
    assert reservations() == []


@pytest.mark.parametrize("status", ["ordered", "merged", "expired"])
def test_only_an_open_cart_is_held(api: APIClient, status: str) -> None:
    cart = cart_make({stocked(1): 1}, status=status)
    for refusal in (hold(api, cart), api.delete(url_of(cart))):
        assert (refusal.status_code, refusal.json()["code"]) == (409, "cart_closed")
    assert reservations() == []


def test_only_its_owner_holds_and_only_at_the_version_that_was_read(client_of: ClientOf) -> None:
    owner = user_make()
    client = client_of(owner)
    cart = cart_make({stocked(1): 1}, customer=owner)
    stranger = client_of(user_make())
    assert hold(stranger, cart).status_code == hold(APIClient(), cart).status_code == 404
    stale = {"If-Match": '"7.abc"'}
    assert hold(client, cart, **stale).json()["code"] == "cart_changed"
    tag = client.get(url_of(cart, ""))["ETag"]
    assert hold(client, cart, **{"If-Match": tag}).status_code == 200
    assert client.delete(url_of(cart), headers={"If-Match": tag}).json()["code"] == "cart_changed"
    assert reservations() == [(cart.id, 1)]


def test_the_same_key_holds_once(api: APIClient) -> None:
    cart = cart_make({stocked(1): 1})
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, again = hold(api, cart, **key), hold(api, cart, **key)
    assert (first.json(), again["Idempotent-Replayed"]) == (again.json(), "true")
    assert Cart.objects.get().version == 2


@pytest.mark.parametrize("count", [1, 20])
def test_the_stock_is_locked_last_and_any_number_of_lines_costs_the_same(api: APIClient, count: int) -> None:
    variants = list(product_make(variants=count, stock=None).variants.all())
    for variant in variants:
        receive(variant, 5)
    cart = cart_make(dict.fromkeys(variants, 1))
    for act in (lambda: hold(api, cart), lambda: api.delete(url_of(cart))):
        with CaptureQueriesContext(connection) as queries:
            assert act().status_code == 200
        assert len(queries) == 10
        assert "inventory_stockreservation" in queries[-2]["sql"]
