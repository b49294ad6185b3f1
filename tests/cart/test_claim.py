"""Taking a guest's cart over at log-in: by the stated rule, reported, once."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from cart.models import Cart
from core import clock
from products.models import Product, Variant
from tests.factories.carts import ADDRESS, cart_make, ready_cart_make
from tests.factories.catalogue import market_make, product_make, us_market_make, variant_of
from tests.factories.users import api_key_make, staff_make, user_make
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


def claim(client: APIClient, cart: Cart) -> Any:
    return client.post(f"/api/v1/carts/{cart.id}/claim")


def quantities(cart: Cart) -> dict[Any, int]:
    return dict(cart.lines.values_list("variant_id", "quantity"))


def test_without_an_own_cart_the_guests_becomes_the_customers(api: APIClient, client_of: ClientOf) -> None:
    owner = user_make(email="ada@example.com")
    mug = variant_of(product_make())
    cart = cart_make({mug: 2}, note="Ring twice.")
    answer = claim(client_of(owner), cart)
    body = answer.json()
    assert (answer.status_code, body["id"], body["customer_id"], body["merge"]) == (
        200,
        str(cart.id),
        str(owner.id),
        [],
    )
    assert (body["email"], body["note"], body["version"], body["lines"][0]["quantity"]) == (
        "ada@example.com",
        "Ring twice.",
        2,
        2,
    )
    cart.refresh_from_db()
    assert cart.expires_at - clock.now() > timedelta(days=360)
    assert api.get(f"/api/v1/carts/{cart.id}").status_code == 404


def test_email_of_the_guest_stays(client_of: ClientOf) -> None:
    cart = cart_make(email="guest@example.com")
    assert claim(client_of(user_make()), cart).json()["email"] == "guest@example.com"


def test_quantities_are_summed_and_capped_and_reported(client_of: ClientOf) -> None:
    owner = user_make()
    both = variant_of(product_make("Both", stock=10))
    short = variant_of(product_make("Short", stock=5))
    limited = variant_of(product_make("Limited", variants=[{"max_order_quantity": 3}]))
    fresh = variant_of(product_make("Fresh", stock=1))
    sold_out = variant_of(product_make("Sold out", stock=0))
    kept = variant_of(product_make("Kept", stock=2))
    own_only = variant_of(product_make("Own only"))
    guest = cart_make({both: 1, short: 4, limited: 2, fresh: 3, sold_out: 1, kept: 1})
    own = cart_make({both: 2, short: 3, limited: 2, kept: 4, own_only: 1}, customer=owner)

    body = claim(client_of(owner), guest).json()

    assert body["id"] == str(own.id)
    told = [
        (row["title"], row["guest_quantity"], row["own_quantity"], row["quantity"], row["reason"])
        for row in body["merge"]
    ]
    assert told == [
        ("Both", 1, 2, 3, None),
        ("Short", 4, 3, 5, "stock_insufficient"),
        ("Limited", 2, 2, 3, "quantity_too_large"),
        ("Fresh", 3, 0, 1, "stock_insufficient"),
        ("Sold out", 1, 0, 0, "stock_insufficient"),
        ("Kept", 1, 4, 4, "stock_insufficient"),
    ]
    assert quantities(own) == {both.id: 3, short.id: 5, limited.id: 3, kept.id: 4, own_only.id: 1, fresh.id: 1}
    assert {line["variant_id"]: line["quantity"] for line in body["lines"]} == {
        str(variant_id): quantity for variant_id, quantity in quantities(own).items()
    }
    guest.refresh_from_db()
    assert (guest.status, guest.merged_into_id, guest.customer_id) == ("merged", own.id, owner.id)
    assert body["version"] == 2


def test_what_is_not_for_sale_any_more_is_left_out(client_of: ClientOf) -> None:
    owner = user_make()
    lost, gone = variant_of(product_make("Lost")), variant_of(product_make("Gone"))
    guest, own = cart_make({lost: 1, gone: 1}), cart_make(customer=owner)
    Product.objects.filter(id=lost.product_id).update(status="draft")
    Variant.objects.filter(id=gone.id).delete()
    body = claim(client_of(owner), guest).json()
    assert [(row["title"], row["quantity"], row["reason"]) for row in body["merge"]] == [
        ("Lost", 0, "variant_unavailable"),
        ("Gone", 0, "variant_unavailable"),
    ]
    assert quantities(own) == {}


def test_new_line_keeps_the_price_that_the_guest_saw(client_of: ClientOf) -> None:
    owner = user_make()
    guest = cart_make({variant_of(product_make(price=2099)): 1}, seen=1999)
    cart_make(customer=owner)
    problem = claim(client_of(owner), guest).json()["problems"][-1]
    assert (problem["code"], problem["seen_unit_price"]["amount"]) == ("price_changed", 1999)


def test_merge_stops_at_as_many_lines_as_a_cart_takes(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cart.services.merging.MAX_LINES", 3)
    owner = user_make()
    variants = list(product_make(variants=4, stock=None).variants.all())
    own = cart_make(dict.fromkeys(variants[:2], 1), customer=owner)
    guest = cart_make(dict.fromkeys(variants[1:], 1))
    body = claim(client_of(owner), guest).json()
    assert [(row["quantity"], row["reason"]) for row in body["merge"]] == [(2, None), (1, None), (0, "cart_full")]
    assert own.lines.count() == 3


def test_what_the_own_cart_lacks_comes_from_the_guests(client_of: ClientOf) -> None:
    owner = user_make()
    guest = ready_cart_make({variant_of(product_make()): 1}, note="Guest.", metadata={"a": 1})
    cart_make(customer=owner, email="own@example.com", note="Own.")
    body = claim(client_of(owner), guest).json()
    assert (body["email"], body["note"], body["metadata"]) == ("own@example.com", "Own.", {"a": 1})
    assert (body["shipping_address"], body["shipping_method"]["code"]) == (ADDRESS, "standard")
    assert body["is_ready_to_order"] is True


def test_carts_of_two_markets_are_not_merged(client_of: ClientOf) -> None:
    owner = user_make()
    market_make()
    guest, own = cart_make(market=us_market_make()), cart_make(customer=owner)
    assert claim(client_of(owner), guest).json()["id"] == str(guest.id)
    assert Cart.objects.filter(customer=owner, status="open").count() == 2
    assert own.status == "open"


def test_claiming_again_changes_nothing(client_of: ClientOf) -> None:
    owner = user_make()
    mug = variant_of(product_make())
    guest, own = cart_make({mug: 2}), cart_make({mug: 1}, customer=owner)
    client = client_of(owner)
    claim(client, guest)
    again = claim(client, guest).json()
    assert (again["id"], again["merge"], again["version"]) == (str(own.id), [], 2)
    assert claim(client, own).json()["id"] == str(own.id)
    assert quantities(own) == {mug.id: 3}
    refused = client.post(f"/api/v1/carts/{guest.id}/lines", {"sku": mug.sku, "quantity": 1})
    assert (refused.status_code, refused.json()["code"], refused.json()["merged_into"]) == (
        409,
        "cart_closed",
        str(own.id),
    )


def test_expired_own_cart_gives_way(client_of: ClientOf) -> None:
    owner = user_make()
    guest = cart_make()
    old = cart_make(customer=owner, expires_at=clock.now() - timedelta(seconds=1))
    assert claim(client_of(owner), guest).json()["id"] == str(guest.id)
    old.refresh_from_db()
    assert old.status == "expired"


@pytest.mark.parametrize("status", ["ordered", "expired"])
def test_closed_cart_can_not_be_claimed(client_of: ClientOf, status: str) -> None:
    guest = cart_make(status=status)
    response = claim(client_of(user_make()), guest)
    assert (response.status_code, response.json()["code"]) == (409, "cart_closed")
    guest.refresh_from_db()
    assert guest.customer_id is None


def test_claiming_is_for_persons(api: APIClient, client_of: ClientOf) -> None:
    guest = cart_make()
    for client in (api, client_of(api_key_make(scopes=["orders:read"]))):
        assert claim(client, guest).status_code == 401
    guest.refresh_from_db()
    assert (guest.customer_id, guest.version) == (None, 1)


def test_another_customers_cart_can_not_be_claimed(client_of: ClientOf) -> None:
    theirs = cart_make(customer=user_make())
    for client in (client_of(user_make()), client_of(staff_make(rights=["orders:read"]))):
        response = claim(client, theirs)
        assert (response.status_code, response.json()["code"]) == (404, "cart_not_found")
    assert client_of(user_make()).post(f"/api/v1/carts/{uuid.uuid4()}/claim").status_code == 404
    theirs.refresh_from_db()
    assert theirs.version == 1
