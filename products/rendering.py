"""Products as bytes: each rendered once per version, market and language in a process, then only looked up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from core.rendering import BytesCache, dumps
from products.selectors.pages import MarketShown, ProductRow
from products.selectors.shown import products_shown
from products.serializers.shown import ProductOutput

KEPT = BytesCache(settings.RENDERED_CACHE_BYTES)


def products_rendered(rows: Sequence[ProductRow], *, market: MarketShown, language: str, now: datetime) -> list[bytes]:
    """Return each product's JSON, by the serializer that documents it. No query where all of them were made before.

    Keys name versions of product and market, so nothing in here is ever wrong and nothing has to be thrown away.
    A product that was deleted since its row was read is left out.
    """
    keys = [(row.id, row.version, market.id, market.version, language) for row in rows]
    found = KEPT.get_many(keys)
    missing = [row.id for row, known in zip(rows, found, strict=True) if known is None]
    if not missing:
        return [known for known in found if known is not None]
    made = products_shown(missing, market=market, language=language, now=now)
    for index, (row, key) in enumerate(zip(rows, keys, strict=True)):
        product = made.get(row.id) if found[index] is None else None
        if product is not None:
            found[index] = rendered = dumps(ProductOutput(product).data)
            KEPT.put(key, rendered, since=product.since, until=product.until)
    return [known for known in found if known is not None]
