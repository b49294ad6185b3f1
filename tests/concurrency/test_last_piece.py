"""The last piece, wanted by two at the same moment: by orders, carts at their check-out, staff and a transfer."""

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models import QuerySet
from rest_framework.test import APIClient

from cart.models import Cart
from core import clock
from core.problems import Conflict
from inventory.models import StockLevel, StockReservation
from inventory.services import (
    TransferRequest,
    adjusting,
    moving,
    reserving,
    transfer_create,
)
from orders.models import Order
from products.models import Variant
from tests.concurrency.books import differences
from tests.concurrency.buyers import Answer, carts_make, order
from tests.concurrency.goods import stocked
from tests.concurrency.meeting import meet
from tests.concurrency.reporting import length, report
from tests.concurrency.test_overselling import CONDITION, LOCK
from tests.concurrency.weakening import without, without_constraints
from tests.factories.catalogue import location_make
from tests.factories.users import staff_make
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

MOVE_LOCK = "    ORDER BY s.id\n    FOR NO KEY UPDATE\n"
ROUNDS = length(short=2, quick=5, long=30)
BUYERS = 8


def unprotected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the lock and the condition from the statements that promise and move stock."""
    monkeypatch.setattr(reserving, "RESERVE", without(reserving.RESERVE, LOCK, CONDITION))
    monkeypatch.setattr(moving, "MOVE", without(moving.MOVE, MOVE_LOCK))


def level_of(variant: Variant) -> StockLevel:
    return StockLevel.objects.get(variant=variant, location__code="main")


def rows_of(variant: Variant) -> QuerySet[StockLevel]:
    return StockLevel.objects.filter(variant=variant)


def buy(variant: Variant) -> Callable[[], str]:
    """Return an act: order one piece; it answers "" or why not."""
    (cart,) = carts_make([[variant]])
    return lambda: order(cart, total=2494).code


@pytest.mark.proof
def test_of_many_who_order_the_last_piece_one_gets_it() -> None:
    rounds = []
    for _ in range(ROUNDS):
        variant = stocked(1)
        rounds.append(Counter(meet(rows_of(variant), *[buy(variant) for _ in range(BUYERS)])))
    told = sum(rounds, Counter[str]())
    found = differences()
    report(
        "the last piece",
        buyers=BUYERS * ROUNDS,
        units=ROUNDS,
        orders=told[""],
        refusals=told["stock_insufficient"],
        errors=BUYERS * ROUNDS - told[""] - told["stock_insufficient"],
        oversold=sum(max(one[""] - 1, 0) for one in rounds),
        differences=len(found),
        note=f"{BUYERS} at once for one piece, {ROUNDS} times",
    )
    assert rounds == [Counter({"": 1, "stock_insufficient": BUYERS - 1})] * ROUNDS
    assert found == []


@pytest.mark.slow
def test_control_unprotected_several_get_the_last_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    variant = stocked(1)
    unprotected(monkeypatch)
    with without_constraints("inventory_stocklevel", "inventory_stocklevel_promise"):
        assert meet(rows_of(variant), buy(variant), buy(variant)) == ["", ""]
        assert level_of(variant).reserved == 2


def held(cart: Cart) -> Callable[[], str]:
    """Return an act: hold a cart's goods at its check-out; it answers "" or why not."""

    def act() -> str:
        told = APIClient().post(f"/api/v1/carts/{cart.id}/reservation", headers={"Idempotency-Key": str(uuid.uuid4())})
        return Answer(told.status_code, told.json(), told.headers).code

    return act


def test_of_two_carts_held_for_the_last_piece_one_has_it_and_only_that_one_can_order() -> None:
    for _ in range(ROUNDS):
        variant = stocked(1)
        carts = carts_make([[variant], [variant]])
        told = meet(rows_of(variant), *[held(cart) for cart in carts])
        assert sorted(told) == ["", "stock_insufficient"]
        assert sorted(cart.held_until is None for cart in Cart.objects.filter(id__in=[cart.id for cart in carts])) == [
            False,
            True,
        ]
        lucky, other = sorted(carts, key=lambda cart: told[carts.index(cart)])
        assert (order(other, total=2494).code, order(lucky, total=2494).code) == ("stock_insufficient", "")
        assert Order.objects.filter(cart__in=carts).get().cart_id == lucky.id
    assert differences() == []


def test_a_hold_that_is_over_is_anybody_s_and_its_cart_is_told() -> None:
    variant = stocked(1)
    first, second = carts_make([[variant], [variant]])
    assert held(first)() == ""
    with clock.moved(timedelta(minutes=settings.CART_HOLD_MINUTES + 1)):
        assert order(second, total=2494).code == ""
        assert order(first, total=2494).code == "stock_insufficient"
        assert StockReservation.objects.get().order_id == Order.objects.get().id
        assert differences() == []


@pytest.mark.slow
def test_control_unprotected_both_carts_hold_the_last_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    variant = stocked(1)
    unprotected(monkeypatch)
    with without_constraints("inventory_stocklevel", "inventory_stocklevel_promise"):
        carts = carts_make([[variant], [variant]])
        assert meet(rows_of(variant), *[held(cart) for cart in carts]) == ["", ""]
        assert level_of(variant).reserved == 2


def send_away(variant: Variant) -> Callable[[], str]:
    """Return an act: send the piece to another location; it answers "" or why not."""
    here, there = location_make(), location_make("second")

    def act() -> str:
        try:
            transfer_create(
                source_id=here.id, destination_id=there.id, lines=[TransferRequest(variant.id, 1)], actor="system"
            )
        except Conflict as refusal:
            return refusal.code
        return ""

    return act


def test_what_is_transferred_away_is_not_sold_and_what_is_sold_is_not_transferred() -> None:
    for _ in range(ROUNDS):
        variant = stocked(1)
        sale, transfer = meet(rows_of(variant), buy(variant), send_away(variant))
        assert sorted([sale, transfer]) == ["", "stock_insufficient"]
        level = level_of(variant)
        assert (level.on_hand, level.reserved) == ((1, 1) if sale == "" else (0, 0))
    assert differences() == []


@pytest.mark.slow
def test_control_unprotected_it_is_sold_and_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    variant = stocked(1)
    unprotected(monkeypatch)
    with without_constraints("inventory_stocklevel", "inventory_stocklevel_promise"):
        assert meet(rows_of(variant), buy(variant), send_away(variant)) == ["", ""]
        level = level_of(variant)
        assert (level.on_hand, level.reserved) == (0, 1)


@pytest.fixture
def adjust(client_of: Callable[[User | str], APIClient]) -> Callable[[Variant, int], Callable[[], str]]:
    """Return a maker of acts: a member of staff adds to a level or takes from it; it answers "" or why not."""

    def make(variant: Variant, delta: int) -> Callable[[], str]:
        staff = client_of(staff_make(rights=["stock:write"]))
        url = f"/api/v1/stock-levels/{level_of(variant).id}/adjustments"

        def act() -> str:
            told = staff.post(
                url, {"on_hand_delta": delta, "reason": "Counted"}, headers={"Idempotency-Key": str(uuid.uuid4())}
            )
            return Answer(told.status_code, told.json(), told.headers).code

        return act

    return make


def test_two_staff_adjusting_one_level_lose_neither_adjustment(adjust: Callable[..., Callable[[], str]]) -> None:
    variant = stocked(10)
    assert meet(rows_of(variant), adjust(variant, 5), adjust(variant, -3)) == ["", ""]
    assert level_of(variant).on_hand == 12
    told = meet(rows_of(variant), adjust(variant, -7), adjust(variant, -7))
    assert sorted(told) == ["", "stock_promised"]
    assert level_of(variant).on_hand == 5
    assert differences() == []


@pytest.mark.slow
def test_control_without_the_lock_an_adjustment_is_lost(
    adjust: Callable[..., Callable[[], str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    variant = stocked(10)
    acts = adjust(variant, 5), adjust(variant, -3)
    monkeypatch.setattr(
        adjusting,
        "stock_level_for_update",
        lambda **where: StockLevel.objects.select_related("variant__product", "location").get(**where),
    )
    assert meet(rows_of(variant), *acts) == ["", ""]
    assert level_of(variant).on_hand in {15, 7}
    assert [difference.split(":")[0] for difference in differences()] == ["stock-counters"]
