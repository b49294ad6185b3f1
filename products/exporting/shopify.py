"""The catalogue in Shopify's columns. Importing the file again changes nothing: importing/shopify.py reads the same."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from django.db.models import Count

from core import clock
from core.money import to_decimal_text
from markets.models import Market
from products.exporting.bundles import Bundle, VariantBundle, bundles
from products.importing.stock import Level, Stock
from products.models import Media, Product, Variant
from products.spreadsheets import signed

_LEAST_OPTIONS = 3

_BEFORE_OPTIONS = ("Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published")
_AFTER_OPTIONS = (
    "Variant SKU",
    "Variant Grams",
    "Variant Inventory Tracker",
    "Variant Inventory Qty",
    "Variant Inventory Policy",
    "Variant Fulfillment Service",
    "Variant Price",
    "Variant Compare At Price",
    "Variant Requires Shipping",
    "Variant Taxable",
    "Variant Barcode",
    "Image Src",
    "Image Position",
    "Image Alt Text",
    "Gift Card",
    "SEO Title",
    "SEO Description",
    "Variant Image",
    "Variant Weight Unit",
)
_COST = "Cost per item"
_STATUS = "Status"


class _Echo:
    """A file for csv.writer that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def write(*, market: Market, stock: Stock, location: str | None, base_url: str) -> Iterator[str]:
    """Yield the file's lines: every product, its prices of today in one market and its stock at one location.

    `base_url` goes before the paths of pictures that the shop stores itself.
    """
    writer = csv.writer(_Echo())
    columns = _columns(market)
    yield writer.writerow(columns)
    page = _Page(market, location, base_url, columns)
    for bundle in bundles(stock):
        for record in page.records(bundle):
            yield writer.writerow([record.get(column, "") for column in columns])


def _columns(market: Market) -> tuple[str, ...]:
    most = Product.objects.annotate(count=Count("options")).order_by("-count").values_list("count", flat=True).first()
    # Shopify has three options and so many columns; a product of ours that has more gets more, which it ignores.
    numbers = range(1, max(most or 0, _LEAST_OPTIONS) + 1)
    options = tuple(name for n in numbers for name in (f"Option{n} Name", f"Option{n} Value"))
    foreign = Variant.objects.exclude(cost_currency__in=["", market.currency])
    # A blank cell would clear the cost when the file comes back, so costs in another currency leave out the column.
    cost = () if foreign.exists() else (_COST,)
    return (*_BEFORE_OPTIONS, *options, *_AFTER_OPTIONS, *cost, _STATUS)


@dataclass(frozen=True, slots=True)
class _Page:
    market: Market
    location: str | None
    base_url: str
    columns: tuple[str, ...]

    def records(self, bundle: Bundle) -> Iterator[dict[str, str]]:
        """Yield a product's records: one for each variant or picture, whichever are more."""
        media = {row.id: row for row in bundle.media}
        pairs = zip_longest(bundle.variants, bundle.media)
        for index, (variant, picture) in enumerate(pairs if bundle.variants or bundle.media else [(None, None)]):
            record = {"Handle": signed(bundle.product.slug)}
            if index == 0:
                record |= self._own(bundle)
            if variant is not None:
                record |= self._variant(variant)
                record |= _option_values(variant.variant)
                if variant.media_ids:
                    record["Variant Image"] = self._url(media[variant.media_ids[0]])
            if picture is not None:
                record |= {
                    "Image Src": self._url(picture),
                    "Image Position": str(index + 1),
                    "Image Alt Text": signed(picture.alt),
                }
            yield record

    def _own(self, bundle: Bundle) -> dict[str, str]:
        product = bundle.product
        record = {
            "Title": signed(product.title),
            "Body (HTML)": signed(product.description),
            "Vendor": signed(product.brand.name) if product.brand else "",
            "Product Category": signed(" > ".join(bundle.category_paths[0])) if bundle.category_paths else "",
            "Type": signed(product.product_type),
            "Tags": signed(", ".join(product.tags)),
            "Published": _boolean(product.status == Product.Status.ACTIVE),
            "Gift Card": _boolean(product.is_gift_card),
            "SEO Title": signed(product.seo_title),
            "SEO Description": signed(product.seo_description),
            _STATUS: product.status,
        }
        for number, option in enumerate(bundle.options, start=1):
            record[f"Option{number} Name"] = signed(option.name)
        if not bundle.options and bundle.variants:
            record["Option1 Name"] = "Title"
        return record

    def _variant(self, bundle: VariantBundle) -> dict[str, str]:
        variant = bundle.variant
        price = bundle.price_at(self.market.id, clock.now())
        level = bundle.levels.get(self.location or "")
        currency = self.market.currency
        return {
            "Variant SKU": signed(variant.sku),
            "Variant Grams": "" if variant.weight_grams is None else f"{variant.weight_grams.normalize():f}",
            "Variant Inventory Tracker": "shopify" if variant.is_stock_tracked else "",
            "Variant Inventory Qty": str(level.on_hand) if level and variant.is_stock_tracked else "",
            "Variant Inventory Policy": _policy(level),
            "Variant Fulfillment Service": "manual",
            "Variant Price": to_decimal_text(price.amount, currency) if price else "",
            "Variant Compare At Price": (
                to_decimal_text(price.compare_at_amount, currency)
                if price and price.compare_at_amount is not None
                else ""
            ),
            "Variant Requires Shipping": _boolean(variant.requires_shipping),
            "Variant Taxable": _boolean(variant.is_taxable),
            "Variant Barcode": signed(variant.barcode),
            "Variant Weight Unit": "g",
            _COST: "" if variant.cost_amount is None else to_decimal_text(variant.cost_amount, currency),
        }

    def _url(self, media: Media) -> str:
        return media.url or f"{self.base_url.rstrip('/')}{media.file.url}"


def _option_values(variant: Variant) -> dict[str, str]:
    if not variant.option_values:
        return {"Option1 Value": "Default Title"}
    return {f"Option{n} Value": signed(value) for n, value in enumerate(variant.option_values, start=1)}


def _policy(level: Level | None) -> str:
    return "continue" if level is not None and level.backorder_limit != 0 else "deny"


def _boolean(value: bool) -> str:  # noqa: FBT001 (a cell's value)
    return "TRUE" if value else "FALSE"
