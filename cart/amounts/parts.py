"""What goes into a quote, and what comes out: plain data. Amounts are minor units of one currency, whichever it is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum

from core.money import Rounding
from promotions.rules import NONE, Gift, Occasion, Refusal, Rule


class RowKind(StrEnum):
    """What a row of the explanation is; the words of `orders.OrderAdjustment.Kind`."""

    DISCOUNT = "discount"
    SHIPPING = "shipping"
    TAX = "tax"
    FEE = "fee"
    ROUNDING = "rounding"


@dataclass(frozen=True, slots=True)
class Rate:
    """One tax that applies: its share in millionths, its name for people, its source for machines.

    A compound one is taken of the price with the taxes before it.
    """

    label: str
    source: str
    rate_ppm: int
    is_compound: bool = False


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why the buyer pays no tax: reverse charge, a certificate. Gross prices then lose the tax that is in them."""

    label: str
    source: str


@dataclass(frozen=True, slots=True)
class Policy:
    """How a market reckons: prices with or without tax, where and how to round, and the smallest coin.

    `is_rounded_per_line` False rounds percentages and taxes once for all that is taxed alike, and spreads the sum over
    the lines by the largest remainder. `cash_step` 5 makes the total a multiple of 5 (Swiss five-Rappen coins).
    """

    prices_include_tax: bool
    rounding: Rounding = Rounding.HALF_UP
    is_rounded_per_line: bool = True
    cash_step: int = 1


@dataclass(frozen=True, slots=True)
class LineInput:
    """So many of a thing at a unit price in the market's own net or gross, and the taxes on it (none: untaxed)."""

    key: uuid.UUID
    quantity: int
    unit_amount: int
    rates: tuple[Rate, ...] = ()
    tags: frozenset[uuid.UUID] = NONE
    is_discountable: bool = True
    is_money: bool = False
    """A gift card: no promotion, credit or tax touches it."""


@dataclass(frozen=True, slots=True)
class ShippingInput:
    """A way of shipping: an amount, nothing when the goods come to `free_from_amount` or more before promotions.

    `rates` None taxes it as the goods are taxed, in proportion to what they cost before promotions.
    """

    label: str
    source: str
    amount: int
    free_from_amount: int | None = None
    rates: tuple[Rate, ...] | None = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class CreditInput:
    """A gift card or store credit that pays for as much as it holds; it changes nothing of the total."""

    label: str
    source: str
    balance_amount: int


@dataclass(frozen=True, slots=True)
class QuoteInput:
    """All that a quote depends on. Without an occasion there are no promotions."""

    policy: Policy
    lines: tuple[LineInput, ...]
    shipping: ShippingInput | None = None
    occasion: Occasion | None = None
    rules: tuple[Rule, ...] = ()
    refused: tuple[Refusal, ...] = ()
    """Codes that were entered and whose rule is known to give nothing, told along with the others."""
    exemption: Exemption | None = None
    credits: tuple[CreditInput, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One step of the explanation. `line` is None for what belongs to the whole cart, such as shipping and its tax.

    The total is the sum of the lines' subtotals and of all rows that aren't included. `rate_ppm` is a tax's.
    """

    kind: RowKind
    label: str
    source: str
    line: uuid.UUID | None
    amount: int
    is_included: bool = False
    rate_ppm: int | None = None


@dataclass(frozen=True, slots=True)
class LineQuote:
    """What one line comes to. `discount_amount` is zero or less; `total_amount` contains the tax in either kind.

    A line with a `gift` is one that a promotion has added; its key follows from the promotion's id.
    """

    key: uuid.UUID
    quantity: int
    unit_amount: int
    subtotal_amount: int
    discount_amount: int
    tax_amount: int
    total_amount: int
    gift: Gift | None = None


@dataclass(frozen=True, slots=True)
class PromotionUse:
    """A promotion that gave something: `amount` is zero or more, and counts against its budget."""

    rule: Rule
    amount: int


@dataclass(frozen=True, slots=True)
class CreditUse:
    """How much of a credit pays for this."""

    label: str
    source: str
    amount: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What it all comes to: total = subtotal + discount + shipping + rounding, plus tax where prices are net.

    `payable_amount` is the total less what the credits pay.
    """

    prices_include_tax: bool
    lines: tuple[LineQuote, ...]
    rows: tuple[Row, ...]
    uses: tuple[PromotionUse, ...]
    refusals: tuple[Refusal, ...]
    credits: tuple[CreditUse, ...]
    subtotal_amount: int
    discount_amount: int
    shipping_amount: int
    tax_amount: int
    rounding_amount: int
    total_amount: int
    payable_amount: int
