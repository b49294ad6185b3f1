"""A total as a person reads it, step by step: pure. The steps are the rows of amounts/, in sentences."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cart.amounts import Row, RowKind
from core.money import Money
from promotions.rules import Refusal
from promotions.wording import sentence_of


@dataclass(frozen=True, slots=True)
class TitledLine:
    """A line of a cart or an order, under its name."""

    key: uuid.UUID
    title: str
    quantity: int
    unit_amount: int
    subtotal_amount: int
    price_list: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step to the total. `so_far` is the sum of the steps to here; an included one, inside the prices, has none."""

    text: str
    amount: int
    so_far: int | None


def steps_of(lines: Sequence[TitledLine], rows: Iterable[Row], currency: str) -> tuple[Step, ...]:
    """Return the steps from the first line to the total; the last that isn't included has come to it.

    Goods come first, then their discounts, shipping, its discounts, taxes by name over all lines, and what rounding
    adds.
    """
    steps: list[Step] = []
    so_far = 0
    for line in lines:
        so_far += line.subtotal_amount
        unit = Money(line.unit_amount, currency).format()
        listed = f" by price list {line.price_list}" if line.price_list else ""
        steps.append(Step(f"{line.title}: {line.quantity} at {unit}{listed}", line.subtotal_amount, so_far))
    titles = {line.key: line.title for line in lines}
    for text, amount, is_included in _told(list(rows), titles):
        so_far += 0 if is_included else amount
        steps.append(Step(text, amount, None if is_included else so_far))
    return tuple(steps)


def not_applied(refusals: Iterable[Refusal], currency: str) -> list[dict[str, Any]]:
    """Return the promotions that gave nothing, each with its reason, as an order keeps them and the API tells them."""
    return [
        {
            "source": refusal.rule.source,
            "label": refusal.rule.label,
            "code": refusal.rule.code or None,
            "reason": str(refusal.reason),
            "missing": refusal.missing,
            "detail": sentence_of(refusal, currency),
        }
        for refusal in refusals
    ]


def _told(rows: Sequence[Row], titles: Mapping[uuid.UUID, str]) -> Iterable[tuple[str, int, bool]]:
    """Yield text, amount and whether it is included, in the order of reading."""
    discounts = [row for row in rows if row.kind is RowKind.DISCOUNT]
    for row in discounts:
        if row.line:
            yield f"{row.label} on {titles.get(row.line, 'a line')}", row.amount, False
    for row in rows:
        if row.kind in {RowKind.SHIPPING, RowKind.FEE}:
            yield row.label, row.amount, False
    # After the shipping that they take off: nobody follows a sum that cancels what isn't there yet.
    for row in discounts:
        if not row.line:
            yield f"{row.label} on shipping", row.amount, False
    yield from _taxes_told(rows)
    for row in rows:
        if row.kind is RowKind.ROUNDING:
            yield row.label, row.amount, False


def _taxes_told(rows: Sequence[Row]) -> Iterable[tuple[str, int, bool]]:
    """Yield each tax once, over all lines."""
    taxes: dict[tuple[str, bool], int] = {}
    for row in rows:
        if row.kind is RowKind.TAX:
            taxes[row.label, row.is_included] = taxes.get((row.label, row.is_included), 0) + row.amount
    for (label, is_included), amount in taxes.items():
        yield f"{label}, in the prices" if is_included else label, amount, is_included
