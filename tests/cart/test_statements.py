"""How many statements the cart's endpoints cost: few, and the same for 1 and 50 lines. Begin and commit count."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from cart.models import Cart
from products.models import Variant
from tests.factories.carts import cart_make, ready_cart_make, shipping_method_make
from tests.factories.catalogue import product_make, tax_rate_make, variant_of
from tests.factories.users import user_make
from users.models import User

pytestmark = pytest.mark.django_db


def cost(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        response = act()
    assert response.status_code < 300, response.json()
    return len(queries)


def variants(count: int) -> list[Variant]:
    tax_rate_make()
    return list(product_make(variants=count + 1, stock=100).variants.all())


@pytest.mark.parametrize("count", [1, 50])
def test_read(api: APIClient, count: int) -> None:
    cart = ready_cart_make(dict.fromkeys(variants(count)[:count], 1))
    assert cost(lambda: api.get(f"/api/v1/carts/{cart.id}")) == 7
    assert cost(lambda: api.get(f"/api/v1/carts/{cart.id}/shipping-options")) == 8


@pytest.mark.parametrize("count", [1, 50])
def test_open_with_lines(api: APIClient, count: int) -> None:
    lines = [{"variant_id": str(variant.id), "quantity": 1} for variant in variants(count)[:count]]
    assert cost(lambda: api.post("/api/v1/carts", {"lines": lines})) == 9
    assert cost(lambda: api.post("/api/v1/carts", {})) == 6


@pytest.mark.parametrize("count", [1, 50])
def test_change_lines(api: APIClient, count: int) -> None:
    *held, new = variants(count)
    cart = ready_cart_make(dict.fromkeys(held, 1))
    url = f"/api/v1/carts/{cart.id}/lines"
    line = f"{url}/{cart.lines.order_by('id')[0].id}"
    body = {"variant_id": str(new.id), "quantity": 1}
    assert cost(lambda: api.post(url, body)) == 11
    assert cost(lambda: api.post(url, body)) == 11
    assert cost(lambda: api.post(url, {"sku": new.sku, "quantity": 1})) == 12
    assert cost(lambda: api.patch(line, {"quantity": 2})) == 11
    assert cost(lambda: api.delete(line)) == 11
    wanted = [{"variant_id": str(variant.id), "quantity": 1} for variant in [*held, new]]
    assert cost(lambda: api.put(url, {"lines": wanted})) == 11


@pytest.mark.parametrize("count", [1, 50])
def test_describe(api: APIClient, count: int) -> None:
    cart = ready_cart_make(dict.fromkeys(variants(count)[:count], 1))
    assert cost(lambda: api.patch(f"/api/v1/carts/{cart.id}", {"note": "Ring twice."})) == 10
    assert cost(lambda: api.patch(f"/api/v1/carts/{cart.id}", {"shipping_method_code": "standard"})) == 11


@pytest.mark.parametrize("count", [1, 50])
def test_claim(client_of: Callable[[User | str], APIClient], count: int) -> None:
    owner = user_make()
    client = client_of(owner)
    *held, new = variants(count)
    shipping_method_make()
    own = cart_make(dict.fromkeys(held, 1), customer=owner)
    guest = cart_make(dict.fromkeys([*held, new], 1))
    # One of these is the access token's, one asks whether the customer pays tax.
    assert cost(lambda: client.post(f"/api/v1/carts/{guest.id}/claim")) == 18
    assert Cart.objects.get(id=own.id).lines.count() == count + 1


def test_list(client_of: Callable[[User | str], APIClient]) -> None:
    owner = user_make()
    client = client_of(owner)
    assert cost(lambda: client.get("/api/v1/carts")) == 2
    cart_make({variant_of(product_make()): 1}, customer=owner)
    assert cost(lambda: client.get("/api/v1/carts")) == 2
