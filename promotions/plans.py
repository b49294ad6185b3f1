"""What one promotion would give to a cart, or why nothing: pure functions of rules.py and a cart's lines.

Every promotion is reckoned at the prices before any promotion, so that what one gives doesn't depend on the others;
cart/amounts puts them together, and takes no more off a line than it costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.money import Rounding, allocate, divide
from promotions.rules import (
    AmountOff,
    BundlePrice,
    BuyGet,
    FreeShipping,
    Gift,
    Goods,
    Occasion,
    PercentOff,
    PricedLine,
    Reason,
    Refusal,
    Rule,
)

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Shipped:
    """How the cart is shipped: the method's code, and what it costs before any promotion."""

    method_code: str
    amount: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a promotion gives: an amount per line (by the line's place), one of the shipping, a gift.

    `is_shared` says that what a line can't take any more may go to the promotion's other lines (`goods`).
    """

    rule: Rule
    discounts: dict[int, int]
    shipping_amount: int = 0
    gift: Gift | None = None
    is_shared: bool = False

    @property
    def amount(self) -> int:
        """Return all that it takes off, a gift aside: that costs nothing, and takes nothing off the rest."""
        return sum(self.discounts.values()) + self.shipping_amount


@dataclass(frozen=True, slots=True)
class Rounded:
    """How a promotion's parts of a minor unit are rounded: how, and whether for each line or for all together."""

    how: Rounding = Rounding.HALF_UP
    is_per_line: bool = True


def plan_of(
    rule: Rule, lines: Sequence[PricedLine], occasion: Occasion, shipped: Shipped | None, rounded: Rounded
) -> Plan | Refusal:
    """Return what a promotion gives to these lines, or why it gives nothing."""
    refusal = _of_occasion(rule, occasion)
    if refusal is not None:
        return Refusal(rule, refusal)
    places = [place for place, line in enumerate(lines) if rule.goods.holds(line)]
    return _of_goods(rule, lines, places) or _bounded(rule, _given(rule, lines, places, shipped, rounded))


def _of_occasion(rule: Rule, occasion: Occasion) -> Reason | None:
    """Return the first condition of time, place and person that doesn't hold."""
    checks = (
        (Reason.NOT_STARTED, rule.starts_at is not None and occasion.at < rule.starts_at),
        (Reason.ENDED, rule.ends_at is not None and occasion.at >= rule.ends_at),
        (Reason.WRONG_DAY, bool(rule.weekdays) and occasion.at.isoweekday() not in rule.weekdays),
        (Reason.WRONG_MARKET, bool(rule.markets) and occasion.market not in rule.markets),
        (Reason.WRONG_COUNTRY, bool(rule.countries) and occasion.country not in rule.countries),
        (Reason.WRONG_GROUP, bool(rule.groups) and rule.groups.isdisjoint(occasion.groups)),
        (Reason.NOT_FIRST_ORDER, rule.is_first_order_only and not occasion.is_first_order),
        (Reason.USED_UP, rule.uses_left is not None and rule.uses_left < 1),
        (Reason.USED_UP_BY_BUYER, rule.uses_left_of_buyer is not None and rule.uses_left_of_buyer < 1),
        (Reason.BUDGET_SPENT, rule.budget_left is not None and rule.budget_left < 1),
    )
    return next((reason for reason, fails in checks if fails), None)


def _of_goods(rule: Rule, lines: Sequence[PricedLine], places: Sequence[int]) -> Refusal | None:
    if not places:
        return Refusal(rule, Reason.NO_GOODS)
    missing = rule.min_quantity - sum(lines[place].quantity for place in places)
    if missing > 0:
        return Refusal(rule, Reason.QUANTITY_TOO_LOW, missing)
    missing = rule.min_amount - sum(lines[place].quantity * lines[place].unit_amount for place in places)
    return Refusal(rule, Reason.AMOUNT_TOO_LOW, missing) if missing > 0 else None


def _bounded(rule: Rule, given: Plan | Refusal) -> Plan | Refusal:
    """Keep a plan within the most that one order gets, and refuse one that the budget can't pay any more."""
    if isinstance(given, Refusal) or given.gift is not None:
        return given
    amount = given.amount
    if amount < 1:
        return Refusal(rule, Reason.NOTHING_OFF)
    if rule.max_amount is not None and amount > rule.max_amount:
        amount = rule.max_amount
        parts = allocate(amount, [*given.discounts.values(), given.shipping_amount])
        discounts = dict(zip(given.discounts, parts[:-1], strict=True))
        given = Plan(rule, discounts, parts[-1], is_shared=given.is_shared)
    if rule.budget_left is not None and amount > rule.budget_left:
        return Refusal(rule, Reason.BUDGET_SPENT)
    return given


def _given(
    rule: Rule, lines: Sequence[PricedLine], places: Sequence[int], shipped: Shipped | None, rounded: Rounded
) -> Plan | Refusal:
    match rule.benefit:
        case PercentOff(rate_ppm):
            return Plan(rule, _percent(lines, places, rate_ppm, rounded))
        case AmountOff(amount, is_per_unit):
            return _amount_off(rule, lines, places, amount, is_per_unit=is_per_unit)
        case BuyGet():
            return _buy_get(rule, rule.benefit, lines, rounded)
        case BundlePrice():
            return _bundle(rule, rule.benefit, lines)
        case FreeShipping(codes):
            return _free_shipping(rule, shipped, codes)
        case Gift(quantity=quantity, unit_amount=unit_amount, available_quantity=available):
            is_there = unit_amount is not None and (available is None or available >= quantity)
            return Plan(rule, {}, gift=rule.benefit) if is_there else Refusal(rule, Reason.GIFT_UNAVAILABLE)


def _percent(lines: Sequence[PricedLine], places: Sequence[int], rate_ppm: int, rounded: Rounded) -> dict[int, int]:
    amounts = [lines[place].quantity * lines[place].unit_amount for place in places]
    if rounded.is_per_line:
        parts = [divide(amount * rate_ppm, MILLION, rounded.how) for amount in amounts]
    else:
        parts = allocate(divide(sum(amounts) * rate_ppm, MILLION, rounded.how), amounts)
    return dict(zip(places, parts, strict=True))


def _amount_off(
    rule: Rule, lines: Sequence[PricedLine], places: Sequence[int], amount: int, *, is_per_unit: bool
) -> Plan:
    if is_per_unit:
        each = {place: min(amount, lines[place].unit_amount) * lines[place].quantity for place in places}
        return Plan(rule, each)
    amounts = [lines[place].quantity * lines[place].unit_amount for place in places]
    parts = allocate(min(amount, sum(amounts)), amounts)
    return Plan(rule, dict(zip(places, parts, strict=True)), is_shared=True)


def _free_shipping(rule: Rule, shipped: Shipped | None, codes: frozenset[str]) -> Plan | Refusal:
    if shipped is None or (codes and shipped.method_code not in codes):
        return Refusal(rule, Reason.NOTHING_TO_SHIP)
    return Plan(rule, {}, shipping_amount=shipped.amount)


def _buy_get(rule: Rule, benefit: BuyGet, lines: Sequence[PricedLine], rounded: Rounded) -> Plan | Refusal:
    """Give the cheapest of the reward for less, as often as enough others are left to have bought.

    With b only bought, r only rewarded and o either: times t is feasible while t*buy <= b + o, t*get <= r + o and
    t*(buy + get) <= b + o + r.
    """
    reward = rule.goods if benefit.reward is None else benefit.reward
    bought = {place for place, line in enumerate(lines) if rule.goods.holds(line)}
    rewarded = {place for place, line in enumerate(lines) if reward.holds(line)}
    bought_quantity = sum(lines[place].quantity for place in bought)
    rewarded_quantity = sum(lines[place].quantity for place in rewarded)
    any_quantity = sum(lines[place].quantity for place in bought | rewarded)
    times = min(
        bought_quantity // benefit.buy_quantity,
        rewarded_quantity // benefit.get_quantity,
        any_quantity // (benefit.buy_quantity + benefit.get_quantity),
    )
    if benefit.max_times is not None:
        times = min(times, benefit.max_times)
    if times < 1:
        missing = max(benefit.buy_quantity + benefit.get_quantity - any_quantity, 1)
        return Refusal(rule, Reason.QUANTITY_TOO_LOW, missing)
    wanted = times * benefit.get_quantity
    spare = bought_quantity - times * benefit.buy_quantity  # Of what is bought, so many may be the reward.
    discounts: dict[int, int] = {}
    for place in sorted(rewarded, key=lambda place: (lines[place].unit_amount, place)):
        line = lines[place]
        taken = min(wanted, line.quantity, spare if place in bought else wanted)
        if taken < 1:
            continue
        wanted -= taken
        spare -= taken if place in bought else 0
        discounts[place] = divide(line.unit_amount * taken * benefit.rate_ppm, MILLION, rounded.how)
    return Plan(rule, discounts)


def _bundle(rule: Rule, benefit: BundlePrice, lines: Sequence[PricedLine]) -> Plan | Refusal:
    """Find how often the parts can be had together, then spread what is saved over what went into them."""
    dearest = sorted(range(len(lines)), key=lambda place: (-lines[place].unit_amount, place))
    most = sum(line.quantity for line in lines) // max(sum(part.quantity for part in benefit.parts), 1)
    low, high = 0, most if benefit.max_times is None else min(most, benefit.max_times)
    while low < high:  # The most times that can be had, by halving: fewer can always be had too.
        times = (low + high + 1) // 2
        if _taken(benefit, lines, dearest, times) is None:
            high = times - 1
        else:
            low = times
    taken = _taken(benefit, lines, dearest, low) if low else None
    if not taken:
        return Refusal(rule, Reason.QUANTITY_TOO_LOW)
    regular = {place: quantity * lines[place].unit_amount for place, quantity in taken.items()}
    saved = sum(regular.values()) - low * benefit.amount
    if saved < 1:
        return Refusal(rule, Reason.NOTHING_OFF)
    parts = allocate(saved, list(regular.values()))
    return Plan(rule, dict(zip(regular, parts, strict=True)))


def _taken(
    benefit: BundlePrice, lines: Sequence[PricedLine], dearest: Iterable[int], times: int
) -> dict[int, int] | None:
    """Return how many of each line go into so many bundles; None when there aren't enough."""
    taken: dict[int, int] = {}
    for part in benefit.parts:
        wanted = part.quantity * times
        for place in _holding(part.goods, lines, dearest):
            more = min(lines[place].quantity - taken.get(place, 0), wanted)
            if more > 0:
                taken[place] = taken.get(place, 0) + more
                wanted -= more
        if wanted > 0:
            return None
    return taken


def _holding(goods: Goods, lines: Sequence[PricedLine], places: Iterable[int]) -> Iterator[int]:
    return (place for place in places if goods.holds(lines[place]))
