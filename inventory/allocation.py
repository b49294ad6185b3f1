"""Which locations give the goods of a line. Decided inside the one statement that reserves, so as SQL."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class Allocation(Protocol):
    """An order of locations. The setting STOCK_ALLOCATION names the one that a shop uses."""

    @property
    def order(self) -> str:
        """Return SQL to sort a line's levels by, best first.

        It speaks of a level as `f`, with `there` (on hand, not promised, not kept back), `free` (the same and what may
        be back-ordered), `quantity` (what the line wants), and `position`, `code` and `country` of its location; and
        of where the goods go as `%(country)s`, empty where nobody knows.
        """
        ...

    @property
    def may_split(self) -> bool:
        """Tell whether several locations may serve one line together."""
        ...


@dataclass(frozen=True, slots=True)
class Ranking:
    """An allocation that is nothing but its two answers."""

    order: str
    may_split: bool = True


NEAREST = Ranking(
    "f.there >= f.quantity DESC, f.free >= f.quantity DESC, f.country = %(country)s DESC, f.position, f.code"
)
"""One location that has the whole line there, one in the country first; then in the locations' order."""

NEAREST_UNSPLIT = Ranking(NEAREST.order, may_split=False)
"""The same, but a line that no single location can serve is refused."""

MOST_STOCK = Ranking("f.there DESC, f.free DESC, f.position, f.code")
"""The location that has the most of it there, so that the small ones aren't emptied."""

IN_ORDER = Ranking("f.position, f.code")
"""The locations' order, whatever they hold."""


@cache
def _named(path: str) -> Allocation:
    found: Allocation = import_string(path)
    return found


def allocation() -> Allocation:
    """Return the shop's allocation."""
    return _named(settings.STOCK_ALLOCATION)
