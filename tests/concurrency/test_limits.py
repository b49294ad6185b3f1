"""A limit of three per customer, wanted by twenty orders of one customer at once."""

from collections import Counter
from collections.abc import Callable

import pytest

from cart.models import Cart
from orders.models import Order
from products.models import Variant
from promotions.models import LimitUse
from promotions.services import limiting
from tests.concurrency.books import differences
from tests.concurrency.buyers import carts_make, order
from tests.concurrency.goods import stocked
from tests.concurrency.meeting import meet
from tests.concurrency.reporting import length, report
from tests.concurrency.weakening import without, without_constraints
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 3
ORDERS = 20
ROUNDS = length(short=1, quick=3, long=20)
CONDITION = "\n        WHERE u.used::bigint + EXCLUDED.used <= EXCLUDED.allowed"


def limited() -> Variant:
    variant = stocked(100)
    Variant.objects.filter(id=variant.id).update(max_customer_quantity=LIMIT)
    return variant


def orders_of_one_customer(variant: Variant, count: int) -> list[Callable[[], str]]:
    """Return acts: order one piece by the same address, however it is written; each answers "" or why not."""
    carts = carts_make([[variant]] * count)
    Cart.objects.filter(id__in=[cart.id for cart in carts[::2]]).update(email="ada@example.com")
    Cart.objects.filter(id__in=[cart.id for cart in carts[1::2]]).update(email="Ada@Example.com")
    return [lambda cart=cart: order(cart, total=2494).code for cart in carts]  # type: ignore[misc]


def test_of_twenty_orders_of_one_customer_as_many_pass_as_the_limit_allows() -> None:
    told = Counter[str]()
    for _ in range(ROUNDS):
        told += Counter(at_once(*orders_of_one_customer(limited(), ORDERS)))
    assert told == {"": LIMIT * ROUNDS, "limit_reached": (ORDERS - LIMIT) * ROUNDS}
    assert set(LimitUse.objects.values_list("used", flat=True)) == {LIMIT}
    assert differences() == []
    report(
        "a limit of three",
        buyers=ORDERS * ROUNDS,
        units=LIMIT * ROUNDS,
        orders=told[""],
        refusals=told["limit_reached"],
        errors=0,
        oversold=told[""] - LIMIT * ROUNDS,
        differences=0,
    )


def test_orders_that_have_seen_the_same_rest_of_a_limit_count_each_other() -> None:
    variant = limited()
    first, *others = orders_of_one_customer(variant, 6)
    assert first() == ""
    told = meet(LimitUse.objects.filter(subject_id=variant.id), *others)
    assert sorted(told) == ["", "", "limit_reached", "limit_reached", "limit_reached"]
    assert differences() == []


@pytest.mark.slow
def test_control_without_the_condition_the_limit_is_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    variant = limited()
    first, *others = orders_of_one_customer(variant, 6)
    assert first() == ""
    monkeypatch.setattr(limiting, "CLAIM", without(limiting.CLAIM, CONDITION))
    with without_constraints("orders_limituse", "orders_limituse_used"):
        assert meet(LimitUse.objects.filter(subject_id=variant.id), *others) == [""] * 5
        assert Order.objects.count() == LimitUse.objects.get().used == 6
