"""Markets, products and what hangs on them: minimal rows, straight into the tables."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from inventory.models import Location, StockLevel
from markets.models import Market, TaxCategory, TaxRate
from products.models import (
    Attribute,
    Brand,
    Category,
    Collection,
    Price,
    PriceList,
    PriceListGroup,
    PriceListPrice,
    Product,
    ProductCategory,
    ProductOption,
    Variant,
)
from users.models import CustomerGroup

_number = count(1)


def market_make(code: str = "eu", **fields: Any) -> Market:
    """Return the market of this code, made on the first call: EUR gross in Germany and Spain unless said otherwise.

    The first one made is the default.
    """
    defaults: dict[str, Any] = {
        "name": code.upper(),
        "currency": "EUR",
        "countries": ["DE", "ES"],
        "languages": ["en", "es"],
        "prices_include_tax": True,
        "is_default": not Market.objects.exists(),
    }
    return Market.objects.get_or_create(code=code, defaults=defaults | fields)[0]


def us_market_make() -> Market:
    """Return the market of the United States: USD net, in English."""
    return market_make("us", currency="USD", countries=["US"], languages=["en"], prices_include_tax=False)


def tax_category_make(code: str = "standard", *, is_default: bool = True) -> TaxCategory:
    """Return the tax category of this code, made on the first call."""
    return TaxCategory.objects.get_or_create(code=code, defaults={"name": code.title(), "is_default": is_default})[0]


def tax_rate_make(
    *, rate_ppm: int = 190_000, country: str = "DE", category: TaxCategory | None = None, **fields: Any
) -> TaxRate:
    """Make a rate: 19 % in Germany of the standard category unless said otherwise."""
    category = category or tax_category_make()
    return TaxRate.objects.create(category=category, country=country, rate_ppm=rate_ppm, **{"name": "VAT", **fields})


def location_make(code: str = "main", **fields: Any) -> Location:
    """Return the location of this code, made on the first call."""
    return Location.objects.get_or_create(code=code, defaults={"name": code.title(), **fields})[0]


def brand_make(name: str = "Acme", **fields: Any) -> Brand:
    """Return the brand of this name, made on the first call."""
    return Brand.objects.get_or_create(name=name, defaults={"slug": name.lower().replace(" ", "-"), **fields})[0]


def attribute_make(code: str, kind: str = "text", **fields: Any) -> Attribute:
    """Make an attribute definition."""
    return Attribute.objects.create(code=code, kind=kind, **{"name": code.title(), **fields})


def category_make(name: str = "", *, parent: Category | None = None, **fields: Any) -> Category:
    """Make a category, at the root or under a parent."""
    name = name or f"Category {next(_number)}"
    values = {"name": name, "slug": name.lower().replace(" ", "-"), **fields}
    if parent is None:
        return Category.objects.add_root(values)
    parent.refresh_from_db()
    return Category.objects.add_child(parent, values)


def collection_make(title: str = "", *, products: Sequence[Product] = (), **fields: Any) -> Collection:
    """Make a collection; with products, hand-picked in this order."""
    title = title or f"Collection {next(_number)}"
    collection = Collection.objects.create(title=title, **{"slug": title.lower().replace(" ", "-"), **fields})
    for position, product in enumerate(products):
        collection.product_links.create(product=product, position=position)
    return collection


def product_make(
    title: str = "",
    *,
    market: Market | None = None,
    price: int | None = 1999,
    stock: int | None = 10,
    variants: int | Sequence[Mapping[str, Any]] = 1,
    options: Sequence[str] = (),
    categories: Sequence[Category] = (),
    **fields: Any,
) -> Product:
    """Make an active product with its variants, their price in one market and their stock at one location.

    `price` None makes no price, `stock` None variants that are not tracked. `variants` is how many (then they differ by
    Size), or a mapping for each: any field of a variant, and its own `price`, `compare_at` and `stock`.
    `options` names the options that their `option_values` are of; the options' values are collected from them.
    """
    number = next(_number)
    title = title or f"Product {number}"
    slug = f"{title.lower().replace(' ', '-')}-{number}"
    product = Product.objects.create(**{"title": title, "slug": slug, "status": "active", **fields})
    rows = [{} for _ in range(variants)] if isinstance(variants, int) else [dict(row) for row in variants]
    if len(rows) > 1 and not any("option_values" in row for row in rows):
        for position, row in enumerate(rows):
            row["option_values"] = [f"Size {position + 1}"]
        options = options or ["Size"]
    for position, name in enumerate(options):
        values = list(dict.fromkeys(row["option_values"][position] for row in rows))
        ProductOption.objects.create(product=product, name=name, values=values, position=position)
    for position, row in enumerate(rows):
        own = {"price": price, "stock": stock, "compare_at": None} | row
        chosen, quantity, compare_at = own.pop("price"), own.pop("stock"), own.pop("compare_at")
        own = {"sku": f"SKU-{number}-{position}", "position": position, "is_stock_tracked": quantity is not None} | own
        variant = Variant.objects.create(product=product, **own)
        if chosen is not None:
            price_make(variant, chosen, market=market, compare_at_amount=compare_at)
        if quantity is not None:
            stock_make(variant, quantity)
    for position, category in enumerate(categories):
        ProductCategory.objects.create(product=product, category=category, position=position)
    product.refresh_from_db()
    return product


def variant_of(product: Product, position: int = 0) -> Variant:
    """Return a variant of a product by its place."""
    return product.variants.order_by("position", "id")[position]


def price_make(variant: Variant, amount: int, *, market: Market | None = None, **fields: Any) -> Price:
    """Make a price, of any time unless `valid_from` and `valid_until` say otherwise."""
    return Price.objects.create(variant=variant, market=market or market_make(), amount=amount, **fields)


def price_list_make(
    code: str,
    prices: Mapping[Variant, Mapping[int, int]],
    *,
    market: Market | None = None,
    groups: Sequence[CustomerGroup] = (),
    **fields: Any,
) -> PriceList:
    """Make a price list: for each variant, amounts by the quantity from which they count."""
    made = PriceList.objects.create(code=code, market=market or market_make(), **{"name": code.title(), **fields})
    PriceListGroup.objects.bulk_create([PriceListGroup(price_list=made, group=group) for group in groups])
    PriceListPrice.objects.bulk_create(
        [
            PriceListPrice(price_list=made, variant=variant, min_quantity=quantity, amount=amount)
            for variant, tiers in prices.items()
            for quantity, amount in tiers.items()
        ]
    )
    return made


def stock_make(variant: Variant, on_hand: int, *, location: Location | None = None, **fields: Any) -> StockLevel:
    """Make a stock level as if it had always been there: without a movement."""
    return StockLevel.objects.create(variant=variant, location=location or location_make(), on_hand=on_hand, **fields)
