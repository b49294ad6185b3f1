"""Finding what a body names by code, SKU or id: a name that nobody has is refused where it stands."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from core.problems import FieldError, InvalidInput
from inventory.models import Location
from inventory.selectors import location_by_code, variants_named


def named_location(code: str, pointer: str) -> Location:
    """Return the location of a code.

    Raises:
        InvalidInput: there is none.
    """
    location = location_by_code(code)
    if location is None:
        refuse(pointer, "No location has this code; GET /locations lists them.")
    return location


def named_variants(rows: Sequence[Mapping[str, Any]], pointer: str) -> list[uuid.UUID]:
    """Return the variants of rows that name each one by `variant_id` or `sku`, in one query.

    Raises:
        InvalidInput: with every row whose variant isn't there, or was named before.
    """
    found = variants_named([(row.get("variant_id"), row.get("sku")) for row in rows])
    seen: set[uuid.UUID] = set()
    known: list[uuid.UUID] = []
    errors = []
    for index, (row, variant_id) in enumerate(zip(rows, found, strict=True)):
        place = f"{pointer}/{index}/{'variant_id' if 'variant_id' in row else 'sku'}"
        if variant_id is None:
            errors.append(FieldError(code="unknown", detail="There is no such variant.", pointer=place))
        elif variant_id in seen:
            errors.append(FieldError(code="given_twice", detail="Name each variant in one line.", pointer=place))
        else:
            seen.add(variant_id)
            known.append(variant_id)
    if errors:
        raise InvalidInput(f"{errors[0].pointer}: {errors[0].detail}", errors=tuple(errors))
    return known


def refuse(pointer: str, detail: str) -> NoReturn:
    """Refuse one place of a body.

    Raises:
        InvalidInput: always.
    """
    raise InvalidInput(detail, errors=(FieldError(code="unknown", detail=detail, pointer=pointer),))
