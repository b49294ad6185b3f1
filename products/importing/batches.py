"""Cutting a stream of products into batches of a bounded size. What is done with one is running's business."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from products.importing.checking import checked
from products.importing.rows import ImportedProduct, Problem

MAX_PRODUCTS = 500
MAX_VARIANTS = 3_000


@dataclass(slots=True)
class Batch:
    """Products with distinct handles, and the problems between them that belong to none."""

    products: list[ImportedProduct] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def halves(self) -> tuple[Batch, Batch]:
        """Return the first products with the problems, and the rest."""
        middle = len(self.products) // 2
        return Batch(self.products[:middle], self.problems), Batch(self.products[middle:])


def batches(items: Iterable[ImportedProduct | Problem], *, size: int = MAX_PRODUCTS) -> Iterator[Batch]:
    """Yield batches in the order of the file, each product checked.

    A handle that comes back begins a new batch, so that its second records meet what its first have become.
    """
    batch = Batch()
    handles: set[str] = set()
    variant_count = 0
    for item in items:
        if isinstance(item, Problem):
            batch.problems.append(item)
            if len(batch.problems) >= MAX_VARIANTS:
                yield batch
                batch, handles, variant_count = Batch(), set(), 0
            continue
        product = checked(item)
        is_full = len(batch.products) >= size or variant_count + len(product.variants) > MAX_VARIANTS
        if batch.products and (is_full or product.handle in handles):
            yield batch
            batch, handles, variant_count = Batch(), set(), 0
        batch.products.append(product)
        handles.add(product.handle)
        variant_count += len(product.variants)
    if batch.products or batch.problems:
        yield batch
