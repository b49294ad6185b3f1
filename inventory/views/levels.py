"""The endpoints of places, levels and the ledger. Goods on their way: transfers.py; counting them: takes.py."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.pagination import Sort, page_response, paginate
from core.serializers import QuerySerializer
from core.views import ViewSet
from inventory.selectors import (
    location_get,
    location_list,
    stock_level_get,
    stock_level_list,
    stock_movement_list,
    variant_id_of,
)
from inventory.serializers.levels import (
    LocationInput,
    LocationOutput,
    LocationPatch,
    LocationQuery,
    StockAdjustmentInput,
    StockLevelInput,
    StockLevelOutput,
    StockLevelPatch,
    StockLevelQuery,
    StockMovementOutput,
    StockMovementQuery,
)
from inventory.services import (
    location_create,
    location_update,
    stock_adjust,
    stock_level_create,
    stock_level_update,
)
from inventory.views.naming import named_location, refuse
from users.authentication import caller_of
from users.resources import ResourceViewSet

_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag that was read; without it 428, and 412 when something changed since.",
)
_NONE_MATCH = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="304 when nothing changed.")

_PLACE = {"variant_id", "sku", "location", "reason"}

_LOCATION = OpenApiExample(
    "A warehouse",
    value={
        "id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c10",
        "code": "main",
        "name": "Main warehouse",
        "country": "ES",
        "is_active": True,
        "position": 0,
    },
    response_only=True,
)
_NEW_LOCATION = OpenApiExample(
    "A warehouse", value={"code": "main", "name": "Main warehouse", "country": "ES"}, request_only=True
)
_LEVEL = OpenApiExample(
    "A level",
    value={
        "id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c11",
        "variant_id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c12",
        "sku": "MUG-BLUE",
        "product_id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c13",
        "product_title": "Mug",
        "location": {"id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c10", "code": "main", "name": "Main warehouse"},
        "on_hand": 12,
        "reserved": 2,
        "incoming": 24,
        "safety_stock": 0,
        "available": 10,
        "backorder_limit": 0,
        "expected_on": None,
        "low_stock_threshold": 3,
        "is_low": False,
    },
    response_only=True,
)
_MOVEMENT = OpenApiExample(
    "A reservation",
    value={
        "id": 4711,
        "kind": "reserved",
        "on_hand_delta": 0,
        "reserved_delta": 2,
        "incoming_delta": 0,
        "level_id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c11",
        "variant_id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c12",
        "sku": "MUG-BLUE",
        "location": "main",
        "order_id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c14",
        "transfer_id": None,
        "take_id": None,
        "reason": "",
        "actor": "guest",
        "created_at": "2026-11-23T12:00:00Z",
    },
    response_only=True,
)


class LocationViewSet(ResourceViewSet):
    """Places that hold stock."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": LocationQuery}
    serializer_class = LocationOutput

    def render(self, row: Any) -> dict[str, Any]:
        """Return a location as it is answered."""
        return dict(LocationOutput(row).data)

    @extend_schema(
        summary="List locations",
        description="Every place that holds stock. Needs the right stock:read.",
        parameters=[LocationQuery],
        responses={200: LocationOutput(many=True)},
        examples=[_LOCATION],
        tags=["stock"],
    )
    def list(self, request: Request) -> Response:
        """Page through locations."""
        caller_of(request).require("stock:read")
        page = paginate(location_list(), self.page((Sort("position", ("position", "code")),)))
        return page_response(request, page, list(LocationOutput(page.results, many=True).data))

    @extend_schema(
        summary="Add a location",
        description="Needs the right stock:write.",
        request=LocationInput,
        responses={201: LocationOutput},
        examples=[_NEW_LOCATION, _LOCATION],
        tags=["stock"],
    )
    def create(self, request: Request) -> Any:
        """Make a location."""
        caller_of(request).require("stock:write")
        values = self.body(LocationInput)
        return self.once(lambda: self.answer(location_create(values=values), 201))

    @extend_schema(
        summary="Read a location",
        description="Needs the right stock:read. Answers 304 to a matching If-None-Match.",
        parameters=[_NONE_MATCH],
        responses={200: LocationOutput, 304: None},
        examples=[_LOCATION],
        tags=["stock"],
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Return one location."""
        caller_of(request).require("stock:read")
        return self.answer(location_get(id))

    @extend_schema(
        summary="Change a location",
        description="Needs the right stock:write and If-Match. Stock of an inactive location is no longer for sale; "
        "what was promised from it stays promised.",
        parameters=[_MATCH],
        request=LocationPatch,
        responses={200: LocationOutput},
        examples=[OpenApiExample("Close it", value={"is_active": False}, request_only=True), _LOCATION],
        tags=["stock"],
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> Any:
        """Change a location."""
        caller_of(request).require("stock:write")
        changes = self.body(LocationPatch)
        return self.once(lambda: self.answer(location_update(location_id=id, changes=changes, precondition=self.check)))


class StockLevelViewSet(ResourceViewSet):
    """How much of each variant each location holds."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": StockLevelQuery}
    serializer_class = StockLevelOutput

    def render(self, row: Any) -> dict[str, Any]:
        """Return a level as it is answered."""
        return dict(StockLevelOutput(row).data)

    @extend_schema(
        summary="List stock levels",
        description="What each location holds of each variant, and how much of it is promised. "
        "Needs the right stock:read.",
        parameters=[StockLevelQuery],
        responses={200: StockLevelOutput(many=True)},
        examples=[_LEVEL],
        tags=["stock"],
    )
    def list(self, request: Request) -> Response:
        """Page through levels."""
        caller_of(request).require("stock:read")
        levels = stock_level_list(
            variant_id=self.query.get("variant"),
            sku=self.query.get("sku"),
            location=self.query.get("location"),
            is_low=bool(self.query.get("low")),
        )
        page = paginate(levels, self.page((Sort("id", ("id",)),)))
        return page_response(request, page, list(StockLevelOutput(page.results, many=True).data))

    @extend_schema(
        summary="Begin to keep a variant at a location",
        description="Needs the right stock:write. Answers 409 if there is a level already.",
        request=StockLevelInput,
        responses={201: StockLevelOutput},
        examples=[
            OpenApiExample(
                "Twelve mugs",
                value={"sku": "MUG-BLUE", "location": "main", "on_hand": 12, "reason": "Delivery 4711"},
                request_only=True,
            ),
            _LEVEL,
        ],
        tags=["stock"],
    )
    def create(self, request: Request) -> Any:
        """Make a level."""
        caller = caller_of(request)
        caller.require("stock:write")
        body = self.body(StockLevelInput)
        variant_id = variant_id_of(variant_id=body.get("variant_id"), sku=body.get("sku"))
        if variant_id is None:
            refuse("/variant_id" if "variant_id" in body else "/sku", "There is no such variant.")
        location = named_location(body["location"], "/location")
        values = {name: value for name, value in body.items() if name not in _PLACE}
        return self.once(
            lambda: self.answer(
                stock_level_create(
                    variant_id=variant_id,
                    location_id=location.id,
                    values=values,
                    reason=body["reason"],
                    actor=caller.actor,
                ),
                201,
            )
        )

    @extend_schema(
        summary="Read a stock level",
        description="Needs the right stock:read. Answers 304 to a matching If-None-Match.",
        parameters=[_NONE_MATCH],
        responses={200: StockLevelOutput, 304: None},
        examples=[_LEVEL],
        tags=["stock"],
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Return one level."""
        caller_of(request).require("stock:read")
        return self.answer(stock_level_get(id))

    @extend_schema(
        summary="Set a stock level",
        description="Writes a count, a backorder limit or a threshold. A new count needs a `reason` and goes to the "
        "ledger. Needs the right stock:write and If-Match, whose tag changes with every sale; to receive goods while "
        "the shop sells, post an adjustment.",
        parameters=[_MATCH],
        request=StockLevelPatch,
        responses={200: StockLevelOutput},
        examples=[
            OpenApiExample("A count", value={"on_hand": 12, "reason": "Stocktaking"}, request_only=True),
            _LEVEL,
        ],
        tags=["stock"],
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> Any:
        """Change a level."""
        caller = caller_of(request)
        caller.require("stock:write")
        changes = self.body(StockLevelPatch)
        reason = changes.pop("reason", "")
        return self.once(
            lambda: self.answer(
                stock_level_update(
                    level_id=id, changes=changes, reason=reason, actor=caller.actor, precondition=self.check
                )
            )
        )

    @extend_schema(
        summary="Add or take pieces",
        description="Changes what is on hand by a difference, whatever it is now: for deliveries, breakage, finds. "
        "Needs the right stock:write. Send an Idempotency-Key, so that a repetition does not count twice.",
        request=StockAdjustmentInput,
        responses={201: StockLevelOutput},
        examples=[
            OpenApiExample(
                "A delivery",
                value={"on_hand_delta": 24, "kind": "received", "reason": "Delivery 4711"},
                request_only=True,
            ),
            _LEVEL,
        ],
        tags=["stock"],
    )
    def adjust(self, request: Request, id: uuid.UUID) -> Any:
        """Move pieces."""
        caller = caller_of(request)
        caller.require("stock:write")
        body = self.body(StockAdjustmentInput)
        level = stock_level_get(id)
        return self.once(
            lambda: self.answer(
                stock_adjust(variant_id=level.variant_id, location_id=level.location_id, actor=caller.actor, **body),
                201,
            )
        )


class StockMovementViewSet(ViewSet):
    """The ledger that the levels are sums of."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": StockMovementQuery}
    serializer_class = StockMovementOutput

    @extend_schema(
        summary="List stock movements",
        description="The ledger of stock, newest first: every change with its kind, its cause and who made it. "
        "Needs the right stock:read.",
        parameters=[StockMovementQuery],
        responses={200: StockMovementOutput(many=True)},
        examples=[_MOVEMENT],
        tags=["stock"],
    )
    def list(self, request: Request) -> Response:
        """Page through the ledger."""
        caller_of(request).require("stock:read")
        movements = stock_movement_list(
            level_id=self.query.get("level"),
            variant_id=self.query.get("variant"),
            sku=self.query.get("sku"),
            order_id=self.query.get("order"),
            transfer_id=self.query.get("transfer"),
            take_id=self.query.get("take"),
            kind=self.query.get("kind"),
        )
        page = paginate(movements, self.page((Sort("newest", ("id",), is_descending=True),)))
        return page_response(request, page, list(StockMovementOutput(page.results, many=True).data))
