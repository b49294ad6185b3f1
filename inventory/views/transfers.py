"""The endpoints of goods on their way."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.pagination import Sort, page_response, paginate
from core.serializers import QuerySerializer
from inventory.selectors import stock_transfer_get, stock_transfer_list
from inventory.serializers.transfers import (
    StockTransferCancelInput,
    StockTransferCloseInput,
    StockTransferInput,
    StockTransferOutput,
    StockTransferQuery,
    StockTransferReceiveInput,
    StockTransferSummaryOutput,
)
from inventory.services import (
    TransferRequest,
    transfer_cancel,
    transfer_close,
    transfer_create,
    transfer_receive,
)
from inventory.views.naming import named_location, named_variants
from users.authentication import caller_of
from users.resources import ResourceViewSet, answers, asks

TAGS = ["stock"]
_PLACE = {"id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c10", "code": "main", "name": "Main warehouse"}
_SHOP = {"id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c20", "code": "shop", "name": "Shop in town"}
_NEW = {"source": "main", "destination": "shop", "lines": [{"sku": "MUG-BLUE", "quantity": 24}]}
_DELIVERY = {
    "destination": "main",
    "reference": "PO-4711",
    "expected_on": "2026-12-01",
    "lines": [{"sku": "MUG-BLUE", "quantity": 240}],
}
_SHORT = {
    "id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c21",
    "status": "in_transit",
    "source": _PLACE,
    "destination": _SHOP,
    "reference": "",
    "expected_on": None,
    "actor": "user:0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c22",
    "created_at": "2026-11-23T12:00:00Z",
    "closed_at": None,
}
_SUMMARY = {**_SHORT, "lines_count": 1, "pieces": 24, "received_pieces": 12}
_TRANSFER = {
    **_SHORT,
    "lines": [
        {
            "variant_id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c12",
            "sku": "MUG-BLUE",
            "product_title": "Mug",
            "quantity": 24,
            "received_quantity": 12,
            "missing_quantity": 12,
        }
    ],
}
_ANNOUNCED = OpenApiExample("A supplier's delivery", value=_DELIVERY, request_only=True)


class StockTransferViewSet(ResourceViewSet):
    """Goods on their way to a location."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": StockTransferQuery}
    serializer_class = StockTransferOutput

    def render(self, row: Any) -> dict[str, Any]:
        """Return a transfer as it is answered."""
        return dict(StockTransferOutput(row).data)

    @extend_schema(
        summary="List stock transfers",
        description="Goods on their way between locations or from suppliers, newest first, and those that were. "
        "Needs the right stock:read.",
        parameters=[StockTransferQuery],
        responses=StockTransferSummaryOutput(many=True),
        examples=[answers(_SUMMARY)],
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through transfers."""
        caller_of(request).require("stock:read")
        transfers = stock_transfer_list(
            status=self.query.get("status"),
            source=self.query.get("source"),
            destination=self.query.get("destination"),
            variant_id=self.query.get("variant"),
            sku=self.query.get("sku"),
        )
        page = paginate(transfers, self.page((Sort("newest", ("id",), is_descending=True),)))
        return page_response(request, page, list(StockTransferSummaryOutput(page.results, many=True).data))

    @extend_schema(
        summary="Send goods, or announce a delivery",
        description="With a `source`, goods leave it at once: what is on hand there and promised to nobody. Without, "
        "a supplier's delivery is announced. Until they arrive they are `incoming` at the destination, and not for "
        "sale. Levels that the destination doesn't have yet are made. Needs the right stock:write.",
        request=StockTransferInput,
        responses={201: StockTransferOutput},
        examples=[asks(_NEW), _ANNOUNCED, answers(_TRANSFER)],
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Make one."""
        caller = caller_of(request)
        caller.require("stock:write")
        body = self.body(StockTransferInput)

        def work() -> Response:
            source = None if body.get("source") is None else named_location(body["source"], "/source")
            transfer = transfer_create(
                source_id=None if source is None else source.id,
                destination_id=named_location(body["destination"], "/destination").id,
                lines=_requests(body["lines"]),
                reference=body.get("reference", ""),
                expected_on=body.get("expected_on"),
                actor=caller.actor,
            )
            return self.answer(stock_transfer_get(transfer.id), 201)

        return self.once(work)

    @extend_schema(
        summary="Read a stock transfer",
        description="Needs the right stock:read.",
        responses=StockTransferOutput,
        examples=[answers(_TRANSFER)],
        tags=TAGS,
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Answer one."""
        caller_of(request).require("stock:read")
        return self.answer(stock_transfer_get(id))

    @extend_schema(
        summary="Receive goods",
        description="Writes that goods have arrived: these, or without `lines` all that were still to come. They are "
        "for sale at once. More than is still to come is refused. Needs the right stock:write; send an "
        "Idempotency-Key, so that a repetition does not count twice.",
        request=StockTransferReceiveInput,
        responses=StockTransferOutput,
        examples=[asks({"lines": [{"sku": "MUG-BLUE", "quantity": 12}]}), answers(_TRANSFER)],
        tags=TAGS,
    )
    def receive(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Let goods arrive."""
        caller = caller_of(request)
        caller.require("stock:write")
        body = self.body(StockTransferReceiveInput)

        def work() -> Response:
            lines = _requests(body["lines"]) if "lines" in body else None
            transfer_receive(transfer_id=id, lines=lines, actor=caller.actor, precondition=self.seen)
            return self.answer(stock_transfer_get(id))

        return self.once(work)

    @extend_schema(
        summary="Cancel a stock transfer",
        description="What hasn't arrived is back at its source and for sale there, or was never sent by the supplier; "
        "what has arrived stays. Needs the right stock:write.",
        request=StockTransferCancelInput,
        responses=StockTransferOutput,
        examples=[
            asks({"reason": "The van came back."}),
            answers({**_TRANSFER, "status": "cancelled", "closed_at": "2026-11-24T09:00:00Z"}),
        ],
        tags=TAGS,
    )
    def cancel(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Let no more arrive."""
        caller = caller_of(request)
        caller.require("stock:write")
        body = self.body(StockTransferCancelInput)

        def work() -> Response:
            transfer_cancel(transfer_id=id, reason=body["reason"], actor=caller.actor, precondition=self.seen)
            return self.answer(stock_transfer_get(id))

        return self.once(work)

    @extend_schema(
        summary="Close a stock transfer",
        description="What hasn't arrived is lost: it is written off with the reason, and no longer `incoming`. "
        "Needs the right stock:write.",
        request=StockTransferCloseInput,
        responses=StockTransferOutput,
        examples=[
            asks({"reason": "Fell off the van."}),
            answers({**_TRANSFER, "status": "closed", "closed_at": "2026-11-24T09:00:00Z"}),
        ],
        tags=TAGS,
    )
    def close(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Write off what is lost."""
        caller = caller_of(request)
        caller.require("stock:write")
        body = self.body(StockTransferCloseInput)

        def work() -> Response:
            transfer_close(transfer_id=id, reason=body["reason"], actor=caller.actor, precondition=self.seen)
            return self.answer(stock_transfer_get(id))

        return self.once(work)


def _requests(rows: Sequence[dict[str, Any]]) -> list[TransferRequest]:
    variants = named_variants(rows, "/lines")
    return [TransferRequest(variant_id, row["quantity"]) for variant_id, row in zip(variants, rows, strict=True)]
