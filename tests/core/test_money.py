"""Money is integers: parsed exactly, written as people read it, split so that the parts sum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import (
    MAX_AMOUNT,
    Money,
    MoneyError,
    Rounding,
    allocate,
    divide,
    divide_half_up,
    exponent,
    parse_decimal,
    to_decimal_text,
)

CURRENCY = st.sampled_from(["EUR", "JPY", "KWD", "CLF", "CLP", "USD"])


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("19.99", "EUR", 1999),
        ("19.9900", "EUR", 1999),
        ("19", "EUR", 1900),
        ("19.", "EUR", 1900),
        (" 0.5 ", "EUR", 50),
        ("-0.01", "EUR", -1),
        ("1999", "JPY", 1999),
        ("1999.00", "CLP", 1999),
        ("1.234", "KWD", 1234),
        ("0.0001", "CLF", 1),
    ],
)
def test_decimal_text_becomes_minor_units(text: str, currency: str, amount: int) -> None:
    assert parse_decimal(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        ("19,99", "EUR"),
        ("1e3", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("19.999", "EUR"),
        ("1999.5", "JPY"),
        ("١٩", "EUR"),
        (".5", "EUR"),
        ("9" * 17, "JPY"),
        (str(MAX_AMOUNT + 1), "JPY"),
    ],
)
def test_other_text_is_refused_and_never_rounded(text: str, currency: str) -> None:
    with pytest.raises(MoneyError):
        parse_decimal(text, currency)


@given(amount=st.integers(-MAX_AMOUNT, MAX_AMOUNT), currency=CURRENCY)
def test_writing_and_reading_is_the_identity(amount: int, currency: str) -> None:
    assert parse_decimal(to_decimal_text(amount, currency), currency) == amount


@pytest.mark.parametrize("amount", [19.99, "1999", True, None])
def test_money_takes_integers_only(amount: object) -> None:
    with pytest.raises(MoneyError):
        Money(amount, "EUR")  # type: ignore[arg-type]


def test_money_takes_known_currencies_only() -> None:
    with pytest.raises(MoneyError):
        Money(1, "XXX")


@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(123456, "EUR"), "en", "€1,234.56"),
        (Money(123456, "EUR"), "es", "1.234,56\N{NO-BREAK SPACE}€"),
        (Money(-5, "USD"), "en", "-$0.05"),
        (Money(1999, "JPY"), "en", "¥1,999"),
        (Money(1999, "HUF"), "en", "HUF19.99"),
        (Money(1, "KWD"), "pt-BR", "KWD\N{NO-BREAK SPACE}0,001"),
    ],
)
def test_money_is_written_with_the_digits_of_its_currency(money: Money, locale: str, text: str) -> None:
    assert money.format(locale) == text


def test_exponents_are_those_of_iso_4217() -> None:
    assert [exponent(code) for code in ("JPY", "EUR", "KWD", "CLF", "HUF")] == [0, 2, 3, 4, 2]


@pytest.mark.parametrize(
    ("numerator", "denominator", "result"),
    [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (0, 7, 0), (7, -2, -4), (1, 2, 1), (-1, 2, -1)],
)
def test_half_goes_away_from_zero(numerator: int, denominator: int, result: int) -> None:
    assert divide_half_up(numerator, denominator) == result


@pytest.mark.parametrize(
    ("numerator", "half_up", "half_even"),
    [(1, 1, 0), (3, 2, 2), (5, 3, 2), (-1, -1, 0), (-3, -2, -2), (-5, -3, -2), (4, 2, 2), (0, 0, 0)],
)
def test_a_half_goes_away_from_zero_or_to_the_even_neighbour(numerator: int, half_up: int, half_even: int) -> None:
    assert divide(numerator, 2, Rounding.HALF_UP) == half_up
    assert divide(numerator, 2, Rounding.HALF_EVEN) == half_even
    # A little more or less than half is none.
    assert divide(1000 * numerator + 1, 2000, Rounding.HALF_EVEN) == -(-numerator // 2)


@given(total=st.integers(-(10**12), 10**12), weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_parts_sum_to_the_whole_and_are_fair(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    if whole:
        assert all(
            abs(abs(part) * whole - abs(total) * weight) < whole for part, weight in zip(parts, weights, strict=True)
        )


def test_the_last_cent_goes_to_the_largest_remainder_then_the_first() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(-100, [1, 1, 1]) == [-34, -33, -33]
    assert allocate(10, [1, 6, 3]) == [1, 6, 3]
    assert allocate(5, [0, 0]) == [3, 2]


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_impossible_weights_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(1, weights)
