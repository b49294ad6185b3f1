"""Files to read, written where the test runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from products.importing import shopify, woocommerce
from products.importing.opening import inspect_file
from products.importing.rows import ImportedProduct, Problem, Severity, Target

EUR = Target(market="eu", currency="EUR")


class Reading:
    """What a reader made of a file."""

    def __init__(self, items: list[ImportedProduct | Problem]) -> None:
        self.items = items
        self.products = [item for item in items if isinstance(item, ImportedProduct)]
        self.loose = [p for p in items if isinstance(p, Problem) and p.severity is not Severity.NOTE]
        self.ignored = [p.column for p in items if isinstance(p, Problem) and p.code == "column_ignored"]

    @property
    def codes(self) -> list[tuple[str, int | None, str]]:
        """Every problem of every product as code, line, column."""
        return [(p.code, p.line, p.column) for product in self.products for p in product.problems]


def read_with(reader: ModuleType, path: Path, target: Target = EUR, *, skip: int = 0) -> Reading:
    return Reading(list(reader.read(inspect_file(path), target, skip=skip)))


@pytest.fixture
def shopify_file(tmp_path: Path) -> Callable[..., Reading]:
    """Write Shopify CSV text to a file and read it."""

    def read(text: str | bytes, target: Target = EUR, *, skip: int = 0) -> Reading:
        path = tmp_path / "products.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_with(shopify, path, target, skip=skip)

    return read


@pytest.fixture
def woo_file(tmp_path: Path) -> Callable[..., Reading]:
    """Write WooCommerce CSV text to a file and read it."""

    def read(text: str, target: Target = EUR, *, skip: int = 0) -> Reading:
        path = tmp_path / "products.csv"
        path.write_text(text, encoding="utf-8")
        return read_with(woocommerce, path, target, skip=skip)

    return read
