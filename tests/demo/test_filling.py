"""The demo fills an empty shop through the shop's own services, and what it makes adds up."""

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F, Sum
from rest_framework.test import APIClient

from demo.filling import Filled, ShopState, shop_state
from demo.loader import Content
from demo.pictures import Drawn, drawn
from inventory.models import StockLevel
from markets.models import Market
from orders.models import Order
from payments.models import Payment
from products.models import Media, Product, Variant
from tests.factories.catalogue import market_make
from users.models import User

pytestmark = pytest.mark.django_db


def _demo(**options: bool) -> str:
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def few_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the pictures of two products only; the README's test draws them all."""

    def two(content: Content) -> AbstractContextManager[Iterator[Drawn]]:
        return drawn(replace(content, products=content.products[:2]))

    monkeypatch.setattr("demo.filling.shop.drawn", two)


def test_an_empty_shop_is_filled_once_and_adds_up(api: APIClient, few_pictures: None) -> None:
    said = _demo()
    assert "64 products in 171 variants" in said
    assert "createsuperuser" in said
    assert not User.objects.filter(is_staff=True).exists()
    assert shop_state() is ShopState.DEMO
    assert (Product.objects.count(), Variant.objects.count(), Order.objects.count()) == (64, 171, 27)
    assert Media.objects.exclude(renditions={}).count() == Media.objects.count() > 0

    # Stock is the sum of its ledger, and of it no more is promised than open orders wait for.
    sums = StockLevel.objects.annotate(moved=Sum("movements__on_hand_delta"), promised=Sum("movements__reserved_delta"))
    told = {level.pk: (level.on_hand, level.reserved) for level in sums}
    assert {level.pk: (level.moved or 0, level.promised or 0) for level in sums} == told
    waiting = Order.objects.exclude(status="cancelled").aggregate(
        pieces=Sum(F("lines__quantity") - F("lines__fulfilled_quantity"))
    )
    untracked = (
        Order.objects.exclude(status="cancelled")
        .filter(lines__variant__is_stock_tracked=False)
        .aggregate(pieces=Sum(F("lines__quantity") - F("lines__fulfilled_quantity")))
    )
    reserved = StockLevel.objects.aggregate(pieces=Sum("reserved"))
    assert reserved["pieces"] == waiting["pieces"] - (untracked["pieces"] or 0)

    # Money: what orders say was paid is what their payments captured.
    captured = Payment.objects.aggregate(amount=Sum("captured_amount"), back=Sum("refunded_amount"))
    paid = Order.objects.aggregate(amount=Sum("paid_amount"), back=Sum("refunded_amount"))
    assert captured == paid
    outcomes = Counter(Order.objects.values_list("status", flat=True))
    assert set(outcomes) == {"pending", "confirmed", "completed", "cancelled"}

    # It can be read at once, and a second filling changes nothing.
    listed = api.get("/api/v1/products?market=eu&limit=100&count=exact").json()
    assert listed["count"] == 64
    assert sum(bool(product["images"]) for product in listed["results"]) == 2
    before = (Order.objects.count(), Product.objects.count(), Product.objects.aggregate(sum=Sum("version"))["sum"])
    assert "nothing was changed" in _demo()
    assert _demo(if_empty=True) == ""
    after = (Order.objects.count(), Product.objects.count(), Product.objects.aggregate(sum=Sum("version"))["sum"])
    assert after == before


def test_somebodys_own_shop_is_left_alone() -> None:
    market_make(code="mine")
    with pytest.raises(CommandError, match="data of its own"):
        _demo()
    assert _demo(if_empty=True) == ""
    assert (Market.objects.count(), Product.objects.count()) == (1, 0)


def test_in_development_the_first_member_of_staff_is_made_with_a_new_password(
    settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.management.commands.demo.shop_fill", _nothing_much)
    settings.DEBUG = True  # type: ignore[attr-defined]
    line = next(line for line in _demo().splitlines() if "admin@example.com" in line)
    user = User.objects.get(email="admin@example.com")
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert user.check_password(line.split()[-1])


def _nothing_much() -> Filled:
    return Filled(product_count=0, variant_count=0, picture_count=0, customer_count=0, order_count=0)
