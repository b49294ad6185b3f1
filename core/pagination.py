"""Keyset pages: signed opaque cursors over (sort key, id), the same cost on every page; no offsets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from rest_framework.pagination import BasePagination
from rest_framework.response import Response

from core.problems import FieldError, InvalidInput

T = TypeVar("T")
M = TypeVar("M", bound=Model)

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
MAX_CURSOR = 6000
"""Characters. The longest key is a title of 255 characters, each of which may take twelve before it is signed."""

_SIGNER = partial(signing.Signer, salt="cursor")
"""Without a time stamp: the same page must have the same cursors, since its ETag is made of them."""


@dataclass(frozen=True, slots=True)
class Sort:
    """An order that a list can be read in: its public name and the columns behind it, the unique one last.

    Every column must be non-null, and all run the same way, so that one composite index serves both directions.
    """

    name: str
    columns: tuple[str, ...]
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page in reading order, and the cursors of its neighbours (None at an end)."""

    results: Sequence[T]
    next_cursor: str | None
    previous_cursor: str | None
    limit: int
    count: int | None = None


class Neighboured(Protocol):
    """Whatever has cursors of its neighbours."""

    @property
    def next_cursor(self) -> str | None:
        """Return the cursor of the page after this one."""

    @property
    def previous_cursor(self) -> str | None:
        """Return the cursor of the page before this one."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What a client asked of a list: how many, from where, in which order, and whether to count."""

    sort: Sort
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    is_count_wanted: bool = False

    def position(self) -> tuple[bool, list[Any]] | None:
        """Return (is it backwards?, the sort key to start behind); None for the first page.

        Raises:
            InvalidInput: the cursor is not ours, or belongs to another order.
        """
        if not self.cursor:
            return None
        try:
            name, is_backwards, key = _SIGNER().unsign_object(self.cursor)
        except (signing.BadSignature, ValueError, TypeError):
            name, is_backwards, key = None, False, []
        if name != self.sort.name or len(key) != len(self.sort.columns):
            detail = "This cursor was not given by this list in this order; start again without it."
            error = FieldError(code="invalid_cursor", detail=detail, parameter="cursor")
            raise InvalidInput(detail, errors=(error,))
        return bool(is_backwards), key

    def cursor_at(self, key: Sequence[Any], *, is_backwards: bool) -> str:
        """Return the cursor that starts behind a sort key."""
        plain = [value if isinstance(value, (str, int)) else _text(value) for value in key]
        return _SIGNER().sign_object([self.sort.name, int(is_backwards), plain])


class PageSchema(BasePagination):
    """How the OpenAPI document describes a page; what makes one is `paginate`."""

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        """Return the schema of a page of items of this schema."""
        url = {"type": ["string", "null"], "format": "uri", "maxLength": 8000}
        return {
            "type": "object",
            "properties": {
                "results": schema,
                "next": url | {"example": "https://shop.example/api/v1/things?cursor=OPAQUE"},
                "previous": url | {"example": None},
                "count": {
                    "type": "integer",
                    "format": "int64",
                    "minimum": 0,
                    "description": "Of all pages; only with `count=exact`.",
                    "example": 57,
                },
            },
            "required": ["results", "next", "previous"],
        }

    def get_schema_operation_parameters(self, view: Any) -> list[Any]:
        """Return none: each list declares its own query serializer."""
        return []


def paginate(queryset: QuerySet[M], page: PageRequest, *, key: Callable[[M], Sequence[Any]] | None = None) -> Page[M]:
    """Read one page of a queryset by keyset, in one query (two if a count was asked for).

    `key` returns a row's values of the sort's columns; by default they are read as attributes.

    Raises:
        InvalidInput: the cursor is not ours.
    """
    columns = page.sort.columns
    position = page.position()
    is_backwards = position is not None and position[0]
    is_falling = page.sort.is_descending != is_backwards
    count = queryset.count() if page.is_count_wanted else None
    rows = queryset.order_by(*(f"-{column}" if is_falling else column for column in columns))
    if position is not None:
        rows = rows.filter(_behind(columns, position[1], is_falling=is_falling))
    found = list(rows[: page.limit + 1])
    has_more = len(found) > page.limit
    found = found[: page.limit]
    if is_backwards:
        found.reverse()
    key = key or (lambda row: [_attribute(row, column) for column in columns])
    has_next = has_more if not is_backwards else bool(found)
    has_previous = has_more if is_backwards else position is not None and bool(found)
    return Page(
        results=found,
        next_cursor=page.cursor_at(key(found[-1]), is_backwards=False) if has_next and found else None,
        previous_cursor=page.cursor_at(key(found[0]), is_backwards=True) if has_previous else None,
        limit=page.limit,
        count=count,
    )


def _behind(columns: Sequence[str], key: Sequence[Any], *, is_falling: bool) -> Q:
    """Return (a, b) > (x, y), spelt a >= x AND (a > x OR (a = x AND b > y)) so that an index on `a` bounds the scan."""
    strict, loose = ("lt", "lte") if is_falling else ("gt", "gte")
    condition = Q(**{f"{columns[-1]}__{strict}": key[-1]})
    for column, value in reversed(list(zip(columns[:-1], key[:-1], strict=True))):
        condition = Q(**{f"{column}__{loose}": value}) & (
            Q(**{f"{column}__{strict}": value}) | (Q(**{column: value}) & condition)
        )
    return condition


def _attribute(row: Any, column: str) -> Any:
    for part in column.split("__"):
        row = getattr(row, part)
    return row


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def links(request: HttpRequest, page: Neighboured) -> dict[str, str | None]:
    """Return the neighbours' absolute URLs: the request's own, with the other cursor."""

    def url(cursor: str | None) -> str | None:
        if cursor is None:
            return None
        query = request.GET.copy()
        query["cursor"] = cursor
        return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")

    return {"next": url(page.next_cursor), "previous": url(page.previous_cursor)}


def link_header(urls: Mapping[str, str | None]) -> str:
    """Write neighbours as an RFC 8288 Link header value; empty when there are none."""
    relations = {"next": "next", "previous": "prev"}
    return ", ".join(f'<{urls[name]}>; rel="{relation}"' for name, relation in relations.items() if urls[name])


def page_response(request: HttpRequest, page: Page[Any], results: list[Any]) -> Response:
    """Answer with a page: `{"results": [...], "next": url|null, "previous": url|null}` and its Link header."""
    urls = links(request, page)
    body: dict[str, Any] = {"results": results, **urls}
    if page.count is not None:
        body["count"] = page.count
    header = link_header(urls)
    return Response(body, headers={"Link": header} if header else None)
