"""A code with fifty uses, and the last of a promotion's budget, wanted by two hundred buyers at once."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cart.models import Cart, CartCode
from orders.models import Order, OrderAdjustment
from products.models import Variant
from promotions.models import Code, LimitUse
from promotions.services import limiting
from tests.concurrency.books import differences
from tests.concurrency.buyers import carts_make, order
from tests.concurrency.goods import stocked
from tests.concurrency.meeting import meet
from tests.concurrency.reporting import length, report
from tests.concurrency.weakening import without, without_constraints
from tests.factories.promotions import promotion_make
from tests.together import in_threads

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS = length(short=24, quick=200, long=200)
USES = BUYERS // 4
AT_ONCE = 24
"""The database takes no two hundred connections; each thread goes on with the next buyer."""
DISCOUNT = 200
TOTAL = 1999 + 495
CONDITION = "\n        WHERE u.used::bigint + EXCLUDED.used <= EXCLUDED.allowed"
LIMITS: dict[str, dict[str, Any]] = {
    "uses of a promotion": {"use_limit": USES},
    "uses of a code": {},
    "a budget": {"budget_amount": USES * DISCOUNT + DISCOUNT - 1},
}


def coded(variant: Variant, code: Code, count: int) -> list[Cart]:
    carts = carts_make([[variant]] * count)
    CartCode.objects.bulk_create(CartCode(cart=cart, code=code) for cart in carts)
    return carts


def prepared(limit: str, pieces: int) -> tuple[Variant, Code]:
    promotion = promotion_make("amount", code="FIFTY", amount=DISCOUNT, **LIMITS[limit])
    if limit == "uses of a code":
        Code.objects.update(use_limit=USES)
    return stocked(pieces), promotion.codes.get()


def buying(carts: list[Cart]) -> list[Callable[[], str]]:
    return [lambda cart=cart: order(cart, total=TOTAL - DISCOUNT).code for cart in carts]  # type: ignore[misc]


def given() -> int:
    return -sum(OrderAdjustment.objects.filter(kind="discount").values_list("amount", flat=True))


@pytest.mark.proof
@pytest.mark.parametrize("limit", LIMITS)
def test_of_all_buyers_as_many_get_the_promotion_as_there_is(limit: str) -> None:
    variant, code = prepared(limit, BUYERS)
    told = Counter(in_threads(buying(coded(variant, code, BUYERS)), threads=AT_ONCE))
    # Who comes too late sees another total in the cart already, or is refused by the claim: nobody pays another price.
    assert told[""] == USES
    assert set(told) <= {"", "limit_reached", "price_changed"}
    assert (Order.objects.count(), given()) == (USES, USES * DISCOUNT)
    use = LimitUse.objects.get()
    assert use.used in {USES, USES * DISCOUNT}
    assert differences() == []
    report(
        limit,
        buyers=BUYERS,
        units=USES,
        orders=told[""],
        refusals=BUYERS - told[""],
        errors=0,
        oversold=told[""] - USES,
        differences=0,
    )


@pytest.mark.parametrize("limit", LIMITS)
def test_buyers_who_have_seen_the_last_use_of_it_count_each_other(limit: str) -> None:
    variant, code = prepared(limit, USES + 5)
    first, *others = coded(variant, code, USES + 4)
    for cart in (first, *others[: USES - 2]):
        assert order(cart, total=TOTAL - DISCOUNT).code == ""
    told = meet(LimitUse.objects.all(), *buying(others[USES - 2 :]))
    assert sorted(told) == ["", "limit_reached", "limit_reached", "limit_reached", "limit_reached"]
    assert given() == USES * DISCOUNT
    assert differences() == []


@pytest.mark.slow
@pytest.mark.parametrize("limit", LIMITS)
def test_control_without_the_condition_more_is_given_than_there_is(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variant, code = prepared(limit, USES + 5)
    first, *others = coded(variant, code, USES + 4)
    for cart in (first, *others[: USES - 2]):
        assert order(cart, total=TOTAL - DISCOUNT).code == ""
    monkeypatch.setattr(limiting, "CLAIM", without(limiting.CLAIM, CONDITION))
    with without_constraints("orders_limituse", "orders_limituse_used"):
        assert meet(LimitUse.objects.all(), *buying(others[USES - 2 :])) == [""] * 5
        assert given() == (USES + 4) * DISCOUNT
