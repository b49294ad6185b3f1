"""Reads the demo shop's content from the JSON files in `content/` into typed, frozen objects. It writes nothing.

A key that no field stands for is an error, so that a misspelt one cannot be ignored.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

FOLDER = Path(__file__).parent / "content"

T = TypeVar("T")
Prices = Mapping[str, int]


class ContentError(Exception):
    """A content file isn't what the shop needs; the message names the object and the key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """Whose make something is."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A typed property that shoppers can filter by."""

    code: str
    name: str
    kind: str
    choices: tuple[str, ...] = ()
    unit: str = ""
    is_filterable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A category and those below it."""

    slug: str
    name: str
    description: str
    children: tuple["Category", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A list of products: picked by hand, or by a rule on a tag or a price."""

    slug: str
    title: str
    description: str
    products: tuple[str, ...] = ()
    rule: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A product's words in another language."""

    title: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seo:
    """What search engines show."""

    title: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is drawn: in one colour, or in each value of the option that chooses the colour."""

    kind: str
    backdrop: str
    colour: str = ""
    colour_option: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Something to choose, and its values."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is bought. What it leaves out is as its product says; no stock at all means untracked."""

    sku: str
    stock: Mapping[str, int] | None
    options: tuple[str, ...] = ()
    barcode: str = ""
    prices: Prices = field(default_factory=dict)
    compare_at: Prices = field(default_factory=dict)
    weight_grams: int | None = None
    size_mm: tuple[int, int, int] | None = None
    backorder_limit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product with its variants; amounts are minor units of each market's currency."""

    slug: str
    title: str
    description: str
    translations: Mapping[str, Text]
    brand: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    attributes: Mapping[str, str | int | bool]
    seo: Seo
    picture: Picture
    prices: Prices
    variants: tuple[Variant, ...]
    options: tuple[Option, ...] = ()
    tax_category: str = ""
    compare_at: Prices = field(default_factory=dict)
    weight_grams: int | None = None
    size_mm: tuple[int, int, int] | None = None
    requires_shipping: bool = True
    is_gift_card: bool = False
    max_order_quantity: int | None = None

    def price_of(self, variant: Variant, market: str) -> int:
        """Return what a variant costs in a market."""
        return (variant.prices or self.prices)[market]

    def compare_at_of(self, variant: Variant, market: str) -> int | None:
        """Return the price that a variant's price is compared with, if any."""
        return (variant.compare_at or self.compare_at).get(market)

    def colour_of(self, variant: Variant) -> str:
        """Return the name of the colour that a variant is drawn in."""
        if not self.picture.colour_option:
            return self.picture.colour
        names = [option.name for option in self.options]
        return variant.options[names.index(self.picture.colour_option)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Where a sale happens."""

    code: str
    name: str
    currency: str
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    prices_include_tax: bool
    is_default: bool
    tax_country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxCategory:
    """A kind of goods that is taxed alike."""

    code: str
    name: str
    is_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """What a place takes of each category, in millionths."""

    country: str
    name: str
    standard: int
    reduced: int
    books: int
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place that holds stock."""

    code: str
    name: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingMethod:
    """A way to a zone, for one market."""

    market: str
    code: str
    name: str
    description: str
    free_from_amount: int | None
    min_days: int
    max_days: int
    amount: int | None = None
    kind: str = "delivery"
    pickup_points: tuple[Mapping[str, Any], ...] = ()
    rate_by: str = "flat"
    tiers: tuple[Mapping[str, int | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingZone:
    """Countries that are served alike."""

    name: str
    countries: tuple[str, ...]
    methods: tuple[ShippingMethod, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a shop needs before its first product."""

    markets: tuple[Market, ...]
    tax_categories: tuple[TaxCategory, ...]
    tax_rates: tuple[TaxRate, ...]
    locations: tuple[Location, ...]
    shipping_zones: tuple[ShippingZone, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who buys, with an account or as a guest."""

    key: str
    name: str
    email: str
    language: str
    market: str
    has_account: bool
    address: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody bought some days ago, and how it went on."""

    days_ago: float
    person: str
    lines: Mapping[str, int]
    shipping: str
    payment: str
    outcome: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """Prices by SKU and the quantity from which they count, for a group with its members, or for everybody."""

    code: str
    name: str
    market: str
    priority: int
    group: str
    members: tuple[str, ...]
    prices: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The whole demo shop."""

    setup: Setup
    brands: tuple[Brand, ...]
    attributes: tuple[Attribute, ...]
    categories: tuple[Category, ...]
    collections: tuple[Collection, ...]
    colours: Mapping[str, str]
    products: tuple[Product, ...]
    people: tuple[Person, ...]
    orders: tuple[Order, ...]
    price_lists: tuple[PriceList, ...]


def read(folder: Path = FOLDER) -> Content:
    """Return the content of a folder.

    Raises:
        ContentError: an object lacks a key or has one too many.

    """
    products = [_product(row) for path in sorted((folder / "products").glob("*.json")) for row in _json(path)]
    return Content(
        setup=_setup(_json(folder / "setup.json")),
        brands=_many(Brand, _json(folder / "brands.json")),
        attributes=_many(Attribute, _json(folder / "attributes.json")),
        categories=tuple(_category(row) for row in _json(folder / "categories.json")),
        collections=_many(Collection, _json(folder / "collections.json")),
        colours=_json(folder / "colours.json"),
        products=tuple(products),
        people=_many(Person, _json(folder / "people.json")),
        orders=_many(Order, _json(folder / "orders.json")),
        price_lists=_many(PriceList, _json(folder / "price_lists.json")),
    )


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _one(kind: Callable[..., T], row: Mapping[str, Any], **nested: object) -> T:
    allowed = {one.name for one in fields(kind)}  # type: ignore[arg-type]  # every caller gives a dataclass
    unknown = set(row) - allowed
    if unknown:
        message = f"{row!r:.80} has keys that nothing reads: {', '.join(sorted(unknown))}"
        raise ContentError(message)
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    try:
        return kind(**values | nested)
    except TypeError as error:
        message = f"{row!r:.80}: {error}"
        raise ContentError(message) from error


def _many(kind: Callable[..., T], rows: list[Mapping[str, Any]]) -> tuple[T, ...]:
    return tuple(_one(kind, row) for row in rows)


def _category(row: Mapping[str, Any]) -> Category:
    return _one(Category, row, children=tuple(_category(child) for child in row.get("children", ())))


def _product(row: Mapping[str, Any]) -> Product:
    return _one(
        Product,
        row,
        translations={language: _one(Text, text) for language, text in row["translations"].items()},
        seo=_one(Seo, row["seo"]),
        picture=_one(Picture, row["picture"]),
        options=_many(Option, row.get("options", [])),
        variants=_many(Variant, row["variants"]),
    )


def _setup(row: Mapping[str, Any]) -> Setup:
    zones = tuple(
        _one(ShippingZone, zone, methods=_many(ShippingMethod, zone["methods"])) for zone in row["shipping_zones"]
    )
    return _one(
        Setup,
        row,
        markets=_many(Market, row["markets"]),
        tax_categories=_many(TaxCategory, row["tax_categories"]),
        tax_rates=_many(TaxRate, row["tax_rates"]),
        locations=_many(Location, row["locations"]),
        shipping_zones=zones,
    )
