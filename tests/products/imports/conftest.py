"""Files to read, written where the test runs, and a shop to import them into."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import call_command

from inventory.models import Location
from markets.models import Market
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


Run = Callable[..., str]


@pytest.fixture
def market() -> Market:
    return Market.objects.create(
        code="eu", name="Europe", currency="EUR", countries=["DE"], languages=["en"], prices_include_tax=True
    )


@pytest.fixture
def location() -> Location:
    return Location.objects.create(code="main", name="Main")


@pytest.fixture
def run(market: Market, location: Location, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Import a file, or a text as one, and return what the command printed."""
    monkeypatch.chdir(tmp_path)

    def import_products(source: Path | str, *options: str, format: str = "shopify", market: str = "eu") -> str:
        path = source
        if isinstance(source, str):
            path = tmp_path / "file.csv"
            path.write_text(source, encoding="utf-8")
        out = StringIO()
        call_command("import_products", path, "--format", format, "--market", market, *options, stdout=out, stderr=out)
        return out.getvalue()

    return import_products
