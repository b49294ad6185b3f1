"""The events of the catalogue, written beside the change that they tell of."""

from __future__ import annotations

from collections.abc import Iterable

from events.services import event_record
from products.models import Product


def product_created(product: Product, *, actor: str) -> None:
    """Tell of a new product; part of the caller's transaction."""
    _record("product.created", product, {}, actor)


def product_changed(product: Product, changed: Iterable[str], *, actor: str) -> None:
    """Tell which fields or lists of a product changed; part of the caller's transaction."""
    _record("product.updated", product, {"changed": sorted(changed)}, actor)


def product_deleted(product: Product, *, actor: str) -> None:
    """Tell that a product is gone; part of the caller's transaction."""
    _record("product.deleted", product, {}, actor)


def _record(kind: str, product: Product, more: dict[str, object], actor: str) -> None:
    event_record(
        type=kind,
        aggregate_type="product",
        aggregate_id=product.pk,
        data={"slug": product.slug, "title": product.title, "status": product.status, **more},
        actor=actor,
    )
