"""Products with everything that hangs on them, some hundreds at a time: what the writers of files turn into lines."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from products.importing.stock import Level, Stock
from products.importing.surroundings import CategoryTree, Path
from products.models import (
    CollectionProduct,
    Media,
    Price,
    Product,
    ProductCategory,
    ProductOption,
    ProductTranslation,
    Variant,
)

CHUNK = 200
Id = uuid.UUID


@dataclass(slots=True)
class VariantBundle:
    """A variant, its prices in all markets, its pictures, and what each location holds of it."""

    variant: Variant
    prices: list[Price]
    media_ids: list[Id]
    levels: dict[str, Level]

    def price_at(self, market_id: Id, moment: datetime) -> Price | None:
        """Return the price that holds in a market at a time."""
        for price in self.prices:
            starts, ends = price.valid_from, price.valid_until
            if (
                price.market_id == market_id
                and (starts is None or starts <= moment)
                and (ends is None or moment < ends)
            ):
                return price
        return None


@dataclass(slots=True)
class Bundle:
    """One product whole."""

    product: Product
    options: list[ProductOption] = field(default_factory=list)
    variants: list[VariantBundle] = field(default_factory=list)
    media: list[Media] = field(default_factory=list)
    category_paths: list[Path] = field(default_factory=list)
    translations: list[ProductTranslation] = field(default_factory=list)
    collections: list[str] = field(default_factory=list)


def bundles(stock: Stock) -> Iterator[Bundle]:
    """Yield every product, in the order they were made, with a fixed number of queries for each chunk of them."""
    tree = CategoryTree()
    last: Id | None = None
    while True:
        rows = Product.objects.order_by("id").select_related("brand", "tax_category")
        chunk = list(rows.filter(id__gt=last)[:CHUNK] if last else rows[:CHUNK])
        if not chunk:
            return
        yield from _chunk(chunk, stock, tree)
        last = chunk[-1].id


def _chunk(products: list[Product], stock: Stock, tree: CategoryTree) -> Iterator[Bundle]:
    ids = [product.id for product in products]
    variants = _by(Variant.objects.filter(product_id__in=ids).order_by("position", "id"), "product_id")
    variant_ids = [variant.id for found in variants.values() for variant in found]
    prices = _by(Price.objects.filter(variant_id__in=variant_ids).select_related("market"), "variant_id")
    media = _by(Media.objects.filter(product_id__in=ids).order_by("position", "id"), "product_id")
    options = _by(ProductOption.objects.filter(product_id__in=ids).order_by("position", "id"), "product_id")
    categories = _by(ProductCategory.objects.filter(product_id__in=ids).order_by("position", "id"), "product_id")
    translations = _by(ProductTranslation.objects.filter(product_id__in=ids).order_by("language"), "product_id")
    members = CollectionProduct.objects.filter(product_id__in=ids, collection__kind="manual").order_by(
        "collection__slug"
    )
    collections = _by(members.select_related("collection"), "product_id")
    pictures = _pictures(variant_ids)
    levels = _levels(stock.levels(variant_ids))
    for product in products:
        yield Bundle(
            product=product,
            options=options[product.id],
            variants=[
                VariantBundle(variant, _in_order(prices[variant.id]), pictures[variant.id], levels[variant.id])
                for variant in variants[product.id]
            ],
            media=media[product.id],
            category_paths=[tree.path_of(link.category_id) for link in categories[product.id]],
            translations=translations[product.id],
            collections=[member.collection.slug for member in collections[product.id]],
        )


def _by(rows: Any, key: str) -> Mapping[Id, list[Any]]:
    found: dict[Id, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, key)].append(row)
    return found


def _in_order(prices: list[Price]) -> list[Price]:
    def moment(price: Price) -> tuple[str, bool, datetime | None]:
        return price.market.code, price.valid_from is not None, price.valid_from

    by_market = groupby(sorted(prices, key=attrgetter("market.code")), key=attrgetter("market.code"))
    # Within a market only one price can have an open start, so that times are only compared with times.
    return [price for _, found in by_market for price in sorted(found, key=moment)]


def _pictures(variant_ids: list[Id]) -> Mapping[Id, list[Id]]:
    links = Media.variants.through.objects.filter(variant_id__in=variant_ids)
    found: dict[Id, list[Id]] = defaultdict(list)
    for variant_id, media_id in links.order_by("media__position", "media_id").values_list("variant_id", "media_id"):
        found[variant_id].append(media_id)
    return found


def _levels(levels: Mapping[tuple[Id, str], Level]) -> Mapping[Id, dict[str, Level]]:
    found: dict[Id, dict[str, Level]] = defaultdict(dict)
    for (variant_id, location), level in sorted(levels.items(), key=lambda item: item[0][1]):
        found[variant_id][location] = level
    return found
