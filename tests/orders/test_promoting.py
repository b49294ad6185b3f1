"""Promotions on orders: copied for good, counted against their limits, gifts held, given back on cancelling."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from cart.models import Cart, CartCode
from core import clock
from inventory.models import StockLevel
from orders.models import Order
from orders.services import order_cancel
from products.models import Variant
from promotions.models import Code, LimitUse, Promotion
from tests.factories.carts import ready_cart_make, shipping_method_make
from tests.factories.catalogue import product_make, variant_of
from tests.factories.orders import total_of
from tests.factories.promotions import promotion_make
from tests.factories.users import user_make
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


def coded_cart(variant: Variant, *codes: str, quantity: int = 1, **fields: Any) -> Cart:
    method = shipping_method_make(f"m{uuid.uuid4().hex[:8]}")
    cart = ready_cart_make({variant: quantity}, shipping_method=method, seen=2000, **fields)
    for code in codes:
        CartCode.objects.create(cart=cart, code=Code.objects.get(code=code))
    return cart


def place(api: APIClient, cart: Cart, total: int | None = None) -> Any:
    amount = total_of(cart).amount if total is None else total
    return api.post(
        "/api/v1/orders",
        {"cart": str(cart.id), "expected_total": {"amount": amount, "currency": "EUR"}},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )


@pytest.fixture
def mug() -> Variant:
    return variant_of(product_make("Mug", price=2000, stock=100))


def uses() -> dict[tuple[str, str], int]:
    return {(use.scope, use.holder): use.used for use in LimitUse.objects.all()}


def test_an_order_keeps_its_promotions_whatever_becomes_of_them(api: APIClient, mug: Variant) -> None:
    promotion = promotion_make(code="TEN", label="Ten")
    promotion_make(label="Never", min_quantity=5)
    body = place(api, coded_cart(mug, "TEN"), 1800 + 495).json()
    assert body["totals"]["discount"]["amount"] == -200
    (row,) = [row for row in body["explanation"] if row["kind"] == "discount"]
    assert (row["label"], row["source"]) == ("Ten (TEN)", f"promotion:{promotion.id}")
    Promotion.objects.all().delete()
    again = api.get(
        f"/api/v1/orders/{body['id']}", {"expand": "explanation"}, headers={"X-Order-Token": body["token"]}
    ).json()
    assert again["totals"] == body["totals"]
    assert [one["label"] for one in again["explained"]["not_applied"]] == ["Never"]
    # Nothing of them was limited, so nobody waits for anybody.
    assert uses() == {}


def test_every_limit_is_claimed_and_given_back(client_of: ClientOf, mug: Variant) -> None:
    ada = user_make(email="ada@example.com")
    promotion = promotion_make(code="TEN", use_limit=5, customer_use_limit=2, budget_amount=1000)
    Code.objects.update(use_limit=3)
    cart = coded_cart(mug, "TEN", customer=ada, email="Other@example.com")
    order = place(client_of(ada), cart).json()
    taken = {
        ("promotion", ""): 1,
        ("promotion", "email:ada@example.com"): 1,
        ("promotion", "email:other@example.com"): 1,
        ("promotion", f"customer:{ada.id}"): 1,
        ("code", ""): 1,
        ("budget", ""): 200,
    }
    assert uses() == taken
    assert LimitUse.objects.get(scope="budget").subject_id == promotion.id
    order_cancel(order_id=uuid.UUID(order["id"]), actor="system")
    assert uses() == dict.fromkeys(taken, 0)


@pytest.mark.parametrize(
    ("limits", "detail"),
    [
        ({"use_limit": 1}, "The code TEN has been used as often as it may be."),
        ({"customer_use_limit": 1}, "The code TEN has been used as often as one customer may."),
        ({"is_first_order_only": True}, "The code TEN has been used as often as one customer may."),
        ({"budget_amount": 300}, "The code TEN can't be had any more: what it may give altogether is spent."),
    ],
)
def test_what_others_took_since_the_quote_is_refused_by_name(
    api: APIClient, mug: Variant, monkeypatch: pytest.MonkeyPatch, limits: dict[str, Any], detail: str
) -> None:
    promotion_make(code="TEN", **limits)
    first, second = coded_cart(mug, "TEN"), coded_cart(mug, "TEN")
    assert place(api, first, 2295).status_code == 201
    # The cart itself knows by now.
    assert place(api, second, 2295).json()["code"] == "price_changed"
    # In a race it doesn't, and the claim finds it.
    monkeypatch.setattr("cart.promoting.used_of", lambda *_: {})
    monkeypatch.setattr("cart.promoting.is_first_order", lambda *_: True)
    answer = place(api, second, 2295)
    assert (answer.status_code, answer.json()["code"]) == (409, "limit_reached")
    assert [(one["pointer"], one["detail"]) for one in answer.json()["errors"]] == [("/codes/TEN", detail)]
    assert answer.json()["limits"] == []
    assert Order.objects.count() == 1
    assert Cart.objects.get(id=second.id).status == "open"


def test_a_gift_is_a_line_of_the_order_and_held(api: APIClient, mug: Variant) -> None:
    sticker = variant_of(product_make("Sticker", price=300, stock=5))
    promotion_make("gift", gift_variant=sticker, get_quantity=2)
    body = place(api, coded_cart(mug), 2000 + 495).json()
    assert [(line["sku"], line["quantity"], line["total"]["amount"]) for line in body["lines"]] == [
        (mug.sku, 1, 2000),
        (sticker.sku, 2, 0),
    ]
    assert StockLevel.objects.get(variant=sticker).reserved == 2
    order_cancel(order_id=uuid.UUID(body["id"]), actor="system")
    assert StockLevel.objects.get(variant=sticker).reserved == 0
    StockLevel.objects.filter(variant=sticker).update(on_hand=1)
    assert [line["sku"] for line in place(api, coded_cart(mug), 2000 + 495).json()["lines"]] == [mug.sku]


def test_a_gift_of_what_is_bought_too_is_held_beside_it(api: APIClient, mug: Variant) -> None:
    promotion_make("gift", gift_variant=mug, get_quantity=1)
    promotion_make("gift", gift_variant=mug, get_quantity=1)
    body = place(api, coded_cart(mug, quantity=2), 4000 + 495).json()
    assert [line["quantity"] for line in body["lines"]] == [2, 1, 1]
    assert StockLevel.objects.get().reserved == 4


def test_a_promotion_that_ends_between_look_and_order_is_told(api: APIClient, mug: Variant) -> None:
    promotion_make(ends_at=clock.now() + timedelta(hours=1))
    cart = coded_cart(mug)
    with clock.moved(timedelta(hours=2)):
        answer = place(api, cart, 2295)
    assert (answer.status_code, answer.json()["code"]) == (409, "price_changed")
    assert answer.json()["quote"]["totals"]["total"]["amount"] == 2495


@pytest.mark.parametrize("count", [1, 20])
def test_placing_costs_the_same_for_any_number_of_lines_and_promotions(api: APIClient, count: int) -> None:
    product = product_make(variants=count)
    for number in range(count):
        promotion_make(code=f"CODE{number}", use_limit=9, customer_use_limit=9, budget_amount=10**6, rate_ppm=10_000)
    cart = ready_cart_make(dict.fromkeys(product.variants.all(), 1))
    for code in Code.objects.all()[:10]:
        CartCode.objects.create(cart=cart, code=code)
    total = total_of(cart).amount
    with CaptureQueriesContext(connection) as queries:
        answer = place(api, cart, total)
    assert answer.status_code == 201, answer.json()
    assert len(queries) == 20
    assert "orders_limituse" in queries[-3]["sql"]
    assert "UPDATE inventory_stocklevel" in queries[-2]["sql"]
