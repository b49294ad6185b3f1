"""Reads of what products are sorted by: the tree of categories, brands, attributes."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from core.ids import as_uuid
from core.problems import NotFound
from products.exceptions import CategoryNotFound
from products.models import Attribute, Brand, Category


@dataclass(slots=True)
class Branch:
    """A category with everything below it."""

    category: Category
    children: list[Branch] = field(default_factory=list)


def category_tree(*, is_staff: bool = False) -> list[Branch]:
    """Return the whole tree in one query. For shoppers, an inactive category hides what is below it too."""
    roots: list[Branch] = []
    above: list[Branch] = []
    for category in Category.objects.order_by("path"):
        del above[category.depth - 1 :]
        is_hidden = len(above) < category.depth - 1 or not (is_staff or category.is_active)
        if is_hidden:
            continue
        branch = Branch(category)
        (above[-1].children if above else roots).append(branch)
        above.append(branch)
    return roots


def category_get(reference: str, *, is_staff: bool = False) -> tuple[Branch, list[Category]]:
    """Return a category with what is below it, and those above it from the root down.

    Raises:
        CategoryNotFound: there is none that the caller may see.
    """
    key = as_uuid(reference)
    todo = [(branch, list[Category]()) for branch in category_tree(is_staff=is_staff)]
    while todo:
        branch, path = todo.pop()
        if branch.category.pk == key or branch.category.slug == reference:
            return branch, path
        todo.extend((child, [*path, branch.category]) for child in branch.children)
    raise CategoryNotFound


def brand_list() -> QuerySet[Brand]:
    """Return all brands."""
    return Brand.objects.all()


def brand_get(reference: str) -> Brand:
    """Return a brand by its id or else its slug.

    Raises:
        NotFound: there is none.
    """
    key = as_uuid(reference)
    brand = Brand.objects.filter(Q(slug=reference) if key is None else Q(pk=key)).first()
    if brand is None:
        raise NotFound
    return brand


def attribute_list() -> QuerySet[Attribute]:
    """Return all attributes."""
    return Attribute.objects.all()


def attribute_get(attribute_id: uuid.UUID) -> Attribute:
    """Return one attribute.

    Raises:
        NotFound: there is none.
    """
    attribute = Attribute.objects.filter(pk=attribute_id).first()
    if attribute is None:
        raise NotFound
    return attribute
