"""Which categories and collections products are in: what promotions ask of a cart's goods."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection as Container
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from core.problems import InvalidInput
from products.models import Collection
from products.rules import rule_read
from products.selectors.filters import rule_condition

_PICKED = """
SELECT link.product_id, above.id
FROM products_productcategory link
JOIN products_category c ON c.id = link.category_id
JOIN products_category above ON starts_with(c.path, above.path)
WHERE link.product_id = ANY (%(products)s) AND above.id = ANY (%(categories)s)
UNION ALL
SELECT link.product_id, link.collection_id
FROM products_collectionproduct link JOIN products_collection c ON c.id = link.collection_id AND c.kind = 'manual'
WHERE link.product_id = ANY (%(products)s) AND link.collection_id = ANY (%(collections)s)
"""
_BY_RULE = """
UNION ALL
SELECT p.id, {collection}::uuid FROM products_product p JOIN markets_market m ON m.id = %(market)s
WHERE p.id = ANY (%(products)s) AND {condition}
"""


def tags_of_products(
    product_ids: Container[uuid.UUID],
    *,
    categories: Container[uuid.UUID],
    collections: Container[uuid.UUID],
    market_id: uuid.UUID,
    at: datetime,
) -> Mapping[uuid.UUID, frozenset[uuid.UUID]]:
    """Return which of the categories (with all below them) and collections each product is in.

    A collection by rule is asked as it stands in the market at the time. Whether shoppers are shown a category or a
    collection doesn't matter here. Two queries for any number of them, none where none is asked for.
    """
    if not product_ids or not (categories or collections):
        return {}
    params: dict[str, Any] = {
        "products": list(product_ids),
        "categories": list(categories),
        "collections": list(collections),
        "market": market_id,
        "now": at,
    }
    statement = _PICKED + (_by_rules(collections, params) if collections else "")
    tags: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        for product_id, tag in cursor.fetchall():
            tags[product_id].add(tag)
    return {product_id: frozenset(of) for product_id, of in tags.items()}


def _by_rules(collections: Container[uuid.UUID], params: dict[str, Any]) -> str:
    """Return SQL for those of the collections that pick by rule; one that nobody understands picks nothing."""
    parts = []
    for number, found in enumerate(Collection.objects.filter(id__in=collections, kind=Collection.Kind.RULE)):
        try:
            rule = rule_read(found.rule)
        except InvalidInput:
            continue
        params[f"collection_of_{number}"] = found.pk
        condition = rule_condition(rule, params)
        parts.append(_BY_RULE.format(collection=f"%(collection_of_{number})s", condition=condition))
    return "".join(parts)
