"""How much processor time one quote takes in the engine alone: 50 lines and 20 promotions, by policy of the market.

    .venv/bin/python -m benchmarks.quote_engine

No database and no web server take part. Each figure is the median of the repeats, in milliseconds of process time.
"""

from __future__ import annotations

import random
import statistics
import time
import uuid
from datetime import UTC, datetime
from itertools import product

from cart.amounts import LineInput, Policy, QuoteInput, Rate, ShippingInput, quote
from promotions.rules import (
    AmountOff,
    Benefit,
    BundlePart,
    BundlePrice,
    BuyGet,
    FreeShipping,
    Goods,
    Occasion,
    PercentOff,
    Rule,
)

LINES, RULES, REPEATS = 50, 20, 200


def cart_with(policy: Policy, *, groups: int) -> QuoteInput:
    """Return a cart of the same lines and promotions each time; half of those are in so many groups."""
    dice = random.Random(1)  # noqa: S311 (the same figures each time)

    def some_id() -> uuid.UUID:
        return uuid.UUID(int=dice.getrandbits(128))

    tags = [some_id() for _ in range(60)]
    vat = (Rate("VAT 21 %", "tax-rate:21", 210_000),)
    bundle = BundlePrice((BundlePart(Goods(frozenset(tags[:20])), 3),), 1_000)
    benefits: list[Benefit] = [
        PercentOff(100_000),
        AmountOff(1_000),
        AmountOff(50, is_per_unit=True),
        BuyGet(2, 1),
        bundle,
        FreeShipping(),
    ]
    lines = [
        LineInput(some_id(), dice.randint(1, 5), dice.randint(100, 9_999), vat, frozenset(dice.sample(tags, 8)))
        for _ in range(LINES)
    ]
    rules = [
        Rule(
            id=some_id(),
            label=f"Promotion {number}",
            benefit=benefits[number % len(benefits)],
            goods=Goods(frozenset(dice.sample(tags, 10))),
            priority=number % 3,
            group=f"g{number % groups}" if groups and number < RULES // 2 else "",
        )
        for number in range(RULES)
    ]
    return QuoteInput(
        policy=policy,
        lines=tuple(lines),
        shipping=ShippingInput("Standard", "shipping-method:standard", 500, rates=None, code="standard"),
        occasion=Occasion(datetime(2026, 6, 1, 12, tzinfo=UTC), some_id(), "ES"),
        rules=tuple(rules),
    )


def milliseconds(of: QuoteInput) -> float:
    """Return the median of the processor time of one quote."""
    times = []
    for _ in range(REPEATS):
        began = time.process_time()
        quote(of)
        times.append(time.process_time() - began)
    return statistics.median(times) * 1_000


def main() -> None:
    """Print a line for each kind of market."""
    print(f"{LINES} lines, {RULES} promotions, median of {REPEATS}")
    for groups, is_gross, is_per_line in product((0, 4), (True, False), (True, False)):
        of = cart_with(Policy(prices_include_tax=is_gross, is_rounded_per_line=is_per_line), groups=groups)
        kind = f"{'gross' if is_gross else 'net'}, rounded per {'line' if is_per_line else 'total'}, {groups} groups"
        print(f"{kind:<40}{milliseconds(of):6.2f} ms   {len(quote(of).rows)} rows, {len(quote(of).uses)} applied")


if __name__ == "__main__":
    main()
