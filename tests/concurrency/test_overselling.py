"""Three hundred buyers, one hundred pieces: one hundred orders, two hundred clear refusals, and books that balance."""

import logging
from collections import Counter

import pytest
from django.db.models import Sum

from inventory.models import StockLevel, StockMovement, StockReservation
from inventory.services import reserving
from orders.models import Order, OrderLine
from products.models import Variant
from tests.concurrency.books import differences
from tests.concurrency.buyers import Answer, carts_make, order
from tests.concurrency.goods import stocked
from tests.concurrency.meeting import meet
from tests.concurrency.reporting import length, report
from tests.concurrency.weakening import without, without_constraints
from tests.together import in_threads

pytestmark = pytest.mark.django_db(transaction=True)

PIECES = length(short=100, quick=100, long=1000)
LOCK = "    ORDER BY s.id\n    FOR NO KEY UPDATE OF s\n"
CONDITION = """
      AND (c.taken = 0 OR s.backorder_limit IS NULL
           OR s.on_hand - s.safety_stock - s.reserved + c.freed + s.backorder_limit >= c.taken)"""


@pytest.fixture(autouse=True)
def _quiet() -> None:
    logging.getLogger("request").setLevel(logging.WARNING)


def sell(variant: Variant, *, buyers: int, threads: int) -> list[Answer]:
    """Let so many buyers order one piece each, so many of them at a time."""
    carts = carts_make([[variant]] * buyers)
    return in_threads([lambda cart=cart: order(cart, total=2494) for cart in carts], threads=threads)  # type: ignore[misc]


def sell_to_those_who_meet(variant: Variant) -> list[Answer]:
    """Let twenty buyers order one piece each; all have read what is there before anybody gets any."""
    carts = carts_make([[variant]] * 20)
    return meet(StockLevel.objects.all(), *[lambda cart=cart: order(cart, total=2494) for cart in carts])


def sold() -> int:
    return OrderLine.objects.aggregate(sold=Sum("quantity", default=0))["sold"]


def assert_books_balance(on_hand: int, reserved: int) -> None:
    """Compare the counters with the ledger, the reservations and the orders."""
    level = StockLevel.objects.get()
    sums = StockMovement.objects.aggregate(on_hand=Sum("on_hand_delta"), reserved=Sum("reserved_delta"))
    held = StockReservation.objects.aggregate(held=Sum("quantity"))["held"]
    assert (level.on_hand, level.reserved) == (on_hand, reserved)
    assert (sums["on_hand"], sums["reserved"]) == (on_hand, reserved)
    assert held == sold() == Order.objects.count() == reserved


@pytest.mark.proof
def test_three_hundred_buyers_of_a_hundred_pieces_get_a_hundred_orders_and_no_number_twice() -> None:
    answers = sell(stocked(PIECES), buyers=3 * PIECES, threads=64)
    told = Counter((answer.status, answer.code) for answer in answers)
    found = differences()
    placed, refused = told[(201, "")], told[(409, "stock_insufficient")]
    report(
        "three buyers for each piece",
        buyers=3 * PIECES,
        units=PIECES,
        orders=placed,
        refusals=refused,
        errors=3 * PIECES - placed - refused,
        oversold=max(sold() - PIECES, 0),
        differences=len(found),
        note="64 at once",
    )
    assert told == {(201, ""): PIECES, (409, "stock_insufficient"): 2 * PIECES}
    for answer in answers:
        if answer.status == 409:
            assert [shortage["available"] for shortage in answer.body["shortages"]] == [0]
    assert len({answer.body["number"] for answer in answers if answer.status == 201}) == PIECES
    assert_books_balance(on_hand=PIECES, reserved=PIECES)
    assert found == []


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param((LOCK,), id="without the lock"),
        pytest.param((CONDITION,), id="without the condition"),
    ],
)
def test_each_protection_holds_by_itself(monkeypatch: pytest.MonkeyPatch, missing: tuple[str, ...]) -> None:
    monkeypatch.setattr(reserving, "RESERVE", without(reserving.RESERVE, *missing))
    variant = stocked(10)
    with without_constraints("inventory_stocklevel", "inventory_stocklevel_promise"):
        answers = sell_to_those_who_meet(variant)
        assert Counter((answer.status, answer.code) for answer in answers) == {
            (201, ""): 10,
            (409, "stock_insufficient"): 10,
        }
        assert_books_balance(on_hand=10, reserved=10)


def test_the_schema_alone_never_oversells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without lock and condition buyers get errors instead of refusals, but never goods that aren't there."""
    monkeypatch.setattr(reserving, "RESERVE", without(reserving.RESERVE, LOCK, CONDITION))
    answers = sell_to_those_who_meet(stocked(10))
    assert Counter(answer.status for answer in answers)[201] == 10
    assert {answer.status for answer in answers} <= {201, 409, 500}
    assert_books_balance(on_hand=10, reserved=10)


@pytest.mark.slow
def test_control_without_any_protection_it_oversells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reserving, "RESERVE", without(reserving.RESERVE, LOCK, CONDITION))
    variant = stocked(10)
    with without_constraints("inventory_stocklevel", "inventory_stocklevel_promise"):
        assert {answer.status for answer in sell_to_those_who_meet(variant)} == {201}
        assert sold() == 20
