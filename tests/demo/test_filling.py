"""The demo fills an empty shop through the shop's own services, and what it makes adds up."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F, Sum
from pytest_django import Settings
from rest_framework.test import APIClient

from core import clock
from demo.filling import Filled, ShopState, shop_state
from demo.filling.shop import LOCK
from demo.loader import Content, read
from demo.pictures import Drawn, drawn
from inventory.models import StockLevel
from markets.models import Market
from orders.models import Order
from products.models import Media, PriceList, Product, Variant
from tests.audit.books import audited
from tests.factories.catalogue import market_make, product_make
from users.models import CustomerGroup, User

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


@pytest.mark.usefixtures("in_test_transaction", "few_pictures")
def test_an_empty_shop_is_filled_once_and_adds_up(api: APIClient) -> None:
    said = _demo()
    assert said.index("making goods") < said.index("65 products in 174 variants")
    assert "createsuperuser" in said
    assert not User.objects.filter(is_staff=True).exists()
    assert shop_state() is ShopState.DEMO
    assert (Product.objects.count(), Variant.objects.count(), Order.objects.count()) == (65, 174, 27)
    assert Media.objects.exclude(renditions={}).count() == Media.objects.count() > 0

    # Every counter, total and status is what its ledger says.
    assert audited() == []
    assert audited(since=clock.now() - timedelta(days=7)) == []

    # What can be bought is what the content says, whatever was sold before.
    free = {
        level["variant__sku"]: level["free"]
        for level in StockLevel.objects.values("variant__sku").annotate(free=Sum(F("on_hand") - F("reserved")))
    }
    variants = [variant for product in read().products for variant in product.variants]
    assert free == {variant.sku: sum(variant.stock.values()) for variant in variants if variant.stock is not None}

    assert min(Order.objects.values_list("tax_amount", flat=True)) > 0
    outcomes = Counter(Order.objects.values_list("status", flat=True))
    assert set(outcomes) == {"pending", "confirmed", "completed", "cancelled"}

    # The trade pays less, and everybody who buys more.
    group, price_list = CustomerGroup.objects.get(), PriceList.objects.get(code="trade-eu")
    assert (group.code, group.memberships.count(), price_list.prices.count()) == ("trade", 1, 13)
    told = api.get("/api/v1/variants/BAR-MUG-SEA-250/prices?market=eu&quantity=12").json()
    assert (told["unit_price"]["amount"], told["price_list"]) == (1500, "more-for-less-eu")

    # A promotion that everybody gets, and one by a code.
    pens = Variant.objects.filter(product__categories__slug="writing", prices__market__code="eu").order_by("id")
    lines = [{"variant_id": str(pens[0].id), "quantity": 3}]
    cart = api.post("/api/v1/carts", {"market": "eu", "lines": lines}).json()
    assert [row["label"] for row in cart["explanation"] if row["kind"] == "discount"] == ["3 for 2 on writing"]
    cart = api.post(f"/api/v1/carts/{cart['id']}/codes", {"code": "welcome10"}).json()
    assert [state["is_applied"] for state in cart["codes"]] == [True]

    # It can be read at once, and a second filling changes nothing.
    listed = api.get("/api/v1/products?market=eu&limit=100&count=exact").json()
    assert listed["count"] == 65
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
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.management.commands.demo.shop_fill", _nothing_much)
    settings.DEBUG = True
    line = next(line for line in _demo().splitlines() if "admin@example.com" in line)
    user = User.objects.get(email="admin@example.com")
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert user.check_password(line.split()[-1])

    # The next start leaves it alone, and so does one that finds somebody else's account.
    assert _demo(if_empty=True) == ""
    user.delete()
    User.objects.create_superuser("owner@example.com", "something long")
    assert _demo(if_empty=True) == ""
    assert not User.objects.filter(email="admin@example.com").exists()


def test_a_staff_member_who_was_not_made_in_time_is_made_by_the_next_start(settings: Settings) -> None:
    _nothing_much()
    settings.DEBUG = True
    assert "admin@example.com" in _demo(if_empty=True)


def test_outside_development_no_member_of_staff_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.management.commands.demo.shop_fill", _nothing_much)

    assert "createsuperuser" in _demo()
    assert "createsuperuser" not in _demo()
    assert not User.objects.exists()


@pytest.mark.slow
def test_two_processes_do_not_fill_one_shop(few_pictures: None) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        with pytest.raises(CommandError, match="Another process"):
            _demo()
        assert _demo(if_empty=True) == ""
    finally:
        other.close()
    assert shop_state() is ShopState.EMPTY


@pytest.mark.slow
def test_a_fault_in_the_middle_leaves_the_shop_empty(few_pictures: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(content: Content) -> int:
        raise RuntimeError("cut off")

    monkeypatch.setattr("demo.filling.shop.sales_fill", fail)
    with pytest.raises(RuntimeError, match="cut off"):
        _demo()
    assert shop_state() is ShopState.EMPTY


def _nothing_much(begin: Callable[[], None] = lambda: None) -> Filled:
    """Make the one thing by which the demo is known."""
    product_make(variants=[{"sku": read().products[0].variants[0].sku}])
    return Filled(product_count=1, variant_count=1, picture_count=0, customer_count=0, order_count=0)
