"""Every read of stock. Whether a caller may see it is asked by the views: it's for staff and for other apps only."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from inventory.exceptions import LocationNotFound, StockLevelNotFound
from inventory.models import Location, StockLevel, StockMovement
from products.models import Variant

LOW = Q(on_hand__lte=F("reserved") + F("low_stock_threshold"))
"""A level at or below its threshold, counting only what isn't promised."""


def available_quantities(variant_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int | None]:
    """Return how many of each variant can be promised now; None is any number. Unknown ids are left out.

    Only active locations count. One query.
    """
    active = Q(stock_levels__location__is_active=True)
    rows = (
        Variant.objects.filter(id__in=variant_ids)
        .annotate(
            there=Sum(F("stock_levels__on_hand") - F("stock_levels__reserved"), filter=active, default=0),
            beyond=Sum("stock_levels__backorder_limit", filter=active, default=0),
            unlimited_count=Count(
                "stock_levels", filter=active & Q(stock_levels__backorder_limit__isnull=True), distinct=True
            ),
        )
        .values_list("id", "is_stock_tracked", "there", "beyond", "unlimited_count")
        .order_by()
    )
    return {
        variant_id: max(there + beyond, 0) if is_tracked and not unlimited_count else None
        for variant_id, is_tracked, there, beyond, unlimited_count in rows
    }


def location_list() -> QuerySet[Location]:
    """Return every location."""
    return Location.objects.all()


def location_get(location_id: uuid.UUID) -> Location:
    """Return one location.

    Raises:
        LocationNotFound: there is none.
    """
    return _one(Location.objects.filter(id=location_id), LocationNotFound)


def location_for_update(location_id: uuid.UUID) -> Location:
    """Return one location, locked.

    Raises:
        LocationNotFound: there is none.
    """
    return _one(Location.objects.select_for_update(no_key=True).filter(id=location_id), LocationNotFound)


def location_by_code(code: str) -> Location | None:
    """Return the location of a code, if there is one."""
    return Location.objects.filter(code=code).first()


def variant_id_of(*, variant_id: uuid.UUID | None, sku: str | None) -> uuid.UUID | None:
    """Return the id of the variant that is named by its id or its SKU, if there is one."""
    named = Variant.objects.filter(id=variant_id) if variant_id is not None else Variant.objects.filter(sku=sku)
    return named.values_list("id", flat=True).first() if variant_id is not None or sku else None


def stock_level_list(
    *,
    variant_id: uuid.UUID | None = None,
    sku: str | None = None,
    location: str | None = None,
    is_low: bool = False,
) -> QuerySet[StockLevel]:
    """Return levels with their variant, product and location; `location` is a code."""
    levels = StockLevel.objects.select_related("variant__product", "location")
    if variant_id is not None:
        levels = levels.filter(variant_id=variant_id)
    if sku is not None:
        levels = levels.filter(variant__sku=sku)
    if location is not None:
        levels = levels.filter(location__code=location)
    return levels.filter(LOW, variant__is_stock_tracked=True) if is_low else levels


def stock_level_get(level_id: uuid.UUID) -> StockLevel:
    """Return one level with its variant, product and location.

    Raises:
        StockLevelNotFound: there is none.
    """
    return _one(
        StockLevel.objects.select_related("variant__product", "location").filter(id=level_id), StockLevelNotFound
    )


def stock_level_for_update(**where: Any) -> StockLevel:
    """Return the one level of a unique condition, locked, with its variant, product and location.

    Raises:
        StockLevelNotFound: there is none.
    """
    levels = StockLevel.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "variant__product", "location"
    )
    return _one(levels.filter(**where), StockLevelNotFound)


def stock_movement_list(
    *,
    level_id: uuid.UUID | None = None,
    variant_id: uuid.UUID | None = None,
    sku: str | None = None,
    order_id: uuid.UUID | None = None,
    kind: str | None = None,
) -> QuerySet[StockMovement]:
    """Return movements with their level's variant and location."""
    conditions = {
        "level_id": level_id,
        "level__variant_id": variant_id,
        "level__variant__sku": sku,
        "order_id": order_id,
        "kind": kind,
    }
    return StockMovement.objects.select_related("level__variant", "level__location").filter(
        **{name: value for name, value in conditions.items() if value is not None}
    )


def low_stock(limit: int = 10) -> QuerySet[StockLevel]:
    """Return the levels that most need goods, of products on sale: the fewest pieces left first. One query."""
    levels = stock_level_list(is_low=True).filter(location__is_active=True, variant__product__status="active")
    return levels.order_by(F("on_hand") - F("reserved"), "id")[:limit]


def _one(rows: QuerySet[Any], missing: type[Exception]) -> Any:
    found = rows.first()
    if found is None:
        raise missing
    return found
