"""A double click, a retry, a second device: one order, one answer."""

import threading
import uuid
from collections import Counter
from typing import Any

import pytest
from django.db import connection

from cart.models import Cart
from cart.selectors import cart_get
from events.models import Event, IdempotencyKey
from inventory.models import StockLevel, StockMovement, StockReservation
from orders.models import Order, OrderHistory, OrderLine
from orders.services import placing
from tests.concurrency.buyers import Answer, carts_make, order
from tests.concurrency.weakening import without_constraints
from tests.factories.catalogue import product_make, variant_of
from tests.together import at_once
from users.callers import Caller

pytestmark = pytest.mark.django_db(transaction=True)


def click(times: int, *, key: str | None = None) -> list[Answer]:
    """Place one cart so many times at once: with one key, or with one of its own each time."""
    (cart,) = carts_make([[variant_of(product_make())]])
    return at_once(*[lambda: order(cart, total=2494, key=key)] * times)


def all_look_first(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Have nobody lock the cart, and nobody go on before so many have seen that it is open."""
    everybody_has_looked = threading.Barrier(count)
    here = threading.local()

    def look(cart_id: uuid.UUID, caller: Caller) -> Cart:
        found = cart_get(cart_id, caller)
        if not hasattr(here, "has_looked"):
            here.has_looked = True
            everybody_has_looked.wait(30)
        return found

    monkeypatch.setattr(placing, "cart_for_update", look)


def test_the_same_key_twenty_times_at_once_makes_one_order() -> None:
    answers = click(20, key=str(uuid.uuid4()))
    placed = [answer for answer in answers if answer.status == 201]
    assert {(answer.status, answer.code) for answer in answers} <= {(201, ""), (409, "idempotency_in_flight")}
    assert Order.objects.count() == 1
    assert len([answer for answer in placed if "Idempotent-Replayed" not in answer.headers]) == 1
    assert all(answer.body == placed[0].body for answer in placed)


def test_the_same_cart_from_twenty_devices_makes_one_order() -> None:
    answers = click(20)
    assert Counter(answer.status for answer in answers) == {201: 1, 200: 19}
    assert Order.objects.count() == 1
    assert all(answer.body == answers[0].body for answer in answers)


def test_without_the_cart_s_lock_the_schema_still_makes_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    all_look_first(monkeypatch, 10)
    answers = click(10)
    assert Counter(answer.status for answer in answers)[201] == 1
    assert Order.objects.count() == 1


@pytest.mark.slow
def test_control_without_lock_and_unique_cart_it_makes_several(monkeypatch: pytest.MonkeyPatch) -> None:
    all_look_first(monkeypatch, 10)
    with without_constraints("orders_order", "orders_order_cart_id_key"):
        click(10)
        assert Order.objects.count() > 1


@pytest.mark.parametrize("moment", ["insert_together", "cart_mark_ordered", "stock_reserve"])
def test_a_crash_in_the_middle_leaves_nothing_and_the_same_key_places_it_then(
    monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    variant = variant_of(product_make())
    (cart,) = carts_make([[variant]])
    key = str(uuid.uuid4())
    step = getattr(placing, moment)

    def step_and_die(*args: Any, **kwargs: Any) -> None:
        step(*args, **kwargs)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patch:
        patch.setattr(placing, moment, step_and_die)
        cut_off = order(cart, total=2494, key=key)
    assert (cut_off.status, cut_off.code) == (503, "unavailable")
    for model in (Order, OrderLine, OrderHistory, Event, IdempotencyKey, StockMovement, StockReservation):
        assert not model.objects.exists(), model
    cart.refresh_from_db()
    assert (cart.status, StockLevel.objects.get().reserved) == ("open", 0)
    again = order(cart, total=2494, key=key)
    assert (again.status, StockLevel.objects.get().reserved, Order.objects.count()) == (201, 1, 1)
