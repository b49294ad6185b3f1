"""Carts under fire: the same line twice at once, two carts of a customer at once, a method chosen while another waits.

Each protection has a control run without it, which must go wrong.
"""

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction
from rest_framework.test import APIClient

from cart.models import Cart, CartLine
from cart.selectors import cart_for_update, cart_get, cart_lines
from cart.services import carts_sweep
from core import clock
from tests.factories.carts import cart_make, shipping_method_make
from tests.factories.catalogue import market_make, product_make, tax_rate_make, variant_of
from tests.factories.users import user_make
from tests.together import at_once
from users.callers import GUEST
from users.models import User
from users.sessions import session_begin

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS = 6


def add(cart: Cart, sku: str, **headers: Any) -> Callable[[], int]:
    return lambda: (
        APIClient().post(f"/api/v1/carts/{cart.id}/lines", {"sku": sku, "quantity": 1}, **headers).status_code
    )


def test_the_same_line_added_by_many_at_once_counts_each() -> None:
    mug = variant_of(product_make(stock=100))
    cart = cart_make()
    assert at_once(*[add(cart, mug.sku)] * BUYERS) == [200] * BUYERS
    assert list(CartLine.objects.values_list("variant_id", "quantity")) == [(mug.id, BUYERS)]
    assert Cart.objects.get().version == 1 + BUYERS


@pytest.mark.slow
def test_control_without_the_lock_an_added_line_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    mug = variant_of(product_make(stock=100))
    cart = cart_make({mug: 1})
    both_have_read = threading.Barrier(2)

    def read_and_meet(of: Cart) -> list[CartLine]:
        lines = cart_lines(of)
        both_have_read.wait(20)
        return lines

    monkeypatch.setattr("cart.services.writing.cart_for_update", cart_get)
    monkeypatch.setattr("cart.services.lines.cart_lines", read_and_meet)
    assert at_once(*[add(cart, mug.sku)] * 2) == [200, 200]
    assert CartLine.objects.get().quantity == 2  # 3 were asked for.


def test_no_more_than_there_is_goes_into_a_cart_by_many_at_once() -> None:
    mug = variant_of(product_make(stock=2))
    cart = cart_make()
    assert sorted(at_once(*[add(cart, mug.sku)] * BUYERS)) == [200] * 2 + [409] * (BUYERS - 2)
    assert CartLine.objects.get().quantity == 2


def test_one_idempotency_key_at_once_adds_once() -> None:
    mug = variant_of(product_make(stock=100))
    cart = cart_make()
    answers = at_once(*[add(cart, mug.sku, HTTP_IDEMPOTENCY_KEY=str(uuid.uuid4()))] * BUYERS)
    assert set(answers) <= {200, 409}
    assert 200 in answers
    assert CartLine.objects.get().quantity == 1


def log_in(user: User) -> dict[str, Any]:
    return {"HTTP_AUTHORIZATION": f"Bearer {session_begin(user=user).access_token}"}


def test_customer_who_opens_many_carts_at_once_has_one() -> None:
    market_make()
    headers = log_in(user_make())
    answers = at_once(*[lambda: APIClient().post("/api/v1/carts", {}, **headers).status_code] * BUYERS)
    assert sorted(answers) == [201] + [409] * (BUYERS - 1)
    assert Cart.objects.count() == 1


def test_guests_carts_claimed_at_once_end_in_one() -> None:
    mug = variant_of(product_make(stock=100))
    headers = log_in(user_make())
    guests = [cart_make({mug: 1}) for _ in range(3)]
    cart_make({mug: 1}, customer=User.objects.get())

    def claim(cart: Cart) -> Callable[[], int]:
        return lambda: APIClient().post(f"/api/v1/carts/{cart.id}/claim", **headers).status_code

    assert at_once(*[claim(cart) for cart in (*guests, *guests)]) == [200] * 6
    own = Cart.objects.get(status="open")
    assert own.lines.get().quantity == 4
    assert Cart.objects.filter(status="merged", merged_into=own).count() == 3


def test_guests_carts_claimed_at_once_without_an_own_one_are_lost_to_nobody() -> None:
    mug = variant_of(product_make(stock=100))
    headers = log_in(user_make())
    guests = [cart_make({mug: 1}) for _ in range(3)]

    def claim(cart: Cart) -> Any:
        return APIClient().post(f"/api/v1/carts/{cart.id}/claim", **headers)

    answers = at_once(*[(lambda cart=cart: claim(cart)) for cart in guests])
    busy = [cart for cart, answer in zip(guests, answers, strict=True) if answer.status_code == 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"busy"}
    assert [claim(cart).status_code for cart in busy] == [200] * len(busy)
    assert Cart.objects.get(status="open").lines.get().quantity == 3


def is_anybody_waiting() -> bool:
    """Tell whether a lock of this connection holds somebody up; pg_stat_activity stands still in a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone() is not None


def while_holding(cart: Cart, change: Callable[[Cart], None], act: Callable[[], Any]) -> Any:
    """Start `act` in a thread while this one holds the cart's lock, change the cart once `act` waits, then commit."""
    result: list[Any] = []

    def run() -> None:
        try:
            result.append(act())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        held = cart_for_update(cart.id, GUEST)
        thread.start()
        while not is_anybody_waiting():
            time.sleep(0.01)
            assert thread.is_alive()
        change(held)
    thread.join(20)
    return result[0]


def choose_method(cart: Cart) -> None:
    cart.shipping_method = shipping_method_make()
    cart.save(update_fields=["shipping_method"])


def test_method_chosen_while_a_line_waits_is_in_its_answer() -> None:
    tax_rate_make()
    mug = variant_of(product_make())
    cart = cart_make({mug: 1})
    url = f"/api/v1/carts/{cart.id}/lines"
    answer = while_holding(cart, choose_method, lambda: APIClient().post(url, {"sku": mug.sku, "quantity": 1}).json())
    assert (answer["shipping_method"]["code"], answer["totals"]["shipping"]["amount"]) == ("standard", 495)


@pytest.mark.slow
def test_control_a_method_joined_to_the_lock_is_as_old_as_the_wait() -> None:
    cart = cart_make()

    def joined() -> tuple[bool, bool]:
        with transaction.atomic():
            locked = Cart.objects.select_for_update(of=("self",)).select_related("shipping_method").get(id=cart.id)
        return locked.shipping_method_id is None, locked.shipping_method is None

    assert while_holding(cart, choose_method, joined) == (False, True)


def test_order_made_while_a_line_waits_is_named_in_the_refusal() -> None:
    mug = variant_of(product_make())
    cart = cart_make({mug: 1})

    def order(held: Cart) -> None:
        held.status = "ordered"
        held.save(update_fields=["status"])

    url = f"/api/v1/carts/{cart.id}/lines"
    answer = while_holding(cart, order, lambda: APIClient().post(url, {"sku": mug.sku, "quantity": 1}).json())
    assert (answer["code"], answer["cart_status"]) == ("cart_closed", "ordered")
    assert CartLine.objects.get().quantity == 1


def test_sweep_passes_over_a_cart_that_is_being_changed() -> None:
    cart = cart_make(expires_at=clock.now())
    swept: list[int] = []

    def sweep() -> None:
        swept.append(carts_sweep())
        connections.close_all()

    with transaction.atomic():
        cart_for_update(cart.id, GUEST)
        thread = threading.Thread(target=sweep)
        thread.start()
        thread.join(20)
    assert swept == [0]
    assert carts_sweep() == 1
