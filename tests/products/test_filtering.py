"""Narrowing, searching and counting: what a list of products can be asked."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from products.models import Category, Product, ProductTranslation, Variant
from products.selectors import facets as facets_selector
from tests.factories.catalogue import (
    attribute_make,
    brand_make,
    category_make,
    collection_make,
    location_make,
    market_make,
    price_make,
    product_make,
    stock_make,
    us_market_make,
    variant_of,
)

pytestmark = pytest.mark.django_db

PRODUCTS = "/api/v1/products"


def titles(api: APIClient, query: str) -> list[str]:
    response = api.get(f"{PRODUCTS}?sort=title&{query}")
    assert response.status_code == 200, response.content
    return [product["title"] for product in response.json()["results"]]


def facets(api: APIClient, query: str = "") -> Any:
    response = api.get(f"{PRODUCTS}?facets=true&{query}")
    assert response.status_code == 200, response.content
    return response.json()["facets"]


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


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Cup", "Jug", "Rake", "Shirt"]),
        ("category=kitchen", ["Cup", "Jug"]),
        ("category=home", ["Cup", "Jug", "Rake"]),
        ("brand=acme", ["Cup"]),
        ("brand=acme&brand=apex", ["Cup", "Jug", "Rake"]),
        ("brand=nobody", []),
        ("tag=eco", ["Cup", "Jug"]),
        ("tag=eco&tag=new", ["Cup", "Jug", "Shirt"]),
        ("tag=ECO", []),
        ("price_min=2000", ["Jug", "Rake", "Shirt"]),
        ("price_max=1500", ["Cup", "Jug"]),
        ("price_min=1501&price_max=2499", ["Shirt"]),
        ("attr.colour=red", ["Cup", "Shirt"]),
        ("attr.colour=red&attr.colour=blue", ["Cup", "Jug", "Shirt"]),
        ("attr.colour=red&attr.size_ml=200", ["Cup"]),
        ("attr.size_ml=1000", ["Jug"]),
        ("attr.is_new=true", ["Cup"]),
        ("attr.is_new=false", []),
        ("availability=in_stock", ["Cup", "Rake", "Shirt"]),
        ("availability=out_of_stock", ["Jug"]),
        ("availability=out_of_stock&availability=backorder", ["Jug"]),
        ("category=home&tag=eco&brand=apex", ["Jug"]),
        ("q=cup", ["Cup"]),
        ("q=acme", ["Cup"]),
        ("q=CU", ["Cup"]),
        ("q=cup+acme", ["Cup"]),
        ("q=cup+apex", ["Cup"]),  # Nothing has both words; this is the nearest.
        ("q=shirt&category=home", []),
    ],
)
def test_filters(api: APIClient, shop: dict[str, Product], query: str, expected: list[str]) -> None:
    assert titles(api, query) == expected
    response = api.get(f"{PRODUCTS}?count=exact&limit=1&{query}")
    assert response.json()["count"] == len(expected)


def test_filters_by_id(api: APIClient, shop: dict[str, Product]) -> None:
    kitchen = Category.objects.get(slug="kitchen")
    assert titles(api, f"category={kitchen.id}") == ["Cup", "Jug"]
    assert titles(api, f"brand={shop['cup'].brand_id}") == ["Cup"]


def test_prices_are_those_of_the_market(api: APIClient, shop: dict[str, Product]) -> None:
    price_make(variant_of(shop["cup"]), 5000, market=us_market_make())
    assert titles(api, "market=us") == ["Cup"]
    assert titles(api, "market=us&price_max=4999") == []


def test_back_orders_and_closed_places(api: APIClient, shop: dict[str, Product]) -> None:
    for level in variant_of(shop["jug"]).stock_levels.all():
        level.backorder_limit = 5
        level.save()
    assert titles(api, "availability=backorder") == ["Jug"]
    closed = location_make("closed", is_active=False)
    stock_make(variant_of(shop["jug"]), 10, location=closed)
    assert titles(api, "availability=backorder") == ["Jug"]
    closed.is_active = True
    closed.save()
    assert titles(api, "availability=in_stock") == ["Cup", "Jug", "Rake", "Shirt"]


def test_a_category_that_is_not_there_is_a_404(api: APIClient, shop: dict[str, Product]) -> None:
    for query in ("category=nothing", "collection=nothing"):
        assert api.get(f"{PRODUCTS}?{query}").status_code == 404
    Category.objects.filter(slug="home").update(is_active=False)
    assert api.get(f"{PRODUCTS}?category=kitchen").status_code == 404
    assert titles(api, "category=clothes") == ["Shirt"]
    Product.objects.filter(title="Shirt").update(status="draft")
    assert titles(api, "category=clothes") == []
    assert titles(api, f"category={str(Category.objects.get(slug='clothes').id).upper()}") == []


def test_an_inactive_category_is_not_shown_on_products(api: APIClient, shop: dict[str, Product]) -> None:
    def slugs() -> list[str]:
        return [one["slug"] for one in api.get(f"{PRODUCTS}/{shop['jug'].slug}").json()["categories"]]

    assert slugs() == ["kitchen", "garden"]
    Category.objects.filter(slug="garden").update(is_active=False)
    assert slugs() == ["kitchen"]
    Category.objects.filter(slug="home").update(is_active=False)
    assert slugs() == []


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
    assert found["availability"] == {"in_stock": 3, "backorder": 0, "out_of_stock": 1}


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
    assert found["availability"] == {"in_stock": 1, "backorder": 0, "out_of_stock": 1}
    found = facets(api, "availability=out_of_stock")
    assert found["availability"] == {"in_stock": 3, "backorder": 0, "out_of_stock": 1}
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
        "availability": {"in_stock": 0, "backorder": 0, "out_of_stock": 0},
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


def found(api: APIClient, words: str, **more: str) -> list[str]:
    response = api.get(PRODUCTS, {"q": words, **more})
    assert response.status_code == 200, response.content
    return [product["title"] for product in response.json()["results"]]


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


def test_a_hand_picked_collection_is_in_the_order_of_the_hand(api: APIClient, shop: dict[str, Product]) -> None:
    collection_make("Best", products=[shop["rake"], shop["cup"], shop["shirt"]])
    best = api.get(f"{PRODUCTS}?collection=best&limit=2").json()
    assert [product["title"] for product in best["results"]] == ["Rake", "Cup"]
    assert [product["title"] for product in api.get(best["next"]).json()["results"]] == ["Shirt"]
    assert titles(api, "collection=best") == ["Cup", "Rake", "Shirt"]
    assert titles(api, "collection=best&tag=new") == ["Cup", "Shirt"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"all": [{"field": "tag", "op": "eq", "value": "new"}]}, ["Cup", "Shirt"]),
        ({"all": [{"field": "tag", "op": "in", "value": ["eco", "none"]}]}, ["Cup", "Jug"]),
        ({"all": [{"field": "category", "op": "eq", "value": "home"}]}, ["Cup", "Jug", "Rake"]),
        ({"all": [{"field": "brand", "op": "in", "value": ["acme", "apex"]}]}, ["Cup", "Jug", "Rake"]),
        ({"all": [{"field": "product_type", "op": "eq", "value": "Tableware"}]}, ["Cup"]),
        ({"all": [{"field": "product_type", "op": "contains", "value": "WARE"}]}, ["Cup"]),
        ({"all": [{"field": "price", "op": "lt", "value": 1600}]}, ["Cup", "Jug"]),
        ({"all": [{"field": "price", "op": "gt", "value": 2500}]}, ["Rake"]),
        ({"all": [{"field": "price", "op": "eq", "value": 2000}]}, ["Shirt"]),
        ({"all": [{"field": "attribute.colour", "op": "eq", "value": "red"}]}, ["Cup", "Shirt"]),
        ({"all": [{"field": "attribute.colour", "op": "contains", "value": "LU"}]}, ["Jug"]),
        ({"all": [{"field": "attribute.size_ml", "op": "gt", "value": 200}]}, ["Jug"]),
        ({"all": [{"field": "attribute.size_ml", "op": "lt", "value": 1000}]}, ["Cup"]),
        ({"all": [{"field": "attribute.colour", "op": "gt", "value": 1}]}, []),
        ({"all": [{"field": "attribute.size_ml", "op": "in", "value": [200, 1000]}]}, ["Cup", "Jug"]),
        (
            {
                "all": [
                    {"field": "tag", "op": "eq", "value": "new"},
                    {"field": "price", "op": "lt", "value": 1000},
                ]
            },
            ["Cup"],
        ),
        (
            {
                "any": [
                    {"field": "tag", "op": "eq", "value": "new"},
                    {"field": "brand", "op": "eq", "value": "apex"},
                ]
            },
            ["Cup", "Jug", "Rake", "Shirt"],
        ),
    ],
)
def test_a_rule_picks_whenever_it_is_read(
    api: APIClient, shop: dict[str, Product], rule: dict[str, Any], expected: list[str]
) -> None:
    collection_make("Ruled", kind="rule", rule=rule)
    assert titles(api, "collection=ruled") == expected
    assert facets(api, "collection=ruled")["availability"]["in_stock"] == len(set(expected) - {"Jug"})


def test_a_rule_that_nobody_understands_picks_nothing(api: APIClient, shop: dict[str, Product]) -> None:
    collection_make("Broken", kind="rule", rule={"all": [{"field": "password", "op": "eq", "value": "x"}]})
    assert api.get(f"{PRODUCTS}?collection=broken").status_code == 404


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


def test_a_sku_with_a_slash_is_found(api: APIClient) -> None:
    market_make()
    variant = variant_of(product_make(variants=[{"sku": "A/7 ü"}]))
    for address in ("A%2F7%20%C3%BC", str(variant.id)):
        assert api.get(f"/api/v1/variants/{address}").json()["id"] == str(variant.id)
    Variant.objects.update(sku="")
    assert api.get("/api/v1/variants/").status_code == 404
