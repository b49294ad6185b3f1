"""Which promotions a cart gets together, and what each takes off: pure. What one would give is promotions/plans.py.

Promotions that combine are taken together, of each group one; against that stands each exclusive one alone. Whatever
leaves the least to pay is taken, so that one more promotion never makes a cart dearer (short of more combinations than
can be compared while a buyer waits). They take off one after the other, the higher priority first; none takes more off
a line than is left of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

from promotions.plans import Plan
from promotions.rules import Reason, Refusal

LEAST_COMPARED, COMPARED_TOGETHER = 16, 1_200
"""How many combinations are compared in every cart, and what is shared among the lines where that makes more.

The more lines, the longer a combination takes to compare; all of them together take some milliseconds. More are not
tried: of the largest groups the members that give least by themselves are left out.
"""


@dataclass(slots=True)
class Left:
    """What is left to pay of each line and of the shipping, and what each plan took off them."""

    lines: list[int]
    shipping_amount: int
    taken: list[tuple[Plan, dict[int, int], int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The promotions that are taken, what they leave, and those that aren't, each with its reason."""

    left: Left
    refusals: tuple[Refusal, ...]


def choose(
    plans: Sequence[Plan], amounts: Sequence[int], shipping_amount: int, to_pay: Callable[[Left], int]
) -> Chosen:
    """Return the combination of plans that leaves the least to pay; of equal ones the first.

    `amounts` are the lines' before promotions; `to_pay` says what is to be paid of what is left, taxes and all.
    """
    ordered = sorted(plans, key=lambda plan: (-plan.rule.priority, plan.rule.id))
    combinations = list(_combinations(ordered, _most_compared(len(amounts))))
    combination = combinations[0]
    if len(combinations) > 1:
        combination = min(combinations, key=lambda of: to_pay(_left_after(of, amounts, shipping_amount)))
    left = _told(combination, amounts, shipping_amount)
    kept = [taken for taken in left.taken if taken[0].gift or taken[2] or any(taken[1].values())]
    empty = {taken[0].rule.id for taken in left.taken} - {taken[0].rule.id for taken in kept}
    chosen = {plan.rule.id for plan in combination}
    refusals = [
        Refusal(plan.rule, Reason.NOTHING_LEFT if plan.rule.id in empty else Reason.ANOTHER_IS_BETTER)
        for plan in ordered
        if plan.rule.id in empty or plan.rule.id not in chosen
    ]
    left.taken = kept
    return Chosen(left, tuple(refusals))


def _most_compared(line_count: int) -> int:
    """Return how many combinations of groups' members are compared at the most, by what one costs to compare."""
    return max(LEAST_COMPARED, COMPARED_TOGETHER // (line_count + 10))


def _combinations(plans: Sequence[Plan], most: int) -> Iterator[Sequence[Plan]]:
    """Yield what can be had together: all that combine with one of each group; then each exclusive one alone."""
    alternatives = [plan for plan in plans if plan.rule.is_exclusive]
    groups: dict[str, list[Plan]] = {}
    for plan in plans:
        if plan.rule.group and not plan.rule.is_exclusive:
            groups.setdefault(plan.rule.group, []).append(plan)
    free = [plan for plan in plans if not plan.rule.group and not plan.rule.is_exclusive]
    if free or groups or not alternatives:
        for of_groups in product(*_fewer(groups.values(), most)):
            yield sorted([*free, *of_groups], key=lambda plan: (-plan.rule.priority, plan.rule.id))
    for plan in alternatives:
        yield [plan]


def _fewer(groups: Iterable[list[Plan]], most: int) -> list[list[Plan]]:
    """Return the groups, with the weakest of the largest left out until there are `most` combinations."""
    kept = [sorted(group, key=lambda plan: -plan.amount) for group in groups]
    while prod(len(group) for group in kept) > most:
        max(kept, key=len).pop()
    return kept


def _left_after(plans: Iterable[Plan], amounts: Sequence[int], shipping_amount: int) -> Left:
    """Return what plans leave, without what each took: many combinations are compared."""
    left = Left(list(amounts), shipping_amount)
    for plan in plans:
        _take_off(plan, left)
    return left


def _told(plans: Iterable[Plan], amounts: Sequence[int], shipping_amount: int) -> Left:
    """Return what plans leave, and what each took."""
    left = Left(list(amounts), shipping_amount)
    for plan in plans:
        lines, shipping = left.lines.copy(), left.shipping_amount
        _take_off(plan, left)
        taken = {place: lines[place] - left.lines[place] for place in plan.discounts}
        left.taken.append((plan, taken, shipping - left.shipping_amount))
    return left


def _take_off(plan: Plan, left: Left) -> None:
    """Take what a plan gives off what is left, of each line as much as it can bear.

    What some lines couldn't bear of a shared amount goes off the others, one after the other in their order. In that
    order rather than in proportion: the less there is to begin with, the less is left of every single line, to the
    last cent, which is what makes one more promotion never cost anything.
    """
    lines = left.lines
    unborne = 0
    for place, discount in plan.discounts.items():
        rest = lines[place] - discount
        if rest < 0:
            unborne -= rest
            rest = 0
        lines[place] = rest
    if plan.is_shared and unborne:
        for place in sorted(plan.discounts):
            more = min(unborne, lines[place])
            lines[place] -= more
            unborne -= more
    left.shipping_amount -= min(plan.shipping_amount, left.shipping_amount)
