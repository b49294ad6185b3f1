"""A price table as staff type and read it, one tier a line: `2 kg: 4.95`, at last `more: 12`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from core.money import MAX_AMOUNT, MoneyError, parse_decimal, to_decimal_text
from shipping.models import MAX_TIERS, ShippingMethod

_MORE = "more"
_RateBy = ShippingMethod.RateBy
_UNITS: Mapping[str, Mapping[str, int]] = {
    _RateBy.WEIGHT: {"kg": 1000, "g": 1},
    _RateBy.VOLUME: {"l": 1000, "cm3": 1},
    _RateBy.QUANTITY: {"": 1},
}
"""What may stand behind a bound, the largest first, and how many of what is stored it is."""
_EXAMPLES = {
    _RateBy.WEIGHT: "2 kg: 4.95",
    _RateBy.VOLUME: "20 l: 4.95",
    _RateBy.QUANTITY: "3: 4.95",
    _RateBy.PRICE: "50.00: 4.95",
}
_LINE = re.compile(r"(?:up\s+to\s+)?(.+?)\s*[:=]\s*(.+)", re.IGNORECASE)
_BOUND = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]+3?|)")


class RateLineError(ValueError):
    """A line isn't a tier; the message is for the person who typed it."""


def tiers_of(text: str, *, rate_by: str, currency: str) -> list[dict[str, int | None]]:
    """Return the tiers of a text, as they are stored. Whether bounds rise is the service's to say.

    Raises:
        RateLineError: a line isn't a tier, or there are too many.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_TIERS:
        message = f"A table has {MAX_TIERS} lines at the most."
        raise RateLineError(message)
    return [_tier_of(line, rate_by, currency) for line in lines]


def text_of(tiers: Iterable[Mapping[str, Any]], *, rate_by: str, currency: str) -> str:
    """Write stored tiers as they are typed."""
    return "\n".join(
        f"{_bound_text(tier['up_to'], rate_by, currency)}: {to_decimal_text(tier['amount'], currency)}"
        for tier in tiers
    )


def _tier_of(line: str, rate_by: str, currency: str) -> dict[str, int | None]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise _not_understood(line, rate_by)
    bound, price = found[1].strip().lower(), found[2]
    try:
        up_to = None if bound == _MORE else _bound_of(bound, line, rate_by, currency)
        amount = parse_decimal(price, currency)
    except MoneyError as error:
        message = f"In the line “{line[:40]}”: {error}"
        raise RateLineError(message) from error
    if amount < 0:
        message = f"In the line “{line[:40]}”: a price is zero or more."
        raise RateLineError(message)
    return {"up_to": up_to, "amount": amount}


def _bound_of(text: str, line: str, rate_by: str, currency: str) -> int:
    if rate_by == _RateBy.PRICE:
        return parse_decimal(text, currency)
    found = _BOUND.fullmatch(text)
    units = _UNITS[rate_by]
    if found is None or found[2] not in units:
        raise _not_understood(line, rate_by)
    bound = Decimal(found[1]) * units[found[2]]
    if bound != int(bound) or bound > MAX_AMOUNT:
        smallest = list(units)[-1] or "pieces"
        message = f"In the line “{line[:40]}”: bounds are whole {smallest}."
        raise RateLineError(message)
    return int(bound)


def _bound_text(up_to: int | None, rate_by: str, currency: str) -> str:
    if up_to is None:
        return _MORE
    if rate_by == _RateBy.PRICE:
        return to_decimal_text(up_to, currency)
    unit, size = next(((unit, size) for unit, size in _UNITS[rate_by].items() if up_to % size == 0))
    return f"{up_to // size} {unit}".rstrip()


def _not_understood(line: str, rate_by: str) -> RateLineError:
    example = _EXAMPLES[_RateBy(rate_by)]
    return RateLineError(f"Not a tier: “{line[:40]}”. Write lines such as “{example}”, and at last “more: 12”.")
