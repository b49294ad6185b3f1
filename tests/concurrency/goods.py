"""Goods received through the ledger, so that every sum over it is the whole truth."""

from django.db import transaction

from inventory.models import Location
from inventory.services import StockTarget, stock_set_many
from products.models import Variant
from tests.factories.catalogue import location_make, product_make, variant_of


def stocked(pieces: int, *, location: Location | None = None) -> Variant:
    """Return a new variant of which there are so many."""
    variant = variant_of(product_make(stock=None, variants=[{"is_stock_tracked": True}]))
    receive(variant, pieces, location=location)
    return variant


def receive(variant: Variant, pieces: int, *, location: Location | None = None) -> None:
    """Make a location hold so many of a variant."""
    place = location or location_make()
    with transaction.atomic():
        stock_set_many(
            levels=[StockTarget(variant.id, pieces)], location_id=place.id, reason="Delivery", actor="system"
        )
