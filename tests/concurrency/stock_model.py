"""A model of stock: dictionaries and sums, with the shop's clock and nothing of its database."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core import clock
from inventory.models import StockTransfer
from orders.models import Order

AHEAD = 3
"""So many of the thing called "ahead" may be promised beyond what is there."""


@dataclass
class Level:
    """What a place has of a thing, and expects."""

    on_hand: int = 0
    incoming: int = 0


@dataclass(frozen=True)
class Held:
    """So many of a thing, in the shop, for somebody, until a time or for good."""

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
    """What a shop and a store have of two things, and what is promised of it to whom. Only the shop promises."""

    later: timedelta
    levels: dict[tuple[str, str], Level]
    held: dict[Any, list[Held]]
    """By the order or cart that it is held for."""

    @property
    def now(self) -> datetime:
        return clock.now() + self.later

    def live(self, thing: str, *, without: Any = None) -> int:
        """Return how many are promised and not past their time, but for somebody's."""
        return sum(
            row.quantity
            for owner, rows in self.held.items()
            for row in rows
            if owner != without and row.thing == thing and (row.until is None or row.until > self.now)
        )

    def reserved(self, place: str, thing: str) -> int:
        """Return what the counter says: also what is past its time and taken by nobody yet."""
        if place == "store":
            return 0
        return sum(row.quantity for rows in self.held.values() for row in rows if row.thing == thing)

    def free(self, thing: str, *, without: Any = None) -> int:
        """Return how many can be promised."""
        ahead = AHEAD if thing == "ahead" else 0
        return self.levels["shop", thing].on_hand + ahead - self.live(thing, without=without)

    def forget_lapsed(self, *things: str) -> None:
        """Take what is past its time from its owners, as whoever promises or removes stock does."""
        for owner, rows in list(self.held.items()):
            kept = [row for row in rows if row.thing not in things or row.until is None or row.until > self.now]
            self.held[owner] = kept
