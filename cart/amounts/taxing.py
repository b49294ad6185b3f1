"""Taxes on amounts, inside gross prices or on top of net ones: pure arithmetic. Which rates apply is taxes.py.

With the taxes of a thing in their order, each one's exact share of the net price is a fraction of one denominator:
a plain tax takes r of the net, a compound one r of the net and all taxes before it (as Quebec's did until 2013).
Of a gross price the tax is gross * w / (1 + w), w being all shares together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cart.amounts.parts import Policy, Rate
from core.money import Rounding, allocate, divide

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Shares:
    """The exact tax of a net amount: amount * parts[i] / whole for each rate."""

    parts: tuple[int, ...]
    whole: int

    @property
    def together(self) -> int:
        """Return all parts, of the same whole."""
        return sum(self.parts)


@lru_cache(maxsize=4096)
def shares_of(rates: tuple[Rate, ...]) -> Shares:
    """Return the exact share of each tax in a net price."""
    parts: list[int] = []
    whole = MILLION
    for rate in rates:
        if rate.is_compound:
            base = whole + sum(parts)
            parts = [part * MILLION for part in parts]
            whole *= MILLION
            parts.append(base * rate.rate_ppm)
        else:
            parts.append(rate.rate_ppm * (whole // MILLION))
    return Shares(tuple(parts), whole)


def tax_inside(gross_amount: int, rates: Sequence[Rate], rounding: Rounding = Rounding.HALF_UP) -> list[int]:
    """Return each rate's part of a gross amount; together gross - gross / (1 + rates), rounded once."""
    if not rates:
        return []
    shares = shares_of(tuple(rates))
    together = divide(gross_amount * shares.together, shares.whole + shares.together, rounding)
    return allocate(together, shares.parts)


def tax_on_top(net_amount: int, rates: Sequence[Rate], rounding: Rounding = Rounding.HALF_UP) -> list[int]:
    """Return each rate's tax on a net amount, each rounded by itself."""
    shares = shares_of(tuple(rates))
    return [divide(net_amount * part, shares.whole, rounding) for part in shares.parts]


@dataclass(frozen=True, slots=True)
class Taxed:
    """An amount and the taxes on it."""

    amount: int
    rates: tuple[Rate, ...]


def taxes_of(items: Sequence[Taxed], policy: Policy) -> list[list[int]]:
    """Return the taxes of each item, one per rate of it, rounded where and how the market's policy says."""
    taxes = tax_inside if policy.prices_include_tax else tax_on_top
    if policy.is_rounded_per_line:
        return [taxes(item.amount, item.rates, policy.rounding) for item in items]
    alike: dict[tuple[Rate, ...], list[int]] = {}
    for place, item in enumerate(items):
        alike.setdefault(item.rates, []).append(place)
    found: list[list[int]] = [[] for _ in items]
    for rates, places in alike.items():
        amounts = [items[place].amount for place in places]
        for tax in taxes(sum(amounts), rates, policy.rounding):
            for place, part in zip(places, allocate(tax, amounts), strict=True):
                found[place].append(part)
    return found
