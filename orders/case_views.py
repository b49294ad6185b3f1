"""The endpoints of cases: here and not in events, which knows no callers; most of them are about orders."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from core.etags import etag_of, is_unchanged
from core.pagination import Sort, page_response, paginate
from core.rendering import dumps
from core.serializers import QuerySerializer
from core.views import PersonalViewSet
from events.cases import case_resolve
from events.idempotency import run_once
from events.models import Case
from events.selectors import case_get, case_list
from orders.case_serializers import CaseOutput, CaseQuery, CaseResolveInput
from users.authentication import caller_of

TAGS = ["cases"]
_SORTS = (Sort("newest", ("opened_at", "id"), is_descending=True), Sort("oldest", ("opened_at", "id")))
_NARROWING = ("status", "kind", "subject_type", "subject_id")
_EXAMPLE = {
    "id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c31",
    "kind": "paid_without_stock",
    "status": "open",
    "subject_type": "order",
    "subject_id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c14",
    "title": "T100042 was paid after its goods were sold",
    "detail": "EUR 44.93 came in for order T100042 when its goods were somebody else's. It is cancelled.",
    "remedy": "refund",
    "data": {"number": "T100042", "payment_id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c15", "amount": 4493},
    "opened_at": "2026-11-23T12:00:00Z",
    "resolved_at": None,
    "resolved_by": "",
    "resolution": "",
}
_RESOLUTION = {"resolution": "Refunded by bank transfer"}
_CASE = OpenApiExample("A case", value=_EXAMPLE, response_only=True)
_RESOLVED = OpenApiExample(
    "A resolved case",
    value=_EXAMPLE
    | _RESOLUTION
    | {"status": "resolved", "resolved_at": "2026-11-23T13:00:00Z", "resolved_by": "key:a1b2c3d4"},
    response_only=True,
)


class CaseViewSet(PersonalViewSet):
    """What staff have to look at."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": CaseQuery}

    @extend_schema(
        summary="List cases",
        description="What no rule can settle, such as money for goods that are gone, with the remedy that is proposed. "
        "One case of a kind is open for a subject at the most. Needs the right cases:read.",
        parameters=[CaseQuery],
        responses={200: CaseOutput(many=True)},
        examples=[_CASE],
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through cases."""
        caller_of(request).require("cases:read")
        narrowed = {name: self.query[name] for name in _NARROWING if name in self.query}
        page = paginate(case_list(**narrowed), self.page(_SORTS))
        return page_response(request, page, list(CaseOutput(page.results, many=True).data))

    @extend_schema(
        summary="Read a case",
        description="Needs the right cases:read.",
        responses={200: CaseOutput, 304: None},
        examples=[_CASE],
        tags=TAGS,
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Return one case."""
        caller_of(request).require("cases:read")
        answer = _answer(case_get(id))
        if is_unchanged(request, answer.headers["ETag"]):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": answer.headers["ETag"]})
        return answer

    @extend_schema(
        summary="Resolve a case",
        description="Says that it is settled and how; the remedy itself, such as a refund, is a call of its own. 409 "
        "`case_resolved` when somebody was first. Needs the right cases:write.",
        request=CaseResolveInput,
        responses={200: CaseOutput},
        examples=[OpenApiExample("Done", value=_RESOLUTION, request_only=True), _RESOLVED],
        tags=TAGS,
    )
    def resolve(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Resolve it."""
        caller = caller_of(request)
        caller.require("cases:write")
        body = self.body(CaseResolveInput)
        return run_once(
            request,
            caller=caller.actor,
            work=lambda: _answer(case_resolve(case_id=id, resolution=body["resolution"], actor=caller.actor)),
        )


def _answer(case: Case) -> Response:
    body = CaseOutput(case).data
    return Response(body, headers={"ETag": etag_of(dumps(body))})
