"""What services of the catalogue take: names and types of the fields that can be written. All of it plain data.

A name that is missing stays as it is (or gets its default when something is made); None clears.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict

from core.money import Money

Reference = str | uuid.UUID
"""Names a thing by its slug (or code) or by its id."""


class PriceFields(TypedDict, total=False):
    """A price in a market; `market` and `price` are needed."""

    market: str
    price: Money
    compare_at: Money | None
    valid_from: datetime | None
    valid_until: datetime | None


class VariantFields(TypedDict, total=False):
    """A variant; in a list of a product's variants `id`, else the SKU, else the choice tells which one it is."""

    id: uuid.UUID
    sku: str
    option_values: list[str]
    barcode: str
    weight_grams: Decimal | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    requires_shipping: bool
    is_taxable: bool
    is_stock_tracked: bool
    released_on: date | None
    max_order_quantity: int | None
    max_customer_quantity: int | None
    cost: Money | None
    metadata: dict[str, Any]
    prices: list[PriceFields]


PLAIN_VARIANT_FIELDS = (
    "sku",
    "barcode",
    "weight_grams",
    "length_mm",
    "width_mm",
    "height_mm",
    "requires_shipping",
    "is_taxable",
    "is_stock_tracked",
    "released_on",
    "max_order_quantity",
    "max_customer_quantity",
)
"""Those that are columns of the same name, written as they come."""


class OptionFields(TypedDict):
    """A thing to choose and its values in order."""

    name: str
    values: list[str]


class TranslationFields(TypedDict, total=False):
    """A product's texts in another language; `language` and `title` are needed."""

    language: str
    title: str
    description: str
    seo_title: str
    seo_description: str


class ProductFields(TypedDict, total=False):
    """A product; only `title` is needed to make one. Lists replace what there was, objects are merged."""

    slug: str
    title: str
    description: str
    status: str
    published_from: datetime | None
    published_until: datetime | None
    brand: Reference | None
    product_type: str
    is_gift_card: bool
    tax_category: str | None
    categories: list[Reference]
    tags: list[str]
    attributes: dict[str, Any]
    options: list[OptionFields]
    variants: list[VariantFields]
    translations: list[TranslationFields]
    seo_title: str
    seo_description: str
    metadata: dict[str, Any]


class CategoryFields(TypedDict, total=False):
    """A category; only `name` is needed to make one."""

    slug: str
    name: str
    description: str
    is_active: bool
    seo_title: str
    seo_description: str
    metadata: dict[str, Any]


class CollectionFields(TypedDict, total=False):
    """A collection; only `title` is needed to make one."""

    slug: str
    title: str
    description: str
    kind: str
    rule: dict[str, Any]
    is_active: bool
    position: int
    seo_title: str
    seo_description: str
    metadata: dict[str, Any]


class BrandFields(TypedDict, total=False):
    """A brand; only `name` is needed to make one."""

    slug: str
    name: str


class AttributeFields(TypedDict, total=False):
    """An attribute; `code`, `name` and `kind` are needed to make one, and `choices` for the kind choice."""

    code: str
    name: str
    kind: str
    choices: list[str]
    unit: str
    is_filterable: bool
    position: int


class MediaFields(TypedDict, total=False):
    """What can be said of a picture."""

    alt: str
    position: int
    variant_ids: list[uuid.UUID]
