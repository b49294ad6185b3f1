"""Locks of the catalogue: a product's row guards everything below it; one advisory lock guards the tree.

Order: stock levels by id (deletions only), then products by id, then the rows below them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.db import connection

from core.transactions import assert_in_transaction
from products.exceptions import ProductNotFound, VariantNotFound
from products.models import Product, Variant

T = TypeVar("T")
Precondition = Callable[[T], None]
"""Looks at the locked row before it is changed, and raises when it isn't what the caller has seen."""

_TREE_LOCK = 0x7469_656E_6461_0001
_IMPORT_LOCK = 0x7469_656E_6461_0003


def no_precondition(row: Any) -> None:
    """Ask for nothing."""
    del row


def import_lock() -> None:
    """Let imports write one batch at a time, until the transaction ends, and wait for that as long as it takes.

    Several that make the same products would refuse one another's by the schema's rules, and name them as failed.
    """
    assert_in_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', '10min', true)")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])
        cursor.execute(
            "SELECT set_config('lock_timeout', reset_val, true) FROM pg_settings WHERE name = 'lock_timeout'"
        )


def product_lock(product_id: uuid.UUID) -> Product:
    """Return a product, locked until the transaction ends.

    Raises:
        ProductNotFound: there is none.
    """
    assert_in_transaction()
    product = Product.objects.select_for_update(no_key=True).filter(pk=product_id).first()
    if product is None:
        raise ProductNotFound
    return product


def products_lock(product_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Product]:
    """Return those of the products that there are, locked in the order of their ids."""
    assert_in_transaction()
    rows = Product.objects.select_for_update(no_key=True).filter(pk__in=set(product_ids)).order_by("pk")
    return {product.pk: product for product in rows}


def variant_lock(variant_id: uuid.UUID) -> Variant:
    """Return a variant with its product locked.

    Raises:
        VariantNotFound: there is none.
    """
    assert_in_transaction()
    owner = Product.objects.select_for_update(no_key=True, of=("self",)).filter(variants=variant_id).first()
    # Read after the lock: what another transaction did to it until now counts.
    variant = None if owner is None else Variant.objects.filter(pk=variant_id).first()
    if variant is None or owner is None:
        raise VariantNotFound
    variant.product = owner
    return variant


def stock_lock(variant_ids: Iterable[uuid.UUID]) -> None:
    """Lock the stock levels of variants that are about to go, in the order in which placing an order locks them."""
    assert_in_transaction()
    levels: Any = Variant._meta.get_field("stock_levels").related_model  # noqa: SLF001
    list(levels.objects.select_for_update().filter(variant__in=list(variant_ids)).order_by("pk").values_list("pk"))


def tree_lock() -> None:
    """Let one transaction at a time change the tree of categories: its paths name one another."""
    assert_in_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TREE_LOCK])
