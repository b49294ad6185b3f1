"""Many buyers of a few things, each with several lines in an order of their own: no deadlock, and books in order."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from django.db.models import Sum
from psycopg2 import errorcodes

from core import transactions
from inventory.services import reserving
from orders.models import OrderLine
from products.models import Variant
from tests.concurrency.books import differences
from tests.concurrency.buyers import Answer, carts_make, order
from tests.concurrency.goods import stocked
from tests.concurrency.reporting import length, report
from tests.concurrency.test_deadlocks import AS_IN_THE_CART, FAST, ORDER
from tests.together import in_threads

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS = length(short=60, quick=300, long=2000)
PIECES = length(short=20, quick=100, long=700)
SHIPPING, PRICE, THINGS, LINES = 495, 1999, 5, 3


class Deadlocks(set[str]):
    """The errors that are tried again, counting how often a deadlock was one of them."""

    count = 0

    def __contains__(self, code: object) -> bool:
        Deadlocks.count += code == errorcodes.DEADLOCK_DETECTED
        return super().__contains__(code)


@pytest.fixture(autouse=True)
def _counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count deadlocks, which a buyer would otherwise never hear of: the shop tries again."""
    Deadlocks.count = 0
    monkeypatch.setattr(transactions, "_RETRIED", Deadlocks(transactions._RETRIED))


def buy(things: Sequence[Variant], *, buyers: int, threads: int, patience: int = 100) -> list[Answer]:
    """Let so many buyers order three of the things each, in an order that is theirs alone but the same every time."""
    choice = random.Random(20261)  # noqa: S311 (nobody has to guess it)
    carts = carts_make([choice.sample(things, LINES) for _ in range(buyers)])
    total = LINES * PRICE + SHIPPING
    return in_threads(
        [lambda cart=cart: order(cart, total=total, patience=patience) for cart in carts],  # type: ignore[misc]
        threads=threads,
    )


@pytest.mark.proof
def test_buyers_of_several_things_in_any_order_never_deadlock_and_nothing_is_oversold() -> None:
    things = [stocked(PIECES) for _ in range(THINGS)]
    answers = buy(things, buyers=BUYERS, threads=16)
    told = Counter((answer.status, answer.code) for answer in answers)
    sold = dict(OrderLine.objects.values_list("variant_id").annotate(sum=Sum("quantity"))).values()
    found = differences()
    placed, refused = told[(201, "")], told[(409, "stock_insufficient")]
    report(
        "several lines in any order",
        buyers=BUYERS,
        units=THINGS * PIECES,
        orders=placed,
        refusals=refused,
        errors=BUYERS - placed - refused,
        oversold=sum(max(count - PIECES, 0) for count in sold),
        differences=len(found),
        note=f"{LINES} lines each, {Deadlocks.count} deadlocks",
    )
    assert Deadlocks.count == 0
    assert set(told) == {(201, ""), (409, "stock_insufficient")}
    assert max(sold) == PIECES
    assert sum(sold) == LINES * placed
    assert found == []


@pytest.mark.slow
def test_control_locked_in_the_cart_s_order_they_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    slowly = "SELECT s.id, s.variant_id, pg_sleep(0.05)::text AS pause,"
    assert FAST in reserving.RESERVE
    assert ORDER in reserving.RESERVE
    statement = reserving.RESERVE.replace(ORDER, AS_IN_THE_CART).replace(FAST, slowly)
    monkeypatch.setattr(reserving, "RESERVE", statement)
    monkeypatch.setattr(transactions, "ATTEMPTS", 2)
    buy([stocked(100) for _ in range(THINGS)], buyers=6, threads=6, patience=1)
    assert Deadlocks.count > 0
