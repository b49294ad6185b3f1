"""From a filled-in product page to the services: what was typed becomes the fields that they take."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from core.admin.bases import merge_of
from products.admin.variants import price_fields
from products.fields import MediaFields, OptionFields, PriceFields, VariantFields
from products.models import Price, Product, ProductCategory, ProductOption, ProductTranslation, Variant
from products.services import media_add, media_delete, media_update, prices_replace

OWN = (
    "title",
    "slug",
    "description",
    "status",
    "published_from",
    "published_until",
    "product_type",
    "is_gift_card",
    "tags",
    "seo_title",
    "seo_description",
)
_TEXTS = ("language", "title", "description", "seo_title", "seo_description")


def kept_forms(formset: Any) -> list[Any]:
    """Return the rows that stay, in the page's order: stored ones by their position, new ones last."""
    kept = [row for row in formset.forms if row.cleaned_data and not row.cleaned_data.get("DELETE")]
    stored = [row for row in kept if not row.instance._state.adding]  # noqa: SLF001 (Django's documented name)
    new = [row for row in kept if row.instance._state.adding and row.has_changed()]  # noqa: SLF001
    return sorted(stored, key=lambda row: row.cleaned_data.get("position") or 0) + new


def product_fields(form: Any, formsets: Sequence[Any]) -> dict[str, Any]:
    """Return what the page changes of a product and of the lists below it, but for prices and pictures."""
    fields = _own_fields(form)
    by_model = {formset.model: formset for formset in formsets}
    options, variants = by_model.get(ProductOption), by_model.get(Variant)
    if options is not None and options.has_changed():
        fields["options"] = _options(options)
    if variants is not None and (variants.has_changed() or "options" in fields):
        fields["variants"] = _variants(form.instance, variants, options if "options" in fields else None)
    categories, translations = by_model.get(ProductCategory), by_model.get(ProductTranslation)
    if categories is not None and categories.has_changed():
        fields["categories"] = [row.cleaned_data["category"].pk for row in kept_forms(categories)]
    if translations is not None and translations.has_changed():
        fields["translations"] = [{name: row.cleaned_data[name] for name in _TEXTS} for row in kept_forms(translations)]
    return fields


def _own_fields(form: Any) -> dict[str, Any]:
    typed = form.cleaned_data
    fields: dict[str, Any] = {name: typed[name] for name in OWN if name in form.changed_data}
    if "brand" in form.changed_data:
        fields["brand"] = typed["brand"].pk if typed["brand"] else None
    if "tax_category" in form.changed_data:
        fields["tax_category"] = typed["tax_category"].code if typed["tax_category"] else None
    if "metadata" in form.changed_data:
        fields["metadata"] = merge_of(form.initial.get("metadata") or {}, typed["metadata"] or {})
    attributes = form.typed_attributes()
    if attributes:
        fields["attributes"] = attributes
    return fields


def _options(formset: Any) -> list[OptionFields]:
    return [{"name": row.cleaned_data["name"], "values": row.cleaned_data["values"]} for row in kept_forms(formset)]


def _variants(product: Product, formset: Any, options: Any | None) -> list[VariantFields]:
    """Return all variants in the page's order; those that somebody added meanwhile stay, behind the others."""
    rows = kept_forms(formset)
    shown = {row.instance.pk for row in formset.initial_forms}
    unseen = Variant.objects.filter(product=product.pk).exclude(pk__in=shown).order_by("position", "id")
    fields = [row.service_fields() for row in rows] + [{"id": variant.pk} for variant in unseen]
    if options is not None:
        choices = [_choice(row, formset) for row in rows] + [list(variant.option_values) for variant in unseen]
        fit = _fitting(product, options)
        for row, choice in zip(fields, choices, strict=True):
            row["option_values"] = fit(choice)
    return fields


def _choice(row: Any, formset: Any) -> list[str]:
    return [row.cleaned_data.get(name) or "" for name in formset.form.option_names]


def _fitting(product: Product, formset: Any) -> Any:
    """Return how a choice of the old options becomes one of the new.

    A new option begins with its first value; a value that was renamed in its place takes its variants along.
    """
    places = {option.pk: place for place, option in enumerate(ProductOption.objects.filter(product=product.pk))}
    steps: list[tuple[int | None, Mapping[str, str], str]] = []
    for row in kept_forms(formset):
        values = row.cleaned_data["values"]
        place = None if row.instance._state.adding else places.get(row.instance.pk)  # noqa: SLF001
        old = row.initial.get("values") or []
        steps.append((place, _renamed(old, values), values[0]))

    def fit(choice: Sequence[str]) -> list[str]:
        return [
            first if place is None or place >= len(choice) else renamed.get(choice[place], choice[place])
            for place, renamed, first in steps
        ]

    return fit


def _renamed(old: Sequence[str], new: Sequence[str]) -> dict[str, str]:
    """Return which values were renamed: the same number as before, and others in the places of those that are gone."""
    if len(old) != len(new):
        return {}
    return {before: now for before, now in zip(old, new, strict=True) if before not in new and now not in old}


def prices_save(formset: Any, *, actor: str) -> None:
    """Replace the price lists of the variants that the tab of prices changes."""
    touched: set[uuid.UUID] = set()
    for row in formset.forms:
        if row.has_changed():
            touched |= {row.cleaned_data["variant"].pk} | ({row.instance.variant_id} - {None})
    gone = {row.instance.pk for row in formset.forms if row.has_changed()}
    stored = Price.objects.filter(variant__in=touched).exclude(pk__in=gone).select_related("market")
    lists: dict[uuid.UUID, list[PriceFields]] = {pk: [] for pk in touched}
    for price in stored:
        lists[price.variant_id].append(price_fields(price))
    for row in formset.forms:
        if row.has_changed() and not row.cleaned_data.get("DELETE"):
            lists[row.cleaned_data["variant"].pk].append(typed_price(row.cleaned_data))
    for variant_id in sorted(lists):
        prices_replace(variant_id=variant_id, prices=lists[variant_id], actor=actor)


def typed_price(typed: Mapping[str, Any]) -> PriceFields:
    """Return a price as it was typed, for the services."""
    return price_fields(
        Price(
            market=typed["market"],
            amount=typed["amount"],
            compare_at_amount=typed["compare_at_amount"],
            valid_from=typed["valid_from"],
            valid_until=typed["valid_until"],
        )
    )


def media_save(product: Product, formset: Any, *, actor: str) -> None:
    """Delete, change and add pictures. Last of all, since files can't be taken back by a roll-back."""
    kept = kept_forms(formset)
    for row in formset.initial_forms:
        if row.cleaned_data.get("DELETE"):
            media_delete(product_id=product.pk, media_id=row.instance.pk, actor=actor)
    for position, row in enumerate(kept):
        typed = row.cleaned_data
        fields: MediaFields = {
            "alt": typed["alt"],
            "variant_ids": [variant.pk for variant in typed["variants"]],
            "position": position,
        }
        if row.instance._state.adding:  # noqa: SLF001 (Django's documented name)
            media_add(
                product_id=product.pk, file=typed["file"] or None, url=typed["url"] or None, fields=fields, actor=actor
            )
        else:
            media_update(product_id=product.pk, media_id=row.instance.pk, changes=fields, actor=actor)
