"""How many products of a list there are under each value of each facet, in one query for all of them.

A facet is counted as if its own filter weren't there, so that the other values of a chosen one still show their counts.
"""

from __future__ import annotations

from typing import Any

import orjson
from django.db import connection

from core.money import Money
from products.models import Category
from products.selectors.filters import AVAILABILITIES, LEVELS, SOLD, STATE, VISIBLE, Conditions, current, hidden
from products.selectors.pages import MarketShown

MAX_VALUES = 100

# A product counts in each category above its own too: their paths are the beginnings of its category's path. What lies
# in one that is hidden is not found by those above it, so it doesn't count there either.
_CATEGORIES = f"""SELECT c.id, c.slug, c.name, count(DISTINCT base.id) AS count
    FROM base JOIN products_productcategory link ON link.product_id = base.id
    JOIN products_category leaf ON leaf.id = link.category_id
    CROSS JOIN generate_series(1, leaf.depth) level
    JOIN products_category c ON c.path = left(leaf.path, level * {Category.steplen})
    WHERE base.missed <@ ARRAY['category'] AND NOT {hidden("leaf")}
    GROUP BY c.id ORDER BY count DESC, c.name, c.id LIMIT %(most)s"""  # noqa: S608 (written here)
_BRANDS = """SELECT brand.slug, brand.name, count(*) AS count
    FROM base JOIN products_brand brand ON brand.id = base.brand_id WHERE base.missed <@ ARRAY['brand']
    GROUP BY brand.id ORDER BY count DESC, brand.name LIMIT %(most)s"""
_TAGS = """SELECT tag AS value, count(*) AS count FROM base, unnest(base.tags) tag
    WHERE base.missed <@ ARRAY['tag'] GROUP BY tag ORDER BY count DESC, tag LIMIT %(most)s"""
# So many of each attribute: one with a value for every product must not crowd out those behind it.
_ATTRIBUTES = """SELECT code, name, unit, value, count FROM (
        SELECT a.code, a.name, a.unit, a.position, item.value, count(*) AS count,
            row_number() OVER (PARTITION BY a.id ORDER BY count(*) DESC, item.value) AS place
        FROM base, jsonb_each(base.attributes) item JOIN products_attribute a ON a.code = item.key
        WHERE a.is_filterable AND base.missed <@ ARRAY['attribute.' || a.code]
        GROUP BY a.id, item.value
    ) counted WHERE place <= %(most)s ORDER BY position, code, place"""
_PRICE = "SELECT min(low) AS min, max(high) AS max FROM base WHERE missed <@ ARRAY['price']"
_AVAILABILITY = "SELECT state, count(*) AS count FROM base WHERE missed <@ ARRAY['availability'] GROUP BY state"


def products_facets(conditions: Conditions, *, market: MarketShown) -> dict[str, Any]:
    """Return the facets of all products that the conditions of a page describe. One query."""
    sql = f"""
        WITH chosen AS MATERIALIZED (
            SELECT * FROM (
                SELECT p.id, p.brand_id, p.tags, p.attributes, {_missed(conditions)} AS missed
                FROM (SELECT %(market_id)s::uuid AS id) m, products_product p
                WHERE {" AND ".join([VISIBLE, SOLD, *(sql for dimension, sql in conditions.rows if not dimension)])}
            ) everything WHERE cardinality(missed) < 2
        ), sold AS MATERIALIZED (
            SELECT pr.product_id AS id, min(pr.amount) AS low, max(pr.amount) AS high, {STATE} AS state
            FROM chosen JOIN products_price pr ON pr.product_id = chosen.id
            JOIN {LEVELS} ON v.id = pr.variant_id
            WHERE pr.market_id = %(market_id)s AND {current("pr")}
            GROUP BY pr.product_id
        ), base AS (SELECT * FROM chosen JOIN sold USING (id))
        SELECT {", ".join(f"(SELECT json_agg(x) FROM ({part}) x)::text" for part in _PARTS)}
    """  # noqa: S608 (written here)
    with connection.cursor() as cursor:
        cursor.execute(sql, conditions.params | {"market_id": market.id, "most": MAX_VALUES})
        columns = cursor.fetchone()
    categories, brands, tags, attributes, price, availability = (orjson.loads(text or "[]") for text in columns)
    counts = {AVAILABILITIES[row["state"]]: row["count"] for row in availability}
    low, high = price[0]["min"], price[0]["max"]
    return {
        "categories": categories,
        "brands": brands,
        "tags": tags,
        "attributes": _grouped(attributes),
        "price": None if low is None else {"min": Money(low, market.currency), "max": Money(high, market.currency)},
        "availability": {name: counts.get(name, 0) for name in reversed(AVAILABILITIES)},
    }


_PARTS = (_CATEGORIES, _BRANDS, _TAGS, _ATTRIBUTES, _PRICE, _AVAILABILITY)


def _missed(conditions: Conditions) -> str:
    """Return SQL for the dimensions whose condition a product fails."""
    rows = [(dimension, sql) for dimension, sql in conditions.rows if dimension]
    cases = ", ".join(f"CASE WHEN {sql} THEN NULL ELSE '{dimension}' END" for dimension, sql in rows)
    return f"array_remove(ARRAY[{cases}]::text[], NULL)"


def _grouped(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        attribute = found.setdefault(
            row["code"], {"code": row["code"], "name": row["name"], "unit": row["unit"], "values": []}
        )
        attribute["values"].append({"value": row["value"], "count": row["count"]})
    return list(found.values())
