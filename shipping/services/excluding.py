"""What a method doesn't take: products, and categories with all below them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from core.problems import FieldError
from core.transactions import assert_in_transaction
from products.models import Category, Product
from shipping.exceptions import ShippingReferenceUnknown
from shipping.models import ShippingExclusion, ShippingMethod

_THINGS: Mapping[str, tuple[str, type[Product | Category]]] = {
    "excluded_product_ids": ("product", Product),
    "excluded_category_ids": ("category", Category),
}


def exclusions_taken(columns: dict[str, Any]) -> dict[str, list[uuid.UUID]]:
    """Take what is said of exclusions out of the columns, each thing once.

    Raises:
        ShippingReferenceUnknown: something doesn't exist.
    """
    taken = {name: list(dict.fromkeys(columns.pop(name))) for name in _THINGS if name in columns}
    for name, ids in taken.items():
        known = set(_THINGS[name][1].objects.filter(id__in=ids).order_by().values_list("id", flat=True))
        detail = f"There is no such {_THINGS[name][0]}."
        errors = tuple(
            FieldError(ShippingReferenceUnknown.code, detail, f"/{name}/{place}")
            for place, wanted in enumerate(ids)
            if wanted not in known
        )
        if errors:
            raise ShippingReferenceUnknown(detail, errors=errors)
    return taken


def exclusions_write(method: ShippingMethod, taken: Mapping[str, Sequence[uuid.UUID]]) -> None:
    """Replace those lists of a method that are given. Part: the caller holds the method's lock, or has just made it."""
    assert_in_transaction()
    for name, ids in taken.items():
        thing = _THINGS[name][0]
        ShippingExclusion.objects.filter(**{"method": method, f"{thing}__isnull": False}).delete()
        ShippingExclusion.objects.bulk_create(
            ShippingExclusion(**{"method": method, f"{thing}_id": wanted}) for wanted in ids
        )
