"""Writing collections: hand-picked ones and their products, and ones that a rule picks."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from core.problems import InvalidInput
from core.transactions import entry
from products.exceptions import CollectionByRule, CollectionNotFound
from products.fields import CollectionFields, Reference
from products.html import clean_html
from products.merging import merged
from products.models import Collection, CollectionProduct
from products.rules import rule_read
from products.services.conflicts import conflicts
from products.services.locks import Precondition, no_precondition
from products.services.references import products_of
from products.services.slugs import slug_check, slug_make

_PLAIN = ("title", "slug", "description", "kind", "rule", "is_active", "position", "seo_title", "seo_description")


@entry
def collection_create(*, fields: CollectionFields, products: Sequence[Reference] = ()) -> Collection:
    """Make a collection, with its products when it is hand-picked.

    Raises:
        InvalidInput: the rule can't be understood, is missing or doesn't belong, or a product isn't there.
        SlugTaken: another collection has the slug.
    """
    collection = Collection()
    _assign(collection, fields)
    collection.slug = slug_check(fields["slug"]) if fields.get("slug") else slug_make(Collection, collection.title)
    _check(collection)
    with conflicts():
        collection.save(force_insert=True)
    if products:
        _pick(collection, products)
    return collection


@entry
def collection_update(
    *,
    collection_id: uuid.UUID,
    changes: CollectionFields,
    products: Sequence[Reference] | None = None,
    precondition: Precondition[Collection] = no_precondition,
) -> Collection:
    """Change a collection; a list of products replaces the one that there was.

    Raises:
        CollectionNotFound: there is none.
        CollectionByRule: products are given and a rule picks them.
        InvalidInput, SlugTaken: as for a new one.
    """
    collection = _locked(collection_id)
    precondition(collection)
    if "slug" in changes:
        slug_check(changes["slug"])
    changed = _assign(collection, changes)
    _check(collection)
    if changed:
        with conflicts():
            collection.save(update_fields=changed)
    if collection.kind == Collection.Kind.RULE:
        collection.product_links.all().delete()
    if products is not None:
        _pick(collection, products)
    return collection


@entry
def collection_delete(*, collection_id: uuid.UUID, precondition: Precondition[Collection] = no_precondition) -> None:
    """Delete a collection; its products stay.

    Raises:
        CollectionNotFound: there is none.
    """
    collection = _locked(collection_id)
    precondition(collection)
    collection.delete()


def _locked(collection_id: uuid.UUID) -> Collection:
    collection = Collection.objects.select_for_update(no_key=True).filter(pk=collection_id).first()
    if collection is None:
        raise CollectionNotFound
    return collection


def _assign(collection: Collection, fields: CollectionFields) -> list[str]:
    values: dict[str, Any] = {name: fields[name] for name in _PLAIN if name in fields}  # type: ignore[literal-required]
    if "description" in values:
        values["description"] = clean_html(values["description"])
    if "metadata" in fields:
        values["metadata"] = merged(collection.metadata, fields["metadata"])
    if values.get("kind") == Collection.Kind.MANUAL and "rule" not in values:
        values["rule"] = {}
    changed = [name for name, value in values.items() if getattr(collection, name) != value]
    for name in changed:
        setattr(collection, name, values[name])
    return changed


def _check(collection: Collection) -> None:
    if collection.kind == Collection.Kind.RULE:
        rule_read(collection.rule)
    elif collection.rule:
        raise InvalidInput.at("/rule", "A hand-picked collection has no rule; its kind would be `rule`.")


def _pick(collection: Collection, references: Sequence[Reference]) -> None:
    if collection.kind == Collection.Kind.RULE:
        raise CollectionByRule
    wanted = [product.pk for product in products_of(references, pointer="/products")]
    if list(collection.product_links.order_by("position", "id").values_list("product_id", flat=True)) == wanted:
        return
    collection.product_links.all().delete()
    CollectionProduct.objects.bulk_create(
        CollectionProduct(collection=collection, product_id=product_id, position=position)
        for position, product_id in enumerate(wanted)
    )
