"""The same to the last cent in the cart, the order, its explanation and its refunds: random shops and buyers."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from rest_framework.test import APIClient

from cart.models import Cart, CartCode
from core.money import Money
from markets.models import Market
from orders.models import Order
from orders.services import ReturnLine, order_fulfil, order_goods_return, order_mark_paid, order_payment_refund
from products.models import Variant
from promotions.models import Code, GiftCard, StoreCredit
from tests.factories.carts import ready_cart_make, shipping_method_make
from tests.factories.catalogue import (
    location_make,
    market_make,
    price_list_make,
    product_make,
    tax_category_make,
    tax_rate_make,
    variant_of,
)
from tests.factories.credit import gift_card_make, store_credit_make
from tests.factories.promotions import promotion_make
from tests.factories.users import staff_make, user_make
from tests.orders.steps import STAFF, place
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


def market_of(dice: random.Random) -> Market:
    currency, step = dice.choice([("EUR", 1), ("JPY", 1), ("KWD", 1), ("CHF", 5)])
    return market_make(
        currency=currency,
        countries=["DE"],
        prices_include_tax=dice.random() < 0.5,
        rounding=dice.choice(["half_up", "half_even"]),
        rounding_place=dice.choice(["line", "total"]),
        cash_step=step,
        tax_country=dice.choice(["", "ES"]),
    )


def taxes_make(dice: random.Random) -> None:
    reduced = tax_category_make("reduced", is_default=False)
    tax_rate_make(rate_ppm=dice.choice([190_000, 88_750]))
    tax_rate_make(rate_ppm=dice.choice([25_500, 70_000]), category=reduced)
    if dice.random() < 0.5:
        tax_rate_make(name="City", rate_ppm=9_975, position=1, is_compound=dice.random() < 0.5)


def goods_make(dice: random.Random, market: Market) -> list[Variant]:
    reduced = tax_category_make("reduced", is_default=False)
    goods = [
        variant_of(
            product_make(
                price=dice.choice([1, 99, 333, 1999, 12_345]),
                market=market,
                stock=100,
                tax_category=dice.choice([None, reduced]),
            )
        )
        for _ in range(4)
    ]
    price_list_make("tiers", {goods[0]: {3: 77}}, market=market)
    return goods


def promotions_make(dice: random.Random, market: Market, goods: list[Variant]) -> None:
    amount = dice.choice([1, 250, 100_000])
    makers: list[Callable[..., Any]] = [
        lambda **more: promotion_make(rate_ppm=dice.choice([33_333, 100_000, 1_000_000]), **more),
        lambda **more: promotion_make("amount", amount=amount, currency=market.currency, **more),
        lambda **more: promotion_make("free_shipping", max_amount=100, currency=market.currency, **more),
        lambda **more: promotion_make("buy_get", buy_quantity=1, get_quantity=1, rate_ppm=500_000, **more),
        lambda **more: promotion_make("gift", gift_variant=goods[-1], get_quantity=1, **more),
    ]
    for number, make in enumerate(dice.sample(makers, dice.randint(0, 4))):
        make(code=dice.choice(["", f"CODE{number}"]), group=dice.choice(["", "", "one"]), budget_amount=10**6)


def cart_of(dice: random.Random, market: Market, goods: list[Variant]) -> Cart:
    buyer = user_make() if dice.random() < 0.7 else None
    if buyer is not None and dice.random() < 0.3:
        User.objects.filter(id=buyer.id).update(tax_exemption_reason="embassy")
    method = shipping_method_make(
        market=market, amount=dice.choice([0, 495, 997]), is_taxed_as_goods=dice.random() < 0.5
    )
    cards = [gift_card_make(dice.choice([7, 400, 10**6]), currency=market.currency) for _ in range(dice.randint(0, 2))]
    if buyer is not None:
        store_credit_make(buyer, 555, currency=market.currency)
    cart = ready_cart_make(
        {variant: dice.randint(1, 7) for variant in dice.sample(goods, dice.randint(1, 4))},
        market=market,
        shipping_method=method,
        customer=buyer,
        vat_id=dice.choice(["", "FR40303265045"]),
        gift_card_ids=[card.id for card in cards],
        use_store_credit=buyer is not None and dice.random() < 0.5,
    )
    for code in Code.objects.all():
        CartCode.objects.create(cart=cart, code=code)
    return cart


def rows_of(body: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the explanation with lines by their place: a cart's and an order's have ids of their own."""
    places = {line["id"]: place for place, line in enumerate(body["lines"])}
    return [
        (row["kind"], row["label"], row["source"], places.get(row["line_id"]), row["amount"], row["is_included"])
        for row in body["explanation"]
    ]


def lines_of(body: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    names = ("sku", "quantity", "unit_price", "price_list", "subtotal", "discount", "tax", "total")
    return [tuple(line[name] for name in names) for line in body["lines"]]


def give_back_in_parts(dice: random.Random, staff: APIClient, order: Order) -> int:
    """Return goods in random parts, refund what is proposed each time, and return what that came to."""
    given = 0
    while True:
        left = {line: line.quantity - line.returned_quantity for line in order.lines.all()}
        parts = [ReturnLine(line.id, dice.randint(1, count)) for line, count in left.items() if count]
        if not parts:
            return given
        parts = dice.sample(parts, dice.randint(1, len(parts)))
        order_goods_return(order_id=order.id, lines=parts, location_id=location_make().id, actor=STAFF)
        amount = staff.get(f"/api/v1/orders/{order.number}/refund-proposal").json()["amount"]["amount"]
        given += amount
        for payment in order.payments.order_by("?"):
            part = min(amount, payment.captured_amount - payment.refunded_amount)
            if part:
                back = Money(part, order.currency)
                order_payment_refund(payment_id=payment.id, amount=back, reason="Back", actor=STAFF)
            amount -= part
        assert amount == 0


def balances() -> list[int]:
    return [
        *GiftCard.objects.order_by("id").values_list("balance_amount", flat=True),
        *StoreCredit.objects.order_by("id").values_list("balance_amount", flat=True),
    ]


def assert_the_same_everywhere(client_of: ClientOf, api: APIClient, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 (the same shop each time)
    market = market_of(dice)
    taxes_make(dice)
    goods = goods_make(dice, market)
    promotions_make(dice, market, goods)
    cart = cart_of(dice, market, goods)
    had = balances()
    client = api if cart.customer is None else client_of(cart.customer)
    seen = client.get(f"/api/v1/carts/{cart.id}").json()

    answer = place(client, cart, seen["totals"]["total"]["amount"], expected_payable=seen["payable"])
    assert answer.status_code == 201, answer.json()
    body = answer.json()
    order = Order.objects.get()

    assert body["totals"] == seen["totals"]
    assert (lines_of(body), rows_of(body)) == (lines_of(seen), rows_of(seen))
    assert order.owed_amount == seen["payable"]["amount"]
    on_top = sum(row["amount"]["amount"] for row in body["explanation"] if not row["is_included"])
    assert order.total_amount == sum(line["subtotal"]["amount"] for line in body["lines"]) + on_top
    staff = client_of(staff_make(email="staff@example.com", rights=["orders:read"]))
    told = staff.get(f"/api/v1/orders/{order.number}?expand=explanation").json()["explained"]["steps"]
    assert [step["so_far"] for step in told if step["so_far"]][-1]["amount"] == order.total_amount

    if order.owed_amount:
        order_mark_paid(order_id=order.id, actor=STAFF)
    order_fulfil(order_id=order.id, lines=None, actor=STAFF)
    assert give_back_in_parts(dice, staff, order) == order.total_amount
    order.refresh_from_db()
    assert order.refunded_amount == order.paid_amount == order.total_amount
    assert balances() == had


@pytest.mark.parametrize("seed", range(2))
def test_all_tell_the_same(client_of: ClientOf, api: APIClient, seed: int) -> None:
    assert_the_same_everywhere(client_of, api, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_all_tell_the_same_many_times(client_of: ClientOf, api: APIClient, seed: int) -> None:
    assert_the_same_everywhere(client_of, api, seed)
