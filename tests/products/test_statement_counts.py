"""Every list costs the same for ten rows and for a thousand."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from markets.models import Market, TaxRate
from products.importing.models import Import
from products.models import (
    Attribute,
    Brand,
    Category,
    Collection,
    CollectionProduct,
    Media,
    Price,
    Product,
    ProductCategory,
    ProductOption,
    ProductTranslation,
    Variant,
)
from products.rendering import KEPT
from tests.factories.catalogue import category_make, location_make, market_make, tax_category_make
from tests.factories.users import staff_make
from users.models import User

pytestmark = pytest.mark.django_db

FEW, MANY = 10, 1000
RIGHTS = ["catalogue:read", "catalogue:write", "settings:read", "settings:write", "imports:write"]
SHOPPERS = {
    "products": 1,
    "products?category=kitchen": 1,
    "products?q=mug": 1,
    "products?sort=-price": 1,
    "products?collection=picked": 2,
    "products?facets=true&count=exact": 3,
    "search/suggest?q=mug": 3,
    "categories": 1,
    "categories/kitchen": 1,
    "brands": 1,
    "attributes": 1,
    "collections": 1,
    "collections/picked": 1,
    "markets": 1,
}
"""With the page's products rendered before."""
STAFF = ["products?view=staff", "products?view=staff&q=mug", "collections", "collections/picked", "imports"]
STAFF += ["tax-rates", "tax-categories", "markets"]


def rows_make(count: int, before: int = 0) -> None:
    """Fill every list up to so many rows, a statement for each table."""
    market, kitchen, numbers = market_make(), Category.objects.get(slug="kitchen"), range(before, count)
    brands = Brand.objects.bulk_create(Brand(name=f"Brand {n}", slug=f"brand-{n}") for n in numbers)
    Attribute.objects.bulk_create(Attribute(code=f"a{n}", name="A", kind="text") for n in numbers)
    products = Product.objects.bulk_create(
        Product(title=f"Mug {n}", slug=f"mug-{n}", status="active", brand=brands[n - before], attributes={f"a{n}": "x"})
        for n in numbers
    )
    ProductOption.objects.bulk_create(ProductOption(product=p, name="Size", values=["S"]) for p in products)
    ProductTranslation.objects.bulk_create(ProductTranslation(product=p, language="es", title="T") for p in products)
    ProductCategory.objects.bulk_create(ProductCategory(product=p, category=kitchen) for p in products)
    Media.objects.bulk_create(Media(product=p, url="https://img.example/x.png") for p in products)
    variants = Variant.objects.bulk_create(Variant(product=p, option_values=["S"]) for p in products)
    Price.objects.bulk_create(Price(variant=v, market=market, amount=100) for v in variants)
    picked = Collection.objects.get_or_create(slug="picked", defaults={"title": "Picked"})[0]
    CollectionProduct.objects.bulk_create(CollectionProduct(collection=picked, product=p) for p in products)
    Collection.objects.bulk_create(Collection(title="C", slug=f"c-{n}") for n in numbers)
    Import.objects.bulk_create(Import(format="tienda", market=market, file_name="f", actor="x") for _ in numbers)
    tax_category = tax_category_make()
    TaxRate.objects.bulk_create(
        TaxRate(category=tax_category, country="DE", name=f"VAT {n}", rate_ppm=1) for n in numbers
    )
    Market.objects.bulk_create(
        Market(code=f"m{n}", name="M", currency="EUR", countries=["DE"], languages=["en"], prices_include_tax=True)
        for n in numbers
    )
    # A shop's server looks by itself how large its tables are; until it has, it may take a thousand rows for none.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def statements(client: APIClient, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        response = client.get(f"/api/v1/{path}")
    assert response.status_code == 200, response.content
    return len(queries)


def test_lists_cost_the_same_for_any_number_of_rows(
    api: APIClient, client_of: Callable[[User | str], APIClient]
) -> None:
    market_make()
    location_make()
    category_make("Kitchen", slug="kitchen")
    staff = client_of(staff_make(rights=RIGHTS))
    costs: list[Any] = []
    for before, count in ((0, FEW), (FEW, MANY)):
        rows_make(count, before)
        KEPT.clear()
        first = [statements(api, path) for path in SHOPPERS]
        second = {path: statements(api, path) for path in SHOPPERS}
        costs.append((first, second, {path: statements(staff, path) for path in STAFF}))
    assert costs[0][1] == SHOPPERS
    assert costs[1][1] == SHOPPERS
    assert max(costs[1][0]) <= 8
    assert costs[0][2] == costs[1][2]
    assert max(costs[1][2].values()) <= 10
