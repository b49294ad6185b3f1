"""A model of stock: dictionaries and sums, with the shop's clock and nothing of its database."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from core import clock
from inventory.models import StockTransfer
from orders.models import Order

PLACES = ("shop", "store")
"""In the locations' order. The store is in the buyers' country, the shop isn't."""
AHEAD = {("shop", "ahead"): 3, ("store", "ahead"): 1}
"""How many of a thing a place may promise beyond what is there."""


@dataclass
class Level:
    """What a place has of a thing, and expects."""

    on_hand: int = 0
    incoming: int = 0


@dataclass(frozen=True)
class Held:
    """So many of a thing, at a place, for somebody, until a time or for good."""

    place: str
    thing: str
    quantity: int
    until: datetime | None


@dataclass
class Sale:
    """An order: what of it is to be sent, was sent and came back, by thing."""

    order: Order
    status: str
    wanted: dict[str, int]
    sent: dict[str, int] = field(default_factory=dict)
    returned: dict[str, int] = field(default_factory=dict)


@dataclass
class Journey:
    """A transfer of one thing, and what of it is still to come."""

    transfer: StockTransfer
    thing: str
    source: str | None
    destination: str
    missing: int


class StockModel:
    """What a shop and a store have of two things, and what is promised of it to whom. Both promise."""

    later: timedelta
    levels: dict[tuple[str, str], Level]
    held: dict[Any, list[Held]]
    """By the order or cart that it is held for."""

    @property
    def now(self) -> datetime:
        return clock.now() + self.later

    def live(self, place: str, thing: str, *, without: Any = None) -> int:
        """Return how many are promised and not past their time, but for somebody's."""
        return sum(
            row.quantity
            for owner, rows in self.held.items()
            for row in rows
            if owner != without and (row.place, row.thing) == (place, thing) and not self.is_lapsed(row)
        )

    def reserved(self, place: str, thing: str) -> int:
        """Return what the counter says: also what is past its time and taken by nobody yet."""
        return sum(
            row.quantity for rows in self.held.values() for row in rows if (row.place, row.thing) == (place, thing)
        )

    def is_lapsed(self, row: Held) -> bool:
        """Tell whether something is past its time."""
        return row.until is not None and row.until <= self.now

    def there(self, place: str, thing: str, *, without: Any = None) -> int:
        """Return how many are on hand and promised to nobody; negative where more is promised than there is."""
        return self.levels[place, thing].on_hand - self.live(place, thing, without=without)

    def allocated(self, wanted: Mapping[str, int], *, without: Any = None) -> list[tuple[str, str, int]] | None:
        """Return which place gives how many of each thing; None when one of them can't be had."""
        given: list[tuple[str, str, int]] = []
        for thing, quantity in wanted.items():
            there = {place: self.there(place, thing, without=without) for place in PLACES}
            free = {place: max(there[place] + AHEAD.get((place, thing), 0), 0) for place in PLACES}
            if sum(free.values()) < quantity:
                return None
            # One that has all of it, one that can promise all of it, the country's, the first.
            places = sorted(PLACES, key=lambda p: (there[p] < quantity, free[p] < quantity, p != "store"))
            share = dict.fromkeys(places, 0)
            for limit in ({place: max(there[place], 0) for place in places}, free):  # First what lies somewhere.
                for place in places:
                    share[place] += max(min(limit[place] - share[place], quantity - sum(share.values())), 0)
            given += [(place, thing, pieces) for place, pieces in share.items() if pieces]
        return given

    def hold_for(self, owner: Any, given: list[tuple[str, str, int]], until: datetime | None) -> None:
        """Write down what somebody holds beside what is held for them already; one row for a place and thing."""
        rows = {(row.place, row.thing): row for row in self.held.get(owner, [])}
        for place, thing, quantity in given:
            before = rows.get((place, thing))
            rows[place, thing] = (
                Held(place, thing, quantity, until)
                if before is None
                else replace(before, quantity=before.quantity + quantity)
            )
        self.held[owner] = list(rows.values())

    def forget_lapsed(self, things: Collection[str], places: tuple[str, ...] = PLACES) -> None:
        """Take what is past its time from its owners, as whoever promises or removes stock does."""
        for owner, rows in list(self.held.items()):
            kept = [
                row for row in rows if row.thing not in things or row.place not in places or not self.is_lapsed(row)
            ]
            self.held[owner] = kept
