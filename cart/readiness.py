"""What a market still lacks before anybody can buy in it: a read over prices, stock, shipping and taxes.

What a single cart lacks is cart/problems.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Exists, F, OuterRef, Q

from core import clock
from inventory.models import StockLevel
from markets.models import Market, TaxCategory, TaxRate
from products.models import Price, Variant
from products.selectors.visibility import current_price, visible_product
from shipping.models import ShippingMethod


class Need(StrEnum):
    """What a market needs."""

    ACTIVE = "active"
    GOODS = "goods"
    PRICES = "prices"
    STOCK = "stock"
    SHIPPING = "shipping"
    TAXES = "taxes"


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a market lacks; `countries` are those where it does, for what is looked at by country.

    A hindrance keeps buyers from buying; the rest may be meant, such as no taxes, or some goods without a price.
    """

    need: Need
    is_hindrance: bool
    count: int = 0
    countries: tuple[str, ...] = ()


def market_lacks(market: Market) -> list[Lack]:
    """Return what a market lacks to sell now, in the order in which a shop is set up. Six queries at the most."""
    at = clock.now()
    lacks = [] if market.is_active else [Lack(Need.ACTIVE, is_hindrance=True)]
    return [*lacks, *_of_goods(market, at), *_of_shipping(market), *_of_taxes(market, at)]


def _of_goods(market: Market, at: datetime) -> list[Lack]:
    published = Variant.objects.filter(visible_product(at, "product__")).count()
    if not published:
        return [Lack(Need.GOODS, is_hindrance=True)]
    priced = Price.objects.filter(current_price(at), visible_product(at, "variant__product__"), market=market)
    unpriced = published - priced.count()
    if unpriced == published:
        return [Lack(Need.PRICES, is_hindrance=True, count=unpriced)]
    lacks = [Lack(Need.PRICES, is_hindrance=False, count=unpriced)] if unpriced else []
    free = StockLevel.objects.filter(
        Q(backorder_limit__isnull=True) | Q(reserved__lt=F("on_hand") - F("safety_stock") + F("backorder_limit")),
        variant=OuterRef("variant"),
        location__is_active=True,
    )
    if not priced.filter(Q(variant__is_stock_tracked=False) | Exists(free.order_by())).exists():
        lacks.append(Lack(Need.STOCK, is_hindrance=True))
    return lacks


def _of_shipping(market: Market) -> list[Lack]:
    """Find countries that no active method reaches at all; one that it reaches in part counts as reached."""
    methods = ShippingMethod.objects.filter(market=market, is_active=True).order_by()
    reached: set[str] = set()
    for countries, areas in methods.values_list("zone__countries", "zone__areas").distinct():
        reached |= {*countries, *(area["country"] for area in areas)}
    missed = tuple(code for code in market.countries if code not in reached)
    # Some may be left out on purpose; when none is reached nothing can be sent.
    return [Lack(Need.SHIPPING, len(missed) == len(market.countries), countries=missed)] if missed else []


def _of_taxes(market: Market, at: datetime) -> list[Lack]:
    """Find countries that tax nothing of the default category; regions' and postal codes' rates count too."""
    rates = TaxRate.objects.filter(country__in=market.countries, category__is_default=True).order_by()
    holding = rates.exclude(valid_from__gt=at).exclude(valid_until__lte=at)
    taxed = set(holding.values_list("country", flat=True).distinct())
    missed = tuple(code for code in market.countries if code not in taxed)
    if not TaxCategory.objects.filter(is_default=True).exists():
        return [Lack(Need.TAXES, is_hindrance=False)]
    return [Lack(Need.TAXES, is_hindrance=False, countries=missed)] if missed else []
