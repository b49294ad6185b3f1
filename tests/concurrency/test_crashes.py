"""Servers are killed with SIGKILL at random moments, again and again, while buyers order and staff take money.

Whoever got no answer asks again with the same key. In the end everything that was acknowledged is there, once, nothing
is there that was not acknowledged, and the books balance. In the control run the answer is kept in a transaction of its
own, and then a retry after a crash does the thing twice.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.db.models import Sum

from events.models import Event
from inventory.models import StockLevel, StockMovement
from orders.models import Fulfilment, Order
from payments.models import PaymentEvent
from products.models import Variant
from tests.concurrency.books import differences
from tests.concurrency.buyers import carts_make
from tests.concurrency.crashing.servers import Server
from tests.concurrency.crashing.shoppers import Journal, Shoppers
from tests.concurrency.goods import stocked
from tests.concurrency.reporting import length, report
from tests.factories.users import api_key_make

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

KILLS = length(short=10, quick=10, long=200)
SERVERS, SHOPPERS, THINGS = 2, 6, 3
PIECES = 2 * KILLS
"""Of each thing; buyers want more than that, so that some are refused in the end."""
CARTS = 10 * THINGS * PIECES


@pytest.fixture
def things() -> list[Variant]:
    return [stocked(PIECES) for _ in range(THINGS)]


@pytest.fixture
def load(things: list[Variant]) -> Iterator[Callable[[str], tuple[list[Server], Shoppers]]]:
    """Return a maker of running servers of an application, and of shoppers in them."""
    choice = random.Random(7)  # noqa: S311 (nobody has to guess it)
    with ExitStack() as stack:

        def make(application: str) -> tuple[list[Server], Shoppers]:
            servers = [Server(application) for _ in range(SERVERS)]
            for server in servers:
                stack.callback(server.close)
                server.start()
            for server in servers:
                server.wait_until_ready()
            carts = carts_make([[choice.choice(things)] for _ in range(CARTS)])
            key = api_key_make(scopes=["orders:write", "payments:write"])
            shoppers = Shoppers(servers, staff_key=key, carts=[str(cart.id) for cart in carts], threads=SHOPPERS)
            return servers, shoppers

        yield make


def kill_at_random(servers: list[Server], *, kills: int, until: Callable[[], bool] = lambda: False) -> int:
    """Kill the servers in turn, each a random moment after it has become ready, and start it again; say how often."""
    for count in range(kills):
        if until():
            return count
        victim = servers[count % len(servers)]
        victim.wait_until_ready()
        time.sleep(random.uniform(0.05, 1.5))  # noqa: S311
        victim.kill()
        victim.start()
    return kills


def done_twice() -> list[str]:
    """Return the keys of what was done more than once."""
    captured = PaymentEvent.objects.filter(kind="captured").values_list("reference", flat=True)
    refunded = PaymentEvent.objects.filter(kind="refunded").values_list("note", flat=True)
    sent = Fulfilment.objects.values_list("tracking_number", flat=True)
    return [key for keys in (captured, refunded, sent) for key, count in Counter(keys).items() if count > 1]


def assert_all_is_there_once(journal: Journal) -> None:
    """Compare what was acknowledged with what is there."""
    placed = {one.order_id: one.number for one in journal.of("placed")}
    assert len(placed) == len(journal.of("placed")), "two keys got one order"
    assert {str(order_id): number for order_id, number in Order.objects.values_list("id", "number")} == placed
    cancelled = {str(order_id) for order_id in Order.objects.filter(status="cancelled").values_list("id", flat=True)}
    assert cancelled == {one.order_id for one in journal.of("cancelled")}
    told = Event.objects.filter(type="order.placed").values_list("aggregate_id", flat=True)
    assert sorted(map(str, told)) == sorted(placed), "an event is lost, or told twice"
    assert done_twice() == []
    for act, kind, name in (("captured", "captured", "reference"), ("refunded", "refunded", "note")):
        keys = PaymentEvent.objects.filter(kind=kind).values_list(name, flat=True)
        assert sorted(keys) == sorted(one.key for one in journal.of(act))
    assert sorted(Fulfilment.objects.values_list("tracking_number", flat=True)) == sorted(
        one.key for one in journal.of("sent")
    )


def assert_stock_adds_up(journal: Journal) -> None:
    """Recompute the stock from what was acknowledged alone: a piece per order, and none for a cancelled one."""
    sent = len(journal.of("sent"))
    waiting = len(journal.of("placed")) - len(journal.of("cancelled")) - sent
    stock = StockLevel.objects.aggregate(on_hand=Sum("on_hand"), reserved=Sum("reserved"))
    assert stock == {"on_hand": THINGS * PIECES - sent, "reserved": waiting}
    assert StockMovement.objects.filter(kind="shipped").count() == sent


@pytest.mark.proof
def test_no_kill_loses_or_doubles_what_was_acknowledged(
    load: Callable[[str], tuple[list[Server], Shoppers]], things: list[Variant]
) -> None:
    servers, shoppers = load("runtime.web:application")
    shoppers.begin()
    try:
        survived = kill_at_random(servers, kills=KILLS)
    finally:
        shoppers.end()
    journal = shoppers.journal
    found = differences()
    sold = StockLevel.objects.aggregate(sold=Sum("reserved"))["sold"] + len(journal.of("sent"))
    report(
        "servers killed under load",
        buyers=SHOPPERS,
        units=THINGS * PIECES,
        orders=len(journal.of("placed")),
        refusals=len(journal.refusals),
        errors=len(journal.errors),
        oversold=max(sold - THINGS * PIECES, 0),
        kills=survived,
        differences=len(found),
        note=f"{len(journal.cut_off)} requests cut off, {len(journal.acknowledged)} acts acknowledged",
    )
    assert shoppers.cart_count, "there was no load in the end"
    assert journal.errors == []
    assert {code for _, code in journal.refusals} <= {"stock_insufficient"}
    assert journal.cut_off, "no request met a kill, so nothing was tried"
    assert found == []
    assert_all_is_there_once(journal)
    assert_stock_adds_up(journal)


def test_control_with_the_answer_in_a_transaction_of_its_own_things_are_done_twice(
    load: Callable[[str], tuple[list[Server], Shoppers]],
) -> None:
    servers, shoppers = load("tests.concurrency.crashing.weakened:application")
    shoppers.begin()
    try:
        kill_at_random(servers, kills=40, until=lambda: bool(done_twice()))
    finally:
        shoppers.end()
    assert done_twice() != []
