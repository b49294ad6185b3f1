"""Doing what was planned: a batch of products in a fixed number of statements, part of the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from django.db.models import Model

from core.copying import copy_rows, new_row
from core.transactions import assert_in_transaction
from events.services import events_record
from products.importing.changes import CategoryLinks, Changes, Id, Outcome
from products.importing.planning import Planner
from products.importing.rows import ImportedProduct, Problem, Severity
from products.importing.snapshot import Snapshot, load
from products.importing.stock import Stock
from products.importing.surroundings import Surroundings
from products.models import (
    Attribute,
    Brand,
    CollectionProduct,
    Media,
    Price,
    Product,
    ProductCategory,
    ProductOption,
    ProductTranslation,
    Variant,
)
from products.services.locks import products_lock

# A row comes after those it points to, but for new products (see `apply`).
_ORDER: tuple[type[Model], ...] = (
    Brand,
    Attribute,
    Product,
    ProductTranslation,
    ProductOption,
    Variant,
    Price,
    Media,
)


@dataclass(slots=True)
class Writer:
    """Writes the batches of one import; what they refer to is read once and kept."""

    around: Surroundings
    stock: Stock
    actor: str
    reason: str

    def preview(self, batch: Sequence[ImportedProduct], *, seen: set[int]) -> list[Outcome]:
        """Return what would become of the batch, and write nothing."""
        return Planner(load(batch, self.stock), self.around, seen=seen).plan(batch)

    def apply(self, batch: Sequence[ImportedProduct]) -> list[Outcome]:
        """Bring the batch into the catalogue; its handles are distinct. Part of the caller's transaction.

        Raises:
            IntegrityError, DataError: some row of the batch can't be written, or another writer was there first.
        """
        assert_in_transaction()
        planner, outcomes = self._plan(batch)
        changes = planner.changes
        if _touches_the_shop(changes):
            # What is compared without a lock may be changed by others until it is written. So everything that will be
            # changed is locked now, stock first as placing an order does, and then compared once more.
            self.stock.lock(sorted({target.variant_id for target in changes.stock}))
            products_lock(changes.updates[Product])
            planner, outcomes = self._plan(batch)
            changes = planner.changes
        self._write(changes)
        refused: Collection[Id] = ()
        if changes.stock:
            refused = self.stock.set_levels(changes.stock, reason=self.reason, actor=self.actor)
        if products := changes.inserts.get(Product):
            # New products come last, which their foreign keys, checked at the commit, allow. So triggers that give a
            # product a new version for every row below it find none yet, and its search text is made once, from all
            # its rows: the other way round the server works four times as long.
            copy_rows(products)
        self._tell(changes, outcomes)
        self.around.attributes |= planner.new_attributes
        return _with_refusals(outcomes, changes, refused) if refused else outcomes

    def _plan(self, batch: Sequence[ImportedProduct]) -> tuple[Planner, list[Outcome]]:
        snapshot: Snapshot = load(batch, self.stock)
        planner = Planner(snapshot, self.around)
        return planner, planner.plan(batch)

    def _write(self, changes: Changes) -> None:
        for model in reversed(_ORDER):
            if ids := changes.deletes.get(model):
                model._base_manager.filter(pk__in=ids).delete()  # noqa: SLF001 (every model has one)
        for model in _ORDER:
            manager = model._base_manager  # noqa: SLF001
            if updates := changes.updates.get(model):
                # An upsert by id: one statement for any number of rows, where bulk_update spells out every value twice.
                manager.bulk_create(
                    [updates[key] for key in sorted(updates)],
                    update_conflicts=True,
                    unique_fields=["id"],
                    update_fields=sorted(changes.updated_fields[model]),
                )
            inserts = changes.inserts.get(model)
            if inserts and model is not Product:
                copy_rows(inserts)
        self._write_links(changes)

    def _tell(self, changes: Changes, outcomes: list[Outcome]) -> None:
        """Write the events that any other way of making or changing these products would have written."""
        found = {outcome.handle: outcome for outcome in outcomes}
        for kind, rows in (
            ("product.created", changes.inserts.get(Product, [])),
            ("product.updated", list(changes.updates.get(Product, {}).values())),
        ):
            events = []
            for row in cast("list[Product]", rows):
                data: dict[str, Any] = {"slug": row.slug, "title": row.title, "status": row.status}
                if kind == "product.updated" and row.slug in found:
                    data["changed"] = list(found[row.slug].changes)
                events.append((row.id, data))
            events_record(type=kind, aggregate_type="product", events=events, actor=self.actor)

    def _write_links(self, changes: Changes) -> None:
        through = Media.variants.through
        if changes.unlinks:
            ids = [variant_id for _, variant_id in changes.unlinks]
            unlinked = set(changes.unlinks)
            rows = through.objects.filter(variant_id__in=ids).values_list("id", "media_id", "variant_id")
            through.objects.filter(id__in=[row for row, *pair in rows if tuple(pair) in unlinked]).delete()
        if changes.links:
            rows = [through(media_id=media_id, variant_id=variant_id) for media_id, variant_id in changes.links]
            through.objects.bulk_create(rows, ignore_conflicts=True)
        if changes.members:
            members = [CollectionProduct(collection_id=c, product_id=p) for c, p in changes.members]
            CollectionProduct.objects.bulk_create(members, ignore_conflicts=True)
        if changes.categories:
            self._write_categories(changes.categories)

    def _write_categories(self, links: list[CategoryLinks]) -> None:
        self.around.tree.ensure({wanted for link in links for wanted in link.wanted if isinstance(wanted, tuple)})
        rows = []
        for link in links:
            ids = [self.around.tree.get(wanted) if isinstance(wanted, tuple) else wanted for wanted in link.wanted]
            rows += [
                new_row(ProductCategory, product_id=link.product_id, category_id=category_id, position=position)
                for position, category_id in enumerate(dict.fromkeys(ids))
            ]
        ProductCategory.objects.filter(product_id__in=[link.product_id for link in links]).delete()
        if rows:
            copy_rows(rows)


def _touches_the_shop(changes: Changes) -> bool:
    return bool(changes.updates.get(Product))


def _with_refusals(outcomes: list[Outcome], changes: Changes, refused: Collection[Id]) -> list[Outcome]:
    """Add a warning to each product whose stock was left alone."""
    problems: dict[str, list[Problem]] = {}
    for variant_id in refused:
        line, handle = changes.lines[variant_id]
        reason = "Orders have been promised more than this; the stock was left as it is."
        problem = Problem(
            code="stock_promised", reason=reason, severity=Severity.WARNING, line=line, column="stock", handle=handle
        )
        problems.setdefault(handle, []).append(problem)
    return [replace(outcome, problems=(*outcome.problems, *problems.get(outcome.handle, ()))) for outcome in outcomes]
