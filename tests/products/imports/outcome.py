"""What an import left behind."""

from __future__ import annotations

from inventory.models import StockLevel, StockMovement
from products.importing.models import Import
from products.models import Attribute, Brand, Category, Media, Price, Product, ProductOption, Variant


def counts() -> dict[str, int]:
    """Every row that an import may make."""
    models = (Product, Variant, Price, ProductOption, Media, Brand, Category, StockLevel, StockMovement, Attribute)
    return {model.__name__: model.objects.count() for model in models}


def last() -> tuple[int, int, int, int, int]:
    row = Import.objects.latest("created_at")
    return row.created_count, row.changed_count, row.unchanged_count, row.skipped_count, row.failed_count
