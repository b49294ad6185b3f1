"""The demo shop's catalogue and stock."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from core.money import Money
from demo.loader import Category, Collection, Content, Market, Product, Variant
from demo.pictures import Drawn
from inventory.models import StockLevel, StockMovement
from inventory.services import StockTarget, stock_set_many
from products import models
from products.fields import CollectionFields, PriceFields, ProductFields, VariantFields
from products.services import (
    attribute_create,
    brand_create,
    category_create,
    collection_create,
    media_add_pictures,
    product_create,
)
from users.callers import SYSTEM_ACTOR

LOW_AT = 3


def goods_fill(content: Content, pictures: Iterator[Drawn], locations: Mapping[str, uuid.UUID]) -> int:
    """Make the catalogue with its stock; return how many pictures it has."""
    for position, attribute in enumerate(content.attributes):
        attribute_create(
            fields={
                "code": attribute.code,
                "name": attribute.name,
                "kind": attribute.kind,
                "choices": list(attribute.choices),
                "unit": attribute.unit,
                "is_filterable": attribute.is_filterable,
                "position": position,
            }
        )
    for brand in content.brands:
        brand_create(fields={"slug": brand.slug, "name": brand.name})
    _categories_fill(content.categories, parent=None)
    made = {
        product.slug: product_create(fields=_fields_of(product, content.setup.markets), actor=SYSTEM_ACTOR).pk
        for product in content.products
    }
    ids = dict(models.Variant.objects.values_list("sku", "pk"))
    _stock_fill(content, ids, locations)
    for position, collection in enumerate(content.collections):
        collection_create(fields=_collection_fields(collection, position), products=collection.products)
    return _pictures_fill(content, pictures, made, ids)


def _categories_fill(categories: Iterable[Category], parent: uuid.UUID | None) -> None:
    for category in categories:
        made = category_create(
            fields={"slug": category.slug, "name": category.name, "description": category.description}, parent=parent
        )
        _categories_fill(category.children, made.pk)


def _fields_of(product: Product, markets: Iterable[Market]) -> ProductFields:
    return {
        "slug": product.slug,
        "title": product.title,
        "description": f"<p>{product.description}</p>",
        "status": models.Product.Status.ACTIVE,
        "brand": product.brand,
        "tax_category": product.tax_category or None,
        "is_gift_card": product.is_gift_card,
        "categories": list(product.categories),
        "tags": list(product.tags),
        "attributes": dict(product.attributes),
        "options": [{"name": option.name, "values": list(option.values)} for option in product.options],
        "variants": [_variant_fields(product, variant, markets) for variant in product.variants],
        "translations": [
            {"language": language, "title": text.title, "description": f"<p>{text.description}</p>"}
            for language, text in product.translations.items()
        ],
        "seo_title": product.seo.title,
        "seo_description": product.seo.description,
    }


def _variant_fields(product: Product, variant: Variant, markets: Iterable[Market]) -> VariantFields:
    weight = variant.weight_grams if variant.weight_grams is not None else product.weight_grams
    length, width, height = variant.size_mm or product.size_mm or (None, None, None)
    return {
        "sku": variant.sku,
        "option_values": list(variant.options),
        "barcode": variant.barcode,
        "weight_grams": None if weight is None else Decimal(weight),
        "length_mm": length,
        "width_mm": width,
        "height_mm": height,
        "requires_shipping": product.requires_shipping,
        "is_stock_tracked": variant.stock is not None,
        "max_order_quantity": product.max_order_quantity,
        "prices": [_price(product, variant, market) for market in markets],
    }


def _price(product: Product, variant: Variant, market: Market) -> PriceFields:
    compare_at = product.compare_at_of(variant, market.code)
    return {
        "market": market.code,
        "price": Money(product.price_of(variant, market.code), market.currency),
        "compare_at": None if compare_at is None else Money(compare_at, market.currency),
    }


def _collection_fields(collection: Collection, position: int) -> CollectionFields:
    fields: CollectionFields = {
        "slug": collection.slug,
        "title": collection.title,
        "description": collection.description,
        "position": position,
    }
    if collection.rule is None:
        return fields
    if "tag" in collection.rule:
        condition = {"field": "tag", "op": "eq", "value": collection.rule["tag"]}
    else:
        condition = {"field": "price", "op": "lt", "value": collection.rule["price_below"]}
    return {**fields, "kind": models.Collection.Kind.RULE, "rule": {"all": [condition]}}


def _stock_fill(content: Content, ids: Mapping[str, uuid.UUID], locations: Mapping[str, uuid.UUID]) -> None:
    """Receive what the content says is there now, and what its orders have taken since."""
    taken: defaultdict[str, int] = defaultdict(int)
    for order in content.orders:
        if order.outcome != "cancelled":
            for sku, quantity in order.lines.items():
                taken[sku] += quantity
    targets: defaultdict[str, list[StockTarget]] = defaultdict(list)
    for product in content.products:
        for variant in product.variants:
            for number, (location, on_hand) in enumerate((variant.stock or {}).items()):
                received = on_hand + (taken[variant.sku] if number == 0 else 0)
                targets[location].append(StockTarget(ids[variant.sku], received, variant.backorder_limit))
    for location, levels in targets.items():
        stock_set_many(
            levels=levels,
            location_id=locations[location],
            reason="Opening stock",
            actor=SYSTEM_ACTOR,
            kind=StockMovement.Kind.RECEIVED,
        )
    # The shop's few pieces are refilled from the warehouse, so that only the warehouse runs low.
    main = content.setup.locations[0].code
    StockLevel.objects.filter(location=locations[main]).update(low_stock_threshold=LOW_AT)


def _pictures_fill(
    content: Content, pictures: Iterator[Drawn], made: Mapping[str, uuid.UUID], ids: Mapping[str, uuid.UUID]
) -> int:
    products = {product.slug: product for product in content.products}
    count = 0
    for picture in pictures:
        count += 1
        product = products[picture.slug]
        shown = [ids[one.sku] for one in product.variants if product.colour_of(one) == picture.colour]
        is_one_of_many = len(shown) < len(product.variants)
        media_add_pictures(
            product_id=made[picture.slug],
            actor=SYSTEM_ACTOR,
            pictures=picture.pictures,
            fields={
                "alt": f"{product.title}, {picture.colour.lower()}" if is_one_of_many else product.title,
                "variant_ids": shown if is_one_of_many else [],
            },
        )
    return count
