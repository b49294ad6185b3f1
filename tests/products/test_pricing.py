"""Which price a buyer gets: by table, and what always holds."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.pricing import ListedPrice, UnitPrice, tiers_of, unit_price

BASE = 1000
CLUB = [ListedPrice("club", 5, 1, 900), ListedPrice("club", 5, 10, 800)]
BULK = [ListedPrice("bulk", 1, 20, 500)]


@pytest.mark.parametrize(
    ("listed", "quantity", "expected"),
    [
        ([], 1, UnitPrice(1000)),
        (BULK, 19, UnitPrice(1000)),
        (BULK, 20, UnitPrice(500, "bulk")),
        (CLUB, 1, UnitPrice(900, "club")),
        (CLUB, 9, UnitPrice(900, "club")),
        (CLUB, 10, UnitPrice(800, "club")),
        # The higher priority counts, even where the lower one would be cheaper.
        (CLUB + BULK, 20, UnitPrice(800, "club")),
        # A list without a tier for the quantity doesn't fit.
        ([ListedPrice("top", 9, 30, 100), *CLUB], 20, UnitPrice(800, "club")),
        # Of one priority the cheaper, then the first by code.
        ([ListedPrice("b", 1, 1, 700), ListedPrice("a", 1, 1, 750)], 1, UnitPrice(700, "b")),
        ([ListedPrice("b", 1, 1, 700), ListedPrice("a", 1, 1, 700)], 1, UnitPrice(700, "a")),
        # A list may ask more than the base price, and nothing at all.
        ([ListedPrice("dear", 1, 1, 2000)], 1, UnitPrice(2000, "dear")),
        ([ListedPrice("free", 1, 1, 0)], 1, UnitPrice(0, "free")),
    ],
)
def test_price_of_a_quantity(listed: Sequence[ListedPrice], quantity: int, expected: UnitPrice) -> None:
    assert unit_price(BASE, listed, quantity) == expected
    assert unit_price(BASE, list(reversed(listed)), quantity) == expected


def test_tiers_are_told_where_the_price_changes() -> None:
    told = [(tier.min_quantity, tier.price.amount, tier.price.price_list) for tier in tiers_of(BASE, CLUB + BULK)]
    assert told == [(1, 900, "club"), (10, 800, "club")]
    assert [tier.min_quantity for tier in tiers_of(BASE, BULK)] == [1, 20]


PRICES = st.builds(ListedPrice, st.sampled_from("abc"), st.just(0), st.integers(1, 30), st.integers(0, 2000)).map(
    lambda price: ListedPrice(price.code, ord(price.code) % 2, price.min_quantity, price.amount)
)


@given(st.lists(PRICES, max_size=8, unique_by=lambda price: (price.code, price.min_quantity)), st.integers(1, 40))
def test_the_tiers_say_what_every_quantity_costs(listed: list[ListedPrice], quantity: int) -> None:
    tiers = tiers_of(BASE, listed)
    assert tiers[0].min_quantity == 1
    assert max((tier for tier in tiers if tier.min_quantity <= quantity), key=lambda tier: tier.min_quantity).price == (
        unit_price(BASE, listed, quantity)
    )
