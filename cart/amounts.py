"""What a cart comes to, and why: a pure function of integers. No database, no clock, no language.

The quote that a buyer sees and the order that is placed are made by this one function. Which prices, rates and
shipping methods go in is decided by quoting.py.

Every step is a signed row with its source. The rules:

- A line is its unit amount times its quantity. Rounding happens per line, half up, and nowhere else.
- Gross prices contain their taxes: gross * rates / (1 + rates) of them is tax, rounded once for all rates of the line
  and split over them by the largest remainder. The total doesn't know of taxes.
- Net prices get each rate's tax on top, rounded by itself.
- Shipping is taxed like a line, by the rates of its own tax category.
- Discounts will be rows of lines between goods and taxes; everything after reads `subtotal + discount`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cart.exceptions import AmountTooLarge
from core.money import MAX_AMOUNT, allocate, divide_half_up
from shipping.amounts import shipping_amount

MILLION = 1_000_000


class RowKind(StrEnum):
    """What a row of the explanation is; the words of `orders.OrderAdjustment.Kind`."""

    DISCOUNT = "discount"
    SHIPPING = "shipping"
    TAX = "tax"


@dataclass(frozen=True, slots=True)
class Rate:
    """One tax that applies: its share in millionths, its name for people, its source for machines."""

    label: str
    source: str
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class LineInput:
    """So many of a thing at a unit price in the market's own net or gross, and the taxes on it (none: untaxed)."""

    key: uuid.UUID
    quantity: int
    unit_amount: int
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class ShippingInput:
    """A way of shipping: a flat amount, nothing when the goods come to `free_from_amount` or more."""

    label: str
    source: str
    amount: int
    free_from_amount: int | None = None
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class QuoteInput:
    """All that a quote depends on. Amounts are minor units of one currency, whichever it is."""

    prices_include_tax: bool
    lines: tuple[LineInput, ...]
    shipping: ShippingInput | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One step of the explanation. `line` is None for what belongs to the whole cart, such as shipping and its tax.

    The total is the sum of the lines' subtotals and of all rows that aren't included.
    """

    kind: RowKind
    label: str
    source: str
    line: uuid.UUID | None
    amount: int
    is_included: bool = False


@dataclass(frozen=True, slots=True)
class LineQuote:
    """What one line comes to. `discount_amount` is zero or less; `total_amount` contains the tax in either kind."""

    key: uuid.UUID
    quantity: int
    unit_amount: int
    subtotal_amount: int
    discount_amount: int
    tax_amount: int
    total_amount: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What it all comes to: total = subtotal + discount + shipping, plus tax where prices are net."""

    prices_include_tax: bool
    lines: tuple[LineQuote, ...]
    rows: tuple[Row, ...]
    subtotal_amount: int
    discount_amount: int
    shipping_amount: int
    tax_amount: int
    total_amount: int


def quote(of: QuoteInput) -> Quote:
    """Reckon up lines, shipping and taxes.

    Raises:
        AmountTooLarge: a line or a total passes MAX_AMOUNT; the problem's `line_id` names the line, if it is one.
        ValueError: a quantity, amount or rate that is out of range to begin with: a mistake of the caller.
    """
    _check(of)
    quoted = [_line_quote(of, line) for line in of.lines]
    lines = tuple(line for line, _ in quoted)
    rows = [row for _, rows_of_line in quoted for row in rows_of_line]
    goods_amount = _bounded(sum(line.subtotal_amount + line.discount_amount for line in lines))
    if of.shipping is not None:
        rows.extend(_shipping_rows(of, of.shipping, goods_amount))
    subtotal_amount = _bounded(sum(line.subtotal_amount for line in lines))
    return Quote(
        prices_include_tax=of.prices_include_tax,
        lines=lines,
        rows=tuple(rows),
        subtotal_amount=subtotal_amount,
        discount_amount=_sum_of(RowKind.DISCOUNT, rows),
        shipping_amount=_sum_of(RowKind.SHIPPING, rows),
        tax_amount=_bounded(_sum_of(RowKind.TAX, rows)),
        total_amount=_bounded(subtotal_amount + _sum_on_top(rows)),
    )


def tax_inside(gross_amount: int, rates: Sequence[Rate]) -> list[int]:
    """Return each rate's part of a gross amount; together gross - gross / (1 + rates), rounded half up once."""
    if not rates:
        return []
    together = sum(rate.rate_ppm for rate in rates)
    return allocate(divide_half_up(gross_amount * together, MILLION + together), [rate.rate_ppm for rate in rates])


def tax_on_top(net_amount: int, rates: Sequence[Rate]) -> list[int]:
    """Return each rate's tax on a net amount, each rounded half up."""
    return [divide_half_up(net_amount * rate.rate_ppm, MILLION) for rate in rates]


def _tax_rows(of: QuoteInput, rates: Sequence[Rate], amount: int, line: uuid.UUID | None) -> Iterable[Row]:
    taxes = tax_inside(amount, rates) if of.prices_include_tax else tax_on_top(amount, rates)
    for rate, tax in zip(rates, taxes, strict=True):
        yield Row(RowKind.TAX, rate.label, rate.source, line, _bounded(tax, line), of.prices_include_tax)


def _line_quote(of: QuoteInput, line: LineInput) -> tuple[LineQuote, list[Row]]:
    subtotal_amount = _bounded(line.unit_amount * line.quantity, line.key)
    rows: list[Row] = []  # Discounts of the line come first in here.
    discount_amount = _sum_of(RowKind.DISCOUNT, rows)
    rows.extend(_tax_rows(of, line.rates, subtotal_amount + discount_amount, line.key))
    line_quote = LineQuote(
        key=line.key,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        subtotal_amount=subtotal_amount,
        discount_amount=discount_amount,
        tax_amount=_bounded(_sum_of(RowKind.TAX, rows), line.key),
        total_amount=_bounded(subtotal_amount + _sum_on_top(rows), line.key),
    )
    return line_quote, rows


def _shipping_rows(of: QuoteInput, shipping: ShippingInput, goods_amount: int) -> Iterable[Row]:
    charged = shipping_amount(
        amount=shipping.amount, free_from_amount=shipping.free_from_amount, goods_amount=goods_amount
    )
    yield Row(RowKind.SHIPPING, shipping.label, shipping.source, None, _bounded(charged))
    yield from _tax_rows(of, shipping.rates, charged, None)


def _sum_of(kind: RowKind, rows: Iterable[Row]) -> int:
    return sum(row.amount for row in rows if row.kind is kind)


def _sum_on_top(rows: Iterable[Row]) -> int:
    return sum(row.amount for row in rows if not row.is_included)


def _bounded(amount: int, line: uuid.UUID | None = None) -> int:
    """Pass an amount on; Python's integers have no end, the database's and the clients' have."""
    if amount > MAX_AMOUNT:
        raise AmountTooLarge(line_id=None if line is None else str(line))
    return amount


def _check(of: QuoteInput) -> None:
    rates = [rate for line in of.lines for rate in line.rates]
    amounts = [line.unit_amount for line in of.lines]
    if of.shipping is not None:
        rates.extend(of.shipping.rates)
        amounts.append(of.shipping.amount)
    is_sane = (
        all(line.quantity > 0 for line in of.lines)
        and all(amount >= 0 for amount in amounts)
        and all(rate.rate_ppm >= 0 for rate in rates)
    )
    if not is_sane or len({line.key for line in of.lines}) < len(of.lines):
        message = "quantities are above zero, amounts and rates not below it, and keys of lines are unique"
        raise ValueError(message)
