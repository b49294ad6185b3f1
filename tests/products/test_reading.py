"""Reading products as a shopper: pages, one product, conditions, what is seen when."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from rest_framework.test import APIClient

from core import clock
from products.models import Category, Media, Price, Product, ProductTranslation
from tests.factories.catalogue import (
    attribute_make,
    brand_make,
    category_make,
    market_make,
    price_make,
    product_make,
    us_market_make,
    variant_of,
)

pytestmark = pytest.mark.django_db

PRODUCTS = "/api/v1/products"


def titles(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [product["title"] for product in response.json()["results"]]


def test_a_product_whole(api: APIClient) -> None:
    market_make()
    attribute_make("colour", name="Colour")
    attribute_make("size_ml", kind="integer", unit="ml", position=1)
    product = product_make(
        "Mug",
        description="<p>Fine</p>",
        product_type="Tableware",
        brand=brand_make(),
        categories=[category_make("Kitchen")],
        tags=["new"],
        attributes={"size_ml": 300, "colour": "red"},
        metadata={"erp": 7},
        seo_title="Mugs",
        options=["Size"],
        variants=[
            {
                "sku": "M-R",
                "option_values": ["Red"],
                "price": 1299,
                "compare_at": 1500,
                "stock": 3,
                "weight_grams": 250,
                "released_on": date(2026, 11, 1),
            },
            {"sku": "M-B", "option_values": ["Blue"], "price": 999, "stock": 0, "requires_shipping": False},
            {"sku": "M-G", "option_values": ["Grey"], "price": None},
        ],
    )
    media = Media.objects.create(product=product, url="https://img.example/mug.png", alt="A mug", width=10, height=20)
    media.variants.add(variant_of(product))

    response = api.get(f"{PRODUCTS}/{product.slug}")

    product.refresh_from_db()
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert body == {
        "id": str(product.id),
        "slug": product.slug,
        "title": "Mug",
        "description": "<p>Fine</p>",
        "brand": {"name": "Acme", "slug": "acme"},
        "product_type": "Tableware",
        "is_gift_card": False,
        "categories": [{"id": str(product.categories.get().id), "slug": "kitchen", "name": "Kitchen"}],
        "tags": ["new"],
        "attributes": [
            {"code": "colour", "name": "Colour", "value": "red", "unit": ""},
            {"code": "size_ml", "name": "Size_Ml", "value": 300, "unit": "ml"},
        ],
        "options": [{"name": "Size", "values": ["Red", "Blue", "Grey"]}],
        "images": [
            {
                "url": "https://img.example/mug.png",
                "alt": "A mug",
                "width": 10,
                "height": 20,
                "renditions": {},
                "variant_ids": [str(variant_of(product).id)],
            }
        ],
        "price_range": {
            "min": {"amount": 999, "currency": "EUR"},
            "max": {"amount": 1299, "currency": "EUR"},
        },
        "variants": [
            {
                "id": str(variant_of(product, 0).id),
                "sku": "M-R",
                "title": "Red",
                "option_values": ["Red"],
                "barcode": "",
                "price": {"amount": 1299, "currency": "EUR"},
                "compare_at": {"amount": 1500, "currency": "EUR"},
                "lowest_price_30d": None,
                "prices_include_tax": True,
                "availability": "in_stock",
                "released_on": "2026-11-01",
                "requires_shipping": True,
                "weight_grams": 250.0,
            },
            {
                "id": str(variant_of(product, 1).id),
                "sku": "M-B",
                "title": "Blue",
                "option_values": ["Blue"],
                "barcode": "",
                "price": {"amount": 999, "currency": "EUR"},
                "compare_at": None,
                "lowest_price_30d": None,
                "prices_include_tax": True,
                "availability": "out_of_stock",
                "released_on": None,
                "requires_shipping": False,
                "weight_grams": None,
            },
        ],
        "seo": {"title": "Mugs", "description": ""},
        "metadata": {"erp": 7},
        "created_at": product.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": product.updated_at.isoformat().replace("+00:00", "Z"),
    }
    assert api.get(f"{PRODUCTS}/{product.id}").json() == body
    assert api.get(PRODUCTS).json() == {"results": [body], "next": None, "previous": None}


def test_what_no_shopper_may_see_is_not_there(api: APIClient) -> None:
    market_make()
    us_market_make()
    now = clock.now()
    hidden = [
        product_make(status="draft"),
        product_make(status="archived"),
        product_make(published_from=now + timedelta(hours=1)),
        product_make(published_until=now),
        product_make(price=None),
        product_make(market=us_market_make()),
    ]
    seen = product_make("Seen", published_from=now, published_until=now + timedelta(hours=1))
    assert titles(api.get(PRODUCTS)) == ["Seen"]
    for product in hidden:
        response = api.get(f"{PRODUCTS}/{product.slug}")
        assert (response.status_code, response.json()["code"]) == (404, "product_not_found")
    with clock.moved(timedelta(hours=1)):
        assert titles(api.get(PRODUCTS)) == [hidden[2].title]
        assert api.get(f"{PRODUCTS}/{seen.slug}").status_code == 404


def test_markets_have_their_own_prices(api: APIClient) -> None:
    market_make()
    product = product_make("Mug", price=1000)
    price_make(variant_of(product), 1200, market=us_market_make())

    def price(query: str) -> Any:
        variant = api.get(PRODUCTS + query).json()["results"][0]["variants"][0]
        return variant["price"]["amount"], variant["price"]["currency"], variant["prices_include_tax"]

    assert price("") == price("?market=eu") == (1000, "EUR", True)
    assert price("?market=us") == (1200, "USD", False)
    response = api.get(PRODUCTS + "?market=xx")
    assert (response.status_code, response.json()["code"]) == (400, "market_unknown")


def test_languages(api: APIClient) -> None:
    market_make()
    product = product_make("Mug", description="Fine", seo_title="Mugs")
    ProductTranslation.objects.create(product=product, language="es", title="Taza", seo_title="Tazas")

    def texts(**kwargs: Any) -> list[str]:
        response = api.get(f"{PRODUCTS}/{product.slug}", **kwargs)
        body = response.json()
        return [body["title"], body["description"], body["seo"]["title"], response.headers["Content-Language"]]

    assert texts() == ["Mug", "Fine", "Mugs", "en"]
    assert texts(headers={"Accept-Language": "fr, es;q=0.8"}) == ["Taza", "Fine", "Tazas", "es"]
    assert texts(query_params={"language": "es"}) == ["Taza", "Fine", "Tazas", "es"]
    response = api.get(f"{PRODUCTS}?language=fr")
    assert (response.status_code, response.json()["code"]) == (400, "language_unknown")


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["D", "C", "B", "A"]),
        ("newest", ["D", "C", "B", "A"]),
        ("title", ["A", "B", "C", "D"]),
        ("-title", ["D", "C", "B", "A"]),
        ("price", ["C", "A", "B", "D"]),
        ("-price", ["C", "A", "D", "B"]),
    ],
)
def test_sorts_and_pages_in_both_directions(api: APIClient, sort: str, expected: list[str]) -> None:
    market_make()
    for title, prices in (("A", [500, 900]), ("B", [500, 500]), ("C", [100, 5000]), ("D", [600, 600])):
        sizes = [{"option_values": [str(number)], "price": price} for number, price in enumerate(prices)]
        product_make(title, variants=sizes)
    address = f"{PRODUCTS}?limit=3" + (f"&sort={sort}" if sort else "")
    first = api.get(address)
    assert titles(first) == expected[:3]
    assert first.json()["previous"] is None
    assert first.headers["Link"] == f'<{first.json()["next"]}>; rel="next"'
    second = api.get(first.json()["next"])
    assert titles(second) == expected[3:]
    assert second.json()["next"] is None
    assert titles(api.get(second.json()["previous"])) == expected[:3]


def test_walking_through_all_pages_shows_each_product_once(api: APIClient) -> None:
    market_make()
    for number in range(12):
        product_make(f"P{number:02}", price=100 + number % 3, variants=2)
    for sort in ("newest", "price", "-price", "title"):
        address, seen = f"{PRODUCTS}?limit=5&sort={sort}&tag=", []
        address = f"{PRODUCTS}?limit=5&sort={sort}"
        while address:
            body = api.get(address).json()
            seen += [product["title"] for product in body["results"]]
            address = body["next"]
        assert sorted(seen) == [f"P{number:02}" for number in range(12)], sort


def test_a_scheduled_price_begins_and_ends_by_itself(api: APIClient) -> None:
    market, now = market_make(), clock.now()
    product = product_make("Mug", price=None)
    price_make(variant_of(product), 1000, valid_until=now + timedelta(hours=1))
    price_make(variant_of(product), 700, valid_from=now + timedelta(hours=1), valid_until=now + timedelta(hours=2))
    address = f"{PRODUCTS}/{product.slug}"
    seen, etags = [], []
    for hours in (0, 1, 0, 2, 1, 0):
        with clock.moved(timedelta(hours=hours)):
            one, many = api.get(address), api.get(PRODUCTS)
            seen.append(one.json()["variants"][0]["price"]["amount"] if one.status_code == 200 else None)
            etags.append(many.headers["ETag"])
            assert many.json()["results"] == ([one.json()] if one.status_code == 200 else [])
            # The tag of one time is not that of another.
            unchanged = api.get(PRODUCTS, headers={"If-None-Match": etags[0]}).status_code == 304
            assert unchanged is (hours == 0)
    assert seen == [1000, 700, 1000, None, 700, 1000]
    assert (etags[0] == etags[2] == etags[5], etags[1] == etags[4], len(set(etags))) == (True, True, 3)
    assert market.code == "eu"


def test_unchanged_is_a_304_and_changed_is_not(api: APIClient, django_assert_num_queries: Any) -> None:
    market_make()
    product = product_make("Mug")
    for address in (PRODUCTS, f"{PRODUCTS}/{product.slug}"):
        first = api.get(address)
        with django_assert_num_queries(1):
            second = api.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (second.status_code, second.content, second.headers["ETag"]) == (304, b"", first.headers["ETag"])
        assert second.headers["Cache-Control"] == "public, no-cache"
        assert (
            api.get(address, headers={"Accept-Language": "es", "If-None-Match": first.headers["ETag"]}).status_code
            == 200
        )
        Price.objects.update(amount=Price.objects.get().amount + 1)
        third = api.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert third.status_code == 200


@pytest.mark.parametrize("count", [10, 40])
def test_a_page_is_one_query_when_rendered_before_and_eight_at_the_most_when_not(
    api: APIClient, count: int, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    market_make()
    attribute_make("colour")
    category = category_make()
    for _ in range(count):
        product = product_make(variants=3, attributes={"colour": "red"}, categories=[category], brand=brand_make())
        Media.objects.create(product=product, url="https://img.example/x.png")
    for address in (f"{PRODUCTS}?limit=20", f"{PRODUCTS}?limit=5&sort=price&category={category.slug}&count=exact"):
        with django_assert_max_num_queries(8):
            api.get(address)
        with django_assert_num_queries(2 if "count" in address else 1):
            api.get(address)
    product_address = f"{PRODUCTS}/{product.id}"
    with django_assert_num_queries(1):
        api.get(product_address)


def test_a_page_of_many_is_the_same_page_later(api: APIClient) -> None:
    market_make()
    for title in "abc":
        product_make(title)
    first = api.get(f"{PRODUCTS}?limit=2")
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        later = api.get(f"{PRODUCTS}?limit=2", headers={"If-None-Match": first.headers["ETag"]})
    assert (later.status_code, later.headers["Link"]) == (304, first.headers["Link"])


@pytest.mark.parametrize("letter", ["雪", "💥", '"'])
def test_the_longest_title_can_be_paged_by(api: APIClient, letter: str) -> None:
    market_make()
    for number in range(2):
        product_make(letter * 254 + str(number), slug=f"p{number}")
    second = api.get(api.get(f"{PRODUCTS}?limit=1&sort=title").json()["next"])
    assert [product["slug"] for product in second.json()["results"]] == ["p1"]


def test_changed_slugs_lead_to_the_product(api: APIClient) -> None:
    market_make()
    product = product_make("Mug", slug="a")
    for slug in ("b", "c"):
        Product.objects.filter(pk=product.pk).update(slug=slug)
    for old in ("a", "b"):
        response = api.get(f"{PRODUCTS}/{old}?market=eu")
        assert (response.status_code, response.headers["Location"]) == (308, "/api/v1/products/c?market=eu")
    other = product_make("Other", slug="a")
    assert api.get(f"{PRODUCTS}/a").json()["id"] == str(other.id)
    Product.objects.filter(pk=product.pk).update(status="draft")
    assert api.get(f"{PRODUCTS}/b").status_code == 404
    # Nor does an old address tell the name of what isn't published yet.
    Product.objects.filter(pk=product.pk).update(status="active", published_from=clock.now() + timedelta(days=1))
    assert api.get(f"{PRODUCTS}/b").status_code == 404
    above = category_make("Above")
    below = category_make("Below", parent=above)
    Category.objects.filter(pk=below.pk).update(slug="renamed")
    assert api.get("/api/v1/categories/below").status_code == 308
    Category.objects.filter(pk=above.pk).update(is_active=False)
    assert api.get("/api/v1/categories/below").status_code == 404


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("colour=red", "colour"),
        ("limit=0", "limit"),
        ("limit=x", "limit"),
        ("sort=nope", "sort"),
        ("sort=relevance", "sort"),
        ("sort=position", "sort"),
        ("cursor=abc", "cursor"),
        ("price_min=-1", "price_min"),
        ("price_min=1.5", "price_min"),
        ("availability=maybe", "availability"),
        ("market=eu&market=us", "market"),
        ("q=%00", "q"),
        ("q=" + "x" * 201, "q"),
        ("attr.Colour=red", "attr.Colour"),
        ("attr.nope=red", "attr.nope"),
        ("attr.colour=", "attr.colour"),
        ("attr.hidden=1", "attr.hidden"),
        ("view=other", "view"),
    ],
)
def test_a_bad_parameter_is_named(api: APIClient, query: str, parameter: str) -> None:
    market_make()
    attribute_make("colour")
    attribute_make("hidden", is_filterable=False)
    product_make(attributes={"hidden": 1})
    response = api.get(f"{PRODUCTS}?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_input"), response.content
    assert response.json()["errors"][0]["parameter"] == parameter
    assert response.headers["Content-Type"] == "application/problem+json"


def test_headers_that_do_not_fit_are_refused(api: APIClient) -> None:
    market_make()
    assert api.get(PRODUCTS, headers={"Accept": "text/html"}).status_code == 406
    assert api.get(PRODUCTS, headers={"Accept": "text/html, */*;q=0.1"}).status_code == 200
    response = api.get(PRODUCTS, headers={"Authorization": "Bearer nonsense"})
    assert (response.status_code, "Bearer" in response.headers["WWW-Authenticate"]) == (401, True)


def test_a_shop_without_a_market_says_so(api: APIClient) -> None:
    response = api.get(PRODUCTS)
    assert (response.status_code, response.json()["code"]) == (400, "market_unknown")
    assert "POST /markets" in response.json()["detail"]
