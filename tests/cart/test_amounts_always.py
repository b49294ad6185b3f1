"""What holds for every cart, with whatever promotions, taxes, shipping and credits: properties over random ones."""

import uuid
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cart.amounts import LineInput, Policy, QuoteInput, Rate, RowKind, part_of, quote
from promotions.rules import Rule
from tests.cart.promoted import carts, policies, rules

KEY = uuid.UUID(int=7)


@given(carts())
def test_parts_sum_to_totals_and_nothing_goes_below_zero(of: QuoteInput) -> None:
    result = quote(of)
    on_top = [row for row in result.rows if not row.is_included]
    assert result.total_amount == sum(line.subtotal_amount for line in result.lines) + sum(row.amount for row in on_top)
    of_cart = sum(row.amount for row in on_top if row.line is None)
    assert result.total_amount == sum(line.total_amount for line in result.lines) + of_cart
    assert result.total_amount == (
        result.subtotal_amount
        + result.discount_amount
        + result.shipping_amount
        + result.rounding_amount
        + (0 if result.prices_include_tax else result.tax_amount)
    )
    assert result.payable_amount == result.total_amount - sum(use.amount for use in result.credits)
    for line in result.lines:
        own = [row for row in result.rows if row.line == line.key]
        assert line.discount_amount == sum(row.amount for row in own if row.kind is RowKind.DISCOUNT)
        assert line.tax_amount == sum(row.amount for row in own if row.kind is RowKind.TAX)
        assert -line.subtotal_amount <= line.discount_amount <= 0
        assert line.total_amount >= 0
        assert line.tax_amount >= 0
    assert 0 <= result.payable_amount <= result.total_amount
    assert (
        result.shipping_amount
        + sum(row.amount for row in result.rows if row.line is None and row.kind is RowKind.DISCOUNT)
        >= 0
    )
    assert result.total_amount % of.policy.cash_step == 0
    assert all(use.amount >= 0 for use in result.credits)
    assert all(use.amount >= 0 for use in result.uses)


@given(carts())
def test_each_promotion_is_either_used_or_refused_and_its_rows_are_its_use(of: QuoteInput) -> None:
    result = quote(of)
    used, refused = [use.rule.id for use in result.uses], [refusal.rule.id for refusal in result.refusals]
    assert sorted([*used, *refused]) == sorted(rule.id for rule in of.rules)
    for use in result.uses:
        rows = [row for row in result.rows if row.source == use.rule.source]
        gifts = sum(line.subtotal_amount for line in result.lines if line.gift is use.rule.benefit)
        assert use.amount == -sum(row.amount for row in rows) - gifts
        assert use.rule.budget_left is None or use.amount <= use.rule.budget_left
        assert use.rule.max_amount is None or use.amount <= use.rule.max_amount


@given(carts(), rules)
def test_one_more_promotion_never_makes_it_dearer(of: QuoteInput, more: Rule) -> None:
    without, result = quote(of), quote(replace(of, rules=(*of.rules, more)))
    assert result.total_amount <= without.total_amount


@given(carts(), st.randoms())
def test_the_order_of_lines_and_promotions_does_not_matter(of: QuoteInput, random: object) -> None:
    shuffled_lines, shuffled_rules = list(of.lines), list(of.rules)
    random.shuffle(shuffled_lines)  # type: ignore[attr-defined]
    random.shuffle(shuffled_rules)  # type: ignore[attr-defined]
    one = quote(of)
    other = quote(replace(of, lines=tuple(shuffled_lines), rules=tuple(shuffled_rules)))
    assert {line.key: line for line in one.lines} == {line.key: line for line in other.lines}
    assert sorted(map(repr, one.rows)) == sorted(map(repr, other.rows))
    assert one.total_amount == other.total_amount


@given(
    st.integers(0, 10**9),
    st.integers(1, 60),
    st.sampled_from([(), (40_000,), (210_000,), (50_000, 99_750), (250_000,)]),
)
def test_net_and_gross_markets_come_to_the_same(unit_amount: int, quantity: int, ppms: tuple[int, ...]) -> None:
    rates = tuple(Rate(f"Tax {ppm}", f"tax-rate:{ppm}", ppm) for ppm in ppms)
    net = quote(QuoteInput(Policy(prices_include_tax=False), (LineInput(KEY, quantity, unit_amount, rates),)))
    gross = quote(QuoteInput(Policy(prices_include_tax=True), (LineInput(KEY, 1, net.total_amount, rates),)))
    assert gross.total_amount == net.total_amount
    if len(rates) < 2:
        assert gross.tax_amount == net.tax_amount
    else:  # On top each rate is rounded by itself, inside they are rounded together.
        assert abs(gross.tax_amount - net.tax_amount) < len(rates)


@given(carts(), st.data())
def test_all_of_a_line_given_back_in_any_parts_is_what_it_came_to(of: QuoteInput, data: st.DataObject) -> None:
    for line in quote(of).lines:
        before, total, tax = 0, 0, 0
        while before < line.quantity:
            count = data.draw(st.integers(1, line.quantity - before))
            total += part_of(line.total_amount, quantity=line.quantity, before=before, count=count)
            tax += part_of(line.tax_amount, quantity=line.quantity, before=before, count=count)
            before += count
        assert (total, tax) == (line.total_amount, line.tax_amount)


@given(carts(rules=st.just(())), policies)
def test_without_promotions_nothing_is_discounted_and_gross_totals_know_no_taxes(
    of: QuoteInput, policy: Policy
) -> None:
    result = quote(replace(of, policy=replace(policy, prices_include_tax=True), exemption=None))
    untaxed = tuple(replace(line, rates=()) for line in of.lines)
    bare = quote(replace(of, policy=replace(policy, prices_include_tax=True), exemption=None, lines=untaxed))
    assert result.discount_amount == 0
    assert result.total_amount == bare.total_amount


@given(carts())
def test_money_is_neither_discounted_nor_taxed_nor_paid_by_credit(of: QuoteInput) -> None:
    result = quote(of)
    money = {line.key for line in of.lines if line.is_money}
    bought = [line for line in result.lines if line.key in money]
    assert all((line.discount_amount, line.tax_amount) == (0, 0) for line in bought)
    assert result.payable_amount >= min(sum(line.total_amount for line in bought), result.total_amount)


@pytest.mark.slow
@pytest.mark.parametrize(
    "always",
    [
        test_parts_sum_to_totals_and_nothing_goes_below_zero,
        test_each_promotion_is_either_used_or_refused_and_its_rows_are_its_use,
        test_one_more_promotion_never_makes_it_dearer,
        test_the_order_of_lines_and_promotions_does_not_matter,
        test_net_and_gross_markets_come_to_the_same,
        test_all_of_a_line_given_back_in_any_parts_is_what_it_came_to,
        test_without_promotions_nothing_is_discounted_and_gross_totals_know_no_taxes,
        test_money_is_neither_discounted_nor_taxed_nor_paid_by_credit,
    ],
)
def test_each_of_these_for_thousands_of_carts(always: Callable[[], None]) -> None:
    settings(max_examples=3_000)(always)()
