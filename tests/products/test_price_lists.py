"""Price lists over REST, and what a caller pays by them."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from core import clock
from products.models import PriceList, PriceListPrice, Variant
from tests.factories.catalogue import market_make, price_list_make, product_make, us_market_make, variant_of
from tests.factories.money import eur
from tests.factories.users import group_make, staff_make, user_make
from tests.schema import constraints_of
from users.models import User

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | str], APIClient]
PATH = "/api/v1/price-lists"
LIST = {"market": "eu", "code": "club-eu", "name": "Club"}


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["catalogue:read", "catalogue:write", "customers:read", "customers:write"]))


def tiers(price_list: PriceList) -> list[tuple[str, int, int]]:
    rows = PriceListPrice.objects.filter(price_list=price_list).order_by("variant__sku", "min_quantity")
    return list(rows.values_list("variant__sku", "min_quantity", "amount"))


def test_a_list_is_made_changed_and_deleted(staff: APIClient) -> None:
    market_make()
    group_make("club")
    made = staff.post(PATH, {**LIST, "priority": 3, "customer_groups": ["club"]})
    assert made.status_code == 201, made.content
    path, tag = f"{PATH}/{made.json()['id']}", {"If-Match": made.headers["ETag"]}
    assert made.json() == {
        **LIST,
        "id": made.json()["id"],
        "priority": 3,
        "is_active": True,
        "valid_from": None,
        "valid_until": None,
        "customer_groups": ["club"],
        "prices_count": 0,
    }
    assert staff.patch(path, {"name": "x"}).status_code == 428
    changed = staff.patch(path, {"customer_groups": [], "is_active": False}, headers=tag)
    assert (changed.json()["customer_groups"], changed.json()["is_active"]) == ([], False)
    assert staff.patch(path, {"name": "x"}, headers=tag).status_code == 412
    assert staff.delete(path, headers={"If-Match": changed.headers["ETag"]}).status_code == 204
    assert not PriceList.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"market": "nowhere"}, "/market"),
        ({"customer_groups": ["club", "nobody"]}, "/customer_groups/1"),
        ({"valid_from": "2027-01-01T00:00:00Z", "valid_until": "2027-01-01T00:00:00Z"}, "/valid_until"),
        ({"priority": 40_000}, "/priority"),
        ({"code": "with space"}, "/code"),
        ({"version": 1}, "/version"),
    ],
)
def test_a_wrong_field_is_named(staff: APIClient, wrong: dict[str, Any], pointer: str) -> None:
    market_make()
    group_make("club")
    refused = staff.post(PATH, {**LIST, **wrong})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)
    assert not PriceList.objects.exists()


def test_a_code_is_taken_once_and_what_a_list_needs_stays(staff: APIClient) -> None:
    group = group_make("club")
    price_list = price_list_make("club-eu", {}, groups=[group])
    taken = staff.post(PATH, LIST)
    assert (taken.status_code, taken.json()["code"]) == (409, "price_list_code_taken")
    kept = staff.delete(f"/api/v1/customer-groups/{group.pk}", headers={"If-Match": "*"})
    assert (kept.status_code, kept.json()["code"]) == (409, "customer_group_in_use")
    assert [link.group for link in price_list.group_links.all()] == [group]


def test_prices_are_set_by_variant_all_or_none(staff: APIClient) -> None:
    product = product_make(variants=[{"sku": "A"}, {"sku": "B", "option_values": ["x"]}], options=["Size"][:0])
    first, second = (variant_of(product, place) for place in (0, 1))
    price_list = price_list_make("bulk", {first: {1: 900, 5: 800}, second: {1: 700}})
    path = f"{PATH}/{price_list.pk}/prices"
    wanted = [
        {"sku": "A", "tiers": [{"price": eur(950)}, {"min_quantity": 10, "price": eur(600)}]},
        {"variant_id": str(second.pk), "tiers": []},
    ]
    answer = staff.post(path, {"prices": wanted})
    assert (answer.status_code, answer.json()) == (200, {"variants_count": 2, "tiers_count": 2})
    expected = [("A", 1, 950), ("A", 10, 600)]
    assert tiers(price_list) == expected
    rows = staff.get(path, {"variant": "A"}).json()["results"]
    assert sorted((row["min_quantity"], row["price"]["amount"]) for row in rows) == [(1, 950), (10, 600)]
    assert staff.get(path, {"variant": str(second.pk)}).json()["results"] == []

    wrong: list[tuple[Any, str]] = [
        ({"sku": "C", "tiers": []}, "/prices/1/sku"),
        ({"variant_id": str(uuid.uuid4()), "tiers": []}, "/prices/1/variant_id"),
        ({"variant_id": str(first.pk), "tiers": []}, "/prices/1/variant_id"),
        ({"sku": "B", "tiers": [{"price": {"amount": 1, "currency": "USD"}}]}, "/prices/1/tiers/0/price/currency"),
        ({"sku": "B", "tiers": [{"price": eur(1)}, {"price": eur(2)}]}, "/prices/1/tiers/1/min_quantity"),
        ({"sku": "B", "tiers": [{"min_quantity": 0, "price": eur(1)}]}, "/prices/1/tiers/0/min_quantity"),
        ({"sku": "B", "variant_id": str(second.pk), "tiers": []}, "/prices/1"),
    ]
    for item, pointer in wrong:
        refused = staff.post(path, {"prices": [{"sku": "A", "tiers": []}, item]})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer), item
    assert tiers(price_list) == expected
    assert staff.post(f"{PATH}/{uuid.uuid4()}/prices", {"prices": []}).status_code == 404


def test_setting_prices_costs_the_same_for_any_number(
    staff: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    price_list = price_list_make("bulk", {})
    product_make(variants=30)
    skus = list(Variant.objects.values_list("sku", flat=True))
    for count in (2, 30):
        wanted = [{"sku": sku, "tiers": [{"price": eur(1)}, {"min_quantity": 2, "price": eur(0)}]} for sku in skus]
        with django_assert_max_num_queries(16):
            answer = staff.post(f"{PATH}/{price_list.pk}/prices", {"prices": wanted[:count]})
        assert answer.json()["tiers_count"] == 2 * count


def test_who_may_see_and_set_lists(api: APIClient, client_of: ClientOf) -> None:
    price_list = price_list_make("bulk", {})
    reader = client_of(staff_make(rights=["catalogue:read"]))
    assert reader.get(f"{PATH}/{price_list.pk}/prices").status_code == 200
    for client, status in ((api, 401), (client_of(user_make()), 403), (reader, 403)):
        assert client.post(PATH, LIST).status_code == status
        assert client.post(f"{PATH}/{price_list.pk}/prices", {"prices": []}).status_code == status
    assert [client.get(PATH).status_code for client in (api, client_of(user_make()))] == [401, 403]


def test_a_caller_is_told_what_they_pay(
    api: APIClient, client_of: ClientOf, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    variant = variant_of(product_make(price=1000))
    member = user_make()
    club = group_make("club", members=[member])
    price_list_make("bulk", {variant: {10: 900}})
    price_list_make("club", {variant: {1: 950, 20: 500}}, groups=[club], priority=1)
    path = f"/api/v1/variants/{variant.sku}/prices"
    answer = api.get(path, {"quantity": 10})
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.json() == {
        "variant_id": str(variant.pk),
        "market": "eu",
        "quantity": 10,
        "unit_price": eur(900),
        "regular_unit_price": eur(1000),
        "price_list": "bulk",
        "prices_include_tax": True,
        "tiers": [
            {"min_quantity": 1, "unit_price": eur(1000), "price_list": None},
            {"min_quantity": 10, "unit_price": eur(900), "price_list": "bulk"},
        ],
    }
    shopper = client_of(member)
    with django_assert_max_num_queries(6):
        own = shopper.get(path).json()
    assert (own["unit_price"], own["price_list"]) == (eur(950), "club")
    assert [tier["unit_price"]["amount"] for tier in own["tiers"]] == [950, 500]
    assert api.get(path, {"quantity": 0}).status_code == 400
    assert api.get(path, {"market": "nowhere"}).status_code == 400
    us_market_make()
    assert api.get(path, {"market": "us"}).status_code == 404


def test_lists_that_do_not_fit_are_passed_over(api: APIClient) -> None:
    variant = variant_of(product_make(price=1000))
    now = clock.now()
    price_list_make("off", {variant: {1: 1}}, is_active=False)
    price_list_make("over", {variant: {1: 2}}, valid_until=now)
    price_list_make("later", {variant: {1: 3}}, valid_from=now + timedelta(hours=1))
    price_list_make("other", {variant: {1: 4}}, groups=[group_make("club", members=[user_make()])])
    price_list_make("elsewhere", {variant: {1: 5}}, market=us_market_make())
    assert api.get(f"/api/v1/variants/{variant.pk}/prices").json()["price_list"] is None
    price_list_make("now", {variant: {1: 6}}, valid_from=now, valid_until=now + timedelta(hours=1))
    assert api.get(f"/api/v1/variants/{variant.pk}/prices").json()["unit_price"] == eur(6)


TIER = (
    "INSERT INTO products_pricelistprice (id, price_list_id, variant_id, min_quantity, amount)"
    " SELECT gen_random_uuid(), l.id, v.id, {}, {} FROM products_pricelist l, products_variant v"
)
BROKEN = {
    "products_pricelist_validity": "UPDATE products_pricelist SET valid_from = '2027-1-1', valid_until = '2026-1-1'",
    "products_pricelistgroup_once": (
        "INSERT INTO products_pricelistgroup (price_list_id, group_id)"
        " SELECT price_list_id, group_id FROM products_pricelistgroup"
    ),
    "products_pricelistprice_tier": TIER.format(1, 1),
    "products_pricelistprice_min_quantity": TIER.format(0, 1),
    "products_pricelistprice_amount": TIER.format(2, -1),
}


def test_every_named_rule_is_tried() -> None:
    assert set(BROKEN) == {name for name in constraints_of("products") if name.startswith("products_pricelist")}


@pytest.mark.parametrize("rule", BROKEN)
def test_rule_holds_in_the_database(rule: str) -> None:
    price_list_make("bulk", {variant_of(product_make()): {1: 900}}, groups=[group_make()])
    with pytest.raises(IntegrityError, match=f'"{rule}"'), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BROKEN[rule])
