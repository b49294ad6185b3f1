"""The endpoints of shipping set-up, for staff. What shoppers are offered is at their cart."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db.models import QuerySet

from core.pagination import Sort
from core.serializers import QuerySerializer
from shipping.models import PickupPoint, ShippingMethod, ShippingZone
from shipping.selectors import (
    pickup_point_get,
    pickup_point_list,
    shipping_method_get,
    shipping_method_list,
    shipping_zone_get,
    shipping_zone_list,
)
from shipping.serializers import (
    PickupPointInput,
    PickupPointOutput,
    PickupPointPatch,
    PickupPointQuery,
    ShippingMethodInput,
    ShippingMethodOutput,
    ShippingMethodPatch,
    ShippingMethodQuery,
    ShippingZoneInput,
    ShippingZoneOutput,
    ShippingZonePatch,
)
from shipping.services import (
    pickup_point_create,
    pickup_point_delete,
    pickup_point_update,
    shipping_method_create,
    shipping_method_delete,
    shipping_method_update,
    shipping_zone_create,
    shipping_zone_delete,
    shipping_zone_update,
)
from users.resources import SetUpViewSet, documented

TAGS = ["shipping"]
_ZONE_ID = "01941f29-7c00-7a10-8000-5d0b7c1f2a10"
_CANARY_ISLANDS = [
    {"country": "ES", "region": "", "postal_code_from": code, "postal_code_until": code} for code in ("35", "38")
]
_NEW_ZONE = {"name": "Iberia", "countries": ["ES", "PT"], "excluded_areas": _CANARY_ISLANDS}
_ZONE = {"id": _ZONE_ID, **_NEW_ZONE, "areas": []}
_NEW_METHOD = {
    "zone_id": _ZONE_ID,
    "market": "eu",
    "code": "standard",
    "name": "Standard",
    "rate_by": "weight",
    "tiers": [
        {"up_to": 2000, "price": {"amount": 495, "currency": "EUR"}},
        {"up_to": 30000, "price": {"amount": 990, "currency": "EUR"}},
    ],
    "free_from": {"amount": 5000, "currency": "EUR"},
    "min_days": 2,
    "max_days": 4,
    "cutoff_time": "14:00",
    "holidays": ["2026-12-25"],
    "excluded_category_ids": ["01941f29-7c00-7a12-8000-5d0b7c1f2a10"],
}
_METHOD = {
    "id": "01941f29-7c00-7a11-8000-5d0b7c1f2a10",
    **_NEW_METHOD,
    "description": "",
    "kind": "delivery",
    "price": None,
    "max_weight_grams": None,
    "working_days": [1, 2, 3, 4, 5],
    "excluded_product_ids": [],
    "tax_category": None,
    "is_taxed_as_goods": False,
    "carrier": "",
    "carrier_service": "",
    "carrier_fallback": False,
    "is_active": True,
    "position": 0,
}


@documented(
    "a shipping zone",
    "shipping zones",
    tags=TAGS,
    asked=_NEW_ZONE,
    changed={"countries": ["ES", "PT", "AD"]},
    answered=_ZONE,
    changing="Carts to a place that it loses have to choose another method.",
    deleting="Its methods go with it; carts that chose one have none then, orders keep their copy.",
)
class ShippingZoneViewSet(SetUpViewSet):
    """Places that are served alike."""

    input_serializer = ShippingZoneInput
    patch_serializer = ShippingZonePatch
    output_serializer = ShippingZoneOutput
    sort = Sort("name", ("name", "id"))

    def row_list(self) -> QuerySet[ShippingZone]:
        """Return all."""
        return shipping_zone_list()

    def row_get(self, id: uuid.UUID) -> ShippingZone:
        """Return one."""
        return shipping_zone_get(id)

    def row_create(self, values: dict[str, Any]) -> ShippingZone:
        """Make one."""
        return shipping_zone_create(values=values)

    def row_update(self, id: uuid.UUID, changes: dict[str, Any]) -> ShippingZone:
        """Change one."""
        return shipping_zone_update(zone_id=id, changes=changes, precondition=self.check)

    def row_delete(self, id: uuid.UUID) -> None:
        """Delete one with its methods."""
        shipping_zone_delete(zone_id=id, precondition=self.check)


@documented(
    "a shipping method",
    "shipping methods",
    tags=TAGS,
    asked=_NEW_METHOD,
    changed={"rate_by": "flat", "tiers": [], "price": {"amount": 590, "currency": "EUR"}},
    answered=_METHOD,
    changing="Carts that chose it are quoted by what it is then.",
    deleting="Carts that chose it have none then, orders keep their copy.",
)
class ShippingMethodViewSet(SetUpViewSet):
    """Ways to a zone, each for one market."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": ShippingMethodQuery}
    input_serializer = ShippingMethodInput
    patch_serializer = ShippingMethodPatch
    output_serializer = ShippingMethodOutput
    sort = Sort("position", ("position", "id"))

    def row_list(self) -> QuerySet[ShippingMethod]:
        """Return those of a market or to a zone, or all."""
        return shipping_method_list(market=self.query.get("market"), zone_id=self.query.get("zone"))

    def row_get(self, id: uuid.UUID) -> ShippingMethod:
        """Return one."""
        return shipping_method_get(id)

    def row_create(self, values: dict[str, Any]) -> ShippingMethod:
        """Make one."""
        return shipping_method_create(values=values)

    def row_update(self, id: uuid.UUID, changes: dict[str, Any]) -> ShippingMethod:
        """Change one."""
        return shipping_method_update(method_id=id, changes=changes, precondition=self.check)

    def row_delete(self, id: uuid.UUID) -> None:
        """Delete one."""
        shipping_method_delete(method_id=id, precondition=self.check)


_POINT_ADDRESS = {"line1": "Calle Mayor 1", "city": "Valencia", "region": "V", "postal_code": "46001", "country": "ES"}
_NEW_POINT = {
    "method_id": _METHOD["id"],
    "code": "valencia",
    "name": "Our shop in Valencia",
    "address": _POINT_ADDRESS,
    "opening_hours": "Mon to Sat 10:00 to 20:00",
}
_POINT = {
    "id": "01941f29-7c00-7a13-8000-5d0b7c1f2a10",
    **_NEW_POINT,
    "address": {"name": "Our shop in Valencia", "company": "", "line2": "", "phone": "", **_POINT_ADDRESS},
    "is_active": True,
    "position": 0,
}


@documented(
    "a pick-up point",
    "pick-up points",
    tags=TAGS,
    asked=_NEW_POINT,
    changed={"opening_hours": "Mon to Fri 9:00 to 18:00"},
    answered=_POINT,
    changing="Orders keep what it was.",
    deleting="Carts that chose it have to choose another one, orders keep what it was.",
)
class PickupPointViewSet(SetUpViewSet):
    """Where goods are collected."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PickupPointQuery}
    input_serializer = PickupPointInput
    patch_serializer = PickupPointPatch
    output_serializer = PickupPointOutput
    sort = Sort("position", ("position", "id"))

    def row_list(self) -> QuerySet[PickupPoint]:
        """Return those of a method, or all."""
        return pickup_point_list(method_id=self.query.get("method"))

    def row_get(self, id: uuid.UUID) -> PickupPoint:
        """Return one."""
        return pickup_point_get(id)

    def row_create(self, values: dict[str, Any]) -> PickupPoint:
        """Make one."""
        return pickup_point_create(values=values)

    def row_update(self, id: uuid.UUID, changes: dict[str, Any]) -> PickupPoint:
        """Change one."""
        return pickup_point_update(point_id=id, changes=changes, precondition=self.check)

    def row_delete(self, id: uuid.UUID) -> None:
        """Delete one."""
        pickup_point_delete(point_id=id, precondition=self.check)
