"""Reads of collections: which there are, and what picks their products."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet

from core.ids import as_uuid
from core.problems import InvalidInput
from products.exceptions import CollectionNotFound
from products.models import Collection, CollectionProduct
from products.rules import Rule, rule_read


@dataclass(frozen=True, slots=True)
class Picked:
    """How a collection's products are found: by its rule, or by its hand-picked list when there is no rule."""

    collection_id: uuid.UUID
    rule: Rule | None


def collection_list(*, is_staff: bool = False) -> QuerySet[Collection]:
    """Return the collections: for staff all, else the active ones."""
    return Collection.objects.all() if is_staff else Collection.objects.filter(is_active=True)


def collection_get(reference: str, *, is_staff: bool = False) -> Collection:
    """Return a collection by its id or else its slug.

    Raises:
        CollectionNotFound: there is none that the caller may see.
    """
    key = as_uuid(reference)
    found = collection_list(is_staff=is_staff).filter(Q(slug=reference) if key is None else Q(pk=key)).first()
    if found is None:
        raise CollectionNotFound
    return found


def collection_record(collection_id: uuid.UUID) -> Collection:
    """Return a collection with what was picked for it by hand, for staff.

    Raises:
        CollectionNotFound: there is none.
    """
    links = CollectionProduct.objects.select_related("product").order_by("position", "id")
    found = Collection.objects.prefetch_related(Prefetch("product_links", links)).filter(pk=collection_id).first()
    if found is None:
        raise CollectionNotFound
    return found


def collection_picked(reference: str) -> Picked:
    """Return how an active collection's products are found. One query.

    Raises:
        CollectionNotFound: there is none.
    """
    found = collection_get(reference)
    if found.kind != Collection.Kind.RULE:
        return Picked(found.pk, None)
    try:
        return Picked(found.pk, rule_read(found.rule))
    except InvalidInput as error:
        # Written past the services. A rule that nobody understands picks nothing, which is better than everything.
        message = f"The rule of this collection can't be understood: {error.detail}"
        raise CollectionNotFound(message) from error
