"""Random carts with promotions, for properties of the arithmetic."""

import uuid
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from cart.amounts import CreditInput, Exemption, LineInput, Policy, QuoteInput, Rate, ShippingInput
from core.money import Rounding
from promotions.rules import (
    NONE,
    AmountOff,
    BundlePart,
    BundlePrice,
    BuyGet,
    FreeShipping,
    Gift,
    Goods,
    Occasion,
    PercentOff,
    Rule,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MARKET = uuid.UUID(int=1)
TAGS = tuple(uuid.UUID(int=100 + number) for number in range(4))

OCCASION = Occasion(at=NOW, market=MARKET, country="ES", groups=frozenset({TAGS[0]}), is_first_order=True)


def _several(of: st.SearchStrategy[Any], least: int, most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return any number of them as likely as any other; left to itself, hypothesis mostly takes one or two."""
    return st.integers(least, most).flatmap(lambda size: st.tuples(*[of] * size))


_rates = st.sampled_from(
    [
        (),
        (Rate("VAT 21 %", "tax-rate:21", 210_000),),
        (Rate("VAT 4 %", "tax-rate:4", 40_000),),
        (Rate("GST 5 %", "tax-rate:gst", 50_000), Rate("QST 9.975 %", "tax-rate:qst", 99_750)),
        (Rate("GST 5 %", "tax-rate:gst", 50_000), Rate("QST 9.5 %", "tax-rate:old", 95_000, is_compound=True)),
    ]
)
_amounts = st.one_of(st.sampled_from([333, 1_999, 99, 500, 7, 1, 0]), st.integers(0, 5_000), st.integers(0, 3_000_000))
_quantities = st.one_of(st.integers(1, 4), st.integers(1, 40))
_tags = st.sampled_from([frozenset(TAGS[:1]), frozenset(TAGS[:3]), frozenset(TAGS[1:]), frozenset(TAGS[3:]), NONE])
# Most promotions fit most carts, and most carts have several: what they do to each other is the point.
_goods = st.sampled_from(
    [Goods(), Goods(frozenset(TAGS[:2])), Goods(frozenset(TAGS[2:])), Goods(frozenset(TAGS[:1]), frozenset(TAGS[3:]))]
)
_shares = st.sampled_from([100_000, 333_333, 500_000, 1_000_000, 999_999, 50_000, 1])
_benefits = st.one_of(
    st.builds(PercentOff, _shares),
    st.builds(AmountOff, _amounts, st.booleans()),
    st.builds(FreeShipping, st.sampled_from([frozenset(), frozenset({"standard"}), frozenset({"other"})])),
    st.builds(
        BuyGet,
        st.integers(1, 3),
        st.integers(1, 3),
        _shares,
        st.none() | _goods,
        st.none() | st.integers(1, 2),
    ),
    st.builds(
        BundlePrice,
        st.lists(st.builds(BundlePart, _goods, st.integers(1, 3)), min_size=1, max_size=3).map(tuple),
        _amounts,
        st.none() | st.integers(1, 2),
    ),
    st.builds(Gift, st.just(uuid.UUID(int=9)), st.integers(1, 2), _amounts, st.none() | st.integers(0, 3)),
)
rules = st.builds(
    Rule,
    id=st.uuids(),
    label=st.just("Promotion"),
    benefit=_benefits,
    priority=st.integers(0, 2),
    group=st.sampled_from(["", "", "", "a", "b"]),
    is_exclusive=st.sampled_from([False, False, False, True]),
    goods=_goods,
    min_quantity=st.sampled_from([0, 0, 0, 2]),
    min_amount=st.sampled_from([0, 0, 0, 1_000]),
    max_amount=st.sampled_from([None, None, None, 1, 250, 100_000]),
    budget_left=st.sampled_from([None, None, None, 1, 250, 100_000]),
)
policies = st.builds(
    Policy,
    prices_include_tax=st.booleans(),
    rounding=st.sampled_from(Rounding),
    is_rounded_per_line=st.booleans(),
    cash_step=st.sampled_from([1, 1, 5]),
)
_line = st.builds(
    LineInput,
    key=st.uuids(),
    quantity=_quantities,
    unit_amount=_amounts,
    rates=_rates,
    tags=_tags,
    is_money=st.sampled_from([False, False, False, True]),
)
shippings = st.none() | st.builds(
    ShippingInput,
    st.just("Standard"),
    st.just("shipping-method:standard"),
    _amounts,
    st.none() | _amounts,
    st.none() | _rates,
    st.just("standard"),
)


def carts(**fixed: Any) -> st.SearchStrategy[QuoteInput]:
    """Return carts with promotions, credits and all kinds of taxes; what is `fixed` is the same in all."""
    parts: dict[str, Any] = {
        "policy": policies,
        "lines": _several(_line, 0, 6),
        "shipping": shippings,
        "occasion": st.just(OCCASION),
        "rules": _several(rules, 0, 6),
        "exemption": st.sampled_from([None, None, Exemption("Reverse charge", "vat-id:DE123456788")]),
        "credits": st.lists(
            st.builds(CreditInput, st.just("Gift card"), st.just("gift-card:1"), _amounts), max_size=2
        ).map(tuple),
    }
    return st.builds(QuoteInput, **(parts | fixed))
