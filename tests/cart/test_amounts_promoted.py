"""What promotions take off, to the cent: each benefit, each condition at its border, and several together."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cart.amounts import Exemption, LineInput, Policy, Quote, QuoteInput, Rate, RowKind, ShippingInput, quote
from promotions.rules import (
    AmountOff,
    Benefit,
    BundlePart,
    BundlePrice,
    BuyGet,
    FreeShipping,
    Gift,
    Goods,
    Occasion,
    PercentOff,
    Reason,
    Rule,
)

GROSS, NET = Policy(prices_include_tax=True), Policy(prices_include_tax=False)
A, B, C = (uuid.UUID(int=number) for number in (1, 2, 3))
CART = ((A, 2, 1000), (B, 1, 333), (C, 1, 500))
WORTH = 2833
TUESDAY = datetime(2026, 11, 24, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
HERE, CLUB = uuid.UUID(int=91), uuid.UUID(int=92)
IVA = Rate("IVA 21 %", "tax-rate:iva", 210_000)
BOOKS = Rate("IVA 4 %", "tax-rate:books", 40_000)
POST = ShippingInput("Post", "shipping-method:post", 500, code="post")


def rule(number: int, benefit: Benefit, **fields: Any) -> Rule:
    return Rule(id=uuid.UUID(int=1000 + number), label=f"Rule {number}", benefit=benefit, **fields)


def of(*tags: uuid.UUID) -> Goods:
    return Goods(any_of=frozenset(tags))


def reckoned(*rules: Rule, shipping: ShippingInput | None = None, policy: Policy = GROSS) -> Quote:
    lines = tuple(LineInput(key, quantity, amount, tags=frozenset({key})) for key, quantity, amount in CART)
    occasion = Occasion(TUESDAY, HERE, "ES", frozenset({CLUB}))
    return quote(QuoteInput(policy, lines, shipping, occasion, rules))


def off(result: Quote) -> list[int]:
    return [-line.discount_amount for line in result.lines if line.gift is None]


def reasons(result: Quote) -> dict[int, Reason]:
    return {refusal.rule.id.int - 1000: refusal.reason for refusal in result.refusals}


def bundle(amount: int, *parts: Goods, **fields: Any) -> BundlePrice:
    return BundlePrice(tuple(BundlePart(part, 1) for part in parts), amount, **fields)


@pytest.mark.parametrize(
    ("benefit", "fields", "expected"),
    [
        (PercentOff(100_000), {}, [200, 33, 50]),
        (PercentOff(1_000_000), {}, [2000, 333, 500]),
        (PercentOff(100_000), {"goods": Goods(none_of=frozenset({A}))}, [0, 33, 50]),
        (PercentOff(1_000_000), {"max_amount": 100}, [70, 12, 18]),  # 70.6, 11.75, 17.65
        (AmountOff(1000), {}, [706, 118, 176]),  # 705.96, 117.54, 176.49
        (AmountOff(1000), {"goods": of(B, C)}, [0, 333, 500]),
        (AmountOff(400, is_per_unit=True), {}, [800, 333, 400]),
        (AmountOff(400, is_per_unit=True), {"max_amount": 100}, [52, 22, 26]),  # by 800 to 333 to 400
        # Three for two: of four pieces one, the cheapest; one plus one: two of them.
        (BuyGet(2, 1), {}, [0, 333, 0]),
        (BuyGet(1, 1), {}, [0, 333, 500]),
        (BuyGet(1, 1, max_times=1), {}, [0, 333, 0]),
        (BuyGet(2, 1, rate_ppm=500_000), {}, [0, 167, 0]),  # 166.5
        (BuyGet(1, 1), {"goods": of(A)}, [1000, 0, 0]),
        # Who buys the two small things gets one of A for nothing, not one of those that had to be bought.
        (BuyGet(2, 1, reward=of(A, B)), {"goods": of(B, C)}, [1000, 0, 0]),
        (BuyGet(2, 1, reward=of(A)), {"goods": of(A, B)}, [1000, 0, 0]),
        (bundle(1000, of(A), of(B)), {}, [250, 83, 0]),  # 333 less, by 1000 to 333
        (bundle(900, of(A)), {}, [200, 0, 0]),
        (bundle(900, of(A), max_times=1), {}, [100, 0, 0]),
        (bundle(300, of(B, C), max_times=1), {}, [0, 0, 200]),  # the dearer one goes into it
        (BundlePrice((BundlePart(of(A), 2), BundlePart(of(C), 1)), 2000), {}, [400, 0, 100]),
    ],
)
def test_what_each_benefit_takes_off_each_line(benefit: Benefit, fields: dict[str, Any], expected: list[int]) -> None:
    result = reckoned(rule(1, benefit, **fields))
    assert off(result) == expected
    assert result.total_amount == WORTH - sum(expected)
    assert [use.amount for use in result.uses] == [sum(expected)]


@pytest.mark.parametrize(
    ("benefit", "goods", "reason"),
    [
        (PercentOff(100_000), of(HERE), Reason.NO_GOODS),
        (PercentOff(1), of(B), Reason.NOTHING_OFF),
        (BuyGet(3, 1), of(A, B), Reason.QUANTITY_TOO_LOW),
        (BuyGet(1, 1, reward=of(B)), of(B), Reason.QUANTITY_TOO_LOW),
        (bundle(100, of(A), of(HERE)), Goods(), Reason.QUANTITY_TOO_LOW),
        (bundle(1333, of(A), of(B)), Goods(), Reason.NOTHING_OFF),
        (FreeShipping(), Goods(), Reason.NOTHING_TO_SHIP),
        (Gift(HERE, 2, 100, 1), Goods(), Reason.GIFT_UNAVAILABLE),
        (Gift(HERE, 2, None), Goods(), Reason.GIFT_UNAVAILABLE),
    ],
)
def test_what_gives_nothing_says_why(benefit: Benefit, goods: Goods, reason: Reason) -> None:
    result = reckoned(rule(1, benefit, goods=goods))
    assert (reasons(result), result.total_amount, result.uses) == ({1: reason}, WORTH, ())


@pytest.mark.parametrize(
    ("fields", "reason", "missing"),
    [
        ({"starts_at": TUESDAY}, None, None),
        ({"starts_at": TUESDAY + MOMENT}, Reason.NOT_STARTED, None),
        ({"ends_at": TUESDAY + MOMENT}, None, None),
        ({"ends_at": TUESDAY}, Reason.ENDED, None),
        ({"weekdays": frozenset({2})}, None, None),
        ({"weekdays": frozenset({1, 3, 4, 5, 6, 7})}, Reason.WRONG_DAY, None),
        ({"markets": frozenset({HERE, CLUB})}, None, None),
        ({"markets": frozenset({CLUB})}, Reason.WRONG_MARKET, None),
        ({"countries": frozenset({"ES"})}, None, None),
        ({"countries": frozenset({"DE"})}, Reason.WRONG_COUNTRY, None),
        ({"groups": frozenset({CLUB, HERE})}, None, None),
        ({"groups": frozenset({HERE})}, Reason.WRONG_GROUP, None),
        ({"is_first_order_only": True}, Reason.NOT_FIRST_ORDER, None),
        ({"min_quantity": 4}, None, None),
        ({"min_quantity": 5}, Reason.QUANTITY_TOO_LOW, 1),
        ({"min_amount": WORTH}, None, None),
        ({"min_amount": WORTH + 1}, Reason.AMOUNT_TOO_LOW, 1),
        ({"min_amount": 501, "goods": of(C)}, Reason.AMOUNT_TOO_LOW, 1),
        ({"uses_left": 1, "uses_left_of_buyer": 1, "budget_left": 283}, None, None),
        ({"uses_left": 0}, Reason.USED_UP, None),
        ({"uses_left_of_buyer": 0}, Reason.USED_UP_BY_BUYER, None),
        ({"budget_left": 282}, Reason.BUDGET_SPENT, None),
        ({"budget_left": 282, "max_amount": 282}, None, None),
        ({"budget_left": 0}, Reason.BUDGET_SPENT, None),
    ],
)
def test_conditions_hold_up_to_their_border(fields: dict[str, Any], reason: Reason | None, missing: int | None) -> None:
    result = reckoned(rule(1, PercentOff(100_000), **fields))
    assert len(result.uses) == (reason is None)
    assert [(refusal.reason, refusal.missing) for refusal in result.refusals] == ([(reason, missing)] if reason else [])


def test_free_shipping_takes_off_what_it_costs_and_no_more() -> None:
    result = reckoned(rule(1, FreeShipping(), max_amount=100), rule(2, FreeShipping()), shipping=POST)
    assert [use.amount for use in result.uses] == [100, 400]
    assert (result.shipping_amount, result.discount_amount, result.total_amount) == (500, -500, WORTH)
    of_methods = {1: FreeShipping(frozenset({"other"})), 2: FreeShipping(frozenset({"post"})), 3: FreeShipping()}
    result = reckoned(*(rule(number, benefit) for number, benefit in of_methods.items()), shipping=POST)
    assert reasons(result) == {1: Reason.NOTHING_TO_SHIP, 3: Reason.NOTHING_LEFT}


def test_a_gift_is_a_line_worth_its_discount_if_there_are_enough() -> None:
    result = reckoned(rule(1, Gift(HERE, 2, 150, 2), is_exclusive=True))
    gift = result.lines[-1]
    assert (gift.quantity, gift.subtotal_amount, gift.discount_amount, gift.total_amount) == (2, 300, -300, 0)
    assert (result.subtotal_amount, result.total_amount, result.uses[0].amount) == (WORTH + 300, WORTH, 0)


def test_the_higher_priority_takes_first_and_nothing_is_taken_twice() -> None:
    all_off = PercentOff(1_000_000)
    result = reckoned(rule(1, all_off), rule(2, all_off, priority=1), rule(3, PercentOff(500_000), priority=2))
    assert [(use.rule.priority, use.amount) for use in result.uses] == [(2, 1417), (1, 1416)]
    assert (result.total_amount, off(result), reasons(result)) == (0, [2000, 333, 500], {1: Reason.NOTHING_LEFT})


def test_what_a_line_can_not_take_of_a_shared_amount_goes_off_the_others() -> None:
    # 300 are 212, 35 and 53; of A nothing is left.
    result = reckoned(rule(1, PercentOff(1_000_000), goods=of(A), priority=1), rule(2, AmountOff(300)))
    assert off(result) == [2000, 35 + 212, 53]
    assert [use.amount for use in result.uses] == [2000, 300]


@pytest.mark.parametrize(
    ("alone", "taken", "refused"),
    [(284, [2], {1: Reason.ANOTHER_IS_BETTER}), (283, [1], {2: Reason.ANOTHER_IS_BETTER})],
)
def test_an_exclusive_one_is_taken_alone_if_it_gives_more(
    alone: int, taken: list[int], refused: dict[int, Reason]
) -> None:
    result = reckoned(rule(1, PercentOff(100_000)), rule(2, AmountOff(alone), is_exclusive=True, priority=9))
    assert [use.rule.id.int - 1000 for use in result.uses] == taken
    assert reasons(result) == refused


def test_of_exclusive_ones_that_give_as_much_the_higher_priority_is_taken() -> None:
    result = reckoned(*(rule(number, AmountOff(100), is_exclusive=True, priority=number) for number in (1, 3, 2)))
    assert (result.uses[0].rule.priority, len(result.uses)) == (3, 1)


def test_of_a_group_that_is_taken_which_helps_most_beside_the_others() -> None:
    # 50 % of A are more than 10 % of B by themselves, and nothing where A is free already.
    free = rule(1, PercentOff(1_000_000), goods=of(A), priority=1)
    large, small = (
        rule(2, PercentOff(500_000), goods=of(A), group="g"),
        rule(3, PercentOff(100_000), goods=of(B), group="g"),
    )
    assert off(reckoned(large, small)) == [1000, 0, 0]
    result = reckoned(free, large, small)
    assert (off(result), reasons(result)) == ([2000, 33, 0], {2: Reason.ANOTHER_IS_BETTER})


def test_a_group_of_many_is_looked_through_to_the_last() -> None:
    free = rule(1, PercentOff(1_000_000), goods=of(A), priority=1)
    small = rule(2, PercentOff(100_000), goods=of(B), group="g")
    large = [rule(number, PercentOff(500_000), goods=of(A), group="g") for number in range(3, 40)]
    assert off(reckoned(free, small, *large)) == [2000, 33, 0]


def test_of_more_combinations_than_are_compared_the_strongest_stay() -> None:
    rules = [
        rule(100 * group + number, AmountOff(number), group=f"g{group}") for group in (1, 2) for number in range(1, 41)
    ]
    result = reckoned(*rules)
    assert ([use.amount for use in result.uses], result.total_amount) == ([40, 40], WORTH - 80)
    assert len(result.refusals) == 78


def test_what_leaves_the_least_to_pay_counts_its_tax_too() -> None:
    lines = (LineInput(A, 1, 1000, (IVA,), frozenset({A})), LineInput(B, 1, 1000, (), frozenset({B})))
    rules = (
        rule(1, AmountOff(110), goods=of(B), is_exclusive=True),
        rule(2, AmountOff(100), goods=of(A), is_exclusive=True),
    )
    result = quote(QuoteInput(NET, lines, None, Occasion(TUESDAY, HERE, "ES"), rules))
    assert (off(result), result.total_amount) == ([100, 0], 900 + 189 + 1000)


def test_cents_fall_to_the_same_lines_in_whatever_order_they_come() -> None:
    lines = [LineInput(key, 1, 100, tags=frozenset({key})) for key in (A, B, C)]
    for given in (lines, lines[::-1], [lines[1], lines[2], lines[0]]):
        result = quote(QuoteInput(GROSS, tuple(given), None, Occasion(TUESDAY, HERE, "ES"), (rule(1, AmountOff(100)),)))
        assert {line.key: -line.discount_amount for line in result.lines} == {A: 34, B: 33, C: 33}


def test_who_pays_no_tax_pays_prices_and_shipping_without_what_is_in_them() -> None:
    lines = (
        LineInput(A, 2, 1210, (IVA,)),
        LineInput(B, 1, 1040, (BOOKS,)),
        LineInput(C, 1, 5000, (IVA,), is_money=True),
    )
    certificate = Exemption("Embassy", "tax-exemption:1")
    for rates, charged in (((IVA,), 100), (None, 105)):  # As the goods: of 85 and 36, 15 and 1.
        post = ShippingInput("Post", "shipping-method:post", 121, rates=rates)
        result = quote(QuoteInput(GROSS, lines, post, exemption=certificate))
        assert [line.total_amount for line in result.lines] == [2000, 1000, 5000]
        assert (result.shipping_amount, result.tax_amount, result.total_amount) == (charged, 0, 8000 + charged)
        assert [row.label for row in result.rows if row.kind is RowKind.TAX] == ["Embassy"]
