"""WooCommerce's product CSV.

A variation names its parent, which may stand anywhere in the file, so records go through a store on disk first.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.text import slugify

from products.importing.barcodes import barcode_problem
from products.importing.cells import GRAM_PLACES, Cells
from products.importing.opening import FileFacts, FileUnreadable
from products.importing.records import Record, Table, columns_of, ignored_columns
from products.importing.rows import (
    KEEP,
    ImportedAttribute,
    ImportedImage,
    ImportedPrice,
    ImportedProduct,
    ImportedVariant,
    Keep,
    Problem,
    Severity,
    Target,
)
from products.importing.spool import Spool
from products.importing.woocommerce_columns import (
    COLUMNS,
    attribute_columns,
    is_attribute_detail,
    measure_columns,
)

ANY = "Any"
"""The option value of a variation that WooCommerce sells under every value of an attribute."""

_UNESCAPED_COMMA = re.compile(r"(?<!\\),")
_KINDS = frozenset(("simple", "variable", "variation", "grouped", "external"))
_STATUSES = {"1": "active", "0": "draft", "-1": "draft", "": "active"}
_SKIPPED = {
    "grouped": "A grouped product is a list of others, not a thing to buy; make a collection of them.",
    "external": "An external product is sold by another shop; there is nothing to put in a cart here.",
}


def read(facts: FileFacts, target: Target, *, skip: int = 0) -> Iterator[ImportedProduct | Problem]:
    """Yield the products in the order of their own records, after the first `skip`, and problems that belong to none.

    Raises:
        FileUnreadable: this is no WooCommerce product file.
    """
    table = Table(facts)
    header = table.read_header()
    measures, factors = measure_columns(header)
    columns, ignored = columns_of(header, COLUMNS | attribute_columns(header) | measures)
    for field, name in (("type", "Type"), ("title", "Name")):
        if field not in columns:
            reason = (
                f"There is no {name} column, so this is no WooCommerce product file, or its headers are in another "
                "language than English or Spanish. Nothing was imported."
            )
            raise FileUnreadable(Problem(code="column_missing", reason=reason, line=1, column=name))
    if not skip:
        yield from ignored_columns([name for name in ignored if not is_attribute_detail(name)])
    builder = _Builder(Cells(columns, header, target.currency), factors)
    with Spool() as spool:
        # Problems of this pass were reported by the run that is being resumed.
        for problem in _fill(spool, table, builder.cells):
            if not skip:
                yield problem
        for handle, parent, children in spool.families(skip=skip):
            yield builder.product(handle, parent, children)
        yield from _orphans(spool)


def _fill(spool: Spool, table: Table, cells: Cells) -> Iterator[Problem]:
    for record in table.records():
        if record.problem is not None:
            yield record.problem
            continue
        cells.load(record)
        sku, number = cells.code("sku") or "", cells.code("id") or ""
        if "variation" in _kinds(cells):
            parent = cells.code("parent") or ""
            place = cells.text("position") or "0"
            name = parent.replace(" ", "") if parent.startswith("id:") else f"sku:{parent}"
            spool.add_child(record, name, int(place) if place.isascii() and place.isdigit() and len(place) < 9 else 0)  # noqa: PLR2004
            continue
        slug = slugify(cells.text("title") or "") or slugify(sku) or f"product-{number or record.line}"
        handles = (slug, f"{slug}-{slugify(sku) or number or record.line}", f"{slug}-{record.line}")
        names = tuple(f"{kind}:{value}" for kind, value in (("id", number), ("sku", sku)) if value)
        if (taken := spool.add_parent(record, handles, names)) is not None:
            kind, _, value = taken.partition(":")
            reason = f"Another product further up has the same {kind.upper()}; every product needs its own."
            column = cells.column_name("id" if kind == "id" else "sku")
            yield Problem(code="twice", reason=reason, line=record.line, column=column, value=value)


def _orphans(spool: Spool) -> Iterator[Problem]:
    for parent, record in spool.orphans():
        shown = parent.removeprefix("sku:")
        reason = f"The variation's parent, {shown!r}, is not in this file." if shown else "The variation has no parent."
        yield Problem(code="parent_missing", reason=reason, line=record.line, column="Parent", value=shown)


def _kinds(cells: Cells) -> set[str]:
    return {part.strip().casefold() for part in (cells.text("type") or "").split(",")}


def _split(text: str) -> tuple[str, ...]:
    parts = (part.strip().replace("\\,", ",") for part in _UNESCAPED_COMMA.split(text))
    return tuple(dict.fromkeys(filter(None, parts)))


def _described(attributes: dict[str, tuple[str, ...]]) -> tuple[ImportedAttribute, ...]:
    return tuple(
        ImportedAttribute(code=_attribute_code(name), name=name, value=", ".join(values))
        for name, values in attributes.items()
        if values
    )


def _attribute_code(name: str) -> str:
    """Return the code that a name always gets: lower case, digits and underscores, a letter first."""
    code = slugify(name).replace("-", "_")
    if not code:
        return f"a_{hashlib.sha256(name.casefold().encode()).hexdigest()[:8]}"
    return code[:60] if code[0].isalpha() else f"a_{code}"[:60]


def _lines(text: str | Keep) -> str | Keep:
    """Turn the two characters that WooCommerce writes for a line's end back into one."""
    return text if text is KEEP else text.replace("\\r", "").replace("\\n", "\n").strip()


class _Builder:
    """Makes a product of a parent and its variations."""

    def __init__(self, cells: Cells, factors: dict[str, Decimal]) -> None:
        self.cells = cells
        self.factors = factors
        numbers = {int(f[9:].split("_")[0]) for f in cells.columns if f.startswith("attribute")}
        self.attribute_numbers = sorted(numbers)

    def product(self, handle: str, parent: Record, children: list[Record]) -> ImportedProduct:
        """Return the product; what is wrong with it stands in its problems."""
        cells = self.cells
        cells.start_product()
        cells.load(parent)
        kinds = _kinds(cells)
        self._check_kind(kinds)
        summary, html = _lines(cells.text("summary")), _lines(cells.text("html"))
        if not cells.filled("title"):
            cells.refuse("title", "title_missing", "The product has no name.")
        attributes = self._attributes()
        images = self._images()
        common = ImportedProduct(
            handle=handle,
            line=parent.line,
            last_line=parent.last_line,
            title=cells.text("title"),
            html=html or summary if html is not KEEP else summary,
            brand=cells.text("brand"),
            category_paths=self._category_paths(),
            has_all_categories=True,
            tags=_split(tags) if (tags := cells.text("tags")) is not KEEP else KEEP,
            status=self._status(),
            images=images,
        )
        if "variable" in kinds:
            product = self._with_variations(common, attributes, children)
        else:
            variant = self._variant((), is_virtual=bool(kinds & {"virtual"}), image="")
            product = replace(common, option_names=(), attributes=_described(attributes), variants=(variant,))
            for child in children:
                cells.load(child)
                cells.refuse("parent", "parent_not_variable", "The parent is not a variable product.")
        # What is left out need not be right as well.
        left_out = [problem for problem in cells.problems if problem.severity is Severity.SKIPPED]
        return replace(product, problems=tuple(replace(p, handle=handle) for p in left_out or cells.problems))

    def _check_kind(self, kinds: set[str]) -> None:
        for kind, reason in _SKIPPED.items():
            if kind in kinds:
                self.cells.skip("type", f"type_{kind}", reason)
        if not kinds & _KINDS:
            self.cells.refuse("type", "type", "This type is not known; it is simple or variable.")

    def _status(self) -> str | Keep:
        cells = self.cells
        published = cells.code("published")
        if published is KEEP:
            return KEEP
        if published not in _STATUSES:
            cells.refuse("published", "published", "Write 1 for published, 0 for private or -1 for a draft.")
            return KEEP
        if (cells.text("visibility") or "").casefold() == "hidden" and _STATUSES[published] == "active":
            cells.warn("visibility", "hidden", "A hidden product becomes a draft here: no list would leave it out.")
            return "draft"
        return _STATUSES[published]

    def _category_paths(self) -> tuple[tuple[str, ...], ...] | Keep:
        text = self.cells.text("categories")
        if text is KEEP:
            return KEEP
        paths = (tuple(part for raw in path.split(">") if (part := raw.strip())) for path in _split(text))
        return tuple(path for path in paths if path)

    def _attributes(self) -> dict[str, tuple[str, ...]]:
        found = {}
        for number in self.attribute_numbers:
            name = self.cells.text(f"attribute{number}_name") or ""
            if name:
                found[name] = _split(self.cells.text(f"attribute{number}_values") or "")
        return found

    def _images(self) -> tuple[ImportedImage, ...]:
        urls = []
        for url in _split(self.cells.text("images") or ""):
            if url.lower().startswith(("http://", "https://")):
                urls.append(url)
            else:
                reason = f"An image's address begins with https://; {url[:80]} was left out."
                self.cells.warn("images", "image_url", reason)
        return tuple(ImportedImage(url=url) for url in urls)

    def _with_variations(
        self, product: ImportedProduct, attributes: dict[str, tuple[str, ...]], children: list[Record]
    ) -> ImportedProduct:
        cells = self.cells
        values_of = []
        for child in children:
            cells.load(child)
            found = {name.casefold(): values for name, values in self._attributes().items()}
            values_of.append(found)
        options = [name for name in attributes if any(found.get(name.casefold()) for found in values_of)]
        rest = {name: values for name, values in attributes.items() if name not in options}
        self._report_any([name for name in rest if any(name.casefold() in found for found in values_of)], children)
        if not children:
            cells.warn(
                "type", "variations_missing", "The file has no variation of this product, so there is nothing to buy."
            )
        variants, images, seen = [], list(product.images), set()
        last_line = product.last_line
        for child, found in zip(children, values_of, strict=True):
            cells.load(child)
            last_line = max(last_line, child.last_line)
            values = tuple(self._value(name, found) for name in options)
            if values in seen:
                cells.refuse("type", "variant_twice", "Another variation of the product has the same values.")
            seen.add(values)
            own = self._images()
            images.extend(own)
            is_virtual = "virtual" in _kinds(cells)
            variants.append(self._variant(values, is_virtual=is_virtual, image=own[0].url if own else ""))
        return replace(
            product,
            last_line=last_line,
            option_names=tuple(options),
            attributes=_described(rest),
            variants=tuple(variants),
            images=tuple(dict.fromkeys(images)),
        )

    def _report_any(self, names: list[str], children: list[Record]) -> None:
        for name in names:
            self.cells.load(children[0])
            reason = f"No variation says which {name} it is, so {name} is not an option here but a property."
            self.cells.warn("type", "option_any", reason)

    def _value(self, name: str, found: dict[str, tuple[str, ...]]) -> str:
        values = found.get(name.casefold(), ())
        if not values:
            reason = f"The variation is for any {name}; its value here is {ANY!r}."
            self.cells.warn("type", "option_any", reason)
            return ANY
        return ", ".join(values)

    def _variant(self, values: tuple[str, ...], *, is_virtual: bool, image: str) -> ImportedVariant:
        cells = self.cells
        barcode = cells.code("barcode")
        if barcode and (problem := barcode_problem(barcode, line=cells.line, column=cells.column_name("barcode"))):
            cells.problems.append(problem)
        tracked, on_hand = self._stock()
        amount, compare_at, prices = self._prices()
        return ImportedVariant(
            line=cells.line,
            option_values=values,
            sku=cells.code("sku"),
            barcode=barcode,
            price_amount=amount,
            compare_at_amount=compare_at,
            prices=prices,
            weight_grams=cells.measure("weight", self.factors.get("weight", Decimal(1)), places=GRAM_PLACES),
            length_mm=self._millimetres("length"),
            width_mm=self._millimetres("width"),
            height_mm=self._millimetres("height"),
            is_stock_tracked=tracked,
            is_backorderable=self._backorders(),
            on_hand=on_hand,
            requires_shipping=not is_virtual,
            is_taxable=self._is_taxable(),
            image_keys=(image,) if image else KEEP,
        )

    def _millimetres(self, field: str) -> int | Keep | None:
        number = self.cells.measure(field, self.factors.get(field, Decimal(1)))
        return int(number) if isinstance(number, Decimal) else number

    def _is_taxable(self) -> bool | Keep:
        status = self.cells.text("tax_status")
        return KEEP if status is KEEP else status.casefold() in {"taxable", ""}

    def _backorders(self) -> bool | Keep:
        if (self.cells.text("backorders") or "").casefold() == "notify":
            return True
        return self.cells.boolean("backorders")

    def _stock(self) -> tuple[bool | Keep, int | Keep]:
        cells = self.cells
        if not cells.has("stock"):
            return KEEP, KEEP
        if (cells.text("stock") or "").casefold() == "parent":
            cells.warn("stock", "stock_of_parent", "Variations can't share one stock here; it was taken as 0 for each.")
            return True, 0
        if cells.filled("stock"):
            return True, cells.stock("stock")
        # Not managed and yet out of stock: to sell it would be wrong, so it is counted, and there is none.
        if cells.filled("in_stock") and cells.boolean("in_stock") is False:
            return True, 0
        return False, KEEP

    def _prices(self) -> tuple[int | Keep | None, int | Keep | None, tuple[ImportedPrice, ...] | Keep]:
        """Return today's price and compare-at, or the list of prices when the sale has dates."""
        cells = self.cells
        regular, sale = cells.money("price"), cells.money("sale_price")
        if regular is None and not cells.filled("price"):
            cells.warn("price", "price_missing", "There is no regular price, so it can't be bought.")
        if not isinstance(regular, int) or not isinstance(sale, int):
            return regular, None if cells.has("sale_price") else KEEP, KEEP
        if sale >= regular:
            cells.warn(
                "sale_price", "compare_at_not_above", "The sale price is not below the regular one; it was left out."
            )
            return regular, None, KEEP
        starts, ends = self._moment("sale_starts"), self._moment("sale_ends")
        if starts is None and ends is None:
            return sale, regular, KEEP
        if starts and ends and ends <= starts:
            cells.refuse("sale_ends", "sale_dates", "The sale ends before it starts.")
        prices = [ImportedPrice(amount=sale, compare_at_amount=regular, valid_from=starts, valid_until=ends)]
        if starts:
            prices.insert(0, ImportedPrice(amount=regular, valid_until=starts))
        if ends:
            prices.append(ImportedPrice(amount=regular, valid_from=ends))
        return KEEP, KEEP, tuple(prices)

    def _moment(self, field: str) -> datetime | None:
        """Return when a sale starts or ends, in the shop's time zone. A last day is part of the sale."""
        text = self.cells.code(field) or ""
        if not text:
            return None
        try:
            moment = parse_datetime(text)
            day = parse_date(text) if moment is None or len(text) == len("2026-01-01") else None
            if day is not None:
                moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001 (made aware below)
                moment += timedelta(days=1 if field == "sale_ends" else 0)
            if moment is not None:
                # The first and the last hours of all years leave them with their offset, and could not be read again.
                return (moment if timezone.is_aware(moment) else timezone.make_aware(moment)).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.cells.refuse(field, "date", "This is no date; write it as 2026-01-31.")
        return None
