"""What has to be done to live through the invoices again. Pure: lines in, steps out, nothing of the shop's tables.

An invoice becomes one order, or several: a cart holds a variant once and at one price, 200 lines, and 10,000 pieces of
each. A return goes to the latest sale of the same article, at the same price, to the same customer. What has no such
sale was sold before the file begins, so it is sold in an opening order, whose money came in before the first month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from benchmarks.replay.invoices import Line

MAX_LINES = 200
MAX_QUANTITY = 10_000


@dataclass(slots=True)
class Sale:
    """One order: which articles, how many, at what price each."""

    at: datetime
    invoice: str
    customer: str
    wanted: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Article -> (quantity, price in pence)."""


@dataclass(frozen=True, slots=True)
class Back:
    """So many of an article of a sale come back, for so much money each."""

    sale: Sale
    code: str
    quantity: int
    price: int


@dataclass(slots=True)
class Return:
    """One invoice that gives back."""

    at: datetime
    invoice: str
    parts: list[Back] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WriteOff:
    """Goods that are no longer there, and why."""

    at: datetime
    code: str
    quantity: int
    reason: str


Step = Sale | Return | WriteOff


@dataclass(frozen=True, slots=True)
class Plan:
    """Every step in the order of time; the opening sales come first."""

    titles: dict[str, str]
    steps: tuple[Step, ...]
    opening_count: int


@dataclass(slots=True)
class _Lot:
    sale: Sale
    left: int


class _Planner:
    """Takes invoices in the order of the file."""

    def __init__(self, opened_at: datetime) -> None:
        """Begin with nothing sold."""
        self._opened_at = opened_at
        self._lots: dict[tuple[str, str, int], list[_Lot]] = defaultdict(list)
        self.opening: list[Sale] = []
        self.steps: list[Step] = []

    def invoice(self, lines: Sequence[Line]) -> None:
        """Plan one invoice."""
        first = lines[0]
        if first.is_return:
            self._give_back(first, lines)
            return
        for line in lines:
            if line.quantity < 0:
                self.steps.append(WriteOff(line.at, line.code, -line.quantity, line.description or "Not said."))
        bought: dict[tuple[str, int], int] = defaultdict(int)
        for line in lines:
            if line.quantity > 0:
                bought[line.code, line.price] += line.quantity
        self.steps.extend(self._sell(first.at, first.invoice, first.customer, bought))

    def _sell(self, at: datetime, invoice: str, customer: str, bought: dict[tuple[str, int], int]) -> list[Sale]:
        sales: list[Sale] = []
        for (code, price), quantity in bought.items():
            for piece in _pieces(quantity):
                sale = next((s for s in sales if code not in s.wanted and len(s.wanted) < MAX_LINES), None)
                if sale is None:
                    sale = Sale(at, invoice, customer)
                    sales.append(sale)
                sale.wanted[code] = (piece, price)
                self._lots[customer, code, price].append(_Lot(sale, piece))
        return sales

    def _give_back(self, first: Line, lines: Sequence[Line]) -> None:
        wanted: dict[tuple[str, int], int] = defaultdict(int)
        for line in lines:
            wanted[line.code, line.price] -= line.quantity
        missing = {
            key: short
            for key, quantity in wanted.items()
            if (short := quantity - sum(lot.left for lot in self._lots[first.customer, *key])) > 0
        }
        self.opening.extend(self._sell(self._opened_at, f"before {first.invoice}", first.customer, missing))
        back = Return(first.at, first.invoice)
        for (code, price), quantity in wanted.items():
            left = quantity
            for lot in reversed(self._lots[first.customer, code, price]):
                taken = min(lot.left, left)
                if taken:
                    lot.left -= taken
                    left -= taken
                    back.parts.append(Back(lot.sale, code, taken, price))
        self.steps.append(back)


def plan(lines: Iterable[Line], *, limit: int | None = None) -> Plan:
    """Plan the first `limit` invoices, or all of them.

    Raises:
        ValueError: there are none.
    """
    seen: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    planner: _Planner | None = None
    for count, (_, group) in enumerate(groupby(lines, key=lambda line: line.invoice)):
        if limit is not None and count >= limit:
            break
        invoice = list(group)
        planner = planner or _Planner(invoice[0].at - timedelta(days=1))
        for line in invoice:
            if line.description and line.quantity > 0:
                seen[line.code][line.description] += 1
            else:
                seen[line.code][line.code] += 0
        planner.invoice(invoice)
    if planner is None:
        message = "There is no invoice to replay."
        raise ValueError(message)
    titles = {code: max(names, key=lambda name: names[name]) for code, names in seen.items()}
    return Plan(titles, (*planner.opening, *planner.steps), len(planner.opening))


def _pieces(quantity: int) -> list[int]:
    """Split a quantity into what one line of a cart may hold."""
    full, rest = divmod(quantity, MAX_QUANTITY)
    return [MAX_QUANTITY] * full + ([rest] if rest else [])
