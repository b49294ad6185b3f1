"""Whose a cart is: a guest's by its id, a customer's alone, and one open cart of a customer in a market."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from cart.models import Cart
from core import clock
from tests.cart.conditions import state
from tests.factories.carts import cart_make
from tests.factories.catalogue import market_make, product_make, us_market_make, variant_of
from tests.factories.users import api_key_make, staff_make, user_make
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


def test_guests_cart_is_for_whoever_holds_its_id(api: APIClient, client_of: ClientOf) -> None:
    cart = cart_make()
    for path in ("", "/shipping-options"):
        read = api.get(f"/api/v1/carts/{cart.id}{path}")
        assert (read.status_code, read.headers["Cache-Control"]) == (200, "no-store")
    assert client_of(user_make()).get(f"/api/v1/carts/{cart.id}").status_code == 200
    assert client_of(user_make()).patch(f"/api/v1/carts/{cart.id}", {"note": "a"}).status_code == 200


def test_customers_cart_is_theirs_alone(api: APIClient, client_of: ClientOf) -> None:
    owner = user_make(email="ada@example.com")
    variant = variant_of(product_make())
    made = client_of(owner).post("/api/v1/carts", {"lines": [{"sku": variant.sku, "quantity": 1}]}).json()
    assert (made["customer_id"], made["email"]) == (str(owner.id), "ada@example.com")
    url = f"/api/v1/carts/{made['id']}"
    line = f"{url}/lines/{made['lines'][0]['id']}"
    cart = Cart.objects.get()
    before = state(cart)
    for client in (api, client_of(user_make()), client_of(staff_make(rights=["catalogue:write"]))):
        for answer in (
            client.get(url),
            client.patch(url, {"note": "a"}),
            client.delete(url),
            client.post(f"{url}/lines", {"sku": variant.sku, "quantity": 1}),
            client.put(f"{url}/lines", {"lines": []}),
            client.patch(line, {"quantity": 2}),
            client.delete(line),
            client.get(f"{url}/shipping-options"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "cart_not_found")
    assert (state(cart), cart.lines.get().quantity) == (before, 1)
    assert client_of(owner).get(url).status_code == 200


def test_staff_and_keys_with_the_right_read_any_cart_and_change_none(client_of: ClientOf) -> None:
    owner = user_make()
    cart = cart_make(customer=owner)
    url = f"/api/v1/carts/{cart.id}"
    for client in (client_of(staff_make(rights=["orders:read"])), client_of(api_key_make(scopes=["orders:read"]))):
        assert client.get(url).json()["id"] == str(cart.id)
        refused = client.patch(url, {"note": "a"})
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert state(cart)["note"] == ""


def test_customer_has_one_open_cart_in_a_market(client_of: ClientOf) -> None:
    market_make()
    us_market_make()
    client = client_of(user_make())
    first = client.post("/api/v1/carts", {"market": "eu"}).json()
    again = client.post("/api/v1/carts", {"market": "eu"})
    assert (again.status_code, again.json()["code"], again.json()["cart_id"]) == (409, "cart_exists", first["id"])
    other = client.post("/api/v1/carts", {"market": "us"}).json()
    listed = client.get("/api/v1/carts").json()
    assert [cart["id"] for cart in listed["results"]] == [other["id"], first["id"]]
    assert Cart.objects.count() == 2


def test_expired_cart_of_a_customer_makes_room_for_a_new_one(client_of: ClientOf) -> None:
    owner = user_make()
    old = cart_make(customer=owner, expires_at=clock.now() - timedelta(seconds=1))
    client = client_of(owner)
    assert client.get("/api/v1/carts").json()["results"] == []
    assert client.post("/api/v1/carts", {}).status_code == 201
    assert state(old)["status"] == "expired"


def test_list_sums_up_own_open_carts(api: APIClient, client_of: ClientOf) -> None:
    owner = user_make()
    variants = product_make(variants=3).variants.all()
    cart = cart_make(dict.fromkeys(variants, 2), customer=owner)
    cart_make({variants[0]: 1}, customer=user_make())
    cart_make({variants[0]: 1}, customer=owner, status="ordered")
    cart_make({variants[0]: 1})
    (found,) = client_of(owner).get("/api/v1/carts").json()["results"]
    assert (found["id"], found["line_count"], found["quantity"]) == (str(cart.id), 3, 6)
    assert api.get("/api/v1/carts").status_code == 401
