"""Which columns a promotion's benefit is made of, for the service and the form alike. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NEEDED: Mapping[str, tuple[str, ...]] = {
    "percent": ("rate_ppm",),
    "amount": ("amount",),
    "free_shipping": (),
    "buy_get": ("buy_quantity", "get_quantity", "rate_ppm"),
    "bundle": ("amount",),
    "gift": ("gift_variant", "get_quantity"),
}
"""What each can't do without."""
POSSIBLE: Mapping[str, tuple[str, ...]] = {
    "amount": ("is_per_unit",),
    "free_shipping": ("method_codes",),
    "buy_get": ("max_times",),
    "bundle": ("max_times",),
}
BLANKS: Mapping[str, Any] = {
    "rate_ppm": None,
    "amount": None,
    "is_per_unit": False,
    "method_codes": [],
    "buy_quantity": None,
    "get_quantity": None,
    "max_times": None,
    "gift_variant": None,
}


def columns_of(benefit: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return every column of a benefit: what is given of its own, and blanks for those of the others."""
    own = {*NEEDED[benefit], *POSSIBLE.get(benefit, ())}
    return {
        name: given[name] if name in own and given.get(name) is not None else _copied(blank)
        for name, blank in BLANKS.items()
    }


def missing_of(benefit: str, given: Mapping[str, Any]) -> list[str]:
    """Return the columns that the benefit can't do without and that aren't given."""
    return [name for name in NEEDED[benefit] if given.get(name) is None]


def _copied(blank: Any) -> Any:
    return list(blank) if isinstance(blank, list) else blank
