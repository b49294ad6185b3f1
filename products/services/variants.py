"""Writing variants: one by one, or a product's whole list. Their prices are in prices.py, their stock in inventory."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from core.problems import InvalidInput
from core.transactions import assert_in_transaction, entry
from products.exceptions import SkuTaken, VariantDuplicate, VariantInUse
from products.fields import PLAIN_VARIANT_FIELDS, OptionFields, VariantFields
from products.merging import merged
from products.models import Product, Variant
from products.services.conflicts import conflicts
from products.services.journal import product_changed
from products.services.locks import (
    Precondition,
    no_precondition,
    product_lock,
    stock_lock,
    variant_lock,
)
from products.services.prices import VariantPrices, prices_write

MAX_CHOICE_BYTES = 2000
"""All values of one choice together: they are a key of an index, and that has a bound."""

_WRITTEN = (*PLAIN_VARIANT_FIELDS, "option_values", "cost_amount", "cost_currency", "position", "metadata")


@entry
def variant_create(*, product_id: uuid.UUID, fields: VariantFields, actor: str) -> Variant:
    """Add a variant at the end of a product's list.

    Raises:
        ProductNotFound: there is no such product.
        InvalidInput: the choice doesn't fit the product's options, or a price its market.
        SkuTaken, VariantDuplicate, PriceOverlap: somebody has that already.
    """
    product = product_lock(product_id)
    last = Variant.objects.filter(product=product).order_by("-position").values_list("position", flat=True).first()
    variant = Variant(product=product, position=0 if last is None else last + 1)
    _assign(variant, fields)
    with conflicts():
        _check([variant], options_of(product), pointer="")
        variant.save(force_insert=True)
        prices_write([VariantPrices(variant, fields.get("prices", []), "/prices")], actor=actor)
        product_changed(product, ["variants"], actor=actor)
    return variant


@entry
def variant_update(
    *,
    variant_id: uuid.UUID,
    changes: VariantFields,
    actor: str,
    precondition: Precondition[Variant] = no_precondition,
) -> Variant:
    """Change a variant; a list of prices replaces all of its prices.

    Raises:
        VariantNotFound: there is none.
        InvalidInput, SkuTaken, VariantDuplicate, PriceOverlap: as for a new one.
    """
    variant = variant_lock(variant_id)
    precondition(variant)
    changed = _assign(variant, changes)
    with conflicts():
        _check([variant], options_of(variant.product), pointer="")
        if changed:
            variant.save(update_fields=changed)
        prices = [VariantPrices(variant, changes["prices"], "/prices")] if "prices" in changes else []
        if prices and prices_write(prices, actor=actor):
            changed.append("prices")
        if changed:
            product_changed(variant.product, ["variants"], actor=actor)
    return variant


@entry
def variant_delete(*, variant_id: uuid.UUID, actor: str, precondition: Precondition[Variant] = no_precondition) -> None:
    """Delete a variant that no ledger knows; order lines keep their copy of it.

    Raises:
        VariantNotFound: there is none.
        VariantInUse: its stock has a history.
    """
    stock_lock([variant_id])
    variant = variant_lock(variant_id)
    precondition(variant)
    with conflicts(in_use=VariantInUse):
        variant.delete()
    product_changed(variant.product, ["variants"], actor=actor)


def options_of(product: Product) -> list[OptionFields]:
    """Return a product's options as data."""
    return [{"name": option.name, "values": option.values} for option in product.options.order_by("position", "id")]


def variants_create(
    product: Product, rows: Sequence[VariantFields], *, options: Sequence[OptionFields], actor: str
) -> None:
    """Write the variants of a new product; part of the caller's transaction, a fixed number of statements."""
    assert_in_transaction()
    variants = [Variant(product=product, position=position) for position in range(len(rows))]
    for variant, row in zip(variants, rows, strict=True):
        _assign(variant, row)
    _check(variants, options, pointer="/variants")
    Variant.objects.bulk_create(variants)
    prices_write(_variant_prices(variants, rows), actor=actor)


def variants_replace(
    product: Product, rows: Sequence[VariantFields], *, options: Sequence[OptionFields], actor: str
) -> bool:
    """Make a locked product's variants these, in this order; tell whether anything changed.

    A row is an existing variant by its `id`, or else its SKU, or else its choice; who isn't named is deleted.
    Part of the caller's transaction, who has locked their stock before the product; a fixed number of statements.

    Raises:
        VariantInUse: one that isn't named has a history of stock.
    """
    assert_in_transaction()
    existing = list(Variant.objects.filter(product=product).order_by("position", "id"))
    found = _matched(existing, rows)
    variants = [variant or Variant(product=product) for variant in found]
    kept = {variant.pk for variant in found if variant is not None}
    dropped = [variant.pk for variant in existing if variant.pk not in kept]
    is_changed = bool(dropped)
    changed: list[Variant] = []
    for position, (variant, row) in enumerate(zip(variants, rows, strict=True)):
        is_moved = variant.position != position
        variant.position = position
        if (_assign(variant, row) or is_moved) and variant.pk in kept:
            changed.append(variant)
    _check(variants, options, pointer="/variants")
    if dropped:
        with conflicts(in_use=VariantInUse):
            Variant.objects.filter(pk__in=dropped).delete()
    if changed:
        Variant.objects.bulk_update(changed, _WRITTEN)
    new = [variant for variant in variants if variant.pk not in kept]
    if new:
        Variant.objects.bulk_create(new)
    is_priced = prices_write(_variant_prices(variants, rows), actor=actor)
    return is_changed or bool(changed or new) or is_priced


def variants_fit(product: Product, options: Sequence[OptionFields]) -> None:
    """Refuse options that a locked product's variants don't fit.

    Raises:
        InvalidInput: a variant has a value that isn't there any more; it says which.
    """
    for variant in Variant.objects.filter(product=product):
        problem = _choice_problem(variant.option_values, options)
        if problem is not None:
            detail = f"The variant {variant} doesn't fit these options ({problem}); send `variants` with them."
            raise InvalidInput.at("/options", detail, code="invalid_choice")


def _assign(variant: Variant, row: VariantFields) -> list[str]:
    """Set what the row names; return the names of the columns that changed."""
    values: dict[str, Any] = {name: row[name] for name in PLAIN_VARIANT_FIELDS if name in row}  # type: ignore[literal-required]
    if "option_values" in row:
        values["option_values"] = list(row["option_values"])
    if "cost" in row:
        cost = row["cost"]
        values |= {"cost_amount": cost.amount if cost else None, "cost_currency": cost.currency if cost else ""}
    if "metadata" in row:
        values["metadata"] = merged(variant.metadata, row["metadata"])
    changed = [name for name, value in values.items() if getattr(variant, name) != value]
    for name in changed:
        setattr(variant, name, values[name])
    return changed


def _variant_prices(variants: Sequence[Variant], rows: Sequence[VariantFields]) -> list[VariantPrices]:
    return [
        VariantPrices(variant, row["prices"], f"/variants/{index}/prices")
        for index, (variant, row) in enumerate(zip(variants, rows, strict=True))
        if "prices" in row
    ]


def _matched(existing: Sequence[Variant], rows: Sequence[VariantFields]) -> list[Variant | None]:
    by_id = {variant.pk: variant for variant in existing}
    by_sku = {variant.sku: variant for variant in existing if variant.sku}
    by_choice = {tuple(variant.option_values): variant for variant in existing}
    found: list[Variant | None] = []
    taken: set[uuid.UUID] = set()
    for index, row in enumerate(rows):
        if "id" in row:
            variant = by_id.get(row["id"])
            if variant is None:
                detail = "The product has no variant of this id; leave the id out for a new one."
                raise InvalidInput.at(f"/variants/{index}/id", detail, code="unknown")
        else:
            variant = by_sku.get(row.get("sku", "")) or by_choice.get(tuple(row.get("option_values", ())))
        if variant is not None and variant.pk in taken:
            if "id" in row:
                raise InvalidInput.at(f"/variants/{index}/id", "This variant is named twice; name it once.")
            variant = None
        if variant is not None:
            taken.add(variant.pk)
        found.append(variant)
    return found


def _check(variants: Sequence[Variant], options: Sequence[OptionFields], *, pointer: str) -> None:
    """Refuse choices that aren't of the options, and SKUs and choices that are there twice."""
    places = [f"{pointer}/{index}" if pointer else "" for index in range(len(variants))]
    _check_choices(variants, options, places)
    _check_skus(variants, places)


def _check_choices(variants: Sequence[Variant], options: Sequence[OptionFields], places: Sequence[str]) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for variant, place in zip(variants, places, strict=True):
        problem = _choice_problem(variant.option_values, options)
        if problem is not None:
            raise InvalidInput.at(f"{place}/option_values", problem, code="invalid_choice")
        choice = tuple(variant.option_values)
        if choice in seen:
            detail = f"The variant at {seen[choice]} is the same choice; a product has one variant of each."
            raise VariantDuplicate.at(f"{place}/option_values", detail)
        seen[choice] = place


def _choice_problem(choice: Sequence[str], options: Sequence[OptionFields]) -> str | None:
    if len(choice) != len(options):
        names = ", ".join(option["name"] for option in options)
        return f"Choose one value of each option ({names})." if options else "The product has no options to choose of."
    for value, option in zip(choice, options, strict=True):
        if value not in option["values"]:
            return f"{value[:60]!r} is not a value of the option {option['name']}."
    if sum(len(value.encode()) for value in choice) > MAX_CHOICE_BYTES:
        return f"The values together have more than {MAX_CHOICE_BYTES} bytes; make them shorter."
    return None


def _check_skus(variants: Sequence[Variant], places: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for variant, place in zip(variants, places, strict=True):
        if variant.sku and variant.sku in seen:
            detail = f"The variant at {seen[variant.sku]} has this SKU; each has its own."
            raise SkuTaken.at(f"{place}/sku", detail)
        seen[variant.sku] = place
    places_of = {sku: place for sku, place in seen.items() if sku}
    if not places_of:
        return
    others = Variant.objects.filter(sku__in=places_of).exclude(pk__in=[variant.pk for variant in variants])
    taken = others.values_list("sku", "product__title").first()
    if taken is not None:
        detail = f"The SKU {taken[0]!r} is that of a variant of {taken[1]!r}."
        raise SkuTaken.at(f"{places_of[taken[0]]}/sku", detail)
