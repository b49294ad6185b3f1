"""Merging objects as RFC 7396 says, for the free objects of a row: metadata and attribute values."""

from collections.abc import Mapping
from typing import Any


def merged(old: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the old object with the changes: what is null goes, what isn't named stays."""
    values = {**old, **changes}
    return {name: value for name, value in values.items() if value is not None}
