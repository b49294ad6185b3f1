"""Every write of zones. Carts look at them anew each time, so nothing else has to be told."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction

from core.places import postal_code_key
from core.problems import InvalidInput
from core.transactions import entry
from shipping.exceptions import ShippingZoneNameTaken
from shipping.models import ShippingZone
from shipping.places import Area
from shipping.selectors import shipping_zone_for_update
from users.places import country_of, fold

MAX_POSTAL_CODE = 12


@entry
def shipping_zone_create(*, values: Mapping[str, Any]) -> ShippingZone:
    """Make a zone of a `name`, and of `countries`, `areas`, or both, less its `excluded_areas`.

    Raises:
        ShippingZoneNameTaken: another zone has the name.
        InvalidInput: it serves no place, or an area isn't one.
    """
    zone = ShippingZone()
    _fill(zone, values)
    return zone


@entry
def shipping_zone_update(
    *,
    zone_id: uuid.UUID,
    changes: Mapping[str, Any],
    precondition: Callable[[ShippingZone], None] | None = None,
) -> ShippingZone:
    """Change a zone; carts to a place that it loses have to choose another method.

    `precondition` sees the zone under its lock and refuses by raising (If-Match).

    Raises:
        ShippingZoneNotFound: there is none. Else as `shipping_zone_create`.
    """
    zone = shipping_zone_for_update(zone_id)
    if precondition is not None:
        precondition(zone)
    _fill(zone, changes)
    return zone


@entry
def shipping_zone_delete(*, zone_id: uuid.UUID, precondition: Callable[[ShippingZone], None] | None = None) -> None:
    """Delete a zone and its methods; carts that chose one of them have none then.

    Raises:
        ShippingZoneNotFound: there is none.
    """
    zone = shipping_zone_for_update(zone_id)
    if precondition is not None:
        precondition(zone)
    zone.delete()


def _fill(zone: ShippingZone, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(zone, name, _areas(value, name) if name in {"areas", "excluded_areas"} else value)
    if not zone.countries and not zone.areas:
        raise InvalidInput.at("/countries", "Name a country or an area that it serves.", code="required")
    try:
        with transaction.atomic():
            zone.save()
    except IntegrityError as error:
        if "shipping_shippingzone_name" not in str(error):
            raise
        raise ShippingZoneNameTaken from error


def _areas(given: Sequence[Mapping[str, str]], name: str) -> list[dict[str, str]]:
    """Return areas as they are stored: regions by their codes, postal codes without blanks and dashes."""
    areas = [_area(area, f"/{name}/{index}") for index, area in enumerate(given)]
    return [asdict(area) for area in dict.fromkeys(areas)]


def _area(given: Mapping[str, str], pointer: str) -> Area:
    country, region = given["country"], given.get("region", "")
    first = _postal_code(given, "postal_code_from", pointer)
    last = _postal_code(given, "postal_code_until", pointer) or first
    if not region and not first and not last:
        detail = "An area is a part of its country: name a region or postal codes, or put the country into countries."
        raise InvalidInput.at(pointer, detail, code="area_whole")
    if last and not first:
        raise InvalidInput.at(f"{pointer}/postal_code_from", "Give the first postal code too.", code="required")
    if last < first and not first.startswith(last):
        detail = f"{last} comes before {first}; give the lower one first."
        raise InvalidInput.at(f"{pointer}/postal_code_until", detail, code="postal_codes_order")
    return Area(country, _region(country, region, pointer) if region else "", first, last)


def _postal_code(given: Mapping[str, str], name: str, pointer: str) -> str:
    text = given.get(name, "")
    code = postal_code_key(text)
    if text and not 0 < len(code) <= MAX_POSTAL_CODE:
        detail = f"Write its letters and digits, {MAX_POSTAL_CODE} at the most, or those that it begins with."
        raise InvalidInput.at(f"{pointer}/{name}", detail, code="postal_code")
    return code


def _region(country: str, text: str, pointer: str) -> str:
    """Return a region's code. Where regions aren't known people write what they like, so nothing can rest on it."""
    rules = country_of(country)
    regions = rules.regions if rules is not None else {}
    region = regions.get(fold(text))
    if region is None:
        example = next((f"give its code or name, such as {known.code}" for known in regions.values()), "")
        detail = f"{country} has no such region; {example or 'name postal codes instead'}."
        raise InvalidInput.at(f"{pointer}/region", detail, code="unknown_region")
    return region.code
