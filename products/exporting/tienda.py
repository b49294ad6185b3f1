"""The catalogue whole, as JSON Lines: one product a line. Reading it is importing/tienda.py."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from products.exporting.bundles import Bundle, VariantBundle, bundles
from products.importing.stock import Stock
from products.models import Attribute, Media


def write(*, stock: Stock) -> Iterator[bytes]:
    """Yield the file's lines: every product with all markets, locations and languages."""
    definitions = {attribute.code: attribute for attribute in Attribute.objects.all()}
    for bundle in bundles(stock):
        yield orjson.dumps(_product(bundle, definitions), option=orjson.OPT_APPEND_NEWLINE)


def _product(bundle: Bundle, definitions: dict[str, Attribute]) -> dict[str, Any]:
    product = bundle.product
    places = {media.id: index for index, media in enumerate(bundle.media)}
    return {
        "slug": product.slug,
        "title": product.title,
        "description": product.description,
        "status": product.status,
        "published_from": _moment(product.published_from),
        "published_until": _moment(product.published_until),
        "brand": product.brand.name if product.brand else "",
        "product_type": product.product_type,
        "is_gift_card": product.is_gift_card,
        "categories": bundle.category_paths,
        "tax_category": product.tax_category.code if product.tax_category else "",
        "tags": product.tags,
        "attributes": [_attribute(code, value, definitions) for code, value in sorted(product.attributes.items())],
        "seo": {"title": product.seo_title, "description": product.seo_description},
        "metadata": product.metadata,
        "translations": [
            {
                "language": row.language,
                "title": row.title,
                "description": row.description,
                "seo_title": row.seo_title,
                "seo_description": row.seo_description,
            }
            for row in bundle.translations
        ],
        "collections": bundle.collections,
        "options": [{"name": option.name, "values": option.values} for option in bundle.options],
        "images": [_image(media) for media in bundle.media],
        "variants": [_variant(variant, [places[key] for key in variant.media_ids]) for variant in bundle.variants],
    }


def _attribute(code: str, value: object, definitions: dict[str, Attribute]) -> dict[str, Any]:
    definition = definitions.get(code)
    if definition is None:
        return {"code": code, "value": value}
    return {"code": code, "name": definition.name, "kind": definition.kind, "unit": definition.unit, "value": value}


def _image(media: Media) -> dict[str, Any]:
    if media.url:
        return {"url": media.url, "alt": media.alt}
    return {
        "file": media.file.name,
        "alt": media.alt,
        "width": media.width,
        "height": media.height,
        "renditions": media.renditions,
    }


def _variant(bundle: VariantBundle, images: list[int]) -> dict[str, Any]:
    variant = bundle.variant
    cost = None
    if variant.cost_amount is not None:
        cost = {"amount": variant.cost_amount, "currency": variant.cost_currency}
    return {
        "sku": variant.sku,
        "option_values": variant.option_values,
        "barcode": variant.barcode,
        "weight_grams": None if variant.weight_grams is None else f"{variant.weight_grams.normalize():f}",
        "length_mm": variant.length_mm,
        "width_mm": variant.width_mm,
        "height_mm": variant.height_mm,
        "requires_shipping": variant.requires_shipping,
        "is_taxable": variant.is_taxable,
        "is_stock_tracked": variant.is_stock_tracked,
        "released_on": None if variant.released_on is None else variant.released_on.isoformat(),
        "max_order_quantity": variant.max_order_quantity,
        "max_customer_quantity": variant.max_customer_quantity,
        "cost": cost,
        "metadata": variant.metadata,
        "prices": [
            {
                "market": price.market.code,
                "currency": price.market.currency,
                "amount": price.amount,
                "compare_at_amount": price.compare_at_amount,
                "valid_from": _moment(price.valid_from),
                "valid_until": _moment(price.valid_until),
            }
            for price in bundle.prices
        ],
        "stock": [
            {
                "location": location,
                "on_hand": level.on_hand,
                "backorder_limit": level.backorder_limit,
                "low_stock_threshold": level.low_stock_threshold,
            }
            for location, level in bundle.levels.items()
        ],
        "images": images,
    }


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")
