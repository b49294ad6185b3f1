"""The one door: is the shop empty, and fill it, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.db import connection

from core import clock
from core.transactions import run_in_envelope
from demo.filling.goods import goods_fill
from demo.filling.price_lists import price_lists_fill
from demo.filling.promotions import promotions_fill
from demo.filling.sales import sales_fill
from demo.filling.settings import settings_fill
from demo.loader import Content, read
from demo.pictures import Drawn, drawn
from markets.models import Market
from orders.models import Order
from products.models import Category, Product

# Any number will do, as long as every filling of one database asks for the same.
LOCK = 7_353_922

OPENED_AGO = timedelta(days=40)
"""The shop opened before its first order."""


class ShopState(StrEnum):
    """What lies in the shop's tables."""

    EMPTY = "empty"
    DEMO = "demo"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Filled:
    """How much was made."""

    product_count: int
    variant_count: int
    picture_count: int
    customer_count: int
    order_count: int


def shop_state() -> ShopState:
    """Tell whether the shop is empty, the demo, or somebody's own."""
    if not any(model.objects.exists() for model in (Market, Category, Product, Order)):
        return ShopState.EMPTY
    is_demo = Product.objects.filter(variants__sku=read().products[0].variants[0].sku).exists()
    return ShopState.DEMO if is_demo else ShopState.OTHER


class ShopBusy(Exception):
    """Another process is filling the shop at this moment."""


def shop_fill(*, begin: Callable[[], None]) -> Filled | None:
    """Fill an empty shop, in one transaction: a kill in the middle leaves it empty. None when it is empty no longer.

    `begin` is called once it is certain that this call fills it: the work takes seconds, and somebody may be waiting.

    Raises:
        ShopBusy: another process does it now.
    """
    content = read()
    with drawn(content) as pictures:
        return run_in_envelope(lambda: _fill(content, pictures, begin))


def _fill(content: Content, pictures: Iterator[Drawn], begin: Callable[[], None]) -> Filled | None:
    _lock()
    if shop_state() is not ShopState.EMPTY:
        return None
    begin()
    with clock.moved(-OPENED_AGO):
        locations = settings_fill(content.setup)
        picture_count = goods_fill(content, pictures, locations)
    customer_count = sales_fill(content)
    price_lists_fill(content)
    promotions_fill()
    return Filled(
        product_count=len(content.products),
        variant_count=sum(len(product.variants) for product in content.products),
        picture_count=picture_count,
        customer_count=customer_count,
        order_count=len(content.orders),
    )


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise ShopBusy
