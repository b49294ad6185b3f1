"""The endpoints of audits, for staff and for monitoring."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.metrics import metrics
from audit.selectors import audit_run_get, audit_run_list
from audit.serializers import AuditRunDetailOutput, AuditRunOutput, AuditRunQuery
from core.pagination import Sort, page_response, paginate
from core.serializers import QuerySerializer
from users.authentication import caller_of
from users.resources import ResourceViewSet

_RUN: dict[str, Any] = {
    "id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c70",
    "started_at": "2026-11-23T03:00:00Z",
    "finished_at": "2026-11-23T03:00:21Z",
    "since": None,
    "is_clean": False,
    "row_count": 2140,
    "difference_count": 1,
    "checks": [
        {
            "check": "stock-counters",
            "promise": "What a level has on hand, reserved and incoming is the sum of its movements.",
            "row_count": 2140,
            "difference_count": 1,
            "seconds": 0.214,
        }
    ],
    "actor": "system",
}
_DIFFERENCE = {
    "check": "stock-counters",
    "kind": "stock_level",
    "row_id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c11",
    "label": "MUG-BLUE @ main",
    "field": "on_hand",
    "stored": "13",
    "recomputed": "12",
}
_LISTED = OpenApiExample("An audit", value=_RUN, response_only=True)
_FULL = OpenApiExample("An audit", value=_RUN | {"differences": [_DIFFERENCE]}, response_only=True)


class AuditRunViewSet(ResourceViewSet):
    """Audits of the books by the worker."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": AuditRunQuery}
    serializer_class = AuditRunOutput

    @extend_schema(
        summary="List audits",
        description="The newest first. Monitoring asks for `limit=1`, and is content when that one `is_clean` and not "
        "older than it should be. Needs the right audit:read.",
        parameters=[AuditRunQuery],
        responses={200: AuditRunOutput(many=True)},
        examples=[_LISTED],
        tags=["audit"],
    )
    def list(self, request: Request) -> Response:
        """Page through audits."""
        caller_of(request).require("audit:read")
        page = paginate(audit_run_list(), self.page((Sort("newest", ("started_at", "id"), is_descending=True),)))
        return page_response(request, page, list(AuditRunOutput(page.results, many=True).data))

    @extend_schema(
        summary="Get an audit",
        description="With the first 1,000 differences that it found. Needs the right audit:read.",
        parameters=[
            OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="304 when nothing changed.")
        ],
        responses={200: AuditRunDetailOutput},
        examples=[_FULL],
        tags=["audit"],
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Show one audit."""
        caller_of(request).require("audit:read")
        return self.tagged(dict(AuditRunDetailOutput(audit_run_get(id)).data))


class MetricsView(APIView):
    """What monitoring scrapes, in Prometheus' text format; outside the version of the API, as health is."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """Answer all metrics to whoever may read audits."""
        caller_of(request).require("audit:read")
        return HttpResponse(metrics(), content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})
