"""From what the input names to the rows meant by it: one query for any number, and a refusal that names the place."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db.models import Model, Q

from core.ids import as_uuid
from core.problems import FieldError, InvalidInput
from markets.models import Market, TaxCategory
from products.fields import Reference
from products.models import Brand, Category, Product

M = TypeVar("M", bound=Model)


def brand_of(reference: Reference | None, *, pointer: str) -> Brand | None:
    """Return the brand of a slug or id; None for None."""
    return None if reference is None else _found(Brand, [reference], pointers=[pointer])[0]


def categories_of(references: Sequence[Reference], *, pointer: str) -> list[Category]:
    """Return the categories of slugs or ids in their order, each once."""
    return _unique(_found(Category, references, pointers=[f"{pointer}/{i}" for i in range(len(references))]))


def products_of(references: Sequence[Reference], *, pointer: str) -> list[Product]:
    """Return the products of slugs or ids in their order, each once."""
    return _unique(_found(Product, references, pointers=[f"{pointer}/{i}" for i in range(len(references))]))


def tax_category_of(code: str | None, *, pointer: str) -> TaxCategory | None:
    """Return the tax category of a code; None for None."""
    if code is None:
        return None
    category = TaxCategory.objects.filter(code=code).first()
    if category is None:
        detail = f"There is no tax category {code[:60]!r}."
        raise InvalidInput.at(pointer, detail, code="unknown")
    return category


def markets_of(codes: Iterable[str]) -> dict[str, Market]:
    """Return the markets of these codes, inactive ones too; a code that nobody has is left out."""
    wanted = set(codes)
    return {market.code: market for market in Market.objects.filter(code__in=wanted)} if wanted else {}


def _found(model: type[M], references: Sequence[Reference], *, pointers: Sequence[str]) -> list[M]:
    if not references:
        return []
    keys: list[uuid.UUID | str] = [
        reference if isinstance(reference, uuid.UUID) else as_uuid(reference) or reference for reference in references
    ]
    ids = [key for key in keys if isinstance(key, uuid.UUID)]
    slugs = [key for key in keys if isinstance(key, str)]
    manager: Any = model._default_manager  # noqa: SLF001 (Django's documented name for it)
    known: dict[uuid.UUID | str, M] = {}
    for row in manager.filter(Q(id__in=ids) | Q(slug__in=slugs)):
        known[row.id] = known[row.slug] = row
    errors = tuple(
        FieldError(code="unknown", detail=f"There is no {model.__name__.lower()} {str(key)[:80]!r}.", pointer=pointer)
        for key, pointer in zip(keys, pointers, strict=True)
        if key not in known
    )
    if errors:
        message = f"{errors[0].pointer}: {errors[0].detail}"
        raise InvalidInput(message, errors=errors)
    return [known[key] for key in keys]


def _unique(rows: list[M]) -> list[M]:
    return list({row.pk: row for row in rows}.values())
