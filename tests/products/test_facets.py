"""Counting: what facets of a list of products say."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from products.models import Category, Product
from products.selectors import facets as facets_selector
from tests.factories.catalogue import (
    attribute_make,
    brand_make,
    category_make,
    market_make,
    product_make,
)
from tests.products.asking import PRODUCTS, facets, titles

pytestmark = pytest.mark.django_db


def test_facets_count_everything_there_is(api: APIClient, shop: dict[str, Product]) -> None:
    found = facets(api)
    assert [(one["slug"], one["count"]) for one in found["categories"]] == [
        ("home", 3),
        ("garden", 2),
        ("kitchen", 2),
        ("clothes", 1),
    ]
    assert found["brands"] == [
        {"slug": "apex", "name": "Apex", "count": 2},
        {"slug": "acme", "name": "Acme", "count": 1},
    ]
    assert found["tags"] == [{"value": "eco", "count": 2}, {"value": "new", "count": 2}]
    assert found["attributes"] == [
        {
            "code": "colour",
            "name": "Colour",
            "unit": "",
            "values": [{"value": "red", "count": 2}, {"value": "blue", "count": 1}],
        },
        {
            "code": "size_ml",
            "name": "Size",
            "unit": "ml",
            "values": [{"value": 200, "count": 1}, {"value": 1000, "count": 1}],
        },
        {"code": "is_new", "name": "Is_New", "unit": "", "values": [{"value": True, "count": 1}]},
    ]
    assert found["price"] == {
        "min": {"amount": 900, "currency": "EUR"},
        "max": {"amount": 3000, "currency": "EUR"},
    }
    assert found["availability"] == {"in_stock": 3, "backorder": 0, "preorder": 0, "out_of_stock": 1}


def test_a_facet_is_counted_as_if_its_own_filter_were_not_there(api: APIClient, shop: dict[str, Product]) -> None:
    found = facets(api, "brand=apex&attr.colour=blue")
    assert {one["slug"]: one["count"] for one in found["brands"]} == {"acme": 0, "apex": 1} or {
        one["slug"]: one["count"] for one in found["brands"]
    } == {"apex": 1}
    assert found["attributes"][0]["values"] == [{"value": "blue", "count": 1}]
    assert found["price"]["max"]["amount"] == 2500
    found = facets(api, "brand=apex")
    assert {one["slug"]: one["count"] for one in found["brands"]} == {"acme": 1, "apex": 2}
    assert [one["slug"] for one in found["categories"]] == ["garden", "home", "kitchen"]
    assert found["availability"] == {"in_stock": 1, "backorder": 0, "preorder": 0, "out_of_stock": 1}
    found = facets(api, "availability=out_of_stock")
    assert found["availability"] == {"in_stock": 3, "backorder": 0, "preorder": 0, "out_of_stock": 1}
    assert [one["slug"] for one in found["brands"]] == ["apex"]
    found = facets(api, "attr.colour=red")
    assert found["attributes"][0]["values"] == [{"value": "red", "count": 2}, {"value": "blue", "count": 1}]
    assert [one["value"] for one in found["attributes"][1]["values"]] == [200]


def test_what_is_hidden_is_not_counted_above_it(api: APIClient, shop: dict[str, Product]) -> None:
    Category.objects.filter(slug="kitchen").update(is_active=False)
    counts = {one["slug"]: one["count"] for one in facets(api)["categories"]}
    assert counts == {slug: len(titles(api, f"category={slug}")) for slug in ("home", "garden", "clothes")}
    assert api.get("/api/v1/search/suggest?q=kitchen").json()["categories"] == []
    Category.objects.filter(slug="home").update(is_active=False)
    assert api.get("/api/v1/search/suggest?q=garden").json()["categories"] == []
    assert [one["slug"] for one in facets(api)["categories"]] == ["clothes"]


def test_an_attribute_of_many_values_leaves_room_for_others(
    api: APIClient, shop: dict[str, Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets_selector, "MAX_VALUES", 1)
    assert [(one["code"], [value["value"] for value in one["values"]]) for one in facets(api)["attributes"]] == [
        ("colour", ["red"]),
        ("size_ml", [200]),
        ("is_new", [True]),
    ]


def test_facets_of_nothing(api: APIClient, shop: dict[str, Product]) -> None:
    assert facets(api, "tag=none&price_min=1&price_max=2") == {
        "categories": [],
        "brands": [],
        "tags": [],
        "attributes": [],
        "price": None,
        "availability": {"in_stock": 0, "backorder": 0, "preorder": 0, "out_of_stock": 0},
    }


@pytest.mark.parametrize("count", [4, 12])
def test_facets_cost_one_query_more(api: APIClient, count: int, django_assert_num_queries: Any) -> None:
    market_make()
    attribute_make("colour")
    for number in range(count):
        product_make(
            categories=[category_make()],
            brand=brand_make(f"Brand {number}"),
            tags=[f"t{number}"],
            attributes={"colour": f"c{number}"},
        )
    address = f"{PRODUCTS}?facets=true&limit=3&q=product"
    api.get(address)
    with django_assert_num_queries(2):
        api.get(address)


def test_a_facets_page_has_a_tag_that_follows_its_counts(api: APIClient, shop: dict[str, Product]) -> None:
    address = f"{PRODUCTS}?facets=true&limit=1&sort=title"
    etag = api.get(address).headers["ETag"]
    assert api.get(address, headers={"If-None-Match": etag}).status_code == 304
    # It isn't on the page, but it is counted.
    Product.objects.filter(title="Shirt").update(tags=["old"])
    assert api.get(address, headers={"If-None-Match": etag}).status_code == 200
