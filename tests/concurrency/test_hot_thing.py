"""One thing that everybody wants: its row is locked last, for one round trip, and nobody waits twice for another."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from cart.models import Cart
from events import idempotency
from inventory.models import StockLevel
from orders.services import placing
from tests.concurrency.books import differences
from tests.concurrency.buyers import carts_make, order
from tests.concurrency.goods import stocked
from tests.concurrency.meeting import meet
from tests.concurrency.reporting import length, report
from tests.together import in_threads

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS = 16
ORDERS = length(short=48, quick=320, long=3200)
CLAIM = "pg_try_advisory_xact_lock"
RESERVE = "FOR NO KEY UPDATE OF s"
COUNT = "UPDATE markets_market SET name = name"


def place_together() -> tuple[list[list[str]], list[list[str]]]:
    """Let sixteen buyers want one thing while its row is held, and then let them have it.

    Returns what each had said to the database when all of them waited, and what each had said in the end; both from
    the statement that claims the idempotency key on.
    """
    variant = stocked(BUYERS)
    said: list[list[str]] = [[] for _ in range(BUYERS)]
    said_until_then: list[list[str]] = []

    def listened(cart: Cart, own: list[str]) -> Callable[[], int]:
        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if own or CLAIM in sql:
                own.append(sql)
            return execute(sql, params, many, context)

        def act() -> int:
            with connection.execute_wrapper(note):
                return order(cart, total=2494).status

        return act

    acts = [listened(cart, own) for cart, own in zip(carts_make([[variant]] * BUYERS), said, strict=True)]
    answers = meet(
        StockLevel.objects.filter(variant=variant),
        *acts,
        when_all_wait=lambda: said_until_then.extend(list(own) for own in said),
    )
    assert answers == [201] * BUYERS
    assert StockLevel.objects.get().reserved == BUYERS
    assert differences() == []
    return said_until_then, said


def test_the_row_is_locked_by_the_last_statement_before_the_commit_and_waited_for_once() -> None:
    """When all of them wait, sixteen transactions are open that have said everything but their last word.

    So nothing that they said before it can have waited for one of the others, who all were still to commit; and after
    it there is only the commit, so the row is locked for that one round trip.
    """
    until_then, in_the_end = place_together()
    assert until_then == in_the_end
    for own in in_the_end:
        assert [RESERVE in sql for sql in own] == [False] * (len(own) - 1) + [True]


@pytest.mark.slow
def test_control_with_more_to_say_after_it_the_row_is_locked_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reserved at once, the row is held while the answer is written down."""
    monkeypatch.setattr(placing, "run_last", lambda work: work())
    until_then, in_the_end = place_together()
    assert all(RESERVE in own[-1] for own in until_then)
    assert not any(RESERVE in own[-1] for own in in_the_end)


@pytest.mark.slow
def test_control_with_a_second_row_that_all_want_they_wait_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number from a counter's row, say, instead of a sequence: whoever has it holds up whoever comes next."""
    keep = idempotency._keep

    def keep_and_count(*args: Any) -> None:
        keep(*args)
        with connection.cursor() as cursor:
            cursor.execute(COUNT)

    monkeypatch.setattr(idempotency, "_keep", keep_and_count)
    until_then, _ = place_together()
    last = Counter(own[-1] for own in until_then)
    assert last[COUNT] == BUYERS - 1


@pytest.mark.proof
def test_sixteen_buyers_at_once_for_one_thing_all_get_it_without_a_deadlock() -> None:
    variant = stocked(ORDERS)
    took: list[float] = []

    def timed(act: Callable[[], int]) -> int:
        began = time.perf_counter()
        answer = act()
        took.append(time.perf_counter() - began)
        return answer

    acts = [
        lambda cart=cart: timed(lambda: order(cart, total=2494, patience=1).status)
        for cart in carts_make([[variant]] * ORDERS)
    ]
    began = time.perf_counter()
    answers = Counter(in_threads(acts, threads=BUYERS))
    rate = f"{ORDERS / (time.perf_counter() - began):.0f} orders/s"
    p99 = f"p99 {sorted(took)[int(len(took) * 0.99)] * 1000:.0f} ms"
    found = differences()
    report(
        "one thing, sixteen at once",
        buyers=ORDERS,
        units=ORDERS,
        orders=answers[201],
        refusals=answers[409],
        errors=ORDERS - answers[201] - answers[409],
        oversold=max(StockLevel.objects.get().reserved - ORDERS, 0),
        differences=len(found),
        note=f"{p99}, {rate}, client and server in one process",
    )
    print(f"{ORDERS} orders of one thing by {BUYERS} buyers at once: {p99}, {rate}")  # noqa: T201 (with pytest's -s)
    assert answers == {201: ORDERS}
    assert StockLevel.objects.get().reserved == ORDERS
    assert found == []
