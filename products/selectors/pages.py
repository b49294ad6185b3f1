"""Ids and versions of a page of products, of its market too, in one query by keyset. Nothing is rendered here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from core import clock
from core.ids import as_uuid
from core.pagination import PageRequest, Sort
from core.problems import FieldError, InvalidInput, NotFound
from core.statements import fetch_planned
from markets.selectors import market_unknown
from products.exceptions import CategoryNotFound, CollectionNotFound, ProductNotFound
from products.models import Attribute, Category, Collection, Product, SlugRedirect
from products.selectors.collections import Picked
from products.selectors.filters import SOLD, VISIBLE, Conditions, ProductFilters, conditions_of, current, hidden
from products.selectors.visibility import category_hidden, visible_product
from products.selectors.words import tsquery_of

NEWEST = Sort("newest", ("created_at", "id"), is_descending=True)
RELEVANCE = Sort("relevance", ("rank", "id"), is_descending=True)
POSITION = Sort("position", ("position", "id"))
SORTS = {
    sort.name: sort
    for sort in (
        NEWEST,
        Sort("title", ("title", "id")),
        Sort("-title", ("title", "id"), is_descending=True),
        Sort("price", ("amount", "id")),
        Sort("-price", ("amount", "id"), is_descending=True),
        RELEVANCE,
        POSITION,
    )
}
_SIMILARITY = Sort("similarity", ("rank", "id"), is_descending=True)
"""What relevance becomes where no product has the words, and those with similar ones are listed."""


@dataclass(frozen=True, slots=True)
class MarketShown:
    """A market as a page shows it; its id as text. `epoch` is when a price of it last began or ended by itself."""

    id: str
    code: str
    version: int
    currency: str
    languages: Sequence[str]
    prices_include_tax: bool
    epoch: datetime | None


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product by its id, as text, and its version."""

    id: str
    version: int


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A page in reading order, the cursors of its neighbours, and the conditions that it was found by."""

    market: MarketShown
    rows: Sequence[ProductRow]
    next_cursor: str | None
    previous_cursor: str | None
    conditions: Conditions
    count: int | None = None

    @property
    def results(self) -> Sequence[ProductRow]:
        """Return the rows, as `core.pagination.links` expects of a page."""
        return self.rows


@dataclass(frozen=True, slots=True)
class _Source:
    """Where rows come from: a FROM, the column of the sort key, and what must hold there."""

    rows: str = "products_product p"
    key: str = "p.created_at"
    conditions: tuple[str, ...] = (SOLD,)


def _by_price(beyond: str) -> _Source:
    """Take products in the order of their lowest price, or of their highest: no other price of it lies `beyond`.

    That walks along the index of prices, instead of reckoning up the prices of every product first.
    """
    return _Source(
        rows="products_price pr JOIN products_product p ON p.id = pr.product_id",
        key="pr.amount",
        conditions=(
            "pr.market_id = m.id",
            current("pr"),
            f"""NOT EXISTS (SELECT 1 FROM products_price pr2
                WHERE pr2.product_id = pr.product_id AND pr2.market_id = m.id AND {current("pr2")}
                AND (pr2.amount, pr2.variant_id) {beyond} (pr.amount, pr.variant_id))""",  # noqa: S608 (written here)
        ),
    )


_BY_RANK = _Source(
    rows="products_product p",
    key="(ts_rank(p.search, to_tsquery('products_words', %(words)s)) * 1000000)::int",
    conditions=(SOLD,),
)
_BY_SIMILARITY = _Source(
    rows="products_similar(%(plain)s) s JOIN products_product p ON p.id = s.id",
    key="(s.similarity * 1000000)::int",
)
_BY_POSITION = _Source(
    rows="products_collectionproduct place JOIN products_product p ON p.id = place.product_id",
    key="place.position",
    conditions=(SOLD, "place.collection_id = %(collection)s"),
)
_SOURCES = {
    "newest": _Source(),
    "title": _Source(key="p.title"),
    "-title": _Source(key="p.title"),
    "price": _by_price("<"),
    "-price": _by_price(">"),
    "relevance": _BY_RANK,
    "similarity": _BY_SIMILARITY,
    "position": _BY_POSITION,
}
_MATCHES = "p.search @@ to_tsquery('products_words', %(words)s)"
_RESEMBLES = "p.id IN (SELECT near.id FROM products_similar(%(plain)s) near)"

_MARKET = """(
    SELECT market.*, products_epoch(market.id, %(now)s) AS epoch FROM markets_market market
    WHERE market.is_active AND (%(market)s::varchar IS NULL OR market.code = %(market)s)
    ORDER BY market.is_default DESC, market.position, market.code
    LIMIT 1
)"""
_MARKET_COLUMNS = "m.id::text, m.code, m.version, m.currency, m.languages, m.prices_include_tax, m.epoch"


def products_page(
    filters: ProductFilters,
    request: PageRequest,
    *,
    market: str | None,
    now: datetime,
    picked: Picked | None = None,
) -> ProductPage:
    """Return a page of what a market sells. One query; two when it is counted, or when nothing has the words.

    `picked` is the collection that the filters name.

    Raises:
        MarketUnknown: there is no such market.
        InvalidInput: the cursor isn't ours, or an attribute can't be filtered by.
        CategoryNotFound: the filters name a category that isn't there.
    """
    conditions = conditions_of(filters, picked)
    conditions.params |= {
        "now": now,
        "today": clock.day_of(now),
        "market": market,
        "collection": picked and picked.collection_id,
    }
    is_similar = False
    if filters.words:
        conditions.params |= {"words": tsquery_of(filters.words), "plain": filters.words}
        is_similar = request.sort is RELEVANCE and request.cursor is not None and _is_of(request, _SIMILARITY)
        conditions.rows.append(("", _RESEMBLES if is_similar else _MATCHES))
    if is_similar:
        request = _resorted(request)
    page = _read(request, conditions)
    if not page.rows and filters.words and not is_similar and (request.sort is not RELEVANCE or not request.cursor):
        # Nothing has these words: perhaps they were mistyped. Behind a place in the order of relevance something had.
        conditions.rows[-1] = ("", _RESEMBLES)
        page = _read(_resorted(request), conditions)
    if not page.rows:
        _refuse_unknown(filters)
    return page


def product_row(reference: str, *, market: str | None, now: datetime) -> tuple[MarketShown, ProductRow | None]:
    """Return a product that a market sells, by its id or else its slug; None when there is none. One query.

    Raises:
        MarketUnknown: there is no such market.
    """
    named = "p.slug = %(reference)s" if as_uuid(reference) is None else "p.id = %(reference)s::uuid"
    sql = f"""SELECT {_MARKET_COLUMNS}, found.id, found.version FROM {_MARKET} m LEFT JOIN LATERAL (
        SELECT p.id::text AS id, p.version FROM products_product p WHERE {named} AND {VISIBLE} AND {SOLD}
    ) found ON true"""  # noqa: S608 (written here)
    rows = fetch_planned(sql, {"reference": reference, "now": now, "market": market})
    if not rows:
        raise market_unknown(market)
    columns = rows[0]
    return MarketShown(*columns[:7]), None if columns[7] is None else ProductRow(columns[7], columns[8])


def moved_slug(kind: str, slug: str, *, at: datetime) -> str:
    """Return the slug that a product, category or collection now has instead of an old one of its own.

    Raises:
        ProductNotFound, CategoryNotFound, CollectionNotFound: nothing had it, or what had it isn't shown.
    """
    things, missing = _THINGS[kind]
    target = SlugRedirect.objects.filter(kind=kind, old_slug=slug).values("target_id")
    shown = {
        "product": visible_product(at),
        "category": Q(is_active=True) & ~category_hidden("path"),
        "collection": Q(is_active=True),
    }[kind]
    found: str | None = things.filter(shown, id__in=target).values_list("slug", flat=True).first()
    if found is None or found == slug:
        raise missing
    return found


_THINGS: Mapping[str, tuple[QuerySet[Any], type[NotFound]]] = {
    "product": (Product.objects.all(), ProductNotFound),
    "category": (Category.objects.all(), CategoryNotFound),
    "collection": (Collection.objects.all(), CollectionNotFound),
}


def _read(request: PageRequest, conditions: Conditions) -> ProductPage:
    position = request.position()
    is_backwards = position is not None and position[0]
    is_falling = request.sort.is_descending != is_backwards
    source = _SOURCES[request.sort.name]
    order = "DESC" if is_falling else "ASC"
    where = [VISIBLE, *source.conditions, *conditions.sql()]
    params = dict(conditions.params)
    if position is not None:
        where.append(f"({source.key}, p.id) {'<' if is_falling else '>'} (%(key)s, %(key_id)s)")
        params |= {"key": position[1][0], "key_id": position[1][1]}
    # One row of three arrays: for Python that is far less to read than a row for each product.
    sql = f"""SELECT {_MARKET_COLUMNS}, page.* FROM {_MARKET} m LEFT JOIN LATERAL (
            SELECT array_agg(found.id::text), array_agg(found.version), array_agg(found.key::text) FROM (
                SELECT p.id, p.version, {source.key} AS key FROM {source.rows}
                WHERE {" AND ".join(where)}
                ORDER BY {source.key} {order}, p.id {order} LIMIT {request.limit + 1}
            ) found
        ) page ON true"""  # noqa: S608 (written here)
    # A plan for any values is a good one only where there is nothing to choose by. The limit stands in the text, since
    # what is planned for any limit is planned for many rows.
    found = _fetch(sql, params) if conditions.rows else fetch_planned(sql, params)
    if not found:
        raise market_unknown(params["market"])
    market = MarketShown(*found[0][:7])
    places = list(zip(*(column or () for column in found[0][7:]), strict=True))
    has_more = len(places) > request.limit
    places = places[: request.limit]
    if is_backwards:
        places.reverse()
    has_next = bool(places) and (is_backwards or has_more)
    has_previous = bool(places) and (has_more if is_backwards else position is not None)
    return ProductPage(
        market=market,
        rows=[ProductRow(*place[:2]) for place in places],
        next_cursor=request.cursor_at(places[-1][::-2], is_backwards=False) if has_next else None,
        previous_cursor=request.cursor_at(places[0][::-2], is_backwards=True) if has_previous else None,
        conditions=conditions,
        count=_count(market, conditions) if request.is_count_wanted else None,
    )


def _count(market: MarketShown, conditions: Conditions) -> int:
    sql = f"""SELECT count(*) FROM (SELECT %(market_id)s::uuid AS id) m, products_product p
        WHERE {" AND ".join([VISIBLE, SOLD, *conditions.sql()])}"""  # noqa: S608 (written here)
    ((count,),) = _fetch(sql, conditions.params | {"market_id": market.id})
    return int(count)


def _fetch(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _is_of(request: PageRequest, sort: Sort) -> bool:
    try:
        _resorted(request, sort).position()
    except InvalidInput:
        return False
    return True


def _resorted(request: PageRequest, sort: Sort = _SIMILARITY) -> PageRequest:
    """Return the request in the order of similarity, if it was in that of relevance."""
    if request.sort is not RELEVANCE:
        return request
    return PageRequest(sort=sort, limit=request.limit, cursor=request.cursor, is_count_wanted=request.is_count_wanted)


def _refuse_unknown(filters: ProductFilters) -> None:
    """Tell an empty page apart from a question that can't be answered.

    Raises:
        InvalidInput: an attribute isn't there or can't be filtered by.
        CategoryNotFound: the category isn't there.
    """
    if filters.attributes:
        codes = [code for code, _ in filters.attributes]
        known = set(Attribute.objects.filter(code__in=codes, is_filterable=True).values_list("code", flat=True))
        errors = tuple(
            FieldError(code="unknown", detail=f"Products can't be filtered by {code!r}.", parameter=f"attr.{code}")
            for code in codes
            if code not in known
        )
        if errors:
            raise InvalidInput(f"Query parameter {errors[0].parameter}: {errors[0].detail}", errors=errors)
    if filters.category is not None and not _is_shown(filters.category):
        message = f"There is no category {filters.category[:60]!r}."
        raise CategoryNotFound(message)


def _is_shown(reference: str) -> bool:
    sql = f"SELECT 1 FROM products_category c WHERE (c.slug = %(slug)s OR c.id = %(id)s) AND NOT {hidden('c')}"  # noqa: S608 (written here)
    return bool(_fetch(sql, {"slug": reference, "id": as_uuid(reference)}))
