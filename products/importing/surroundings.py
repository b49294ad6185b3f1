"""What products refer to and a shop has few of: markets, tax categories, collections, attributes, the category tree.

Read once per import. Only categories and attributes are made by imports; the rest must be there.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass

from django.utils.text import slugify

from markets.models import Market, TaxCategory
from products.models import Attribute, Category, Collection
from products.services.locks import tree_lock

Path = tuple[str, ...]

_SLUG = 140


class CategoryTree:
    """Categories by the names that lead to them, whatever their case."""

    def __init__(self) -> None:
        """Read the tree."""
        self._ids: dict[tuple[uuid.UUID | None, str], uuid.UUID] = {}
        self._paths: dict[uuid.UUID, Path] = {}
        self._slugs: set[str] = set()
        self.reload()

    def reload(self) -> None:
        """Read the tree again: somebody may have changed it, or a transaction was taken back."""
        ids: dict[tuple[uuid.UUID | None, str], uuid.UUID] = {}
        by_path: dict[str, uuid.UUID] = {}
        paths: dict[uuid.UUID, Path] = {}
        slugs = set()
        for category_id, path, name, slug in Category.objects.order_by("path").values_list(
            "id", "path", "name", "slug"
        ):
            by_path[path] = category_id
            parent = by_path.get(path[: -Category.steplen])
            ids.setdefault((parent, name.casefold()), category_id)
            paths[category_id] = (*(paths[parent] if parent else ()), name)
            slugs.add(slug)
        self._ids, self._paths, self._slugs = ids, paths, slugs

    def path_of(self, category_id: uuid.UUID) -> Path:
        """Return the names that lead to a category; nothing for one that was made since the tree was read."""
        return self._paths.get(category_id, ())

    def find(self, path: Path) -> uuid.UUID | None:
        """Return the category at the end of a path of names, None when there is none."""
        category_id = None
        for name in path:
            category_id = self._ids.get((category_id, name.casefold()))
            if category_id is None:
                return None
        return category_id

    def get(self, path: Path) -> uuid.UUID:
        """Return the category at the end of a path that `ensure` has made.

        Raises:
            LookupError: nobody has.
        """
        category_id = self.find(path)
        if category_id is None:
            raise LookupError(path)
        return category_id

    def ensure(self, paths: set[Path]) -> None:
        """Make the categories that are missing; part of a transaction, under the lock of the tree."""
        if all(self.find(path) for path in paths):
            return
        tree_lock()
        self.reload()
        for path in sorted(paths, key=len):
            parent: Category | None = None
            for depth in range(1, len(path) + 1):
                known = self.find(path[:depth])
                parent = self._add(path[:depth], parent) if known is None else Category.objects.get(id=known)

    def _add(self, path: Path, parent: Category | None) -> Category:
        category = Category(name=path[-1], slug=self._free_slug(path))
        tree = Category.objects
        added = tree.add_root(instance=category) if parent is None else tree.add_child(parent, instance=category)
        self._ids[parent.id if parent else None, path[-1].casefold()] = added.id
        self._paths[added.id] = path
        self._slugs.add(added.slug)
        return added

    def _free_slug(self, path: Path) -> str:
        digest = hashlib.sha256("\0".join(path).encode()).hexdigest()[:8]
        short = slugify(path[-1])[:_SLUG] or f"category-{digest}"
        whole = slugify(" ".join(path))[:_SLUG]
        free = (slug for slug in (short, whole, f"{short[: _SLUG - 9]}-{digest}") if slug and slug not in self._slugs)
        # All three are taken where a category of this path was made and renamed again and again.
        return next(free, f"{short[: _SLUG - 9]}-{secrets.token_hex(4)}")


@dataclass(slots=True)
class Surroundings:
    """The shop around the products of one import."""

    market: Market
    location: str | None
    markets: dict[str, Market]
    locations: frozenset[str]
    tax_categories: dict[str, uuid.UUID]
    collections: dict[str, uuid.UUID]
    attributes: dict[str, Attribute]
    tree: CategoryTree

    def reload(self) -> None:
        """Forget what a transaction that was taken back had made."""
        self.attributes = {attribute.code: attribute for attribute in Attribute.objects.all()}
        self.tree.reload()


def surroundings_of(market: Market, *, location: str | None, locations: frozenset[str]) -> Surroundings:
    """Read what the products of an import refer to."""
    manual = Collection.objects.filter(kind=Collection.Kind.MANUAL)
    return Surroundings(
        market=market,
        location=location,
        markets={found.code: found for found in Market.objects.all()},
        locations=locations,
        tax_categories=dict(TaxCategory.objects.values_list("code", "id")),
        collections=dict(manual.values_list("slug", "id")),
        attributes={attribute.code: attribute for attribute in Attribute.objects.all()},
        tree=CategoryTree(),
    )
