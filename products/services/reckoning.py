"""Reckoning a market's prices out of another's, by a currency rate: what filling a market and a price list share."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from core import clock
from core.money import MAX_AMOUNT
from core.problems import InvalidInput
from markets.models import Market
from markets.selectors import rate_on
from products.models import Price
from products.pricing import converted
from products.selectors.visibility import current_price
from products.services.references import markets_of


@dataclass(frozen=True, slots=True)
class Filled:
    """How many variants got a price, and the rate that it was reckoned by."""

    variant_count: int
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Reckoned:
    """Variants with their amounts in the currency of the market that is filled, and the rate that they came by."""

    amounts: Sequence[tuple[uuid.UUID, int]]
    rate: Fraction


def prices_reckoned(*, source: str, target: Market, day: date, step: int, is_gap_filled: bool = False) -> Reckoned:
    """Return what the base prices of now of the market `source` come to in another, in the order of the variants.

    Rounded half up to a multiple of `step` minor units. `is_gap_filled` leaves out what has a price there, be it of
    another time.

    Raises:
        InvalidInput: the market is unknown, its prices are gross and the other's are net or the other way round, or
            one comes to more than any amount can be.
        CurrencyRateUnknown: there is no rate of the two currencies for that very day.
    """
    market = markets_of([source]).get(source)
    if market is None:
        raise InvalidInput.at("/market", f"There is no market {source[:60]!r}.", code="unknown")
    if market.prices_include_tax != target.prices_include_tax:
        detail = "One market's prices include tax and the other's don't, so that one can't be reckoned from the other."
        raise InvalidInput.at("/market", detail, code="tax_differs")
    rate = rate_on(day, base=market.currency, quote=target.currency)
    prices = Price.objects.filter(current_price(clock.now()), market=market).order_by("variant_id")
    if is_gap_filled:
        prices = prices.exclude(variant__in=Price.objects.filter(market=target).order_by().values("variant"))
    amounts = [
        (variant_id, converted(amount, rate, base=market.currency, quote=target.currency, step=step))
        for variant_id, amount in prices.values_list("variant_id", "amount")
    ]
    if max((amount for _, amount in amounts), default=0) > MAX_AMOUNT:
        raise InvalidInput.at("/date", "By this rate a price would be larger than any amount taken here.")
    return Reckoned(amounts, rate)
