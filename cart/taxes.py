"""Which tax rates apply at a place: one query for a whole cart. What they come to is amounts.py."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from cart.amounts import Rate
from markets.models import TaxRate


@dataclass(frozen=True, slots=True)
class TaxTable:
    """The rates of one place at one time, by tax category."""

    by_category: Mapping[uuid.UUID, tuple[Rate, ...]]
    default_category_id: uuid.UUID | None

    def rates_of(self, category_id: uuid.UUID | None) -> tuple[Rate, ...]:
        """Return the rates of a category, None being the default one; none where the place taxes nothing of it."""
        wanted = category_id if category_id is not None else self.default_category_id
        return self.by_category.get(wanted, ()) if wanted is not None else ()


def tax_table(country: str, region: str, at: datetime) -> TaxTable:
    """Return what a country, and a region of it, take at a time.

    A region's rates come on top of the country's (Canada's GST and a province's QST). One with the same name and
    category takes the place of the country's (a region with a VAT of its own).
    """
    place = Q(region="") | Q(region__iexact=region) if region else Q(region="")
    rates = (
        TaxRate.objects.filter(place, country=country)
        .exclude(valid_from__gt=at)
        .exclude(valid_until__lte=at)
        .select_related("category")
        .order_by("region", "name")
    )
    # Regional rates sort behind "", so they overwrite the country's of the same name.
    named: dict[uuid.UUID, dict[str, Rate]] = defaultdict(dict)
    default_category_id = None
    for rate in rates:
        named[rate.category_id][rate.name] = Rate(
            label=f"{rate.name} {_percent(rate.rate_ppm)} %", source=f"tax-rate:{rate.id}", rate_ppm=rate.rate_ppm
        )
        if rate.category.is_default:
            default_category_id = rate.category_id
    return TaxTable({category_id: tuple(of.values()) for category_id, of in named.items()}, default_category_id)


def _percent(rate_ppm: int) -> str:
    """Write millionths as a percentage: 88750 is 8.875."""
    whole, fraction = divmod(rate_ppm, 10_000)
    return f"{whole}.{fraction:04d}".rstrip("0").rstrip(".")
