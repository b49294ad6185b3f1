"""Narrowing: what a list of products can be asked for, and what collections pick."""

from datetime import date, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from core import clock
from products.models import Category, Product, Variant
from tests.factories.catalogue import (
    collection_make,
    location_make,
    market_make,
    price_make,
    product_make,
    stock_make,
    us_market_make,
    variant_of,
)
from tests.products.asking import PRODUCTS, facets, titles

pytestmark = pytest.mark.django_db


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


def test_what_is_not_released_yet_is_a_preorder_until_its_day(api: APIClient, shop: dict[str, Product]) -> None:
    today = clock.day_of(clock.now())
    midnight = clock.start_of(today + timedelta(days=1)) - clock.now()

    def told() -> dict[str, str]:
        return {one["title"]: one["variants"][0]["availability"] for one in api.get(PRODUCTS).json()["results"]}

    def tags() -> list[str]:
        return [api.get(url).headers["ETag"] for url in (PRODUCTS, f"{PRODUCTS}/{shop['cup'].slug}")]

    for name in ("cup", "jug"):
        Variant.objects.filter(product=shop[name]).update(released_on=today + timedelta(days=1))
    Variant.objects.filter(product=shop["rake"]).update(released_on=today, is_stock_tracked=False)
    before = {"Cup": "preorder", "Jug": "out_of_stock", "Rake": "in_stock", "Shirt": "in_stock"}
    assert told() == before
    seen = tags()
    for state in ("in_stock", "preorder", "out_of_stock"):
        assert titles(api, f"availability={state}") == sorted(title for title in before if before[title] == state)
    assert facets(api)["availability"] == {"in_stock": 2, "backorder": 0, "preorder": 1, "out_of_stock": 1}
    with clock.moved(midnight - timedelta(minutes=1)):
        assert (told(), tags()) == (before, seen)
    with clock.moved(midnight):
        assert told() == before | {"Cup": "in_stock"}
        assert set(tags()).isdisjoint(seen)
        assert titles(api, "availability=preorder") == []
    assert told() == before
    for level in variant_of(shop["jug"]).stock_levels.all():
        level.backorder_limit = None
        level.save()
    assert titles(api, "availability=preorder") == ["Cup", "Jug"]
    Variant.objects.filter(product=shop["cup"]).update(released_on=date.max)
    assert told() == before | {"Jug": "preorder"}


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


def test_a_sku_with_a_slash_is_found(api: APIClient) -> None:
    market_make()
    variant = variant_of(product_make(variants=[{"sku": "A/7 ü"}]))
    for address in ("A%2F7%20%C3%BC", str(variant.id)):
        assert api.get(f"/api/v1/variants/{address}").json()["id"] == str(variant.id)
    Variant.objects.update(sku="")
    assert api.get("/api/v1/variants/").status_code == 404
