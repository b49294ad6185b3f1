"""The start page: what there is to do, how sales go, what runs out; for everybody as much as they may see."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from core import clock
from inventory.models import StockLevel
from orders.admin.start import sales_of_days
from orders.models import Order
from orders.services import order_cancel, order_fulfil, order_mark_paid
from shipping.models import ShippingMethod
from tests.factories.carts import US_ADDRESS
from tests.factories.catalogue import product_make, us_market_make, variant_of
from tests.factories.orders import order_make

pytestmark = pytest.mark.django_db


def order_more(**fields: Any) -> Order:
    """Place an order of two new pieces, by the shipping method that there is or a first one."""
    return order_make(shipping_method=ShippingMethod.objects.filter(market__code="eu").first(), **fields)


def piles_of(browser: Client) -> dict[str, int]:
    return {key: count for _, _, key, count, _ in browser.get("/admin/").context["piles"]}


def test_an_order_moves_from_pile_to_pile(boss: Client) -> None:
    order = order_make()
    assert piles_of(boss) == {"ship": 0, "pay": 1}
    order_mark_paid(order_id=order.pk, actor="system")
    assert piles_of(boss) == {"ship": 1, "pay": 0}
    order_fulfil(order_id=order.pk, actor="system")
    assert piles_of(boss) == {"ship": 0, "pay": 0}


def test_piles_are_the_lists_that_they_lead_to(boss: Client) -> None:
    paid, unpaid = order_more(), order_more()
    order_mark_paid(order_id=paid.pk, actor="system")
    for key, wanted in (("ship", paid), ("pay", unpaid)):
        rows = boss.get(f"/admin/orders/order/?todo={key}").context["cl"].result_list
        assert list(rows) == [wanted]


def test_sales_are_summed_by_day_and_currency_without_cancelled_ones(settings: Settings) -> None:
    now = datetime(2026, 6, 30, 12, tzinfo=UTC)
    settings.TIME_ZONE = "UTC"
    first, second, old, dead = (order_more() for _ in range(4))
    american = us_market_make()
    goods = {variant_of(product_make(market=american)): 1}
    dollars = order_make(goods, market=american, shipping_address=US_ADDRESS)
    placed = {first: 0, second: 29, old: 30, dead: 1, dollars: 2}
    order_cancel(order_id=dead.pk, actor="system")
    for order, days in placed.items():
        Order.objects.filter(pk=order.pk).update(placed_at=now - timedelta(days=days))

    euros, others = sales_of_days(now, 30)

    assert (euros["currency"], euros["total"], euros["count"]) == ("EUR", "€89.86", 2)
    chart = json.loads(euros["chart"])
    assert (chart["labels"][0], chart["labels"][-1], len(chart["labels"])) == ("1 Jun", "30 Jun", 30)
    amounts = chart["datasets"][0]["data"]
    assert (amounts[0], amounts[-1], sum(amounts[1:-1])) == (44.93, 44.93, 0)
    assert (others["currency"], others["count"]) == ("USD", 1)


def test_low_stock_is_told_with_what_is_left(boss: Client) -> None:
    product_make("Plenty", stock=10)
    product_make("Scarce", stock=2)
    StockLevel.objects.update(low_stock_threshold=3)
    rows = boss.get("/admin/").context["low_stock"]
    assert [(row["level"].variant.product.title, row["free"], row["text"]) for row in rows] == [("Scarce", 2, "low")]


def test_page_costs_the_same_for_twice_the_orders(boss: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert boss.get("/admin/").status_code == 200
        return len(queries)

    order_more(), order_more()
    before = cost()
    order_more(), order_more()
    assert cost() == before <= 12


def test_page_shows_what_the_person_may_see(browser_of: Callable[..., Client]) -> None:
    order = order_more()
    page = browser_of(["stock:read"]).get("/admin/")
    assert "piles" not in page.context
    assert order.number not in page.content.decode()
    page = browser_of(["orders:read"]).get("/admin/")
    assert order.number in page.content.decode()
    assert "low_stock" not in page.context
    assert "Welcome" in browser_of([]).get("/admin/").content.decode()


def test_search_box_finds_orders_products_and_people_one_may_see(
    boss: Client, browser_of: Callable[..., Client]
) -> None:
    order = order_more(email="zoe@example.com")
    product_make("Zebra mug")

    def found(browser: Client, term: str) -> list[str]:
        response = browser.get("/admin/search/", {"s": term, "extended": "1"})
        return [result.title for result in response.context["results"]]

    assert found(boss, order.number.lower()) == [order.number]
    assert found(boss, "zebra") == ["Zebra mug"]
    assert found(boss, "zoe@") == [order.number]
    assert found(browser_of(["catalogue:read"]), "zoe@") == []


def test_times_are_those_of_the_shop(boss: Client, settings: Settings) -> None:
    order = order_more()
    Order.objects.filter(pk=order.pk).update(placed_at=datetime(2026, 6, 30, 22, 30, tzinfo=UTC))
    settings.SHOP_TIME_ZONE = "Europe/Madrid"
    assert "1 Jul 2026, 00:30" in boss.get("/admin/orders/order/").content.decode()
    settings.SHOP_TIME_ZONE = "America/Lima"
    assert "30 Jun 2026, 17:30" in boss.get("/admin/orders/order/").content.decode()
    assert clock.now().tzinfo is UTC
