"""Every read of gift cards and store credit."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from core.problems import NotFound
from promotions.credit.codes import digest_of, is_like_a_code
from promotions.credit.exceptions import GiftCardNotFound
from promotions.models import CreditEntry, GiftCard, StoreCredit
from users.models import User

MAX_ENTRIES = 100
"""Of one balance, the newest, that are shown beside it."""


@dataclass(frozen=True, slots=True)
class GiftCardFilter:
    """What a list of gift cards is narrowed to; None is everything."""

    last_characters: str | None = None
    customer_id: uuid.UUID | None = None
    currency: str | None = None
    is_active: bool | None = None
    order_id: uuid.UUID | None = None


def gift_card_list(narrowed: GiftCardFilter) -> QuerySet[GiftCard]:
    """Return the gift cards that fit. Not scoped: for staff."""
    conditions = {
        "last_characters": narrowed.last_characters,
        "customer_id": narrowed.customer_id,
        "currency": narrowed.currency,
        "is_active": narrowed.is_active,
        "order_line__order_id": narrowed.order_id,
    }
    cards = GiftCard.objects.select_related("order_line")
    return cards.filter(**{name: value for name, value in conditions.items() if value is not None})


def gift_card_get(card_id: uuid.UUID) -> GiftCard:
    """Return one gift card with its newest entries. Two queries.

    Raises:
        GiftCardNotFound: there is none.
    """
    return _one(GiftCard.objects.select_related("order_line").prefetch_related(_entries()).filter(id=card_id))


def gift_card_for_update(card_id: uuid.UUID) -> GiftCard:
    """Return one gift card with its newest entries, locked.

    Raises:
        GiftCardNotFound: there is none.
    """
    cards = GiftCard.objects.select_for_update(no_key=True, of=("self",)).select_related("order_line")
    return _one(cards.prefetch_related(_entries()).filter(id=card_id))


def gift_card_by_code(code: str) -> GiftCard | None:
    """Return the gift card that a code opens, whatever its state; None if there is none. One query."""
    if not is_like_a_code(code):
        return None
    return GiftCard.objects.filter(code_digest=digest_of(code)).first()


def gift_cards_of_order(order_id: uuid.UUID) -> list[GiftCard]:
    """Return the gift cards that were sold by an order, in the order they were issued."""
    return list(GiftCard.objects.filter(order_line__order_id=order_id).order_by("id"))


def store_credit_list(customer_id: uuid.UUID) -> list[StoreCredit]:
    """Return a customer's store credit in every currency they have some in, each with its newest entries."""
    credits_ = StoreCredit.objects.filter(customer_id=customer_id).order_by("currency")
    return list(credits_.prefetch_related(_entries()))


def customer_for_credit(customer_id: uuid.UUID) -> User:
    """Return a customer whom the shop can owe something.

    Raises:
        NotFound: nobody has this id.
    """
    found = User.objects.filter(id=customer_id).first()
    if found is None:
        raise NotFound
    return found


def gift_cards_of(card_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, GiftCard]:
    """Return gift cards by their ids, whatever their state. One query."""
    return {card.id: card for card in GiftCard.objects.filter(id__in=card_ids)}


def store_credit_of(customer_id: uuid.UUID, currency: str) -> StoreCredit | None:
    """Return what the shop owes a customer in a currency; None if it never owed anything. One query."""
    return StoreCredit.objects.filter(customer_id=customer_id, currency=currency).first()


def _entries() -> Prefetch[str, QuerySet[CreditEntry], str]:
    newest = CreditEntry.objects.select_related("order").order_by("-id")[:MAX_ENTRIES]
    return Prefetch("entries", newest, to_attr="newest_entries")


def _one(cards: QuerySet[GiftCard]) -> GiftCard:
    found = cards.first()
    if found is None:
        raise GiftCardNotFound
    return found
