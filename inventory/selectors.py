"""Every read of stock. Whether a caller may see it is asked by the views: it's for staff and for other apps only."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from inventory.allocation import allocation
from inventory.exceptions import LocationNotFound, StockLevelNotFound, StockTakeNotFound, StockTransferNotFound
from inventory.models import (
    Location,
    StockLevel,
    StockMovement,
    StockTake,
    StockTakeLine,
    StockTransfer,
    StockTransferLine,
)
from products.models import Variant

LOW = Q(reserved__gte=F("on_hand") - F("safety_stock") - F("low_stock_threshold"))
"""A level at or below its threshold, counting only what isn't promised or kept back.

A difference, since the sum of what is reserved and both others may leave the range of its type.
"""


@dataclass(frozen=True, slots=True)
class StockOffer:
    """How many of a variant can be promised, and how many of them are there; None is any number.

    `expected_on` is when all that is promised beyond what is there will have come; None where some of it has no date.
    """

    available: int | None
    there: int | None = None
    expected_on: date | None = None

    def backordered_of(self, quantity: int) -> int:
        """Return how many of so many could be promised and aren't there."""
        promised = quantity if self.available is None else min(quantity, self.available)
        return 0 if self.there is None else max(promised - self.there, 0)


_AVAILABLE = """
SELECT v.id, v.is_stock_tracked, bool_or(s.id IS NOT NULL AND s.backorder_limit IS NULL),
       {together}(GREATEST(f.there + s.backorder_limit, 0)), {together}(GREATEST(f.there, 0)),
       CASE WHEN bool_and(s.expected_on IS NOT NULL) FILTER (WHERE s.backorder_limit IS DISTINCT FROM 0)
            THEN MAX(s.expected_on) FILTER (WHERE s.backorder_limit IS DISTINCT FROM 0) END
FROM products_variant v
LEFT JOIN (inventory_stocklevel s JOIN inventory_location l ON l.id = s.location_id AND l.is_active)
    ON s.variant_id = v.id
LEFT JOIN LATERAL (
    SELECT s.on_hand::bigint - s.safety_stock - s.reserved + COALESCE(SUM(r.quantity), 0) AS there
    FROM inventory_stockreservation r
    WHERE r.level_id = s.id AND r.expires_at IS NOT NULL AND (r.expires_at <= %(at)s OR r.cart_id = %(cart)s)
) f ON TRUE
WHERE v.id = ANY(%(variants)s::uuid[])
GROUP BY v.id
"""


def is_low(level: StockLevel) -> bool:
    """Tell of one level what LOW tells of many."""
    return level.on_hand <= level.reserved + level.safety_stock + level.low_stock_threshold


def available_quantities(
    variant_ids: Sequence[uuid.UUID], *, at: datetime, cart_id: uuid.UUID | None = None
) -> dict[uuid.UUID, int | None]:
    """Return how many of each variant can be promised at a time; None is any number. See `stock_offers`."""
    offers = stock_offers(variant_ids, at=at, cart_id=cart_id)
    return {variant_id: offer.available for variant_id, offer in offers.items()}


def stock_offers(
    variant_ids: Sequence[uuid.UUID], *, at: datetime, cart_id: uuid.UUID | None = None
) -> dict[uuid.UUID, StockOffer]:
    """Return what can be promised of each variant at a time. Unknown ids are left out.

    What is held past its time is free, and so is what this cart holds itself. Only active locations count; where a
    line may not be split, the one that has most. One query.
    """
    statement = _AVAILABLE.format(together="SUM" if allocation().may_split else "MAX")
    with connection.cursor() as cursor:
        cursor.execute(statement, {"variants": list(variant_ids), "at": at, "cart": cart_id})
        return {
            variant_id: StockOffer(int(free or 0) if not is_unlimited else None, int(there or 0), expected_on)
            if is_tracked
            else StockOffer(None)
            for variant_id, is_tracked, is_unlimited, free, there, expected_on in cursor.fetchall()
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
    transfer_id: uuid.UUID | None = None,
    take_id: uuid.UUID | None = None,
    kind: str | None = None,
) -> QuerySet[StockMovement]:
    """Return movements with their level's variant and location."""
    conditions = {
        "level_id": level_id,
        "level__variant_id": variant_id,
        "level__variant__sku": sku,
        "order_id": order_id,
        "transfer_id": transfer_id,
        "take_id": take_id,
        "kind": kind,
    }
    return StockMovement.objects.select_related("level__variant", "level__location").filter(
        **{name: value for name, value in conditions.items() if value is not None}
    )


def variants_named(names: Sequence[tuple[uuid.UUID | None, str | None]]) -> list[uuid.UUID | None]:
    """Return the id of the variant of each pair of id or SKU, None where there is no such variant; one query."""
    ids = [variant_id for variant_id, _sku in names if variant_id is not None]
    skus = [sku for _variant_id, sku in names if sku]
    found = Variant.objects.filter(Q(id__in=ids) | Q(sku__in=skus)).values_list("id", "sku")
    known = {variant_id: variant_id for variant_id, _sku in found}
    by_sku = {sku: variant_id for variant_id, sku in found}
    return [by_sku.get(sku or "") if variant_id is None else known.get(variant_id) for variant_id, sku in names]


def stock_transfer_list(
    *,
    status: str | None = None,
    source: str | None = None,
    destination: str | None = None,
    variant_id: uuid.UUID | None = None,
    sku: str | None = None,
) -> QuerySet[Any]:
    """Return transfers with both ends, named by their codes, and `lines_count`, `pieces`, `received_pieces`."""
    conditions = {
        "status": status,
        "source__code": source,
        "destination__code": destination,
    }
    transfers = StockTransfer.objects.select_related("source", "destination").filter(
        **{name: value for name, value in conditions.items() if value is not None}
    )
    lines = StockTransferLine.objects.filter(transfer=OuterRef("pk"))
    if variant_id is not None:
        transfers = transfers.filter(Exists(lines.filter(variant_id=variant_id)))
    if sku is not None:
        transfers = transfers.filter(Exists(lines.filter(variant__sku=sku)))

    return transfers.annotate(
        lines_count=_number(lines, "transfer", Count("id")),
        pieces=_number(lines, "transfer", Sum("quantity")),
        received_pieces=_number(lines, "transfer", Sum("received_quantity")),
    )


def stock_transfer_get(transfer_id: uuid.UUID) -> StockTransfer:
    """Return one transfer with its ends and its lines, with their variants and products.

    Raises:
        StockTransferNotFound: there is none.
    """
    return _one(_whole(StockTransfer.objects.filter(id=transfer_id)), StockTransferNotFound)


def stock_transfer_for_update(transfer_id: uuid.UUID) -> StockTransfer:
    """Return the same, locked.

    Raises:
        StockTransferNotFound: there is none.
    """
    locked = StockTransfer.objects.select_for_update(no_key=True, of=("self",)).filter(id=transfer_id)
    return _one(_whole(locked), StockTransferNotFound)


def _whole(transfers: QuerySet[StockTransfer]) -> QuerySet[StockTransfer]:
    lines = StockTransferLine.objects.select_related("variant__product").order_by("id")
    return transfers.select_related("source", "destination").prefetch_related(Prefetch("lines", lines))


def stock_take_list(*, status: str | None = None, location: str | None = None) -> QuerySet[Any]:
    """Return stock takes with their location, named by its code, and `counted_lines` and `different_lines`."""
    conditions = {"status": status, "location__code": location}
    return _tallied(
        StockTake.objects.filter(**{name: value for name, value in conditions.items() if value is not None})
    )


def stock_take_get(take_id: uuid.UUID) -> Any:
    """Return one stock take as `stock_take_list` does.

    Raises:
        StockTakeNotFound: there is none.
    """
    return _one(_tallied(StockTake.objects.filter(id=take_id)), StockTakeNotFound)


def stock_take_for_update(take_id: uuid.UUID) -> Any:
    """Return the same, locked; what it tells of its lines is read once the lock is had.

    Raises:
        StockTakeNotFound: there is none.
    """
    _one(StockTake.objects.select_for_update(no_key=True).filter(id=take_id), StockTakeNotFound)
    return stock_take_get(take_id)


def stock_take_open_at(location_id: uuid.UUID) -> StockTake | None:
    """Return the stock take that is open at a location, if there is one."""
    return StockTake.objects.filter(location_id=location_id, status=StockTake.Status.OPEN).first()


def stock_take_uncounted(take: StockTake) -> QuerySet[StockLevel]:
    """Return the levels of the location that have goods by the books, and no count yet."""
    counted = StockTakeLine.objects.filter(take=take, level=OuterRef("pk"))
    return StockLevel.objects.filter(~Exists(counted), location=take.location_id, on_hand__gt=0)


def stock_take_lines(take_id: uuid.UUID, *, is_different: bool = False) -> QuerySet[StockTakeLine]:
    """Return a take's lines, or those whose count is not what the books had, with level, variant and product.

    Raises:
        StockTakeNotFound: there is none.
    """
    _one(StockTake.objects.filter(id=take_id), StockTakeNotFound)
    lines = StockTakeLine.objects.select_related("level__variant__product").filter(take_id=take_id)
    return lines.exclude(counted=F("expected")) if is_different else lines


def _tallied(takes: QuerySet[StockTake]) -> QuerySet[Any]:
    lines = StockTakeLine.objects.filter(take=OuterRef("pk"))
    return takes.select_related("location").annotate(
        counted_lines=_number(lines, "take", Count("id")),
        different_lines=_number(lines.exclude(counted=F("expected")), "take", Count("id")),
    )


def _number(rows: QuerySet[Any], group: str, number: Any) -> Coalesce:
    """Return a number of the rows that belong to each row of another query; 0 where there are none."""
    counted = rows.order_by().values(group).annotate(number=number).values("number")
    return Coalesce(Subquery(counted, output_field=BigIntegerField()), 0)


def low_stock(limit: int = 10) -> QuerySet[StockLevel]:
    """Return the levels that most need goods, of products on sale: the fewest pieces left first. One query."""
    levels = stock_level_list(is_low=True).filter(location__is_active=True, variant__product__status="active")
    return levels.order_by(F("on_hand") - F("reserved"), "id")[:limit]


def _one(rows: QuerySet[Any], missing: type[Exception]) -> Any:
    found = rows.first()
    if found is None:
        raise missing
    return found
