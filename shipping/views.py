"""The endpoints of shipping set-up, for staff. What shoppers are offered is at their cart."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.pagination import Sort, page_response, paginate
from core.serializers import QuerySerializer
from core.views import PageQuery
from shipping.selectors import (
    shipping_method_get,
    shipping_method_list,
    shipping_zone_get,
    shipping_zone_list,
)
from shipping.serializers import (
    ShippingMethodInput,
    ShippingMethodOutput,
    ShippingMethodPatch,
    ShippingMethodQuery,
    ShippingZoneInput,
    ShippingZoneOutput,
    ShippingZonePatch,
)
from shipping.services import (
    shipping_method_create,
    shipping_method_delete,
    shipping_method_update,
    shipping_zone_create,
    shipping_zone_delete,
    shipping_zone_update,
)
from users.authentication import caller_of
from users.resources import ResourceViewSet, answers, asks

TAGS = ["shipping"]
_ZONE_ID = "01941f29-7c00-7a10-8000-5d0b7c1f2a10"
_NEW_ZONE = {"name": "Iberia", "countries": ["ES", "PT"]}
_ZONE = {"id": _ZONE_ID, **_NEW_ZONE}
_NEW_METHOD = {
    "zone_id": _ZONE_ID,
    "market": "eu",
    "code": "standard",
    "name": "Standard",
    "price": {"amount": 495, "currency": "EUR"},
    "free_from": {"amount": 5000, "currency": "EUR"},
    "min_days": 2,
    "max_days": 4,
}
_METHOD = {
    "id": "01941f29-7c00-7a11-8000-5d0b7c1f2a10",
    **_NEW_METHOD,
    "description": "",
    "tax_category": None,
    "is_active": True,
    "position": 0,
}


class ShippingZoneViewSet(ResourceViewSet):
    """Sets of countries that are served alike."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PageQuery}

    def render(self, row: Any) -> dict[str, Any]:
        """Return a zone as it is answered."""
        return dict(ShippingZoneOutput(row).data)

    @extend_schema(
        summary="List shipping zones",
        description="Needs the right settings:read.",
        parameters=[PageQuery],
        responses=ShippingZoneOutput(many=True),
        examples=[answers(_ZONE)],
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through zones."""
        caller_of(request).require("settings:read")
        page = paginate(shipping_zone_list(), self.page((Sort("name", ("name", "id")),)))
        return page_response(request, page, [self.render(zone) for zone in page.results])

    @extend_schema(
        summary="Make a shipping zone",
        description="Needs the right settings:write.",
        request=ShippingZoneInput,
        responses={201: ShippingZoneOutput},
        examples=[asks(_NEW_ZONE), answers(_ZONE)],
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Make one."""
        caller_of(request).require("settings:write")
        values = self.body(ShippingZoneInput)
        return self.once(lambda: self.answer(shipping_zone_create(values=values), 201))

    @extend_schema(
        summary="Read a shipping zone",
        description="Needs the right settings:read.",
        responses=ShippingZoneOutput,
        examples=[answers(_ZONE)],
        tags=TAGS,
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Answer one."""
        caller_of(request).require("settings:read")
        return self.answer(shipping_zone_get(id))

    @extend_schema(
        summary="Change a shipping zone",
        description="Needs the right settings:write and If-Match. Carts to a country that it loses have to choose "
        "another method.",
        request=ShippingZonePatch,
        responses=ShippingZoneOutput,
        examples=[asks({"countries": ["ES", "PT", "AD"]}), answers(_ZONE)],
        tags=TAGS,
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Change one."""
        caller_of(request).require("settings:write")
        changes = self.body(ShippingZonePatch)
        return self.once(
            lambda: self.answer(shipping_zone_update(zone_id=id, changes=changes, precondition=self.check))
        )

    @extend_schema(
        summary="Delete a shipping zone",
        description="Needs the right settings:write and If-Match. Its methods go with it; carts that chose one have "
        "none then, orders keep their copy.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Delete one."""
        caller_of(request).require("settings:write")

        def work() -> Response:
            shipping_zone_delete(zone_id=id, precondition=self.check)
            return Response(status=204)

        return self.once(work)


class ShippingMethodViewSet(ResourceViewSet):
    """Ways to a zone, each for one market."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": ShippingMethodQuery}

    def render(self, row: Any) -> dict[str, Any]:
        """Return a method as it is answered."""
        return dict(ShippingMethodOutput(row).data)

    @extend_schema(
        summary="List shipping methods",
        description="Needs the right settings:read.",
        parameters=[ShippingMethodQuery],
        responses=ShippingMethodOutput(many=True),
        examples=[answers(_METHOD)],
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through methods."""
        caller_of(request).require("settings:read")
        methods = shipping_method_list(market=self.query.get("market"), zone_id=self.query.get("zone"))
        page = paginate(methods, self.page((Sort("position", ("position", "id")),)))
        return page_response(request, page, [self.render(method) for method in page.results])

    @extend_schema(
        summary="Make a shipping method",
        description="Needs the right settings:write.",
        request=ShippingMethodInput,
        responses={201: ShippingMethodOutput},
        examples=[asks(_NEW_METHOD), answers(_METHOD)],
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Make one."""
        caller_of(request).require("settings:write")
        values = self.body(ShippingMethodInput)
        return self.once(lambda: self.answer(shipping_method_create(values=values), 201))

    @extend_schema(
        summary="Read a shipping method",
        description="Needs the right settings:read.",
        responses=ShippingMethodOutput,
        examples=[answers(_METHOD)],
        tags=TAGS,
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Answer one."""
        caller_of(request).require("settings:read")
        return self.answer(shipping_method_get(id))

    @extend_schema(
        summary="Change a shipping method",
        description="Needs the right settings:write and If-Match. Carts that chose it are quoted by what it is then.",
        request=ShippingMethodPatch,
        responses=ShippingMethodOutput,
        examples=[asks({"price": {"amount": 590, "currency": "EUR"}}), answers(_METHOD)],
        tags=TAGS,
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Change one."""
        caller_of(request).require("settings:write")
        changes = self.body(ShippingMethodPatch)
        return self.once(
            lambda: self.answer(shipping_method_update(method_id=id, changes=changes, precondition=self.check))
        )

    @extend_schema(
        summary="Delete a shipping method",
        description="Needs the right settings:write and If-Match. Carts that chose it have none then, orders keep "
        "their copy.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Delete one."""
        caller_of(request).require("settings:write")

        def work() -> Response:
            shipping_method_delete(method_id=id, precondition=self.check)
            return Response(status=204)

        return self.once(work)
