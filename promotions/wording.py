"""Why a promotion gives nothing, in a sentence for the buyer. What is machine-read is `Reason`."""

from core.money import Money
from promotions.models import Promotion
from promotions.plans import MILLION
from promotions.rules import Reason, Refusal

_SENTENCES = {
    Reason.INACTIVE: "It doesn't hold any more.",
    Reason.NOT_STARTED: "It has not begun yet.",
    Reason.ENDED: "It is over.",
    Reason.WRONG_DAY: "It does not hold on this day of the week.",
    Reason.WRONG_MARKET: "It does not hold in this market.",
    Reason.WRONG_COUNTRY: "It does not hold for this country.",
    Reason.WRONG_GROUP: "It is for certain customers only; log in if you are one of them.",
    Reason.NOT_FIRST_ORDER: "It is for a first order only.",
    Reason.USED_UP: "It has been used as often as it can be.",
    Reason.USED_UP_BY_BUYER: "You have used it as often as you can.",
    Reason.BUDGET_SPENT: "What was set aside for it is spent.",
    Reason.NO_GOODS: "Nothing in the cart is of the goods it is for.",
    Reason.QUANTITY_TOO_LOW: "More of its goods are needed.",
    Reason.AMOUNT_TOO_LOW: "Its goods must come to more.",
    Reason.NOTHING_TO_SHIP: "There is no shipping that it would be for.",
    Reason.GIFT_UNAVAILABLE: "The gift is sold out.",
    Reason.NOTHING_OFF: "It would take nothing off these goods.",
    Reason.ANOTHER_IS_BETTER: "It can't be had with the others, and they take off more.",
    Reason.NOTHING_LEFT: "Other promotions have taken off all there was.",
}

LASTING = frozenset(
    {
        Reason.INACTIVE,
        Reason.NOT_STARTED,
        Reason.ENDED,
        Reason.WRONG_MARKET,
        Reason.NOT_FIRST_ORDER,
        Reason.USED_UP,
        Reason.USED_UP_BY_BUYER,
        Reason.BUDGET_SPENT,
    }
)
"""Reasons that nothing the buyer puts into the cart can mend: a code that has one isn't taken."""


def sentence_of(refusal: Refusal, currency: str, locale: str = "en") -> str:
    """Return why a promotion gives nothing, with what is missing where something is."""
    if refusal.missing is not None and refusal.reason is Reason.AMOUNT_TOO_LOW:
        return f"Add goods of it for {Money(refusal.missing, currency).format(locale)} more."
    if refusal.missing is not None and refusal.reason is Reason.QUANTITY_TOO_LOW:
        return f"Add {refusal.missing} more of its goods."
    return _SENTENCES[refusal.reason]


def benefit_text(promotion: Promotion) -> str:
    """Return in a few words what a promotion gives, for staff."""
    rate = f"{(promotion.rate_ppm or 0) / 10_000:g} %"
    amount = Money(promotion.amount, promotion.currency).format() if promotion.amount is not None else ""
    less = "free" if promotion.rate_ppm == MILLION else f"{rate} off"
    return {
        Promotion.Benefit.PERCENT: f"{rate} off",
        Promotion.Benefit.AMOUNT: f"{amount} off{' each' if promotion.is_per_unit else ''}",
        Promotion.Benefit.FREE_SHIPPING: "free shipping",
        Promotion.Benefit.BUY_GET: f"buy {promotion.buy_quantity}, get {promotion.get_quantity} {less}",
        Promotion.Benefit.BUNDLE: f"together {amount}",
        Promotion.Benefit.GIFT: f"a gift ({promotion.get_quantity})",
    }[Promotion.Benefit(promotion.benefit)]
