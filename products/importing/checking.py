"""Whether a product fits the catalogue's columns. What it changes there is for planning to say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.db.models import Model
from django.utils.text import slugify

from core.ids import as_uuid
from products.importing.rows import ImportedProduct, ImportedVariant, Problem, Severity
from products.models import Attribute, Brand, Category, Media, Product, ProductOption, Variant
from products.services.categories import MAX_DEPTH
from products.services.media import MAX_PER_PRODUCT
from products.services.products import MAX_OPTIONS
from products.services.slugs import RESERVED
from products.services.variants import MAX_CHOICE_BYTES

MAX_VARIANTS = 1_000
MAX_TAGS = 1_000
MAX_HTML_CHARACTERS = 200_000

_CODE = re.compile(r"^[a-z][a-z0-9_]{0,59}\Z")


def _limit(model: type[Model], field: str) -> int:
    length: int | None = getattr(model._meta.get_field(field), "max_length", None)  # noqa: SLF001 (Django's own door)
    if length is None:
        message = f"{model.__name__}.{field} has no bound"
        raise TypeError(message)
    return length


_OWN = {
    "handle": _limit(Product, "slug"),
    "title": _limit(Product, "title"),
    "brand": _limit(Brand, "name"),
    "product_type": _limit(Product, "product_type"),
    "seo_title": _limit(Product, "seo_title"),
    "seo_description": _limit(Product, "seo_description"),
}
_OPTION_NAME = _limit(ProductOption, "name")
_ATTRIBUTE_NAME = _limit(Attribute, "name")
_CATEGORY_NAME = _limit(Category, "name")
_ALT = _limit(Media, "alt")
_URL = _limit(Media, "url")
_SKU = _limit(Variant, "sku")
_BARCODE = _limit(Variant, "barcode")
_TAG = 80
_OPTION_VALUE = 255
_ATTRIBUTE_VALUE = 500


def checked(product: ImportedProduct) -> ImportedProduct:
    """Return the product under the slug that its handle makes, with a problem for whatever doesn't fit."""
    slug = slugify(product.handle, allow_unicode=True)
    found = list(_misfits(product))
    if not slug or slug in RESERVED or as_uuid(slug) is not None:
        reason = "A handle needs a letter or a digit, and can't be mistaken for an id or a path of the API."
        found.append(
            Problem(code="handle", reason=reason, line=product.line, column="handle", value=product.handle[:200])
        )
    elif slug != product.handle:
        reason = f"The handle became {slug!r}: only small letters, digits, - and _ can stand in an address."
        found.append(_warning("handle_changed", reason, product.line, "handle", product.handle))
    if not product.is_continuation and product.title == "":
        reason = "The product has no title."
        found.append(Problem(code="title_missing", reason=reason, line=product.line, column="title"))
    if not found and slug == product.handle:
        return product
    handle = slug or product.handle
    problems = tuple(replace(problem, handle=handle[:255]) for problem in (*product.problems, *found))
    return replace(product, handle=handle, problems=problems)


def _misfits(product: ImportedProduct) -> Iterator[Problem]:
    for field, limit in _OWN.items():
        yield from _too_long(getattr(product, field), limit, product.line, field)
    yield from _too_long(product.html, MAX_HTML_CHARACTERS, product.line, "description")
    for many, limit, what in (
        (product.tags, MAX_TAGS, "tags"),
        (product.option_names, MAX_OPTIONS, "options"),
        (product.images, MAX_PER_PRODUCT, "images"),
        (product.variants, MAX_VARIANTS, "variants"),
    ):
        yield from _too_many(many or (), limit, product.line, what)
    for tag in product.tags or ():
        yield from _too_long(tag, _TAG, product.line, "tags")
    for name in product.option_names or ():
        yield from _too_long(name, _OPTION_NAME, product.line, "option name")
    for path in product.category_paths or ():
        yield from _too_many(path, MAX_DEPTH, product.line, "category levels")
        for name in path:
            yield from _too_long(name, _CATEGORY_NAME, product.line, "category")
    for variant in product.variants:
        yield from _variant_misfits(variant)
    yield from _attached_misfits(product)


def _attached_misfits(product: ImportedProduct) -> Iterator[Problem]:
    for attribute in product.attributes or ():
        if not _CODE.match(attribute.code):
            reason = "A code has small letters, digits and underscores, a letter first, 60 at the most."
            yield Problem(
                code="attribute_code", reason=reason, line=product.line, column="attribute", value=attribute.code[:200]
            )
        yield from _too_long(attribute.name, _ATTRIBUTE_NAME, product.line, "attribute")
        yield from _too_long(str(attribute.value), _ATTRIBUTE_VALUE, product.line, f"attribute {attribute.code}")
    for image in product.images:
        yield from _too_long(image.url, _URL, product.line, "image")
        yield from _too_long(image.alt or "", _ALT, product.line, "image alt text")


def _variant_misfits(variant: ImportedVariant) -> Iterator[Problem]:
    yield from _too_long(variant.sku or "", _SKU, variant.line, "sku")
    yield from _too_long(variant.barcode or "", _BARCODE, variant.line, "barcode")
    values = variant.option_values or ()
    if sum(len(value.encode()) for value in values) > MAX_CHOICE_BYTES:
        reason = f"The option values together have more than {MAX_CHOICE_BYTES:,} bytes."
        yield Problem(code="too_long", reason=reason, line=variant.line, column="option value")
    for value in values:
        yield from _too_long(value, _OPTION_VALUE, variant.line, "option value")


def _too_many(items: Sequence[object], limit: int, line: int, column: str) -> Iterator[Problem]:
    if len(items) > limit:
        reason = f"There are {len(items):,} {column}; {limit:,} are allowed."
        yield Problem(code="too_many", reason=reason, line=line, column=column)


def _too_long(text: object, limit: int, line: int, column: str) -> Iterator[Problem]:
    if isinstance(text, str) and len(text) > limit:
        reason = f"This has {len(text):,} characters; {limit} fit."
        yield Problem(code="too_long", reason=reason, line=line, column=column, value=text[:200])


def _warning(code: str, reason: str, line: int, column: str, value: str) -> Problem:
    return Problem(code=code, reason=reason, severity=Severity.WARNING, line=line, column=column, value=value[:200])
