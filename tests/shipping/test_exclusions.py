"""What a method doesn't take: products, and categories with all below them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.ids import uuid7
from products.models import ProductCategory
from shipping.models import ShippingExclusion, ShippingMethod
from tests.factories.carts import ready_cart_make, shipping_method_make
from tests.factories.catalogue import category_make, product_make, variant_of
from tests.factories.users import staff_make
from tests.orders.steps import assert_nothing_happened, place
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["settings:read", "settings:write"]))


def test_exclusions_are_written_read_and_replaced(staff: APIClient) -> None:
    method = shipping_method_make()
    products, category = [product_make(), product_make()], category_make()
    url = f"/api/v1/shipping-methods/{method.id}"
    first = staff.get(url)
    made = first.json()
    assert (made["excluded_product_ids"], made["excluded_category_ids"]) == ([], [])

    both = [str(product.id) for product in products]
    changes = {"excluded_product_ids": [*both, both[0]], "excluded_category_ids": [str(category.id)]}
    changed = staff.patch(url, changes, HTTP_IF_MATCH="*")
    assert changed.status_code == 200, changed.json()
    kept = {"excluded_product_ids": both, "excluded_category_ids": [str(category.id)]}
    assert changed.json() == staff.get(url).json() == made | kept
    stale = staff.patch(url, {"name": "Post"}, HTTP_IF_MATCH=first.headers["ETag"])
    assert stale.status_code == 412

    for name in kept:
        unknown = staff.patch(url, {name: [str(uuid7())], "name": "Post"}, HTTP_IF_MATCH="*")
        assert (unknown.status_code, unknown.json()["code"]) == (409, "shipping_reference_unknown")
        assert unknown.json()["errors"][0]["pointer"] == f"/{name}/0"
    assert staff.get(url).json() == made | kept

    fewer = staff.patch(url, {"excluded_product_ids": both[:1]}, HTTP_IF_MATCH="*").json()
    assert (fewer["excluded_product_ids"], fewer["excluded_category_ids"]) == (both[:1], [str(category.id)])
    products[0].delete()
    assert staff.get(url).json()["excluded_product_ids"] == []
    assert ShippingExclusion.objects.count() == 1


def reasons_of(api: APIClient, cart: Any) -> dict[str, str]:
    body = api.get(f"/api/v1/carts/{cart.id}/shipping-options").json()
    return {one["code"]: one["detail"] for one in body["not_offered"] if one["reason"] == "goods_excluded"}


def test_cart_with_excluded_goods_is_not_offered_the_method(api: APIClient) -> None:
    furniture = category_make("Furniture")
    tables = category_make("Tables", parent=furniture)
    table = product_make("Table", categories=[tables])
    stool = product_make("Stool")
    voucher = product_make("Voucher", categories=[tables], variants=[{"requires_shipping": False}])
    letter = shipping_method_make("letter", name="Letter")
    courier = shipping_method_make("courier", name="Courier")
    ShippingExclusion.objects.create(method=letter, category=furniture)
    ShippingExclusion.objects.create(method=letter, category=category_make("Garden"))
    ShippingExclusion.objects.create(method=courier, product=stool)

    assert reasons_of(api, ready_cart_make({variant_of(table): 1})) == {"letter": "Letter doesn't take Table."}
    both = ready_cart_make({variant_of(table): 1, variant_of(stool): 1}, shipping_method=letter)
    assert reasons_of(api, both) == {"letter": "Letter doesn't take Table.", "courier": "Courier doesn't take Stool."}
    # What is not shipped is nobody's burden.
    free = ready_cart_make({variant_of(voucher): 1, variant_of(product_make()): 1}, shipping_method=letter)
    assert reasons_of(api, free) == {}
    assert place(api, free).status_code == 201


def test_goods_that_are_excluded_later_stop_the_order(api: APIClient) -> None:
    table = product_make("Table", categories=[category_make("Tables")])
    garden = category_make("Garden")
    method = shipping_method_make("letter", name="Letter")
    ShippingExclusion.objects.create(method=method, category=garden)
    cart = ready_cart_make({variant_of(table): 1}, shipping_method=method)
    total = api.get(f"/api/v1/carts/{cart.id}").json()["totals"]["total"]["amount"]
    ProductCategory.objects.create(product=table, category=garden, position=1)
    refused = place(api, cart, total)
    assert (refused.status_code, refused.json()["code"]) == (409, "cart_not_ready")
    problems = refused.json()["quote"]["problems"]
    assert [(one["code"], one["reason"]) for one in problems if one["is_blocking"]] == [
        ("shipping_method_unavailable", "goods_excluded")
    ]
    assert_nothing_happened(cart)
    chosen = api.patch(f"/api/v1/carts/{cart.id}", {"shipping_method_code": "letter"})
    assert (chosen.status_code, chosen.json()["reason"]) == (409, "goods_excluded")


@pytest.mark.parametrize("count", [1, 20])
def test_exclusions_cost_one_statement_at_the_most(api: APIClient, count: int) -> None:
    variants = list(product_make(variants=count).variants.all())
    cart = ready_cart_make(dict.fromkeys(variants, 1))

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"/api/v1/carts/{cart.id}").status_code == 200
        return len(queries)

    plain = cost()
    for _ in range(count):
        ShippingExclusion.objects.create(method=ShippingMethod.objects.get(), product=product_make())
    assert cost() == plain
    for number in range(count):
        ShippingExclusion.objects.create(method=ShippingMethod.objects.get(), category=category_make(f"C{number}"))
    assert cost() == plain + 1
