"""The endpoints of counting."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.pagination import Sort, page_response, paginate
from core.serializers import QuerySerializer
from core.views import PageQuery
from inventory.models import StockTake
from inventory.selectors import stock_take_get, stock_take_lines, stock_take_list
from inventory.serializers.takes import (
    StockTakeCountsInput,
    StockTakeInput,
    StockTakeLineOutput,
    StockTakeOutput,
    StockTakeQuery,
)
from inventory.services import Count, take_apply, take_cancel, take_count, take_create
from inventory.views.naming import named_location, named_variants
from users.authentication import caller_of
from users.resources import ResourceViewSet, answers, asks

TAGS = ["stock"]
_TAKE = {
    "id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c31",
    "status": "open",
    "location": {"id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c10", "code": "main", "name": "Main warehouse"},
    "note": "Aisle 4",
    "counted_lines": 2,
    "different_lines": 1,
    "version": 2,
    "actor": "user:0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c22",
    "created_at": "2026-11-23T12:00:00Z",
    "closed_at": None,
}
_ENDED = "2026-11-23T13:00:00Z"
_LINE = {
    "variant_id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c12",
    "sku": "MUG-BLUE",
    "product_title": "Mug",
    "counted": 11,
    "expected": 12,
    "difference": -1,
    "on_hand": 10,
    "reserved": 2,
    "actor": "user:0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c22",
    "counted_at": "2026-11-23T12:10:00Z",
}


class StockTakeViewSet(ResourceViewSet):
    """Counts of a location's goods."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {
        "list": StockTakeQuery,
        "lines": PageQuery,
        "differences": PageQuery,
    }
    serializer_class = StockTakeOutput

    def render(self, row: Any) -> dict[str, Any]:
        """Return a stock take as it is answered."""
        return dict(StockTakeOutput(row).data)

    @extend_schema(
        summary="List stock takes",
        description="Newest first. Needs the right stock:read.",
        parameters=[StockTakeQuery],
        responses=StockTakeOutput(many=True),
        examples=[answers(_TAKE)],
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through stock takes."""
        caller_of(request).require("stock:read")
        takes = stock_take_list(status=self.query.get("status"), location=self.query.get("location"))
        page = paginate(takes, self.page((Sort("newest", ("id",), is_descending=True),)))
        return page_response(request, page, [self.render(take) for take in page.results])

    @extend_schema(
        summary="Begin a stock take",
        description="One at a time per location. The shop goes on selling. Needs the right stock:write.",
        request=StockTakeInput,
        responses={201: StockTakeOutput},
        examples=[
            asks({"location": "main", "note": "Aisle 4"}),
            answers({**_TAKE, "counted_lines": 0, "different_lines": 0, "version": 1}),
        ],
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Begin one."""
        caller = caller_of(request)
        caller.require("stock:write")
        body = self.body(StockTakeInput)

        def work() -> Response:
            location = named_location(body["location"], "/location")
            take = take_create(location_id=location.id, note=body.get("note", ""), actor=caller.actor)
            return self.answer(stock_take_get(take.id), 201)

        return self.once(work)

    @extend_schema(
        summary="Read a stock take",
        description="Needs the right stock:read.",
        responses=StockTakeOutput,
        examples=[answers(_TAKE)],
        tags=TAGS,
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Answer one."""
        caller_of(request).require("stock:read")
        return self.answer(stock_take_get(id))

    @extend_schema(
        summary="Count",
        description="Writes how many were found, and beside it how many the books have at that moment. A variant that "
        "is counted again counts anew; one that the location doesn't keep yet is kept there from now on. Several "
        "people may count at once. Needs the right stock:write.",
        request=StockTakeCountsInput,
        responses=StockTakeOutput,
        examples=[
            asks({"lines": [{"sku": "MUG-BLUE", "counted": 11}, {"sku": "MUG-RED", "counted": 7}]}),
            answers(_TAKE),
        ],
        tags=TAGS,
    )
    def count(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Write counts."""
        caller = caller_of(request)
        caller.require("stock:write")
        rows = self.body(StockTakeCountsInput)["lines"]

        def work() -> Response:
            variants = named_variants(rows, "/lines")
            counts = [Count(variant_id, row["counted"]) for variant_id, row in zip(variants, rows, strict=True)]
            take_count(take_id=id, counts=counts, actor=caller.actor, precondition=self.seen)
            return self.answer(stock_take_get(id))

        return self.once(work)

    @extend_schema(
        summary="List what was counted",
        description="Every count of a stock take. Needs the right stock:read.",
        parameters=[PageQuery],
        responses=StockTakeLineOutput(many=True),
        examples=[answers(_LINE)],
        tags=TAGS,
    )
    def lines(self, request: Request, id: uuid.UUID) -> Response:
        """Page through the counts."""
        return self._lines(request, id, is_different=False)

    @extend_schema(
        summary="Preview the differences",
        description="What applying a stock take adds to each level, or takes from it; levels that were found as the "
        "books had them are left out. Needs the right stock:read.",
        parameters=[PageQuery],
        responses=StockTakeLineOutput(many=True),
        examples=[answers(_LINE)],
        tags=TAGS,
    )
    def differences(self, request: Request, id: uuid.UUID) -> Response:
        """Page through the differences."""
        return self._lines(request, id, is_different=True)

    @extend_schema(
        summary="Apply a stock take",
        description="Adds each difference to its level. What was sold or received since the counting is no "
        "difference. If less would be left of anything than is promised, nothing is applied, and every such line is "
        "named. With If-Match, only what was seen is applied. Needs the right stock:write.",
        request=None,
        responses=StockTakeOutput,
        examples=[answers({**_TAKE, "status": "applied", "version": 3, "closed_at": _ENDED})],
        tags=TAGS,
    )
    def apply(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Believe it."""
        return self._end(request, id, take_apply)

    @extend_schema(
        summary="Cancel a stock take",
        description="Ends it without a change of stock. Needs the right stock:write.",
        request=None,
        responses=StockTakeOutput,
        examples=[answers({**_TAKE, "status": "cancelled", "version": 3, "closed_at": _ENDED})],
        tags=TAGS,
    )
    def cancel(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Don't."""
        return self._end(request, id, take_cancel)

    def _lines(self, request: Request, take_id: uuid.UUID, *, is_different: bool) -> Response:
        caller_of(request).require("stock:read")
        lines = stock_take_lines(take_id, is_different=is_different)
        page = paginate(lines, self.page((Sort("id", ("id",)),)))
        return page_response(request, page, list(StockTakeLineOutput(page.results, many=True).data))

    def _end(self, request: Request, take_id: uuid.UUID, end: Callable[..., StockTake]) -> HttpResponseBase:
        caller = caller_of(request)
        caller.require("stock:write")

        def work() -> Response:
            end(take_id=take_id, actor=caller.actor, precondition=self.seen)
            return self.answer(stock_take_get(take_id))

        return self.once(work)
