"""What a cart comes to, and why. The doors of the package: pure functions, and what they take and give."""

from cart.amounts.parts import (
    CreditInput,
    CreditUse,
    Exemption,
    LineInput,
    LineQuote,
    Policy,
    PromotionUse,
    Quote,
    QuoteInput,
    Rate,
    Row,
    RowKind,
    ShippingInput,
)
from cart.amounts.reckoning import gift_key, goods_amount_of, quote
from cart.amounts.refunding import part_of
from cart.amounts.taxing import tax_inside, tax_on_top

__all__ = [
    "CreditInput",
    "CreditUse",
    "Exemption",
    "LineInput",
    "LineQuote",
    "Policy",
    "PromotionUse",
    "Quote",
    "QuoteInput",
    "Rate",
    "Row",
    "RowKind",
    "ShippingInput",
    "gift_key",
    "goods_amount_of",
    "part_of",
    "quote",
    "tax_inside",
    "tax_on_top",
]
