"""Which zone serves a place: pure. Zones are countries and finer areas of them, and the most specific one wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Protocol, TypeVar

from core.places import Place

Rank = tuple[bool, int, bool]
"""How specific an area is: by postal code before by region before the country; of ranges the narrower one."""

_COUNTRY: Rank = (False, 0, False)


class Zone(Protocol):
    """What is asked of a zone: whole countries, parts of countries, and the parts that it leaves out."""

    @property
    def countries(self) -> Sequence[str]:
        """Whole ones."""

    @property
    def areas(self) -> Sequence[Mapping[str, Any]]:
        """Those it serves, as stored."""

    @property
    def excluded_areas(self) -> Sequence[Mapping[str, Any]]:
        """Those it leaves out, as stored."""


class InZone(Protocol):
    """Something that belongs to a zone."""

    @property
    def zone(self) -> Zone:
        """The zone."""


M = TypeVar("M", bound=InZone)


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a country: a region, or postal codes from one to another with all that begin with it, or both."""

    country: str
    region: str = ""
    postal_code_from: str = ""
    postal_code_until: str = ""

    def holds(self, place: Place) -> bool:
        """Tell whether a place lies in it; one whose region or postal code isn't known lies in no part that asks it."""
        if self.country != place.country or self.region.upper() not in {"", place.region.upper()}:
            return False
        if not self.postal_code_from:
            return True
        code = place.postal_code
        return self.postal_code_from <= code and (
            code <= self.postal_code_until or code.startswith(self.postal_code_until)
        )

    @property
    def rank(self) -> Rank:
        """Return how specific it is: the more leading characters its postal codes share, the more."""
        ends = zip(self.postal_code_from, self.postal_code_until, strict=False)
        shared = sum(1 for _ in takewhile(lambda letters: letters[0] == letters[1], ends))
        return bool(self.postal_code_from), shared, bool(self.region)

    def __str__(self) -> str:
        """Write it as `ES-V 46001..46999`, which `shipping.admin.zones` reads too."""
        ends = dict.fromkeys((self.postal_code_from, self.postal_code_until))
        return f"{'-'.join(filter(None, (self.country, self.region)))} {'..'.join(ends)}".rstrip()


def rank_in(zone: Zone, place: Place) -> Rank | None:
    """Return how specifically a zone serves a place; None if it doesn't, or leaves it out at least as specifically."""
    served = _ranks(zone.areas, place)
    if place.country in zone.countries:
        served.append(_COUNTRY)
    best = max(served, default=None)
    if best is None or any(rank >= best for rank in _ranks(zone.excluded_areas, place)):
        return None
    return best


def serving(found: Iterable[M], place: Place) -> list[M]:
    """Return, in their order, those whose zones serve a place, of the most specific zones only."""
    ranked = [(one, rank) for one in found if (rank := rank_in(one.zone, place)) is not None]
    best = max((rank for _, rank in ranked), default=None)
    return [one for one, rank in ranked if rank == best]


def _ranks(areas: Iterable[Mapping[str, Any]], place: Place) -> list[Rank]:
    return [area.rank for area in (Area(**stored) for stored in areas) if area.holds(place)]
