"""What the shop has of the products of one batch: a fixed number of queries, however many they are."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.text import slugify

from products.importing.rows import ImportedProduct
from products.importing.stock import Level, Stock
from products.models import (
    Brand,
    CollectionProduct,
    Media,
    Price,
    Product,
    ProductCategory,
    ProductOption,
    ProductTranslation,
    SlugRedirect,
    Variant,
)

Id = uuid.UUID


@dataclass(slots=True)
class Snapshot:
    """Rows by what the planner looks them up with. Planned rows are added, so that later products see them."""

    products: dict[str, Product] = field(default_factory=dict)
    variants: Mapping[Id, list[Variant]] = field(default_factory=dict)
    prices: Mapping[Id, list[Price]] = field(default_factory=dict)
    options: Mapping[Id, list[ProductOption]] = field(default_factory=dict)
    media: Mapping[Id, list[Media]] = field(default_factory=dict)
    media_of_variant: Mapping[Id, set[Id]] = field(default_factory=dict)
    categories: Mapping[Id, list[Id]] = field(default_factory=dict)
    translations: Mapping[Id, list[ProductTranslation]] = field(default_factory=dict)
    collections: Mapping[Id, set[Id]] = field(default_factory=dict)
    levels: Mapping[tuple[Id, str], Level] = field(default_factory=dict)
    sku_owners: dict[str, Id] = field(default_factory=dict)
    brands_by_name: dict[str, Brand] = field(default_factory=dict)
    brands_by_slug: dict[str, Brand] = field(default_factory=dict)


def load(batch: Sequence[ImportedProduct], stock: Stock) -> Snapshot:
    """Read everything that the batch is compared with. No locks: what will be changed is locked by its product."""
    snapshot = Snapshot()
    _load_products(snapshot, [product.handle for product in batch])
    _load_brands(snapshot, {product.brand for product in batch if product.brand})
    skus = {variant.sku for product in batch for variant in product.variants if variant.sku}
    if skus:
        found = Variant.objects.filter(sku__in=skus).values_list("sku", "product_id")
        snapshot.sku_owners = dict(found)
    ids = [product.id for product in snapshot.products.values()]
    if ids:
        _load_children(snapshot, ids, stock)
    return snapshot


def _load_products(snapshot: Snapshot, handles: list[str]) -> None:
    snapshot.products = {product.slug: product for product in Product.objects.filter(slug__in=handles)}
    missing = [handle for handle in handles if handle not in snapshot.products]
    if not missing:
        return
    # A product that was renamed in the shop is still the one that files call by its old name.
    redirects = SlugRedirect.objects.filter(kind=SlugRedirect.Kind.PRODUCT, old_slug__in=missing)
    targets = dict(redirects.values_list("old_slug", "target_id"))
    if targets:
        # One row is one object, by whichever of its names a file calls it.
        renamed = Product.objects.in_bulk(list(targets.values())) | {row.id: row for row in snapshot.products.values()}
        snapshot.products |= {slug: renamed[target] for slug, target in targets.items() if target in renamed}


def _load_brands(snapshot: Snapshot, names: set[str]) -> None:
    if not names:
        return
    slugs = {slugify(name)[:140] for name in names}
    for brand in Brand.objects.filter(Q(name__in=names) | Q(slug__in=slugs)):
        snapshot.brands_by_name[brand.name] = brand
        snapshot.brands_by_slug[brand.slug] = brand


def _load_children(snapshot: Snapshot, ids: list[Id], stock: Stock) -> None:
    variants = list(Variant.objects.filter(product_id__in=ids).order_by("position", "id"))
    variant_ids = [variant.id for variant in variants]
    snapshot.variants = _grouped(variants, "product_id")
    snapshot.prices = _grouped(Price.objects.filter(variant_id__in=variant_ids), "variant_id")
    snapshot.options = _grouped(ProductOption.objects.filter(product_id__in=ids), "product_id")
    snapshot.media = _grouped(Media.objects.filter(product_id__in=ids), "product_id")
    pairs = Media.variants.through.objects.filter(variant_id__in=variant_ids).values_list("variant_id", "media_id")
    snapshot.media_of_variant = defaultdict(set)
    for variant_id, media_id in pairs:
        snapshot.media_of_variant[variant_id].add(media_id)
    links = ProductCategory.objects.filter(product_id__in=ids).order_by("position", "id")
    snapshot.categories = defaultdict(list)
    for product_id, category_id in links.values_list("product_id", "category_id"):
        snapshot.categories[product_id].append(category_id)
    snapshot.translations = _grouped(ProductTranslation.objects.filter(product_id__in=ids), "product_id")
    members = CollectionProduct.objects.filter(product_id__in=ids).values_list("product_id", "collection_id")
    snapshot.collections = defaultdict(set)
    for product_id, collection_id in members:
        snapshot.collections[product_id].add(collection_id)
    snapshot.levels = stock.levels(variant_ids)


def _grouped(rows: Iterable[object], key: str) -> dict[Id, list]:
    found: dict[Id, list] = defaultdict(list)
    for row in rows:
        found[getattr(row, key)].append(row)
    return found
