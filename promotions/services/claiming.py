"""What an order uses of the limits of its promotions, as claims of limiting.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from promotions.limits import EVERYBODY, Limits
from promotions.models import LimitUse
from promotions.rules import Rule
from promotions.services.limiting import LimitRequest


def claims_of(uses: Iterable[tuple[Rule, Limits, int]], holders: Sequence[str]) -> list[LimitRequest]:
    """Return the claims of promotions that an order uses, each with what it takes off there.

    A promotion without limits is claimed nowhere, so that orders don't wait for each other at it. What takes nothing
    off, such as a gift, costs no budget.
    """
    claims: list[LimitRequest] = []
    for rule, limits, amount in uses:
        name = f"The code {limits.code}" if limits.code else rule.label
        pointer = f"/codes/{limits.code}" if limits.code else f"/promotions/{rule.id}"
        used_up = f"{name} has been used as often as it may be."
        wanted = [
            (LimitUse.Scope.PROMOTION, rule.id, EVERYBODY, 1, limits.uses, used_up),
            (LimitUse.Scope.CODE, limits.code_id, EVERYBODY, 1, limits.code_uses, used_up),
            (
                LimitUse.Scope.BUDGET,
                rule.id,
                EVERYBODY,
                amount,
                limits.budget_amount,
                f"{name} can't be had any more: what it may give altogether is spent.",
            ),
            *(
                (
                    LimitUse.Scope.PROMOTION,
                    rule.id,
                    holder,
                    1,
                    limits.uses_of_buyer,
                    f"{name} has been used as often as one customer may.",
                )
                for holder in holders
            ),
        ]
        claims += [
            LimitRequest(str(scope), subject, holder, quantity, allowed, pointer, name, detail)
            for scope, subject, holder, quantity, allowed, detail in wanted
            if allowed is not None and subject is not None and quantity > 0
        ]
    return claims
