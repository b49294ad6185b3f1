"""The formats of files of tax rates, read into one shape. What is written of it is services.py.

`vat` is the JSON of VAT rates by country, with dated changes and exceptions by postal code, as github.com/ibericode/
vat-rates keeps it. `zip` is the CSV of American sales taxes by ZIP code, as Avalara's free tables have it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from core import clock
from core.places import COUNTRIES
from markets.importing.patterns import ranges_of

MILLION = 1_000_000
STANDARD = "standard"
ZIP_TAXES: Mapping[str, str] = {
    "EstimatedCountyRate": "County tax",
    "EstimatedCityRate": "City tax",
    "EstimatedSpecialRate": "District tax",
}
STATE_TAX = "State tax"
_ZIP_COLUMNS = {"State", "ZipCode", "StateRate", "EstimatedCombinedRate", *ZIP_TAXES}
_ZIP_LENGTH = 5
_SINCE_EVER = "0000"


class FileUnreadableError(Exception):
    """The file is of none of the formats."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One tax of one place during one time: its share in millionths by the names that the file gives its rates."""

    country: str
    name: str
    shares: Mapping[str, int]
    region: str = ""
    codes: tuple[str, str] = ("", "")
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    known: frozenset[str] = frozenset({STANDARD})
    """The names of all rates that the country has then; of an exception the file may say the standard one only."""


@dataclass(slots=True)
class TaxFile:
    """What a file says: its readings, the scopes (country, region) that it speaks of, and what can't be read of it."""

    readings: list[Reading] = field(default_factory=list)
    scopes: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """By place, the names of the taxes that the file knows there."""
    problems: list[str] = field(default_factory=list)
    kept: set[tuple[str, str, str]] = field(default_factory=set)
    """Country, region and postal code of lines that can't be read: what is known of them stays."""


def read_rates(path: Path, name: str) -> TaxFile:
    """Read a file of either format; `name` is what a VAT is called.

    Raises:
        FileUnreadableError: it is neither, or empty.
        OSError: it can't be opened.
    """
    text = path.read_text(encoding="utf-8-sig")
    if text.lstrip().startswith("{"):
        return _vat(path, text, name)
    rows = csv.DictReader(text.splitlines())
    missing = _ZIP_COLUMNS - set(rows.fieldnames or ())
    if missing:
        message = (
            f"{path.name} is neither JSON of VAT rates nor CSV by ZIP code; it lacks {', '.join(sorted(missing))}."
        )
        raise FileUnreadableError(message)
    return _zip(path, rows)


def _vat(path: Path, text: str, name: str) -> TaxFile:
    try:
        items = json.loads(text, parse_float=Decimal)["items"].items()
    except (ValueError, KeyError, AttributeError) as error:
        message = f"{path.name} is not JSON of VAT rates: {error}."
        raise FileUnreadableError(message) from error
    found = TaxFile()
    for country, periods in items:
        try:
            readings = list(_vat_readings(country, periods, name))
        except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
            found.problems.append(f"{path.name}: {country}: {_reason(error)}; the country is left as it is.")
            continue
        found.readings.extend(readings)
        found.scopes[country, ""] = {name}
    return found


def _vat_readings(country: str, periods: Iterable[Mapping[str, Any]], name: str) -> Iterator[Reading]:
    if country not in COUNTRIES:
        message = "there is no such country"
        raise ValueError(message)
    until: datetime | None = None
    for period in sorted(periods, key=lambda period: str(period["effective_from"]), reverse=True):
        since = _start(period["effective_from"])
        shares = {rate: _ppm(value, 100) for rate, value in period["rates"].items()}
        if STANDARD not in shares:
            message = f"the rates from {period['effective_from']} have no standard one"
            raise ValueError(message)
        known = frozenset(shares)
        yield Reading(country, name, shares, valid_from=since, valid_until=until, known=known)
        for exception in period.get("exceptions", ()):
            share = _ppm(exception[STANDARD], 100)
            # Outside of the VAT's territory nothing is taxed; elsewhere the file knows the standard rate only.
            special = dict.fromkeys(shares, 0) if share == 0 else {STANDARD: share}
            for codes in ranges_of(exception["postcode"]):
                yield Reading(country, name, special, "", codes, since, until, known)
        until = since


def _start(text: str) -> datetime | None:
    """Return when a day begins in the shop; the year 0 is since ever."""
    return None if text.startswith(_SINCE_EVER) else clock.start_of(date.fromisoformat(text))


def _zip(path: Path, rows: csv.DictReader[str]) -> TaxFile:
    found = TaxFile()
    states: dict[str, int] = {}
    seen: set[str] = set()
    for row in rows:
        state, code = (row["State"] or "").strip(), (row["ZipCode"] or "").strip()
        try:
            taxes = _zip_taxes(row, state, code, seen, states)
        except (ValueError, InvalidOperation) as error:
            found.problems.append(
                f"{path.name}, line {rows.line_num}: {_reason(error)}; the ZIP code is left as it is."
            )
            if code not in seen:
                found.kept.add(("US", state, code))
            continue
        seen.add(code)
        states[state] = taxes[STATE_TAX]
        for name, share in taxes.items():
            if name != STATE_TAX and share:
                found.readings.append(Reading("US", name, {STANDARD: share}, region=state, codes=(code, code)))
    for state, share in states.items():
        found.scopes["US", state] = {STATE_TAX, *ZIP_TAXES.values()}
        if share:
            found.readings.append(Reading("US", STATE_TAX, {STANDARD: share}, region=state))
    return found


def _zip_taxes(
    row: Mapping[str, str], state: str, code: str, seen: set[str], states: Mapping[str, int]
) -> dict[str, int]:
    if not (len(state) == len("CA") and state.isascii() and state.isalpha() and state.isupper()):
        message = f"{state!r} is not a state"
        raise ValueError(message)
    if not (len(code) == _ZIP_LENGTH and code.isascii() and code.isdigit()):
        message = f"{code!r} is not a ZIP code of five digits (a spreadsheet takes zeros off the front)"
        raise ValueError(message)
    if code in seen:
        message = f"{code} was there before"
        raise ValueError(message)
    taxes = {STATE_TAX: _ppm(row["StateRate"], 1)}
    taxes |= {name: _ppm(row[column], 1) for column, name in ZIP_TAXES.items()}
    together = _ppm(row["EstimatedCombinedRate"], 1)
    if sum(taxes.values()) != together:
        message = f"the parts come to {sum(taxes.values())} millionths, together they should be {together}"
        raise ValueError(message)
    if states.get(state, taxes[STATE_TAX]) != taxes[STATE_TAX]:
        message = f"the state's rate is another than on the lines before ({states[state]} millionths)"
        raise ValueError(message)
    return taxes


def _ppm(value: Any, whole: int) -> int:
    """Return a share in millionths exactly."""
    millionths = Decimal(str(value)) * MILLION / whole
    if not (millionths.is_finite() and millionths == millionths.to_integral_value() and 0 <= millionths <= MILLION):
        message = f"{value} is not a rate"
        raise ValueError(message)
    return int(millionths)


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return "a rate is not a number" if isinstance(error, InvalidOperation) else str(error)
