"""Giving a market its first prices, out of those of another market."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Exists, OuterRef

from core import clock
from core.money import MAX_AMOUNT
from core.problems import InvalidInput, NotFound
from core.transactions import entry
from events.services import events_record
from markets.models import Market
from markets.selectors import rate_on
from products.models import Price
from products.pricing import converted
from products.selectors.visibility import current_price
from products.services.conflicts import conflicts
from products.services.prices import history_by
from products.services.references import markets_of

_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class FilledMarket:
    """How many variants got a price, and the rate that it was reckoned by."""

    variant_count: int
    rate: Fraction


@entry
def market_prices_fill(*, market_id: uuid.UUID, source: str, day: date, step: int, actor: str) -> FilledMarket:
    """Give every variant that has no price in a market the one that it has in another, by a day's currency rate.

    `source` is the other market's code. Rounded half up to a multiple of `step` minor units. What has a price in the
    market, be it of another time, keeps it. They are figures of now: they follow neither the other market nor the rate.

    Raises:
        NotFound: there is no such market.
        InvalidInput: the other market is unknown or the same, its prices are gross and these are net or the other way
            round, or one comes to more than any amount can be.
        CurrencyRateUnknown: there is no rate of the two currencies for that very day.
        PriceOverlap: somebody else has priced one of them in this moment.
    """
    market = Market.objects.filter(pk=market_id).first()
    if market is None:
        raise NotFound
    other = markets_of([source]).get(source)
    if other is None or other == market:
        raise InvalidInput.at("/source", "Name another market, from which the prices come.", code="unknown")
    if other.prices_include_tax != market.prices_include_tax:
        detail = "One market's prices include tax and the other's don't, so that one can't be reckoned from the other."
        raise InvalidInput.at("/source", detail, code="tax_differs")
    rate = rate_on(day, base=other.currency, quote=market.currency)
    rows = _rows(market, other, rate, step)
    if max((row.amount for row in rows), default=0) > MAX_AMOUNT:
        raise InvalidInput.at("/source", "By this rate a price would be larger than any amount taken here.")
    history_by(actor)
    with conflicts():
        Price.objects.bulk_create(rows, batch_size=_AT_ONCE)
    _tell(rows, actor)
    return FilledMarket(len(rows), rate)


def _rows(market: Market, other: Market, rate: Fraction, step: int) -> list[Price]:
    has_price = Exists(Price.objects.filter(variant=OuterRef("variant"), market=market).order_by())
    prices = Price.objects.filter(~has_price, current_price(clock.now()), market=other)
    return [
        Price(
            variant=price.variant,
            market=market,
            amount=converted(price.amount, rate, base=other.currency, quote=market.currency, step=step),
        )
        for price in prices.select_related("variant__product").order_by("variant__product_id", "variant_id")
    ]


def _tell(rows: list[Price], actor: str) -> None:
    """Write one event for each product, as if somebody had priced them one by one."""
    products = {row.variant.product_id: row.variant.product for row in rows}
    events = [
        (product.pk, {"slug": product.slug, "title": product.title, "status": product.status, "changed": ["prices"]})
        for product in products.values()
    ]
    if events:
        events_record(type="product.updated", aggregate_type="product", events=events, actor=actor)
