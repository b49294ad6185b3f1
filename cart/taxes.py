"""Which tax rates apply at a place: one query for a whole cart. What they come to is amounts.py."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cart.amounts import Rate
from core.places import Place
from markets.models import TaxRate
from markets.selectors import tax_rates_at


@dataclass(frozen=True, slots=True)
class TaxTable:
    """The rates of one place at one time, by tax category."""

    by_category: Mapping[uuid.UUID, tuple[Rate, ...]]
    default_category_id: uuid.UUID | None

    def rates_of(self, category_id: uuid.UUID | None) -> tuple[Rate, ...]:
        """Return the rates of a category, None being the default one; none where the place taxes nothing of it."""
        wanted = category_id if category_id is not None else self.default_category_id
        return self.by_category.get(wanted, ()) if wanted is not None else ()


def tax_table(place: Place, at: datetime) -> TaxTable:
    """Return what a place takes at a time. One query.

    Of rates of one category and name the most specific holds: one for the place's postal code, else one for its region,
    else the country's (the Canary Islands' 0 % in place of Spain's IVA). Rates of different names are taken together
    (Canada's GST and a province's tax), by position, then from the country's to the postal code's, then by name; one
    that takes another's place comes where that would.
    """
    named: dict[tuple[uuid.UUID, str], TaxRate] = {}
    ranks: dict[tuple[uuid.UUID, str], tuple[bool, bool]] = {}
    default_category_id = None
    for rate in tax_rates_at(place, at):
        key = rate.category_id, rate.name
        if key not in named or _rank(rate) > _rank(named[key]):
            named[key] = rate
        ranks[key] = min(_rank(rate), ranks.get(key, _rank(rate)))
        if rate.category.is_default:
            default_category_id = rate.category_id
    by_category: dict[uuid.UUID, list[Rate]] = defaultdict(list)
    for key, rate in sorted(named.items(), key=lambda item: (item[1].position, ranks[item[0]], item[1].name)):
        by_category[key[0]].append(_rate(rate))
    return TaxTable({category_id: tuple(rates) for category_id, rates in by_category.items()}, default_category_id)


def _rank(rate: TaxRate) -> tuple[bool, bool]:
    """Return how specific a rate is."""
    return bool(rate.postal_code_from), bool(rate.region)


def rate_label(name: str, rate_ppm: int) -> str:
    """Return what a tax is called in an explanation: its name and its percentage."""
    return f"{name} {_percent(rate_ppm)} %"


def _rate(rate: TaxRate) -> Rate:
    return Rate(
        label=rate_label(rate.name, rate.rate_ppm),
        source=f"tax-rate:{rate.id}",
        rate_ppm=rate.rate_ppm,
        is_compound=rate.is_compound,
    )


def _percent(rate_ppm: int) -> str:
    """Write millionths as a percentage: 88750 is 8.875."""
    whole, fraction = divmod(rate_ppm, 10_000)
    return f"{whole}.{fraction:04d}".rstrip("0").rstrip(".")
