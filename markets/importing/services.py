"""Writing the tax rates that a file has: what it says of a place replaces what there was under those names."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction

from core.problems import InvalidInput
from core.transactions import entry
from markets.exceptions import TaxRateOverlap
from markets.importing.reading import STANDARD, Reading, TaxFile
from markets.models import TaxCategory, TaxRate

_AT_ONCE = 1000


@dataclass(slots=True)
class Imported:
    """What became of the rates, and what couldn't be imported."""

    created_count: int = 0
    changed_count: int = 0
    removed_count: int = 0
    unchanged_count: int = 0
    problems: list[str] = field(default_factory=list)


class _Key(NamedTuple):
    category: str
    country: str
    region: str
    first: str
    last: str
    name: str
    valid_from: datetime | None


class _Value(NamedTuple):
    rate_ppm: int
    valid_until: datetime | None


@entry
def tax_rates_import(
    *,
    file: TaxFile,
    categories: Mapping[str, Sequence[str]],
    keeps_names: bool = False,
    is_dry_run: bool = False,
) -> Imported:
    """Write the rates of a file: all that can be read of it, or nothing. A second time changes nothing.

    `categories` says for each tax category, by its code, which of the file's rates it has: the first that a country
    knows, else the standard one. A place that has rates of other names is left as it is and told of, since both would
    be taken; unless `keeps_names`, by which a country whose rates have one name keeps that in place of the file's.

    Raises:
        InvalidInput: there is no such tax category.
        TaxRateOverlap: rates of the file overlap each other, or what somebody else writes in this moment.
    """
    done = Imported(problems=list(file.problems))
    known = {row.code: row for row in TaxCategory.objects.filter(code__in=categories)}
    unknown = [code for code in categories if code not in known]
    if unknown:
        raise InvalidInput(f"There is no tax category {', '.join(unknown)}; make it first.")
    taxed = list(known.values())
    if keeps_names:
        file = _renamed(file, taxed)
    scopes = {scope: names for scope, names in file.scopes.items() if not _others(scope, names, taxed, done)}
    wanted = _wanted(file.readings, categories, scopes)
    have = {_key_of(row): row for row in _existing(scopes, taxed)}
    kept = {key for key in have if (key.country, key.region, key.first) in file.kept}
    gone = [row.pk for key, row in have.items() if key not in wanted and key not in kept]
    changed = [
        row for key, row in have.items() if key in wanted and wanted[key] != _Value(row.rate_ppm, row.valid_until)
    ]
    new = [_row(key, value, known) for key, value in wanted.items() if key not in have]
    for row in changed:
        row.rate_ppm, row.valid_until = wanted[_key_of(row)]
    done.created_count, done.changed_count, done.removed_count = len(new), len(changed), len(gone)
    done.unchanged_count = len(have) - len(changed) - len(gone)
    if not is_dry_run:
        _write(gone, changed, new)
    return done


def _write(gone: Sequence[uuid.UUID], changed: Sequence[TaxRate], new: Sequence[TaxRate]) -> None:
    try:
        with transaction.atomic():
            TaxRate.objects.filter(pk__in=gone).delete()
            # What ends earlier than before makes room for what comes after it.
            TaxRate.objects.bulk_update(changed, ["rate_ppm", "valid_until"], batch_size=_AT_ONCE)
            TaxRate.objects.bulk_create(new, batch_size=_AT_ONCE)
    except IntegrityError as error:
        if "markets_taxrate_overlap" not in str(error):
            raise
        detail = (
            "Two rates of one place, category and name would hold at one time: the file overlaps itself or what is "
            "kept, or somebody else imports in this moment. Nothing was written; look, and import again."
        )
        raise TaxRateOverlap(detail) from error


def _renamed(file: TaxFile, taxed: Sequence[TaxCategory]) -> TaxFile:
    """Return what a file says under the names that countries have for their one tax already."""
    rates = TaxRate.objects.filter(region="", category__in=taxed).order_by()
    known: dict[str, set[str]] = defaultdict(set)
    for country, name in rates.values_list("country", "name").distinct():
        known[country].add(name)
    names = {
        country: known[country] for country, region in file.scopes if not region and len(known.get(country, ())) == 1
    }
    return replace(
        file,
        readings=[
            replace(reading, name=min(names[reading.country])) if reading.country in names else reading
            for reading in file.readings
        ],
        scopes={scope: names.get(scope[0], own) for scope, own in file.scopes.items()},
    )


def _others(scope: tuple[str, str], names: set[str], taxed: Sequence[TaxCategory], done: Imported) -> bool:
    """Tell whether a place has rates of other names, and note it."""
    country, region = scope
    others = TaxRate.objects.filter(country=country, region__in=("", region), category__in=taxed)
    found = sorted(set(others.exclude(name__in=names).order_by().values_list("name", flat=True)))
    if found:
        place = f"{country}-{region}" if region else country
        done.problems.append(
            f"{place}: there are rates named {', '.join(found)}, and both would be taken; the place is left as it is. "
            f"{'Delete them.' if region else 'Delete them, or keep their name by --keep-names.'}"
        )
    return bool(found)


def _existing(scopes: Mapping[tuple[str, str], set[str]], categories: Sequence[TaxCategory]) -> Iterable[TaxRate]:
    for (country, region), names in scopes.items():
        yield from TaxRate.objects.filter(
            country=country, region=region, name__in=names, category__in=categories
        ).select_related("category")


def _wanted(
    readings: Iterable[Reading],
    categories: Mapping[str, Sequence[str]],
    scopes: Mapping[tuple[str, str], set[str]],
) -> dict[_Key, _Value]:
    wanted = {}
    for reading in readings:
        if (reading.country, reading.region) not in scopes:
            continue
        for code, names in categories.items():
            share = _share(reading, names)
            if share is not None:
                key = _Key(code, reading.country, reading.region, *reading.codes, reading.name, reading.valid_from)
                wanted[key] = _Value(share, reading.valid_until)
    return wanted


def _share(reading: Reading, names: Sequence[str]) -> int | None:
    """Return what a category pays: the first rate that the country has of those named, else the standard one.

    None of an exception of which the file doesn't tell that rate: there the country's holds on.
    """
    name = next((name for name in names if name in reading.known), STANDARD)
    return reading.shares.get(name)


def _key_of(row: TaxRate) -> _Key:
    return _Key(
        row.category.code,
        row.country,
        row.region,
        row.postal_code_from,
        row.postal_code_until,
        row.name,
        row.valid_from,
    )


def _row(key: _Key, value: _Value, categories: Mapping[str, TaxCategory]) -> TaxRate:
    return TaxRate(
        category=categories[key.category],
        country=key.country,
        region=key.region,
        postal_code_from=key.first,
        postal_code_until=key.last,
        name=key.name,
        rate_ppm=value.rate_ppm,
        valid_from=key.valid_from,
        valid_until=value.valid_until,
    )
