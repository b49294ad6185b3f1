"""The neutral form of an imported product, whatever file it came from. Reading and writing live elsewhere.

A field holds `KEEP` when the file says nothing of it (its column is missing), and an empty value when the file has the
column and left it blank: the first leaves what the shop has, the second clears it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, Literal


class _Keep(Enum):
    KEEP = "keep"

    def __repr__(self) -> str:
        return "KEEP"

    def __bool__(self) -> Literal[False]:
        return False


KEEP = _Keep.KEEP
Keep = Literal[_Keep.KEEP]


class Severity(StrEnum):
    """What a problem means for the product that it is about."""

    ERROR = "error"
    """The product isn't imported: a product comes in whole or not at all."""
    SKIPPED = "skipped"
    """The shop has nothing that this row could become; leaving it out is no failure."""
    WARNING = "warning"
    """The product is imported; a person should look at this value."""
    NOTE = "note"
    """Said once of the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One line of the report: where in the file, what is wrong, and what to do about it."""

    code: str
    reason: str
    severity: Severity = Severity.ERROR
    line: int | None = None
    column: str = ""
    handle: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPrice:
    """A price in minor units of a market's currency; `market` None is the market that the import is for."""

    amount: int
    compare_at_amount: int | None = None
    market: str | None = None
    currency: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedImage:
    """An image by its URL, which is never fetched during an import, or by the name of a file that the shop stores."""

    url: str = ""
    file: str = ""
    alt: str | Keep = KEEP
    width: int | None = None
    height: int | None = None
    renditions: dict[str, Any] | None = None

    @property
    def key(self) -> str:
        """Return what tells it from the product's other images."""
        return self.url or f"file:{self.file}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedStock:
    """What one location holds of a variant."""

    location: str
    on_hand: int
    backorder_limit: int | None = 0
    low_stock_threshold: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedAttribute:
    """A property of the product; name, kind and unit describe it to a shop that doesn't know its code yet."""

    code: str
    name: str
    value: str | int | bool
    kind: str = "text"
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTranslation:
    """A product's texts in another language."""

    language: str
    title: str
    html: str = ""
    seo_title: str = ""
    seo_description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedVariant:
    """A sellable variant. `option_values` is KEEP when the file has no option columns: then the SKU tells which.

    `price_amount`, `compare_at_amount`, `on_hand` and `is_backorderable` are of the import's market, today, and of its
    location. `prices` is every price in the import's market; `all_prices` and `stock` are everything there is.
    """

    line: int
    option_values: tuple[str, ...] | Keep = KEEP
    sku: str | Keep = KEEP
    barcode: str | Keep = KEEP
    price_amount: int | Keep | None = KEEP
    compare_at_amount: int | Keep | None = KEEP
    prices: tuple[ImportedPrice, ...] | Keep = KEEP
    all_prices: tuple[ImportedPrice, ...] | Keep = KEEP
    cost_amount: int | Keep | None = KEEP
    cost_currency: str | None = None
    weight_grams: Decimal | Keep | None = KEEP
    length_mm: int | Keep | None = KEEP
    width_mm: int | Keep | None = KEEP
    height_mm: int | Keep | None = KEEP
    max_order_quantity: int | Keep | None = KEEP
    max_customer_quantity: int | Keep | None = KEEP
    is_stock_tracked: bool | Keep = KEEP
    released_on: date | Keep | None = KEEP
    is_backorderable: bool | Keep = KEEP
    on_hand: int | Keep = KEEP
    stock: tuple[ImportedStock, ...] | Keep = KEEP
    requires_shipping: bool | Keep = KEEP
    is_taxable: bool | Keep = KEEP
    image_keys: tuple[str, ...] | Keep = KEEP
    metadata: dict[str, Any] | Keep = KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedProduct:
    """A product with everything that the file says of it, and what is wrong with that.

    `is_continuation` marks records that only add variants and images to a product that came before. `is_complete` says
    that lists (attributes, pictures of a variant) are the whole truth and not just the part that a CSV has room for,
    and `has_all_categories` the same of categories, of which Shopify's file knows one.
    """

    handle: str
    line: int
    last_line: int
    title: str | Keep = KEEP
    html: str | Keep = KEEP
    brand: str | Keep = KEEP
    product_type: str | Keep = KEEP
    is_gift_card: bool | Keep = KEEP
    category_paths: tuple[tuple[str, ...], ...] | Keep = KEEP
    tags: tuple[str, ...] | Keep = KEEP
    status: str | Keep = KEEP
    published_from: datetime | Keep | None = KEEP
    published_until: datetime | Keep | None = KEEP
    tax_category: str | Keep = KEEP
    seo_title: str | Keep = KEEP
    seo_description: str | Keep = KEEP
    option_names: tuple[str, ...] | Keep = KEEP
    option_choices: tuple[tuple[str, ...], ...] | Keep = KEEP
    attributes: tuple[ImportedAttribute, ...] | Keep = KEEP
    metadata: dict[str, Any] | Keep = KEEP
    translations: tuple[ImportedTranslation, ...] | Keep = KEEP
    collections: tuple[str, ...] | Keep = KEEP
    variants: tuple[ImportedVariant, ...] = ()
    images: tuple[ImportedImage, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_continuation: bool = False
    is_complete: bool = False
    has_all_categories: bool = False

    @property
    def verdict(self) -> Severity | None:
        """Return what becomes of the product: `ERROR`, `SKIPPED`, or None when it can be written."""
        severities = {problem.severity for problem in self.problems}
        if Severity.ERROR in severities:
            return Severity.ERROR
        return Severity.SKIPPED if Severity.SKIPPED in severities else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the file's amounts mean: it doesn't name its market or currency, so the person who imports does."""

    market: str
    currency: str
