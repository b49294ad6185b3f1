"""Money: integers of minor units beside an ISO 4217 currency. Never a float. Prices and taxes belong to the apps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache

from babel import Locale
from babel.numbers import NumberPattern

# ISO 4217 list one: every active currency with a minor unit that isn't 2; the standard's figures, not the CLDR's,
# which counts the cents that people use (0 for HUF) and not those that banks settle.
_EXPONENTS = dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
_EXPONENTS |= dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
_EXPONENTS |= dict.fromkeys("CLF UYW".split(), 4)

CURRENCIES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
    CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
    TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()
)

MAX_AMOUNT = 10**15
"""The largest amount in minor units that any field takes: sums of a million of them still fit a bigint's range."""

_DECIMAL = re.compile(r"^([+-]?)(\d{1,16})(?:\.(\d{0,20}))?$", re.ASCII)


class MoneyError(ValueError):
    """The text isn't an amount of this currency; the message says why, for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of minor units (cents of EUR, yen of JPY, fils of KWD) in one currency."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse what isn't whole minor units of a known currency.

        Raises:
            MoneyError: the amount is no integer, or the currency isn't in ISO 4217.
        """
        if type(self.amount) is not int:
            message = f"an amount is a whole number of minor units, not {self.amount!r}"
            raise MoneyError(message)
        if self.currency not in CURRENCIES:
            message = f"{self.currency!r} is not an ISO 4217 currency"
            raise MoneyError(message)

    def __str__(self) -> str:
        """Write it as people read it in English."""
        return self.format()

    def format(self, locale: str = "en") -> str:
        """Write it as people read it in a locale, with the digits of ISO 4217: `€19.99`, `19,99 €`, `¥1,999`."""
        places, pattern = _written_in(locale, exponent(self.currency))
        return pattern.apply(Decimal(self.amount).scaleb(-exponent(self.currency)), places, currency=self.currency)


@cache
def _written_in(locale: str, digits: int) -> tuple[Locale, NumberPattern]:
    """Return a locale's currency pattern with our digits: Babel's own are the CLDR's."""
    parsed = Locale.parse(locale.replace("-", "_"))
    pattern = copy(parsed.currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    return parsed, pattern


def exponent(currency: str) -> int:
    """Return how many decimal digits a currency's minor unit has: JPY 0, EUR 2, KWD 3, CLF 4."""
    return _EXPONENTS.get(currency, 2)


def parse_decimal(text: str, currency: str) -> int:
    """Read `19.99` as 1999 minor units of EUR, exactly.

    Trailing zeros beyond the currency's digits are harmless (`19.9900`); other excess digits are refused, not rounded.

    Raises:
        MoneyError: not a plain decimal number, too many decimals for the currency, or too large.
    """
    match = _DECIMAL.match(text.strip())
    if match is None:
        message = f"{text.strip()[:40]!r} is not a plain decimal amount such as 19.99"
        raise MoneyError(message)
    sign, whole, fraction = match[1], match[2], (match[3] or "").rstrip("0")
    digits = exponent(currency)
    if len(fraction) > digits:
        message = f"{text.strip()[:40]} has more than the {digits} decimals of {currency}"
        raise MoneyError(message)
    amount = int(whole + fraction.ljust(digits, "0"))
    if amount > MAX_AMOUNT:
        message = f"{text.strip()[:40]} is larger than any amount taken here"
        raise MoneyError(message)
    return -amount if sign == "-" else amount


def to_decimal_text(amount: int, currency: str) -> str:
    """Write 1999 minor units of EUR as `19.99`, of JPY as `1999`."""
    digits = exponent(currency)
    if digits == 0:
        return str(amount)
    whole, fraction = divmod(abs(amount), 10**digits)
    return f"{'-' if amount < 0 else ''}{whole}.{fraction:0{digits}d}"


def divide_half_up(numerator: int, denominator: int) -> int:
    """Divide two integers and round half away from zero, exactly: the commercial rounding of DIN 1333."""
    quotient, remainder = divmod(abs(numerator), abs(denominator))
    rounded = quotient + (2 * remainder >= abs(denominator))
    return rounded if (numerator < 0) == (denominator < 0) else -rounded


class Rounding(StrEnum):
    """What becomes of half a minor unit: always away from zero, or to the even neighbour (IEEE 754 ties-to-even)."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Divide two integers, the denominator above zero, and round exactly as `rounding` says."""
    if rounding is Rounding.HALF_UP:
        return divide_half_up(numerator, denominator)
    quotient, remainder = divmod(numerator, denominator)
    doubled = 2 * remainder
    return quotient + (doubled > denominator or (doubled == denominator and quotient % 2 == 1))


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split a total in proportion to weights so that the parts sum to it, by the largest remainder (Hamilton).

    Ties go to the earlier part. All weights zero splits evenly. The parts carry the total's sign.

    Raises:
        ValueError: there are no weights, or one is negative.
    """
    if not weights or min(weights) < 0:
        message = "weights must be one or more numbers that aren't negative"
        raise ValueError(message)
    shares = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(shares)
    parts = [abs(total) * share // whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: (-(abs(total) * shares[i] % whole), i))
    for i in by_remainder[: abs(total) - sum(parts)]:
        parts[i] += 1
    return [-part for part in parts] if total < 0 else parts
