"""A guest's cart is merged into the customer's while a line of either changes: what was answered isn't lost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet
from rest_framework.test import APIClient

from cart.models import Cart, CartLine
from cart.selectors import cart_get
from products.models import Variant
from tests.concurrency.meeting import meet
from tests.concurrency.reporting import length
from tests.factories.carts import cart_make
from tests.factories.catalogue import product_make, variant_of
from tests.factories.users import user_make
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = length(short=3, quick=5, long=30)


@pytest.fixture
def customer(client_of: Callable[[User | str], APIClient]) -> tuple[User, APIClient]:
    user = user_make()
    return user, client_of(user)


def carts_of(user: User, mug: Variant) -> tuple[Cart, Cart]:
    """Return a guest's cart with two mugs and the customer's own with one."""
    Cart.objects.filter(customer=user).update(status="expired")
    return cart_make({mug: 2}), cart_make({mug: 1}, customer=user)


def claim(client: APIClient, guest: Cart) -> Callable[[], int]:
    return lambda: client.post(f"/api/v1/carts/{guest.id}/claim").status_code


def change(client: APIClient, cart: Cart, quantity: int) -> Callable[[], int]:
    url = f"/api/v1/carts/{cart.id}/lines/{cart.lines.get().id}"
    return lambda: client.patch(url, {"quantity": quantity}).status_code


def both(*carts: Cart) -> QuerySet[Cart]:
    return Cart.objects.filter(id__in=[cart.id for cart in carts])


def test_a_change_of_the_own_cart_and_the_merge_both_count(customer: tuple[User, APIClient]) -> None:
    user, client = customer
    mug = variant_of(product_make(stock=100))
    for _ in range(ROUNDS):
        guest, own = carts_of(user, mug)
        assert meet(both(guest, own), claim(client, guest), change(client, own, 5)) == [200, 200]
        # Changed to 5 and then 2 more came, or 2 came and then it was changed to 5.
        assert CartLine.objects.get(cart=own).quantity in {7, 5}
        guest.refresh_from_db()
        assert (guest.status, guest.merged_into_id) == ("merged", own.id)


def test_a_change_of_the_guest_s_cart_is_in_the_merge_or_is_refused(customer: tuple[User, APIClient]) -> None:
    user, client = customer
    mug = variant_of(product_make(stock=100))
    for _ in range(ROUNDS):
        guest, own = carts_of(user, mug)
        told = meet(both(guest, own), claim(client, guest), change(APIClient(), guest, 6))
        quantity = CartLine.objects.get(cart=own).quantity
        # Found closed, or found to be somebody else's by now.
        assert (told[0], told[1], quantity) in {(200, 200, 7), (200, 409, 3), (200, 404, 3)}


def test_claimed_twice_at_once_the_guest_s_lines_come_once(customer: tuple[User, APIClient]) -> None:
    user, client = customer
    guest, own = carts_of(user, variant_of(product_make(stock=100)))
    assert meet(both(guest, own), *[claim(client, guest)] * 4) == [200] * 4
    assert CartLine.objects.get(cart=own).quantity == 3


@pytest.mark.slow
def test_control_without_the_lock_an_answered_change_is_lost(
    customer: tuple[User, APIClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    user, client = customer
    guest, own = carts_of(user, variant_of(product_make(stock=100)))

    def read_only(ids: list[Any]) -> dict[Any, Cart]:
        return {cart.id: cart for cart in Cart.objects.select_related("market").filter(id__in=ids)}

    monkeypatch.setattr("cart.services.writing.cart_for_update", cart_get)
    monkeypatch.setattr("cart.services.merging.carts_for_update", read_only)
    told = meet(both(guest, own), claim(client, guest), change(APIClient(), guest, 6))
    assert told == [200, 200]
    assert CartLine.objects.get(cart=own).quantity == 3
    assert CartLine.objects.get(cart=guest).quantity == 6
