"""Shopify's product CSV, with its old and its new column names. One record is a variant, or only another image.

Records that follow each other with one handle are one product, so no more than one product is held in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from products.importing.barcodes import barcode_problem
from products.importing.cells import GRAM_PLACES, Cells
from products.importing.opening import FileFacts, FileUnreadable
from products.importing.records import Record, Table, columns_of, ignored_columns
from products.importing.rows import (
    KEEP,
    ImportedImage,
    ImportedProduct,
    ImportedVariant,
    Keep,
    Problem,
    Target,
)

MAX_RECORDS = 5_000
"""The most records that one product may have; the shop's own limit on variants is far below."""

_OPTIONS = range(1, 11)
"""Shopify has three; our own export writes as many as a product has, and the catalogue takes ten."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "handle": ("handle", "url handle"),
    "title": ("title",),
    "html": ("body (html)", "description"),
    "brand": ("vendor",),
    "category": ("product category",),
    "type": ("type",),
    "tags": ("tags",),
    "published": ("published", "published on online store"),
    "status": ("status",),
    **{f"option{n}_name": (f"option{n} name",) for n in _OPTIONS},
    **{f"option{n}_value": (f"option{n} value",) for n in _OPTIONS},
    "sku": ("variant sku", "sku"),
    "barcode": ("variant barcode", "barcode"),
    "grams": ("variant grams", "weight value (grams)"),
    "tracker": ("variant inventory tracker", "inventory tracker"),
    "quantity": ("variant inventory qty", "inventory quantity"),
    "policy": ("variant inventory policy", "continue selling when out of stock"),
    "price": ("variant price", "price"),
    "compare_at": ("variant compare at price", "compare-at price", "compare at price"),
    "cost": ("cost per item", "variant cost"),
    "requires_shipping": ("variant requires shipping", "requires shipping"),
    "taxable": ("variant taxable", "charge tax"),
    "image": ("image src", "product image url"),
    "image_position": ("image position",),
    "image_alt": ("image alt text",),
    "variant_image": ("variant image", "variant image url"),
    "gift_card": ("gift card",),
    "seo_title": ("seo title",),
    "seo_description": ("seo description",),
}

_STATUSES = ("active", "draft", "archived")
_POLICIES = {"deny": False, "continue": True, "": False}
_VARIANT_FIELDS = ("option1_value", "price", "sku", "barcode")
_DEFAULT_OPTION = ("title", "default title")


def read(facts: FileFacts, target: Target, *, skip: int = 0) -> Iterator[ImportedProduct | Problem]:
    """Yield the products in file order, after the first `skip` of them, and problems that belong to none.

    Raises:
        FileUnreadable: this is no Shopify product file.
    """
    table = Table(facts)
    header = table.read_header()
    columns, ignored = columns_of(header, COLUMNS)
    if "handle" not in columns:
        reason = "There is no Handle (or URL handle) column, so this is no Shopify product file. Nothing was imported."
        raise FileUnreadable(Problem(code="column_missing", reason=reason, line=1, column="Handle"))
    if not skip:
        yield from ignored_columns(ignored)
    builder = _Builder(Cells(columns, header, target.currency))
    count = 0
    for group in _groups(table, columns["handle"]):
        if isinstance(group, Problem):
            if count >= skip:
                yield group
            continue
        count += 1
        if count > skip:
            yield builder.product(group)


class _Group:
    """The records of one product, and what is wrong with those that can't be read."""

    def __init__(self, handle: str) -> None:
        self.handle = handle
        self.records: list[Record] = []
        self.problems: list[Problem] = []
        self.last_line = 0

    def add(self, record: Record) -> None:
        self.last_line = record.last_line
        if record.problem is not None:
            self.problems.append(record.problem)
        elif len(self.records) < MAX_RECORDS:
            self.records.append(record)
        elif len(self.records) == MAX_RECORDS and not any(p.code == "too_many_records" for p in self.problems):
            reason = f"The product has more than {MAX_RECORDS:,} records."
            self.problems.append(Problem(code="too_many_records", reason=reason, line=record.line))


def _groups(table: Table, handle_index: int) -> Iterator[_Group | Problem]:
    group: _Group | None = None
    # Broken records whose product isn't known: they are the current product's if it goes on after them.
    astray: list[Record] = []
    for record in table.records():
        if record.problem is not None and len(record.cells) <= handle_index:
            astray.append(record)
            if record.problem.code == "file_cut" and group is not None:
                group.add(record)
                astray.pop()
            continue
        handle = record.cells[handle_index].strip().removeprefix("'")
        if group is None or handle != group.handle:
            if group is not None:
                yield group
            yield from _stray_problems(astray)
            group = _Group(handle)
        else:
            for broken in astray:
                group.add(broken)
        astray = []
        if handle:
            group.add(record)
        else:
            reason = "The record has no handle, so nobody knows which product it is; fill in the Handle."
            yield record.problem or Problem(code="handle_missing", reason=reason, line=record.line)
            group = None
    if group is not None:
        yield group
    yield from _stray_problems(astray)


def _stray_problems(records: list[Record]) -> Iterator[Problem]:
    for record in records:
        if record.problem is not None:
            yield record.problem


def _parts(text: str, separator: str) -> tuple[str, ...]:
    return tuple(part for raw in text.split(separator) if (part := raw.strip()))


class _Builder:
    """Makes a product of a group of records."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells

    def product(self, group: _Group) -> ImportedProduct:
        """Return the product; what is wrong with it stands in its problems."""
        cells = self.cells
        cells.start_product()
        fields: dict[str, Any] = {}
        if group.records:
            cells.load(group.records[0])
            fields = self._own_fields()
            fields["variants"] = self._variants(group.records, fields.get("option_names", KEEP))
            fields["images"] = self._images(group.records)
        found = [*group.problems, *cells.problems]
        return ImportedProduct(
            handle=group.handle,
            line=group.records[0].line if group.records else group.problems[0].line or 0,
            last_line=group.last_line,
            problems=tuple(replace(problem, handle=group.handle) for problem in found),
            **fields,
        )

    def _own_fields(self) -> dict[str, Any]:
        cells = self.cells
        # No product goes without a title, so a blank one can only mean that these records go on with a product from
        # further up: every other blank cell of theirs says nothing either.
        if cells.has("title") and not cells.filled("title"):
            return {"is_continuation": True}
        return {
            "title": cells.text("title"),
            "html": cells.text("html"),
            "brand": cells.text("brand"),
            "product_type": cells.text("type"),
            "is_gift_card": cells.boolean("gift_card") if cells.filled("gift_card") else KEEP,
            "category_paths": self._category_paths(),
            "tags": self._tags(),
            "status": self._status(),
            "seo_title": cells.text("seo_title"),
            "seo_description": cells.text("seo_description"),
            "option_names": self._option_names(),
        }

    def _tags(self) -> tuple[str, ...] | Keep:
        text = self.cells.text("tags")
        return KEEP if text is KEEP else tuple(dict.fromkeys(_parts(text, ",")))

    def _category_paths(self) -> tuple[tuple[str, ...], ...] | Keep:
        text = self.cells.text("category")
        if text is KEEP:
            return KEEP
        path = _parts(text, ">")
        return (path,) if path else ()

    def _status(self) -> str | Keep:
        """Join two columns: Status says what it is, Published says whether shoppers see it."""
        cells = self.cells
        status = cells.text("status")
        if status and status.casefold() not in _STATUSES:
            cells.refuse("status", "status", "This is no status; write active, draft or archived.")
            return KEEP
        published = cells.boolean("published", blank=True)
        if status:
            wanted = status.casefold()
            if wanted == "active" and published is False:
                return "draft"
            return wanted
        if not cells.filled("published"):
            return KEEP
        return "active" if published else "draft"

    def _option_names(self) -> tuple[str, ...] | Keep:
        cells = self.cells
        if not cells.has("option1_name") and not cells.has("option1_value"):
            return KEEP
        names = [cells.text(f"option{n}_name") or "" for n in _OPTIONS]
        value = cells.text("option1_value") or ""
        if (names[0].casefold() or "title", value.casefold() or "default title") == _DEFAULT_OPTION:
            return ()
        filled = [name for name in names if name]
        if filled != names[: len(filled)]:
            cells.refuse(
                "option1_name", "option_gap", "An option has no name though a later one has; name them in order."
            )
        folded = [name.casefold() for name in filled]
        if len(set(folded)) < len(folded):
            cells.refuse("option1_name", "option_twice", "Two options have the same name.")
        return tuple(filled)

    def _variants(self, records: list[Record], names: tuple[str, ...] | Keep) -> tuple[ImportedVariant, ...]:
        cells = self.cells
        variants: list[ImportedVariant] = []
        seen: set[tuple[str, ...] | str | Keep] = set()
        barcodes: set[str] = set()
        for record in records:
            cells.load(record)
            if not any(cells.filled(field) for field in _VARIANT_FIELDS):
                continue
            variant = self._variant(names)
            key = variant.option_values if variant.option_values is not KEEP else variant.sku
            if isinstance(key, tuple):
                key = tuple(value.casefold() for value in key)
            if key in seen:
                cells.refuse("option1_value", "variant_twice", "The product has this variant already, further up.")
            seen.add(key)
            if variant.barcode and variant.barcode in barcodes:
                cells.warn("barcode", "barcode_shared", "Another variant of this product has the same barcode.")
            barcodes.add(variant.barcode or "")
            variants.append(variant)
        return tuple(variants)

    def _variant(self, names: tuple[str, ...] | Keep) -> ImportedVariant:
        cells = self.cells
        barcode = cells.code("barcode")
        if barcode and (problem := barcode_problem(barcode, line=cells.line, column=cells.column_name("barcode"))):
            cells.problems.append(problem)
        price, compare_at = cells.money("price"), cells.money("compare_at")
        if price is None and not cells.filled("price"):
            cells.warn("price", "price_missing", "The variant has no price, so it can't be bought.")
        if compare_at == 0:
            compare_at = None
        if isinstance(price, int) and isinstance(compare_at, int) and compare_at <= price:
            cells.warn(
                "compare_at", "compare_at_not_above", "The compare-at price is not above the price; it was left out."
            )
        tracked, on_hand = self._stock()
        return ImportedVariant(
            line=cells.line,
            option_values=self._option_values(names),
            sku=cells.code("sku"),
            barcode=barcode,
            price_amount=price,
            compare_at_amount=compare_at,
            cost_amount=cells.money("cost"),
            weight_grams=cells.measure("grams", Decimal(1), places=GRAM_PLACES),
            is_stock_tracked=tracked,
            is_backorderable=self._policy(),
            on_hand=on_hand,
            requires_shipping=cells.boolean("requires_shipping"),
            is_taxable=cells.boolean("taxable"),
            image_keys=(url,) if (url := self._url("variant_image")) else KEEP,
        )

    def _stock(self) -> tuple[bool | Keep, int | Keep]:
        cells = self.cells
        quantity = cells.stock("quantity")
        if not cells.has("tracker"):
            return KEEP, quantity
        if cells.filled("tracker"):
            return True, quantity
        # A quantity without a tracker is a leftover that Shopify doesn't count with either.
        return False, KEEP

    def _policy(self) -> bool | Keep:
        policy = self.cells.text("policy")
        if policy is KEEP:
            return KEEP
        if policy.casefold() not in _POLICIES:
            self.cells.refuse("policy", "policy", "Write deny, or continue to sell when nothing is left.")
        return _POLICIES.get(policy.casefold(), False)

    def _option_values(self, names: tuple[str, ...] | Keep) -> tuple[str, ...] | Keep:
        cells = self.cells
        if not cells.has("option1_value"):
            return KEEP
        if names == ():
            return ()
        values = [cells.text(f"option{n}_value") or "" for n in _OPTIONS]
        while values and not values[-1]:
            values.pop()
        if names is KEEP:
            return () if [v.casefold() for v in values] == ["default title"] else tuple(values)
        for index in range(max(len(values), len(names))):
            if index >= len(names):
                reason = "The value belongs to an option without a name; name it in the product's first record."
                cells.refuse(f"option{index + 1}_value", "option_name_missing", reason)
            elif index >= len(values) or not values[index]:
                reason = f"The variant has no value for the option {names[index]!r}."
                cells.refuse(f"option{index + 1}_value", "option_value_missing", reason)
        return tuple(values)

    def _images(self, records: list[Record]) -> tuple[ImportedImage, ...]:
        cells = self.cells
        found: dict[str, tuple[int, ImportedImage]] = {}
        for record in records:
            cells.load(record)
            url = self._url("image")
            if not url or url in found:
                continue
            position = cells.text("image_position") or ""
            place = int(position) if position.isascii() and position.isdigit() and len(position) < 6 else len(found) + 1  # noqa: PLR2004
            found[url] = (place, ImportedImage(url=url, alt=cells.text("image_alt")))
        return tuple(image for _, image in sorted(found.values(), key=lambda pair: pair[0]))

    def _url(self, field: str) -> str:
        text = self.cells.code(field) or ""
        if text and not text.lower().startswith(("https://", "http://")):
            self.cells.warn(field, "image_url", "An image's address begins with https://; this one was left out.")
            return ""
        return text
