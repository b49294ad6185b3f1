"""Two carts with the same things in opposite order: they wait for one another in turn, never in a circle."""

import pytest

from core import transactions
from inventory.models import StockLevel
from inventory.services import reserving
from tests.concurrency.buyers import carts_make, order
from tests.factories.catalogue import product_make, variant_of
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = "    ORDER BY s.id\n    FOR NO KEY UPDATE OF s\n"
SLOW = "SELECT s.id, s.variant_id, pg_sleep(0.1)::text AS pause,"
FAST = "SELECT s.id, s.variant_id,"
AS_IN_THE_CART = "    ORDER BY array_position(%(variants)s::uuid[], s.variant_id)\n    FOR NO KEY UPDATE OF s\n"


@pytest.fixture(autouse=True)
def _plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a moment before each row's lock, so that the orders meet; and don't try again, so that a deadlock shows."""
    assert FAST in reserving.RESERVE
    monkeypatch.setattr(reserving, "RESERVE", reserving.RESERVE.replace(FAST, SLOW))
    monkeypatch.setattr(transactions, "ATTEMPTS", 1)


def meet(rounds: int) -> list[str]:
    """Order two carts of opposite lines at once, some rounds of it; return what went wrong."""
    one, other = variant_of(product_make(stock=1000)), variant_of(product_make(stock=1000))
    told: list[str] = []
    for _ in range(rounds):
        there, back = carts_make([[one, other], [other, one]])
        answers = at_once(
            lambda: order(there, total=4493, patience=1),  # noqa: B023 (run before the next round)
            lambda: order(back, total=4493, patience=1),  # noqa: B023
        )
        told += [answer.code for answer in answers if answer.status != 201]
        if told:
            break
    return told


def test_lines_in_opposite_order_never_deadlock() -> None:
    assert meet(rounds=3) == []
    assert list(StockLevel.objects.values_list("reserved", flat=True)) == [6, 6]


@pytest.mark.slow
def test_control_locked_in_the_cart_s_order_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ORDER in reserving.RESERVE
    monkeypatch.setattr(reserving, "RESERVE", reserving.RESERVE.replace(ORDER, AS_IN_THE_CART))
    assert meet(rounds=30) == ["busy"]
