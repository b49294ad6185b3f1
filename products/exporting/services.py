"""Choosing a format and writing the file. It reads only; the name says what other apps and commands may call."""

from __future__ import annotations

from collections.abc import Iterator

from markets.selectors import market_for
from products.exporting import shopify, tienda
from products.importing.exceptions import LocationUnknown
from products.importing.models import Import
from products.importing.stock import stock_of_the_shop

CONTENT_TYPES = {Import.Format.SHOPIFY: "text/csv; charset=utf-8", Import.Format.TIENDA: "application/jsonl"}
EXTENSIONS = {Import.Format.SHOPIFY: "csv", Import.Format.TIENDA: "jsonl"}


def export_lines(*, file_format: str, market_code: str | None, location: str | None, base_url: str) -> Iterator[bytes]:
    """Return the lines of a file with every product; memory doesn't grow with their number.

    What is wrong with the arguments is raised at once, before the first line is asked for.

    Raises:
        MarketUnknown, LocationUnknown: there is none of that code.
    """
    stock = stock_of_the_shop()
    if file_format == Import.Format.TIENDA:
        return tienda.write(stock=stock)
    market = market_for(market_code)
    if location is not None and location not in stock.locations():
        raise LocationUnknown(
            f"The shop has no location {location[:60]!r}; it has {', '.join(sorted(stock.locations()))}."
        )
    place = location or stock.default_location()
    lines = shopify.write(market=market, stock=stock, location=place, base_url=base_url)
    return (line.encode() for line in lines)
