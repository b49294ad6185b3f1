"""The endpoints of imports and exports, for staff and machines with the right imports:write."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.etags import etag_of, is_unchanged
from core.pagination import Sort, page_response, paginate
from core.problems import PayloadTooLarge
from core.rendering import JSONRenderer, dumps
from core.serializers import QuerySerializer
from core.views import ViewSet
from events.idempotency import run_once
from markets.selectors import market_for
from products.exporting.services import CONTENT_TYPES, EXTENSIONS, export_lines
from products.importing.exceptions import LocationUnknown
from products.importing.reporting import report_lines, report_rows
from products.importing.selectors import import_get, import_list
from products.importing.serializers import ExportQuery, ImportInput, ImportOutput, ImportQuery
from products.importing.services import import_upload
from products.importing.stock import stock_of_the_shop
from users.authentication import caller_of

_SORT = Sort("newest", ("created_at", "id"), is_descending=True)

_IMPORT = OpenApiExample(
    "An import at work",
    value={
        "id": "0193a5c0-7a10-7c3e-9f21-5f2d8a4b6c20",
        "format": "shopify",
        "market": "eu",
        "location": "",
        "status": "running",
        "is_dry_run": False,
        "file_name": "products_export.csv",
        "size": 1150000,
        "line": 1501,
        "line_count": 3000,
        "done_count": 500,
        "created_count": 480,
        "changed_count": 12,
        "unchanged_count": 7,
        "skipped_count": 0,
        "failed_count": 1,
        "error_count": 1,
        "warning_count": 3,
        "failure": "",
        "actor": "key:tnd_ab12",
        "created_at": "2026-11-23T12:00:00Z",
        "started_at": "2026-11-23T12:00:01Z",
        "finished_at": None,
    },
    response_only=True,
)


class CsvRenderer(BaseRenderer):
    """Lets a client ask for `text/csv`; the views stream it themselves."""

    media_type = "text/csv"
    format = "csv"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        """Write what isn't CSV after all: a problem."""
        return JSONRenderer().render(data)


class JsonLinesRenderer(CsvRenderer):
    """Lets a client ask for `application/jsonl`."""

    media_type = "application/jsonl"
    format = "jsonl"


class ImportViewSet(ViewSet):
    """Product files on their way into the catalogue."""

    parser_classes = (MultiPartParser,)
    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": ImportQuery}
    serializer_class = ImportOutput

    @extend_schema(
        summary="List imports",
        description="The newest first. Needs the right imports:write.",
        parameters=[ImportQuery],
        responses={200: ImportOutput(many=True)},
        examples=[_IMPORT],
        tags=["imports"],
    )
    def list(self, request: Request) -> Response:
        """Page through imports."""
        caller_of(request).require("imports:write")
        rows = import_list()
        if status := self.query.get("status"):
            rows = rows.filter(status=status)
        page = paginate(rows, self.page((_SORT,)))
        return page_response(request, page, list(ImportOutput(page.results, many=True).data))

    @extend_schema(
        summary="Import a product file",
        description="Takes the file, answers at once, and imports it in the background: ask the import how far it is. "
        "A product comes in whole or not at all; a second import of the same file changes nothing. With `dry_run` "
        "nothing is written, and the report says what would be. Needs the right imports:write.",
        request={"multipart/form-data": ImportInput},
        responses={201: ImportOutput},
        examples=[_IMPORT],
        tags=["imports"],
    )
    def create(self, request: Request) -> Any:
        """Keep a file and ask the worker to import it."""
        caller = caller_of(request)
        caller.require("imports:write")
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.IMPORT_MAX_BYTES:
            raise PayloadTooLarge(f"A file may have {settings.IMPORT_MAX_BYTES:,} bytes at the most.")
        body = self.body(ImportInput)
        file: UploadedFile = body["file"]
        market = market_for(body["market"])
        if body["location"] and body["location"] not in stock_of_the_shop().locations():
            raise LocationUnknown(f"The shop has no location {body['location']!r}; GET /locations lists them.")

        def work() -> Response:
            row = import_upload(
                file=file,
                file_format=body["format"],
                market=market,
                location=body["location"],
                is_dry_run=body["dry_run"],
                actor=caller.actor,
            )
            return _answer(row, 201)

        return run_once(request, caller=caller.actor, work=work)

    @extend_schema(
        summary="Read an import",
        description="Says how far it is and what became of the products so far. Answers 304 to a matching "
        "If-None-Match, so it is cheap to ask often. Needs the right imports:write.",
        responses={200: ImportOutput},
        examples=[_IMPORT],
        tags=["imports"],
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Return one import."""
        caller_of(request).require("imports:write")
        response = _answer(import_get(id))
        if is_unchanged(request, response.headers["ETag"]):
            return Response(status=304, headers={"ETag": response.headers["ETag"]})
        return response


class ImportReportViewSet(ViewSet):
    """What is wrong with a file, line by line."""

    renderer_classes = (CsvRenderer, JSONRenderer)
    serializer_class = None

    @extend_schema(
        summary="Read an import's report",
        description="CSV with the columns line, column, handle, severity (error, skipped, warning, note), code, reason "
        "and value; nothing at all when there is nothing to report. Needs the right imports:write.",
        request=None,
        responses={(200, "text/csv"): OpenApiTypes.STR},
        examples=[
            OpenApiExample(
                "A price that is none",
                value="line,column,handle,severity,code,reason,value\r\n"
                '7,Variant Price,mesa,error,money,"\'9,5\' is not a plain decimal amount such as 19.99.","9,5"\r\n',
                media_type="text/csv",
                response_only=True,
            )
        ],
        tags=["imports"],
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> StreamingHttpResponse:
        """Stream the report."""
        caller_of(request).require("imports:write")
        row = import_get(id)
        return _stream(
            (line.encode() for line in report_lines(report_rows(row))),
            content_type="text/csv; charset=utf-8",
            file_name=f"import-{row.id}.csv",
        )


class ProductExportViewSet(ViewSet):
    """The whole catalogue as a file."""

    renderer_classes = (CsvRenderer, JsonLinesRenderer, JSONRenderer)
    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"retrieve": ExportQuery}
    serializer_class = None

    @extend_schema(
        summary="Export all products",
        description="Streams every product, drafts and archived ones too: as Shopify's CSV with the prices of one "
        "market and the stock of one location, or as JSON Lines with everything. Importing the file again changes "
        "nothing. Needs the right imports:write.",
        request=None,
        parameters=[ExportQuery],
        responses={(200, "text/csv"): OpenApiTypes.STR, (200, "application/jsonl"): OpenApiTypes.STR},
        examples=[
            OpenApiExample(
                "One product",
                value="Handle,Title,Variant SKU,Variant Price\r\nmesa,Mesa,M-1,19.99\r\n",
                media_type="text/csv",
                response_only=True,
            ),
            OpenApiExample(
                "One product, whole",
                value='{"slug":"mesa","title":"Mesa","variants":[{"sku":"M-1"}]}\n',
                media_type="application/jsonl",
                response_only=True,
            ),
        ],
        tags=["imports"],
    )
    def retrieve(self, request: Request) -> StreamingHttpResponse:
        """Stream the catalogue."""
        caller_of(request).require("imports:write")
        file_format = self.query["format"]
        lines = export_lines(
            file_format=file_format,
            market_code=self.query.get("market"),
            location=self.query.get("location"),
            base_url=request.build_absolute_uri("/"),
        )
        return _stream(lines, content_type=CONTENT_TYPES[file_format], file_name=f"products.{EXTENSIONS[file_format]}")


def _answer(row: Any, status: int = 200) -> Response:
    body = ImportOutput(row).data
    headers = {"ETag": etag_of(dumps(body))}
    if status == 201:  # noqa: PLR2004
        headers["Location"] = f"/api/v1/imports/{row.id}"
    return Response(body, status=status, headers=headers)


def _stream(lines: Any, *, content_type: str, file_name: str) -> StreamingHttpResponse:
    disposition = f'attachment; filename="{file_name}"'
    return StreamingHttpResponse(lines, content_type=content_type, headers={"Content-Disposition": disposition})
