"""Our own format: JSON Lines, one whole product a line, nothing lost. Writing it is exporting/tienda.py.

A name that is left out keeps what the shop has; null and empty values clear it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import orjson

from products.importing.barcodes import barcode_problem
from products.importing.json_node import Node
from products.importing.opening import FileFacts, FileUnreadable
from products.importing.rows import (
    KEEP,
    ImportedAttribute,
    ImportedImage,
    ImportedPrice,
    ImportedProduct,
    ImportedStock,
    ImportedTranslation,
    ImportedVariant,
    Keep,
    Problem,
    Target,
)
from products.importing.stock import MAX_PIECES

_STATUSES = ("draft", "active", "archived")
_KINDS = ("text", "integer", "boolean", "choice")


def read(facts: FileFacts, target: Target, *, skip: int = 0) -> Iterator[ImportedProduct | Problem]:
    """Yield the products in file order, after the first `skip` of them, and problems of lines that are none.

    Raises:
        FileUnreadable: the first line is no JSON object.
    """
    del target  # The file names the market of every price.
    count = 0
    with facts.open() as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            value = _parsed(text, line, facts)
            if isinstance(value, Problem):
                if count == 0 and value.code == "json":
                    raise FileUnreadable(value)
                if count >= skip:
                    yield value
                continue
            count += 1
            if count > skip:
                yield _product(value, line)


def _parsed(text: str, line: int, facts: FileFacts) -> object:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if line >= facts.line_count and (facts.is_cut or not facts.ends_with_newline):
            reason = "The file ends in the middle of this line: it was cut off. What came before was read."
            return Problem(code="file_cut", reason=reason, line=line)
        return Problem(code="json", reason=f"The line is no JSON: {error}.", line=line, value=text[:200].strip())
    if not isinstance(value, dict):
        return Problem(code="json", reason="The line is no JSON object.", line=line, value=text[:200].strip())
    return value


def _product(value: object, line: int) -> ImportedProduct:
    problems: list[Problem] = []
    node = Node(value, "", line, problems)
    images = _images(node)
    status = node.text("status")
    if status is not KEEP and status not in _STATUSES:
        node.refuse("status", "Write draft, active or archived.", status)
    seo = node.child("seo")
    options = node.children("options")
    product = ImportedProduct(
        handle=node.needed("slug"),
        line=line,
        last_line=line,
        title=node.text("title"),
        html=node.text("description"),
        brand=node.text("brand"),
        product_type=node.text("product_type"),
        is_gift_card=node.boolean("is_gift_card"),
        category_paths=node.lists("categories"),
        tags=node.texts("tags"),
        status=status,
        published_from=node.moment("published_from"),
        published_until=node.moment("published_until"),
        tax_category=node.text("tax_category"),
        seo_title=seo.text("title") if seo is not KEEP else KEEP,
        seo_description=seo.text("description") if seo is not KEEP else KEEP,
        option_names=tuple(option.needed("name") for option in options) if options is not KEEP else KEEP,
        option_choices=tuple(option.texts("values") or () for option in options) if options is not KEEP else KEEP,
        attributes=_attributes(node),
        metadata=node.mapping("metadata"),
        translations=_translations(node),
        collections=node.texts("collections"),
        variants=_variants(node, line, images),
        images=images,
        is_complete=True,
        has_all_categories=True,
    )
    for part in (seo, *(options or ())):
        if part is not KEEP:
            part.finish()
    node.finish()
    return replace(product, problems=tuple(replace(problem, handle=product.handle) for problem in problems))


def _attributes(node: Node) -> tuple[ImportedAttribute, ...] | Keep:
    found = node.children("attributes")
    if found is KEEP:
        return KEEP
    attributes = []
    for child in found:
        kind = child.text("kind") or "text"
        if kind not in _KINDS:
            child.refuse("kind", f"Write one of {', '.join(_KINDS)}.", kind)
        code = child.needed("code")
        name, unit, value = child.text("name") or code, child.text("unit") or "", child.value("value")
        attributes.append(ImportedAttribute(code=code, name=name, kind=kind, unit=unit, value=value))
        child.finish()
    return tuple(attributes)


def _translations(node: Node) -> tuple[ImportedTranslation, ...] | Keep:
    found = node.children("translations")
    if found is KEEP:
        return KEEP
    translations = []
    for child in found:
        translations.append(
            ImportedTranslation(
                language=child.needed("language"),
                title=child.needed("title"),
                html=child.text("description") or "",
                seo_title=child.text("seo_title") or "",
                seo_description=child.text("seo_description") or "",
            )
        )
        child.finish()
    return tuple(translations)


def _images(node: Node) -> tuple[ImportedImage, ...]:
    images = []
    for child in node.children("images") or ():
        url, file = child.text("url") or "", child.text("file") or ""
        if bool(url) == bool(file):
            child.refuse("url", "An image has either a url or a file.", url)
        if url and not url.lower().startswith(("https://", "http://")):
            child.refuse("url", "An image's address begins with https://.", url)
        if file.startswith("/") or ".." in file.split("/"):
            child.refuse("file", "A file is named below the shop's media folder.", file)
        images.append(
            ImportedImage(
                url=url,
                file=file,
                alt=child.text("alt"),
                width=child.integer("width") or None,
                height=child.integer("height") or None,
                renditions=child.mapping("renditions") or None,
            )
        )
        child.finish()
    return tuple(images)


def _variants(node: Node, line: int, images: tuple[ImportedImage, ...]) -> tuple[ImportedVariant, ...]:
    return tuple(_variant(child, line, images) for child in node.children("variants") or ())


def _variant(node: Node, line: int, images: tuple[ImportedImage, ...]) -> ImportedVariant:
    barcode = node.text("barcode")
    if barcode and (problem := barcode_problem(barcode, line=line, column=f"{node.pointer}/barcode")):
        node.problems.append(problem)
    cost_amount, cost_currency = _cost(node)
    variant = ImportedVariant(
        line=line,
        option_values=node.texts("option_values"),
        sku=node.text("sku"),
        barcode=barcode,
        all_prices=_prices(node),
        cost_amount=cost_amount,
        cost_currency=cost_currency,
        weight_grams=node.decimal("weight_grams"),
        length_mm=node.integer("length_mm"),
        width_mm=node.integer("width_mm"),
        height_mm=node.integer("height_mm"),
        max_order_quantity=node.integer("max_order_quantity", least=1),
        max_customer_quantity=node.integer("max_customer_quantity", least=1),
        is_stock_tracked=node.boolean("is_stock_tracked"),
        released_on=node.day("released_on"),
        stock=_stock(node),
        requires_shipping=node.boolean("requires_shipping"),
        is_taxable=node.boolean("is_taxable"),
        image_keys=_image_keys(node, images),
        metadata=node.mapping("metadata"),
    )
    node.finish()
    return variant


def _cost(node: Node) -> tuple[int | Keep | None, str | None]:
    if not node.has("cost"):
        return KEEP, None
    if node.is_null("cost"):
        return None, None
    cost = node.child("cost")
    if cost is KEEP:
        return KEEP, None
    amount, currency = cost.amount("amount"), cost.needed("currency")
    cost.finish()
    return amount or 0, currency


def _prices(node: Node) -> tuple[ImportedPrice, ...] | Keep:
    found = node.children("prices")
    if found is KEEP:
        return KEEP
    prices = []
    for child in found:
        starts, ends = child.moment("valid_from") or None, child.moment("valid_until") or None
        amount, compare_at = child.amount("amount"), child.amount("compare_at_amount")
        if not isinstance(amount, int):
            child.refuse("amount", "A price needs an amount of minor units.", "")
        if starts and ends and ends <= starts:
            child.refuse("valid_until", "The price ends before it starts.", "")
        prices.append(
            ImportedPrice(
                market=child.needed("market"),
                currency=child.needed("currency"),
                amount=amount if isinstance(amount, int) else 0,
                compare_at_amount=compare_at if isinstance(compare_at, int) else None,
                valid_from=starts,
                valid_until=ends,
            )
        )
        child.finish()
    return tuple(prices)


def _stock(node: Node) -> tuple[ImportedStock, ...] | Keep:
    found = node.children("stock")
    if found is KEEP:
        return KEEP
    levels: dict[str, ImportedStock] = {}
    for child in found:
        limit = child.integer("backorder_limit", most=MAX_PIECES)
        location = child.needed("location")
        if location in levels:
            child.refuse("location", "This location stands here twice.", location)
        levels[location] = ImportedStock(
            location=location,
            on_hand=child.integer("on_hand", most=MAX_PIECES) or 0,
            backorder_limit=0 if limit is KEEP else limit,
            low_stock_threshold=child.integer("low_stock_threshold", most=MAX_PIECES) or 0,
        )
        child.finish()
    return tuple(levels.values())


def _image_keys(node: Node, images: tuple[ImportedImage, ...]) -> tuple[str, ...] | Keep:
    found = node.integers("images")
    if found is KEEP:
        return KEEP
    missing = [index for index in found if index >= len(images)]
    if missing:
        node.refuse("images", "The product has no image of this number; the first is 0.", missing[0])
        return ()
    return tuple(images[index].key for index in found)
