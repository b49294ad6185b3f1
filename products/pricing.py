"""Which price a buyer gets for a quantity: a pure function. Who the buyer is and which lists fit is found elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from core.money import divide_half_up, exponent


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """What one piece costs by a price list that fits the buyer, from a quantity on."""

    code: str
    priority: int
    min_quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """What one piece costs, and the code of the price list that says so; None is the base price."""

    amount: int
    price_list: str | None = None


@dataclass(frozen=True, slots=True)
class Tier:
    """What one piece costs from this many on."""

    min_quantity: int
    price: UnitPrice


def unit_price(base_amount: int, listed: Sequence[ListedPrice], quantity: int) -> UnitPrice:
    """Return what one piece of a quantity costs.

    Of the lists that have a tier for the quantity the one of the highest priority counts, with its highest such tier;
    of several of one priority the one that asks least, then the first by code. Without any it is the base price, be it
    more or less than what a list would ask for another quantity.
    """
    tiers: dict[str, ListedPrice] = {}
    for price in listed:
        known = tiers.get(price.code)
        if price.min_quantity <= quantity and (known is None or known.min_quantity < price.min_quantity):
            tiers[price.code] = price
    best = min(tiers.values(), key=lambda price: (-price.priority, price.amount, price.code), default=None)
    return UnitPrice(base_amount) if best is None else UnitPrice(best.amount, best.code)


def tiers_of(base_amount: int, listed: Sequence[ListedPrice]) -> tuple[Tier, ...]:
    """Return all prices that a buyer can get, each with the quantity from which it counts; the first is from one on."""
    tiers: list[Tier] = []
    for quantity in sorted({1, *(price.min_quantity for price in listed)}):
        price = unit_price(base_amount, listed, quantity)
        if not tiers or tiers[-1].price != price:
            tiers.append(Tier(quantity, price))
    return tuple(tiers)


def converted(amount: int, rate: Fraction, *, base: str, quote: str, step: int) -> int:
    """Return an amount of one currency in another, rounded half up to a multiple of `step` minor units.

    `rate` is how many whole units of `quote` one of `base` is worth. What costs something never becomes free.
    """
    exact = amount * rate * Fraction(10) ** (exponent(quote) - exponent(base))
    steps = divide_half_up(exact.numerator, exact.denominator * step)
    return max(steps, 1 if amount else 0) * step
