"""Making and changing locations."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from core.transactions import entry
from inventory.exceptions import LocationCodeTaken
from inventory.models import Location
from inventory.selectors import location_for_update


@entry
def location_create(*, values: Mapping[str, Any]) -> Location:
    """Add a place that holds stock.

    Raises:
        LocationCodeTaken: the code is another one's.
    """
    location = Location(**values)
    _save(location)
    return location


@entry
def location_update(
    *, location_id: uuid.UUID, changes: Mapping[str, Any], precondition: Callable[[Location], None] | None = None
) -> Location:
    """Change a location; stock of one that becomes inactive is no longer for sale, what is promised stays promised.

    `precondition` sees the location under its lock and refuses by raising (If-Match).

    Raises:
        LocationNotFound: there is none.
        LocationCodeTaken: the code is another one's.
    """
    location = location_for_update(location_id)
    if precondition is not None:
        precondition(location)
    for name, value in changes.items():
        setattr(location, name, value)
    _save(location)
    return location


def _save(location: Location) -> None:
    try:
        with transaction.atomic():
            location.save()
    except IntegrityError as error:
        if "inventory_location_code" not in str(error):
            raise
        raise LocationCodeTaken from error
