"""Writing products with everything below them but pictures and stock."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from core import clock
from core.problems import InvalidInput
from core.transactions import assert_in_transaction, entry
from products.attributes import attributes_check
from products.exceptions import ProductInUse, SlugTaken
from products.fields import OptionFields, ProductFields, Reference, TranslationFields
from products.html import clean_html
from products.merging import merged
from products.models import (
    Attribute,
    Product,
    ProductCategory,
    ProductOption,
    ProductTranslation,
    Variant,
)
from products.services.conflicts import conflicts
from products.services.files import files_forget
from products.services.journal import product_changed, product_created, product_deleted
from products.services.locks import Precondition, no_precondition, product_lock, stock_lock
from products.services.references import brand_of, categories_of, tax_category_of
from products.services.slugs import slug_check, slug_make
from products.services.translations import language_check
from products.services.variants import options_of, variants_create, variants_fit, variants_replace

MAX_OPTIONS = 10

_PLAIN = (
    "title",
    "status",
    "published_from",
    "published_until",
    "product_type",
    "is_gift_card",
    "seo_title",
    "seo_description",
)


@entry
def product_create(*, fields: ProductFields, actor: str) -> Product:
    """Make a product with its options, variants, prices, categories and translations, all or nothing.

    Raises:
        InvalidInput: a field breaks a rule or names something that isn't there; the pointer says which.
        SlugTaken, SkuTaken, VariantDuplicate, PriceOverlap: somebody has that already.
    """
    return product_create_part(fields=fields, actor=actor)


@entry
def product_update(
    *,
    product_id: uuid.UUID,
    changes: ProductFields,
    actor: str,
    precondition: Precondition[Product] = no_precondition,
) -> Product:
    """Change what is named: lists replace, objects are merged, the rest stays. No change at all writes nothing.

    Raises:
        ProductNotFound: there is none.
        InvalidInput, SlugTaken, SkuTaken, VariantDuplicate, PriceOverlap: as for a new one.
        VariantInUse: a variant that the list leaves out has a history of stock.
    """
    return product_update_part(product_id=product_id, changes=changes, actor=actor, precondition=precondition)


@entry
def product_delete(*, product_id: uuid.UUID, actor: str, precondition: Precondition[Product] = no_precondition) -> None:
    """Delete a product with everything below it.

    Raises:
        ProductNotFound: there is none.
        ProductInUse: its stock has a history; it can be archived.
    """
    product_delete_part(product_id=product_id, actor=actor, precondition=precondition)


def product_create_part(*, fields: ProductFields, actor: str) -> Product:
    """Do what `product_create` promises in the caller's transaction."""
    assert_in_transaction()
    with conflicts():
        now = clock.now()
        product = Product(created_at=now, updated_at=now)
        _assign(product, fields)
        product.slug = fields["slug"] if fields.get("slug") else slug_make(Product, product.title)
        _check(product, fields)
        product.save(force_insert=True)
        options = fields.get("options", [])
        _write_options(product, options)
        _write_categories(product, fields.get("categories", []))
        _write_translations(product, fields.get("translations", []))
        variants_create(product, fields.get("variants", []), options=options, actor=actor)
        product_created(product, actor=actor)
    product.refresh_from_db(fields=("version", "updated_at"))
    return product


def product_update_part(
    *,
    product_id: uuid.UUID,
    changes: ProductFields,
    actor: str,
    precondition: Precondition[Product] = no_precondition,
) -> Product:
    """Do what `product_update` promises in the caller's transaction."""
    assert_in_transaction()
    if "variants" in changes:
        # Some of them may go: stock is locked before products, as placing an order does.
        stock_lock(Variant.objects.filter(product=product_id).values_list("pk", flat=True))
    product = product_lock(product_id)
    precondition(product)
    with conflicts():
        changed = _assign(product, changes)
        if "slug" in changes and changes["slug"] != product.slug:
            product.slug = changes["slug"]
            changed.append("slug")
        _check(product, changes)
        if changed:
            product.updated_at = clock.now()
            product.save(update_fields=[*changed, "updated_at"])
        changed += _change_lists(product, changes, actor=actor)
        if changed:
            product_changed(product, changed, actor=actor)
            product.refresh_from_db(fields=("version", "updated_at"))
    return product


def product_delete_part(
    *, product_id: uuid.UUID, actor: str, precondition: Precondition[Product] = no_precondition
) -> None:
    """Do what `product_delete` promises in the caller's transaction."""
    assert_in_transaction()
    stock_lock(Variant.objects.filter(product=product_id).values_list("pk", flat=True))
    product = product_lock(product_id)
    precondition(product)
    files_forget(product.media.all())
    product_deleted(product, actor=actor)
    with conflicts(in_use=ProductInUse):
        product.delete()


def _assign(product: Product, fields: ProductFields) -> list[str]:
    """Set what the fields name, but for lists and the slug; return the names that changed."""
    values: dict[str, Any] = {name: fields[name] for name in _PLAIN if name in fields}  # type: ignore[literal-required]
    if "description" in fields:
        values["description"] = clean_html(fields["description"])
    if "brand" in fields:
        values["brand"] = brand_of(fields["brand"], pointer="/brand")
    if "tax_category" in fields:
        values["tax_category"] = tax_category_of(fields["tax_category"], pointer="/tax_category")
    if "tags" in fields:
        values["tags"] = list(dict.fromkeys(tag.strip() for tag in fields["tags"] if tag.strip()))
    if "metadata" in fields:
        values["metadata"] = merged(product.metadata, fields["metadata"])
    if "attributes" in fields:
        values["attributes"] = _attributes(product, fields["attributes"])
    changed = [name for name, value in values.items() if getattr(product, name) != value]
    for name in changed:
        setattr(product, name, values[name])
    return changed


def _attributes(product: Product, changes: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in changes.items() if value is not None}
    attributes_check(given, Attribute.objects.filter(code__in=given) if given else ())
    return merged(product.attributes, changes)


def _check(product: Product, fields: ProductFields) -> None:
    if not product.title.strip():
        raise InvalidInput.at("/title", "A product has a title.", code="required")
    begins, ends = product.published_from, product.published_until
    if begins is not None and ends is not None and begins >= ends:
        raise InvalidInput.at("/published_until", "Publication must end after it begins.")
    if fields.get("slug"):
        slug_check(product.slug)
        # The constraint has the last word; this names the place.
        if Product.objects.filter(slug=product.slug).exclude(pk=product.pk).exists():
            raise SlugTaken.at("/slug", SlugTaken.title)
    elif "slug" in fields and not product.slug:
        raise InvalidInput.at("/slug", "A slug can be changed, not removed.", code="required")


def _change_lists(product: Product, changes: ProductFields, *, actor: str) -> list[str]:
    """Write the lists that are named; return the names of those that changed."""
    changed = []
    options = changes.get("options")
    if options is None:
        options = options_of(product) if "variants" in changes else []
    elif options == options_of(product):
        options = changes["options"]
    else:
        if "variants" not in changes:
            variants_fit(product, options)
        ProductOption.objects.filter(product=product).delete()
        _write_options(product, options)
        changed.append("options")
    if "variants" in changes and variants_replace(product, changes["variants"], options=options, actor=actor):
        changed.append("variants")
    if "categories" in changes and _replace_categories(product, changes["categories"]):
        changed.append("categories")
    if "translations" in changes and _replace_translations(product, changes["translations"]):
        changed.append("translations")
    return changed


def _write_options(product: Product, options: Sequence[OptionFields]) -> None:
    _check_options(options)
    if options:
        ProductOption.objects.bulk_create(
            ProductOption(product=product, name=option["name"], values=option["values"], position=position)
            for position, option in enumerate(options)
        )


def _check_options(options: Sequence[OptionFields]) -> None:
    if len(options) > MAX_OPTIONS:
        raise InvalidInput.at("/options", f"A product has {MAX_OPTIONS} options at the most.", code="too_many")
    names: set[str] = set()
    for index, option in enumerate(options):
        if option["name"] in names:
            raise InvalidInput.at(f"/options/{index}/name", "Another option has this name.", code="duplicate")
        names.add(option["name"])
        if not option["values"]:
            raise InvalidInput.at(f"/options/{index}/values", "An option has one value at least.", code="required")
        if len(set(option["values"])) < len(option["values"]):
            raise InvalidInput.at(f"/options/{index}/values", "Name each value once.", code="duplicate")


def _write_categories(product: Product, references: Sequence[Reference]) -> None:
    if references:
        ProductCategory.objects.bulk_create(
            ProductCategory(product=product, category=category, position=position)
            for position, category in enumerate(categories_of(references, pointer="/categories"))
        )


def _replace_categories(product: Product, references: Sequence[Reference]) -> bool:
    wanted = [category.pk for category in categories_of(references, pointer="/categories")]
    links = product.category_links.order_by("position", "id")
    if list(links.values_list("category_id", flat=True)) == wanted:
        return False
    links.all().delete()
    ProductCategory.objects.bulk_create(
        ProductCategory(product=product, category_id=category_id, position=position)
        for position, category_id in enumerate(wanted)
    )
    return True


def _write_translations(product: Product, rows: Sequence[TranslationFields]) -> None:
    languages = [row["language"] for row in rows]
    for index, language in enumerate(languages):
        language_check(language, pointer=f"/translations/{index}/language")
        if language in languages[:index]:
            raise InvalidInput.at(f"/translations/{index}/language", "Name each language once.", code="duplicate")
    if rows:
        ProductTranslation.objects.bulk_create(ProductTranslation(product=product, **_texts(row)) for row in rows)


def _replace_translations(product: Product, rows: Sequence[TranslationFields]) -> bool:
    existing = product.translations.values("language", "title", "description", "seo_title", "seo_description")
    wanted = [_texts(row) for row in rows]
    if {row["language"]: dict(row) for row in existing} == {row["language"]: row for row in wanted}:
        return False
    product.translations.all().delete()
    _write_translations(product, rows)
    return True


def _texts(row: TranslationFields) -> dict[str, str]:
    return {
        "language": row["language"],
        "title": row["title"],
        "description": clean_html(row.get("description", "")),
        "seo_title": row.get("seo_title", ""),
        "seo_description": row.get("seo_description", ""),
    }
