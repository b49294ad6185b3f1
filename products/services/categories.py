"""Writing the tree of categories: one transaction at a time, since its paths name one another."""

from __future__ import annotations

import uuid
from typing import Any

from core.transactions import entry
from products.exceptions import CategoryHasChildren, CategoryMoveInvalid, CategoryNotFound, CategoryTooDeep
from products.fields import CategoryFields, Reference
from products.html import clean_html
from products.merging import merged
from products.models import Category
from products.services.conflicts import conflicts
from products.services.locks import Precondition, no_precondition, tree_lock
from products.services.references import categories_of
from products.services.slugs import slug_check, slug_make

MAX_DEPTH = 10

_PLAIN = ("name", "slug", "description", "is_active", "seo_title", "seo_description")


@entry
def category_create(*, fields: CategoryFields, parent: Reference | None = None) -> Category:
    """Make a category: the last below its parent, or at the root.

    Raises:
        InvalidInput: the parent isn't there, or a field breaks a rule.
        SlugTaken: another category has the slug.
        CategoryTooDeep: the parent is at the bottom.
    """
    tree_lock()
    above = None if parent is None else categories_of([parent], pointer="/parent")[0]
    if above is not None and above.depth >= MAX_DEPTH:
        message = f"Categories go {MAX_DEPTH} deep at the most."
        raise CategoryTooDeep(message)
    values = _plain(fields)
    values["metadata"] = merged({}, fields.get("metadata", {}))
    values["slug"] = slug_check(fields["slug"]) if fields.get("slug") else slug_make(Category, fields["name"])
    with conflicts():
        made: Category = (
            Category.objects.add_root(values) if above is None else Category.objects.add_child(above, values)
        )
    made.refresh_from_db()
    return made


@entry
def category_update(
    *,
    category_id: uuid.UUID,
    changes: CategoryFields,
    precondition: Precondition[Category] = no_precondition,
) -> Category:
    """Change a category's texts; its place is changed by `category_move`.

    Raises:
        CategoryNotFound: there is none.
        InvalidInput, SlugTaken: as for a new one.
    """
    tree_lock()
    category = _locked(category_id)
    precondition(category)
    values = _plain(changes)
    if "slug" in values:
        slug_check(values["slug"])
    if "metadata" in changes:
        values["metadata"] = merged(category.metadata, changes["metadata"])
    changed = [name for name, value in values.items() if getattr(category, name) != value]
    for name in changed:
        setattr(category, name, values[name])
    if changed:
        with conflicts():
            category.save(update_fields=changed)
        category.refresh_from_db()
    return category


@entry
def category_move(
    *,
    category_id: uuid.UUID,
    parent: Reference | None,
    before: Reference | None = None,
    precondition: Precondition[Category] = no_precondition,
) -> Category:
    """Move a category with everything below it: below a parent or to the root, before a sibling there or last.

    Raises:
        CategoryNotFound: there is none.
        InvalidInput: the parent or the sibling isn't there, or the sibling isn't below that parent.
        CategoryMoveInvalid: the parent is the category itself or below it.
        CategoryTooDeep: its lowest descendant would be.
    """
    tree_lock()
    category = _locked(category_id)
    precondition(category)
    above = None if parent is None else categories_of([parent], pointer="/parent")[0]
    sibling = None if before is None else categories_of([before], pointer="/before")[0]
    _check_move(category, above, sibling)
    if sibling is not None:
        if sibling.pk != category.pk:
            Category.objects.move(category, sibling, "left")
    elif above is not None:
        Category.objects.move(category, above, "last-child")
    else:
        Category.objects.move(category, Category.objects.get_last_root_node(), "last-sibling")
    category.refresh_from_db()
    return category


@entry
def category_delete(*, category_id: uuid.UUID, precondition: Precondition[Category] = no_precondition) -> None:
    """Delete a category that none is below; its products stay.

    Raises:
        CategoryNotFound: there is none.
        CategoryHasChildren: others are below it.
    """
    tree_lock()
    category = _locked(category_id)
    precondition(category)
    if not category.is_leaf():
        raise CategoryHasChildren
    category.delete()


def _locked(category_id: uuid.UUID) -> Category:
    category: Category | None = Category.objects.filter(pk=category_id).first()
    if category is None:
        raise CategoryNotFound
    return category


def _check_move(category: Category, above: Category | None, sibling: Category | None) -> None:
    if above is not None and (above.pk == category.pk or above.is_descendant_of(category)):
        raise CategoryMoveInvalid.at("/parent", CategoryMoveInvalid.title)
    if sibling is not None:
        owner = Category.objects.get_parent(sibling)
        if (owner.pk if owner else None) != (above.pk if above else None):
            raise CategoryMoveInvalid.at("/before", "The category to stand before is below another parent.")
    height = (
        max((row.depth for row in Category.objects.get_descendants(category)), default=category.depth) - category.depth
    )
    if (above.depth if above else 0) + 1 + height > MAX_DEPTH:
        message = f"Categories go {MAX_DEPTH} deep at the most."
        raise CategoryTooDeep(message)


def _plain(fields: CategoryFields) -> dict[str, Any]:
    """Return the fields that are written as they come, the description cleaned as a product's is."""
    values: dict[str, Any] = {name: fields[name] for name in _PLAIN if name in fields}  # type: ignore[literal-required]
    if "description" in values:
        values["description"] = clean_html(values["description"])
    return values
