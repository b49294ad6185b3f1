"""Every read of zones and methods, and the options that a place has in a market."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from core import clock
from core.places import Place
from markets.models import Market
from products.selectors import tags_of_products
from shipping.exceptions import PickupPointNotFound, ShippingMethodNotFound, ShippingZoneNotFound
from shipping.models import PickupPoint, ShippingExclusion, ShippingMethod, ShippingZone
from shipping.offering import exclusions_of
from shipping.places import serving


def offered_methods(market: Market, place: Place) -> list[ShippingMethod]:
    """Return the methods, with their zones, by which a place of a market is served, whatever is sent. One query.

    Of the market's zones the most specific one serves a place (see shipping/places.py), also while its methods are
    inactive: what is switched off for an island isn't offered there at the mainland's price. Where two zones that are
    equally specific have a method of the same code, the first in order is the offer. Methods with points for picking up
    are offered whatever the place, each with its `points`.
    """
    is_pickup = Q(kind=ShippingMethod.Kind.PICKUP)
    serves = Q(zone__countries__contains=[place.country]) | Q(zone__areas__contains=[{"country": place.country}])
    methods = _with_exclusions(ShippingMethod.objects.filter(serves | is_pickup, market=market).select_related("zone"))
    points = PickupPoint.objects.filter(method=OuterRef("pk"), is_active=True).order_by("position", "id")
    shown = {name: name for name in ("code", "name", "address", "opening_hours")}
    methods = methods.annotate(points=ArraySubquery(points.values(json=JSONObject(**shown))))
    served = {
        method.id for method in serving((one for one in methods if one.kind != ShippingMethod.Kind.PICKUP), place)
    }
    first_of_code: dict[str, ShippingMethod] = {}
    for method in methods:
        if method.is_active and (method.id in served or (method.kind == ShippingMethod.Kind.PICKUP and method.points)):
            first_of_code.setdefault(method.code, method)
    return list(first_of_code.values())


def excluded_categories(
    methods: Iterable[ShippingMethod], product_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, frozenset[uuid.UUID]]:
    """Return which of the categories that methods of a market don't take each product is in, or below.

    `methods` are of `offered_methods`. One query, none where no method excludes a category.
    """
    asked = {category_id: method for method in methods for category_id in exclusions_of(method).category_ids}
    if not asked:
        return {}
    market_id = next(iter(asked.values())).market_id
    return tags_of_products(product_ids, categories=list(asked), collections=(), market_id=market_id, at=clock.now())


def _with_exclusions(methods: QuerySet[ShippingMethod]) -> QuerySet[ShippingMethod]:
    """Let each method know, within the same query, what it doesn't take."""
    own = ShippingExclusion.objects.filter(method=OuterRef("pk")).order_by("id")
    return methods.annotate(
        excluded_product_ids=ArraySubquery(own.filter(product__isnull=False).values("product_id")),
        excluded_category_ids=ArraySubquery(own.filter(category__isnull=False).values("category_id")),
    )


def active_pickup_point(method: ShippingMethod | None, code: str) -> PickupPoint | None:
    """Return a pick-up method's active point of this code. One query, or none without such a method."""
    if method is None or method.kind != ShippingMethod.Kind.PICKUP:
        return None
    return PickupPoint.objects.filter(method=method, code=code, is_active=True).first()


def pickup_point_list(*, method_id: uuid.UUID | None = None) -> QuerySet[PickupPoint]:
    """Return points, of one method or of all."""
    points = PickupPoint.objects.all()
    return points if method_id is None else points.filter(method_id=method_id)


def pickup_point_get(point_id: uuid.UUID) -> PickupPoint:
    """Return one point.

    Raises:
        PickupPointNotFound: there is none.
    """
    point = PickupPoint.objects.filter(id=point_id).first()
    if point is None:
        raise PickupPointNotFound
    return point


def pickup_point_for_update(point_id: uuid.UUID) -> PickupPoint:
    """Return one point, locked.

    Raises:
        PickupPointNotFound: there is none.
    """
    point = PickupPoint.objects.select_for_update(no_key=True).filter(id=point_id).first()
    if point is None:
        raise PickupPointNotFound
    return point


def shipping_zone_list() -> QuerySet[ShippingZone]:
    """Return every zone."""
    return ShippingZone.objects.all()


def shipping_zone_get(zone_id: uuid.UUID) -> ShippingZone:
    """Return one zone.

    Raises:
        ShippingZoneNotFound: there is none.
    """
    zone = ShippingZone.objects.filter(id=zone_id).first()
    if zone is None:
        raise ShippingZoneNotFound
    return zone


def shipping_zone_for_update(zone_id: uuid.UUID) -> ShippingZone:
    """Return one zone, locked.

    Raises:
        ShippingZoneNotFound: there is none.
    """
    zone = ShippingZone.objects.select_for_update(no_key=True).filter(id=zone_id).first()
    if zone is None:
        raise ShippingZoneNotFound
    return zone


def shipping_method_list(*, market: str | None = None, zone_id: uuid.UUID | None = None) -> QuerySet[ShippingMethod]:
    """Return methods with market, zone, tax category and what they don't take; `market` is a code."""
    methods = _with_exclusions(ShippingMethod.objects.select_related("market", "zone", "tax_category"))
    if market is not None:
        methods = methods.filter(market__code=market)
    return methods if zone_id is None else methods.filter(zone_id=zone_id)


def shipping_method_get(method_id: uuid.UUID) -> ShippingMethod:
    """Return one method with market, zone and tax category.

    Raises:
        ShippingMethodNotFound: there is none.
    """
    method = shipping_method_list().filter(id=method_id).first()
    if method is None:
        raise ShippingMethodNotFound
    return method


def shipping_method_for_update(method_id: uuid.UUID) -> ShippingMethod:
    """Return one method with market, zone and tax category, locked itself only.

    Raises:
        ShippingMethodNotFound: there is none.
    """
    method = shipping_method_list().select_for_update(no_key=True, of=("self",)).filter(id=method_id).first()
    if method is None:
        raise ShippingMethodNotFound
    return method
