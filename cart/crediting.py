"""The gift cards and the store credit of one cart: what they could pay. What they do pay is reckoned in amounts."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cart.amounts import CreditInput, CreditUse
from cart.models import Cart
from cart.problems import CartProblem
from promotions.credit.selectors import gift_cards_of, store_credit_of
from promotions.models import GiftCard


@dataclass(frozen=True, slots=True)
class Credit:
    """A gift card or store credit that can pay in this cart's market now."""

    id: uuid.UUID
    is_card: bool
    label: str
    balance_amount: int

    @property
    def source(self) -> str:
        """Return how rows and payments name it."""
        return f"{'gift-card' if self.is_card else 'store-credit'}:{self.id}"


@dataclass(frozen=True, slots=True)
class CreditPart:
    """How much of a credit pays for a cart."""

    credit: Credit
    amount: int

    @property
    def kind(self) -> str:
        """Return what it is; the words of the payment's method."""
        return "gift_card" if self.credit.is_card else "store_credit"


@dataclass(frozen=True, slots=True)
class Credits:
    """What a cart could be paid with, cards in the order they were entered, and what is wrong with the others."""

    usable: tuple[Credit, ...] = ()
    problems: tuple[CartProblem, ...] = ()

    @property
    def inputs(self) -> tuple[CreditInput, ...]:
        """Return them as they are reckoned with."""
        return tuple(CreditInput(one.label, one.source, one.balance_amount) for one in self.usable)

    def parts_of(self, uses: Sequence[CreditUse]) -> tuple[CreditPart, ...]:
        """Return them with what each pays."""
        amounts = {use.source: use.amount for use in uses}
        return tuple(CreditPart(one, amounts[one.source]) for one in self.usable)


def credits_for(cart: Cart, at: datetime) -> Credits:
    """Return what a cart could be paid with. No query for a cart without; one each for cards and for store credit."""
    usable: list[Credit] = []
    problems: list[CartProblem] = []
    if cart.gift_card_ids:
        cards = gift_cards_of(cart.gift_card_ids)
        for card in (cards[card_id] for card_id in cart.gift_card_ids if card_id in cards):
            if why_not(card, cart.market.currency, at) is None:
                usable.append(Credit(card.id, is_card=True, label=str(card), balance_amount=card.balance_amount))
            else:
                problems.extend(_problem(card, cart, at))
    if cart.use_store_credit and cart.customer_id is not None:
        owed = store_credit_of(cart.customer_id, cart.market.currency)
        if owed is not None and owed.balance_amount:
            usable.append(Credit(owed.id, is_card=False, label="Store credit", balance_amount=owed.balance_amount))
    return Credits(tuple(usable), tuple(problems))


def why_not(card: GiftCard, currency: str, at: datetime) -> tuple[str, str] | None:
    """Return why a card can't pay in a currency at a time, as a reason and a sentence; None if it can."""
    if card.currency != currency:
        return "other_currency", f"{card} is in {card.currency}; here everything is paid in {currency}."
    if not card.is_active:
        return "stopped", f"{card} was stopped; ask the shop about it."
    if card.expires_at is not None and card.expires_at <= at:
        return "expired", f"{card} has expired."
    if not card.balance_amount:
        return "empty", f"Nothing is left on {str(card)[:1].lower()}{str(card)[1:]}."
    return None


def _problem(card: GiftCard, cart: Cart, at: datetime) -> Iterator[CartProblem]:
    reason = why_not(card, cart.market.currency, at)
    if reason is not None:
        facts = {"gift_card_id": str(card.id), "reason": reason[0]}
        yield CartProblem("gift_card_unusable", reason[1], is_blocking=False, facts=facts)
