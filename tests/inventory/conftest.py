"""The least that stock needs: places, and variants to keep there."""

import itertools
from collections.abc import Callable

import pytest

from inventory.models import Location
from products.models import Product, Variant

_numbers = itertools.count(1)


@pytest.fixture
def main_location(db: None) -> Location:
    """Return the place that stock is taken from first."""
    return Location.objects.create(code="main", name="Main warehouse", country="ES", position=1)


@pytest.fixture
def second_location(db: None) -> Location:
    """Return the place that stock is taken from next."""
    return Location.objects.create(code="second", name="Second warehouse", country="ES", position=2)


@pytest.fixture
def make_variant(db: None) -> Callable[..., Variant]:
    """Return a maker of variants, each of its own product."""

    def make(**fields: object) -> Variant:
        number = next(_numbers)
        product = Product.objects.create(slug=f"thing-{number}", title=f"Thing {number}", status="active")
        return Variant.objects.create(product=product, **{"sku": f"SKU-{number}", **fields})

    return make
