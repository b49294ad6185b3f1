"""Words that products are found by."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from products.models import Product, ProductTranslation
from tests.factories.catalogue import (
    category_make,
    collection_make,
    market_make,
    product_make,
)
from tests.products.asking import PRODUCTS, found

pytestmark = pytest.mark.django_db


def test_words_of_the_title_weigh_more(api: APIClient) -> None:
    market_make()
    product_make("Lamp", description="<p>Fits on any desk</p>")
    product_make("Desk")
    product_make("Chair", tags=["desk"])
    assert found(api, "desk") == ["Desk", "Chair", "Lamp"]


def test_search_knows_accents_languages_and_skus(api: APIClient) -> None:
    market_make()
    product = product_make("Crème brûlée", variants=[{"sku": "CB-100/x"}])
    ProductTranslation.objects.create(product=product, language="es", title="Natillas")
    for words in ("creme", "BRÛLÉE", "natillas", "CB-100/x", "cb-100", "100", "crè bru"):
        assert found(api, words) == ["Crème brûlée"], words


@pytest.mark.parametrize(
    "words", ["'", "\\", "!", "a & b | !c:*", "''' :* <-> (", "   x", "%", "_", "💥", "и", "a\u0301"]
)
def test_no_words_break_the_search(api: APIClient, words: str) -> None:
    market_make()
    product_make("Mug")
    assert api.get(PRODUCTS, {"q": words}).status_code == 200
    assert api.get("/api/v1/search/suggest", {"q": words}).status_code == 200


def test_what_was_mistyped_is_found_all_the_same_and_paged(api: APIClient) -> None:
    market_make()
    for number in range(5):
        product_make(f"Blanket {number}")
    product_make("Lamp")
    assert len(found(api, "blnaket")) == 5
    assert len(found(api, "blnaket", sort="price")) == 5
    assert api.get(PRODUCTS, {"q": "blnaket", "count": "exact"}).json()["count"] == 5
    address, seen = f"{PRODUCTS}?q=blnaket&limit=2", []
    while address:
        body = api.get(address).json()
        seen += [product["title"] for product in body["results"]]
        address = body["next"]
    assert sorted(seen) == [f"Blanket {number}" for number in range(5)]
    # What had the words is gone by the time of the next page: that page is empty, not wrong.
    following = api.get(f"{PRODUCTS}?q=blanket&limit=2").json()["next"]
    Product.objects.filter(title__startswith="Blanket").update(status="draft")
    assert api.get(following).json()["results"] == []
    assert found(api, "xyzzy") == []


@pytest.mark.parametrize("count", [10, 30])
def test_search_and_category_pages_cost_the_same_for_any_number(
    api: APIClient, count: int, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    market_make()
    category = category_make("Kitchen")
    for _ in range(count):
        product_make("Mug", categories=[category], variants=2)
    collection_make("Ruled", kind="rule", rule={"all": [{"field": "category", "op": "eq", "value": "kitchen"}]})
    for query, queries in (("category=kitchen", 1), ("q=mug", 1), ("collection=ruled", 2), ("q=mgu", 2)):
        with django_assert_max_num_queries(queries + 7):
            api.get(f"{PRODUCTS}?limit=10&{query}")
        with django_assert_num_queries(queries):
            assert len(api.get(f"{PRODUCTS}?limit=10&{query}").json()["results"]) == (0 if query == "q=mgu" else 10)
