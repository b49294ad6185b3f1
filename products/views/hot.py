"""The two hottest reads of the shop, as thin as they can be: no DRF dispatch, no ORM, no rendering of what is known.

They are documented by the viewset whose actions they stand for; writes and the staff's view go there.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn, cast
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict

from core import clock
from core.etags import etag_of, is_unchanged
from core.pagination import PageRequest, link_header, links
from core.problems import FieldError, InvalidInput, NotAcceptable
from core.rendering import dumps
from core.views import read_params
from markets.selectors import language_for
from products.attributes import MAX_TEXT
from products.exceptions import ProductNotFound
from products.rendering import products_rendered
from products.selectors.collections import Picked, collection_picked
from products.selectors.facets import products_facets
from products.selectors.filters import ProductFilters
from products.selectors.pages import (
    NEWEST,
    POSITION,
    RELEVANCE,
    SORTS,
    MarketShown,
    moved_slug,
    product_row,
    products_page,
)
from products.serializers.facets import FacetsOutput
from products.serializers.queries import ProductQuery, ShownQuery
from users.authentication import caller_of

View = Callable[..., HttpResponseBase]

_MAX_REMEMBERED_QUERY = 300
_MAX_ATTRIBUTES = 20
_MAX_VALUES = 50
_CODE = re.compile(r"^[a-z][a-z0-9_]{0,59}\Z")


@dataclass(frozen=True, slots=True)
class Question:
    """A list's query string, read and checked."""

    filters: ProductFilters
    sort: str | None
    limit: int
    cursor: str | None
    is_count_wanted: bool
    is_faceted: bool
    market: str | None
    language: str | None


def with_hot_reads(hot: View, documented: View) -> View:
    """Return the view of a path: reads that ask for nothing special are hot, everything else is the viewset's.

    It carries the viewset's marks, so that the OpenAPI document and the tests of routes see the viewset.
    """

    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in {"GET", "HEAD"} and "view=staff" not in request.META["QUERY_STRING"]:
            return hot(request, *args, **kwargs)
        return documented(request, *args, **kwargs)

    return cast("View", functools.update_wrapper(view, documented))


def product_list(request: HttpRequest) -> HttpResponse:
    """Answer with a page of products: one query when each was rendered before, eight at the most."""
    _check_headers(request)
    question = _question(request.META["QUERY_STRING"])
    picked = None if question.filters.collection is None else collection_picked(question.filters.collection)
    now = clock.now()
    page = products_page(
        question.filters, _page_request(question, picked), market=question.market, now=now, picked=picked
    )
    language = _language(request, page.market, question.language)
    urls = links(request, page)
    facets = b""
    if question.is_faceted:
        facets = dumps(FacetsOutput(products_facets(page.conditions, market=page.market)).data)
    versions = [f"{row.id}:{row.version}" for row in page.rows]
    etag = _etag(page.market, language, now, *versions, page.next_cursor, page.previous_cursor, page.count, facets)
    headers = _headers(etag, language, is_negotiated=question.language is None)
    if link := link_header(urls):
        headers["Link"] = link
    if is_unchanged(request, etag):
        return HttpResponse(status=304, headers=headers)
    products = products_rendered(page.rows, market=page.market, language=language, now=now)
    body = [b'{"results":[', b",".join(products), b'],"next":', dumps(urls["next"])]
    body += [b',"previous":', dumps(urls["previous"])]
    if page.count is not None:
        body.append(b',"count":%d' % page.count)
    if facets:
        body += [b',"facets":', facets]
    return HttpResponse(b"".join([*body, b"}"]), content_type="application/json", headers=headers)


def product_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer with a product by id or slug, or with where it went: one query when it was rendered before."""
    _check_headers(request)
    query = read_params(request.GET, ShownQuery)
    if "\0" in reference:
        raise ProductNotFound
    now = clock.now()
    market, row = product_row(reference, market=query.get("market"), now=now)
    if row is None:
        return moved_response(request, reference, moved_slug("product", reference, at=now))
    wanted = query.get("language")
    language = _language(request, market, wanted)
    etag = _etag(market, language, now, f"{row.id}:{row.version}")
    headers = _headers(etag, language, is_negotiated=wanted is None)
    if is_unchanged(request, etag):
        return HttpResponse(status=304, headers=headers)
    products = products_rendered([row], market=market, language=language, now=now)
    if not products:
        raise ProductNotFound
    return HttpResponse(products[0], content_type="application/json", headers=headers)


def moved_response(request: HttpRequest, old: str, new: str) -> HttpResponse:
    """Answer that what had a slug has another one now: the same address with the new slug in the place of the old."""
    before, _, after = request.path.rpartition(f"/{old}")
    query = request.META["QUERY_STRING"]
    address = f"{before}/{quote(new)}{after}"
    return HttpResponse(status=308, headers={"Location": f"{address}?{query}" if query else address})


@functools.lru_cache(maxsize=2000)
def _remembered(query_string: str) -> Question:
    return _read(query_string)


def _question(query_string: str) -> Question:
    """Read a query string; the ones that come again and again are checked once."""
    return (_remembered if len(query_string) <= _MAX_REMEMBERED_QUERY else _read)(query_string)


def _read(query_string: str) -> Question:
    params = QueryDict(query_string, mutable=True)
    attributes = {name.removeprefix("attr."): params.pop(name) for name in list(params) if name.startswith("attr.")}
    _check_attributes(attributes)
    query = read_params(params, ProductQuery)
    sort = query.get("sort")
    if sort == RELEVANCE.name and not query.get("q"):
        _refuse(
            "sort", "Sort by relevance with `q`: without words nothing is more relevant than another.", code="no_words"
        )
    return Question(
        filters=ProductFilters(
            category=query.get("category"),
            collection=query.get("collection"),
            brands=tuple(query.get("brand", ())),
            tags=tuple(query.get("tag", ())),
            price_min=query.get("price_min"),
            price_max=query.get("price_max"),
            availability=tuple(query.get("availability", ())),
            attributes=tuple((code, tuple(values)) for code, values in sorted(attributes.items())),
            words=query.get("q", ""),
        ),
        sort=sort,
        limit=query["limit"],
        cursor=query.get("cursor"),
        is_count_wanted=bool(query.get("count")),
        is_faceted=query.get("facets") == "true",
        market=query.get("market"),
        language=query.get("language"),
    )


def _check_attributes(attributes: dict[str, list[str]]) -> None:
    if len(attributes) > _MAX_ATTRIBUTES:
        _refuse("attr", f"Filter by {_MAX_ATTRIBUTES} attributes at the most.")
    for code, values in attributes.items():
        if not _CODE.match(code):
            _refuse(f"attr.{code[:60]}", "There is no such attribute; GET /attributes lists them.", code="unknown")
        if len(values) > _MAX_VALUES or any(not 0 < len(value) <= MAX_TEXT or "\0" in value for value in values):
            _refuse(f"attr.{code}", f"Give 1 to {_MAX_VALUES} values of 1 to {MAX_TEXT} characters.")


def _page_request(question: Question, picked: Picked | None) -> PageRequest:
    is_manual = picked is not None and picked.rule is None
    if question.sort is not None:
        sort = SORTS[question.sort]
        if sort is POSITION and not is_manual:
            _refuse(
                "sort",
                "Sort by position in a hand-picked collection: elsewhere products have none.",
                code="no_position",
            )
    else:
        sort = RELEVANCE if question.filters.words else POSITION if is_manual else NEWEST
    return PageRequest(
        sort=sort, limit=question.limit, cursor=question.cursor, is_count_wanted=question.is_count_wanted
    )


def _check_headers(request: HttpRequest) -> None:
    """Refuse what DRF would: credentials that aren't valid, and an Accept header that JSON doesn't fit.

    What is answered here is the same for everybody, so a guest costs nothing.
    """
    if "HTTP_AUTHORIZATION" in request.META:
        caller_of(request)
    accepted = request.META.get("HTTP_ACCEPT", "*/*")
    if not any(kind in accepted for kind in ("*/*", "application/json", "application/*")):
        raise NotAcceptable


def _language(request: HttpRequest, market: MarketShown, wanted: str | None) -> str:
    return language_for(market.languages, wanted=wanted, accepted=request.META.get("HTTP_ACCEPT_LANGUAGE", ""))


def _etag(market: MarketShown, language: str, now: datetime, *parts: object) -> str:
    # Not the epoch's product alone: whatever begins or ends in the market makes a new tag, which is never wrong. So
    # does each day, since it may be the one on which a preorder is released.
    return etag_of("products", market.id, market.version, market.epoch, clock.day_of(now), language, *parts)


def _headers(etag: str, language: str, *, is_negotiated: bool) -> dict[str, str]:
    """Let anybody keep the answer, and ask each time whether it still holds: it is never shown stale."""
    headers = {"ETag": etag, "Cache-Control": "public, no-cache", "Content-Language": language}
    if is_negotiated:
        headers["Vary"] = "Accept-Language"
    return headers


def _refuse(parameter: str, detail: str, *, code: str = "invalid") -> NoReturn:
    error = FieldError(code=code, detail=detail, parameter=parameter)
    raise InvalidInput(f"Query parameter {parameter}: {detail}", errors=(error,))
