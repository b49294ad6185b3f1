"""Catalogues that tests of products ask."""

import pytest

from products.models import Product
from tests.factories.catalogue import (
    attribute_make,
    brand_make,
    category_make,
    market_make,
    product_make,
)


@pytest.fixture
def shop() -> dict[str, Product]:
    """Make four products that differ in everything that can be asked for."""
    market_make()
    attribute_make("colour", name="Colour")
    attribute_make("size_ml", kind="integer", name="Size", unit="ml", position=1)
    attribute_make("is_new", kind="boolean", position=2)
    home = category_make("Home")
    kitchen, garden = category_make("Kitchen", parent=home), category_make("Garden", parent=home)
    clothes = category_make("Clothes")
    acme, apex = brand_make("Acme"), brand_make("Apex")
    return {
        "cup": product_make(
            "Cup",
            price=900,
            brand=acme,
            tags=["new", "eco"],
            categories=[kitchen],
            attributes={"colour": "red", "size_ml": 200, "is_new": True},
            product_type="Tableware",
        ),
        "jug": product_make(
            "Jug",
            brand=apex,
            tags=["eco"],
            categories=[kitchen, garden],
            attributes={"colour": "blue", "size_ml": 1000},
            options=["Size"],
            variants=[
                {"option_values": ["S"], "price": 1500, "stock": 0},
                {"option_values": ["L"], "price": 2500, "stock": 0},
            ],
        ),
        "rake": product_make("Rake", price=3000, brand=apex, categories=[garden], stock=None),
        "shirt": product_make("Shirt", price=2000, tags=["new"], categories=[clothes], attributes={"colour": "red"}),
    }
