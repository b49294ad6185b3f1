"""Writes of gift cards and store credit by staff and by the worker. What orders do with them is spending.py.

A balance changes by one conditional UPDATE, so that no race takes more than there is, and each change is an entry in
the same transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Model, QuerySet
from django.db.models.functions import Greatest

from core import clock
from core.ids import uuid7
from core.money import MAX_AMOUNT, Money
from core.problems import FieldError
from core.transactions import assert_in_transaction, entry
from events.services import event_record
from promotions.credit.codes import code_of, digest_of
from promotions.credit.exceptions import CreditAmountInvalid, CreditInsufficient, GiftCardExpiryPast
from promotions.credit.selectors import customer_for_credit, gift_card_for_update, gift_card_get
from promotions.models import CreditEntry, GiftCard, StoreCredit
from users.callers import SYSTEM_ACTOR

AT_ONCE = 500

# What is locked just now is somebody's who spends it; it is looked at again by the next run.
EXPIRE = """
WITH due AS MATERIALIZED (
    SELECT c.id, c.balance_amount FROM promotions_giftcard c
    WHERE c.expires_at <= %(now)s AND c.balance_amount > 0
    ORDER BY c.id LIMIT %(limit)s
    FOR NO KEY UPDATE SKIP LOCKED
), written AS (
    INSERT INTO promotions_creditentry (card_id, kind, amount, actor, reason, created_at)
    SELECT d.id, 'expired', -d.balance_amount, %(actor)s, '', %(now)s FROM due d
)
UPDATE promotions_giftcard c SET balance_amount = 0, version = c.version + 1, updated_at = %(now)s
FROM due d WHERE c.id = d.id
"""


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A new gift card, and the code that is told once."""

    card: GiftCard
    code: str


def gift_card_draft(
    *, amount: Money, order_line_id: uuid.UUID | None = None, order_id: uuid.UUID | None = None, actor: str
) -> tuple[GiftCard, CreditEntry, str]:
    """Return a new gift card, its first entry and its code, not yet written."""
    card_id = uuid7()
    code = code_of(card_id)
    card = GiftCard(
        id=card_id,
        code_digest=digest_of(code),
        last_characters=code[-4:],
        currency=amount.currency,
        issued_amount=amount.amount,
        balance_amount=amount.amount,
        order_line_id=order_line_id,
    )
    first = CreditEntry(card=card, kind=CreditEntry.Kind.ISSUED, amount=amount.amount, order_id=order_id, actor=actor)
    return card, first, code


@entry
def gift_card_issue(
    *,
    amount: Money,
    customer_id: uuid.UUID | None = None,
    expires_at: datetime | None = None,
    note: str = "",
    actor: str,
) -> IssuedCard:
    """Issue a gift card of an amount; its code is told here, and not kept.

    Raises:
        CreditAmountInvalid: nothing, or less, is to be put on it.
        GiftCardExpiryPast: it would be over already.
        NotFound: there is no such customer.
    """
    if amount.amount <= 0:
        raise CreditAmountInvalid.at("/amount", "Put more than nothing on a card.")
    _check_expiry(expires_at)
    card, first, code = gift_card_draft(amount=amount, actor=actor)
    card.customer = customer_for_credit(customer_id) if customer_id is not None else None
    card.expires_at, card.note = expires_at, note
    card.save(force_insert=True)
    first.save(force_insert=True)
    _tell("gift_card.issued", card, card.issued_amount, actor)
    return IssuedCard(gift_card_get(card.id), code)


@entry
def gift_card_update(
    *,
    card_id: uuid.UUID,
    changes: Mapping[str, Any],
    precondition: Callable[[GiftCard], None] | None = None,
    actor: str,
) -> GiftCard:
    """Change `is_active`, `expires_at`, `customer_id` or `note` of a card; its balance stays.

    `precondition` sees it under its lock and refuses by raising (If-Match).

    Raises:
        GiftCardNotFound: there is none.
        GiftCardExpiryPast: it would be over from now on.
        NotFound: there is no such customer.
    """
    card = gift_card_for_update(card_id)
    if precondition is not None:
        precondition(card)
    if changes.get("expires_at") != card.expires_at:
        _check_expiry(changes.get("expires_at"))
    if changes.get("customer_id") is not None:
        customer_for_credit(changes["customer_id"])
    for name, value in changes.items():
        setattr(card, name, value)
    card.version += 1
    card.updated_at = clock.now()
    card.save(update_fields=["version", "updated_at", *(name.removesuffix("_id") for name in changes)])
    _tell("gift_card.updated", card, 0, actor)
    return gift_card_get(card_id)


@entry
def gift_card_adjust(
    *,
    card_id: uuid.UUID,
    amount: Money,
    reason: str,
    precondition: Callable[[GiftCard], None] | None = None,
    actor: str,
) -> GiftCard:
    """Put so much on a card, or take so much off (below zero), and write why.

    Raises:
        GiftCardNotFound: there is none.
        CreditAmountInvalid: nothing, or another currency than the card's.
        CreditInsufficient: less is on it than is taken off, or it would hold more than can be counted.
    """
    card = gift_card_for_update(card_id)
    if precondition is not None:
        precondition(card)
    _check_amount(amount, card.currency)
    cards = GiftCard.objects.filter(id=card_id, issued_amount__lte=MAX_AMOUNT - max(amount.amount, 0))
    put = F("issued_amount") + max(amount.amount, 0)
    _change(cards, amount, card.balance_amount, issued_amount=put)
    CreditEntry.objects.create(
        card=card, kind=CreditEntry.Kind.ADJUSTED, amount=amount.amount, reason=reason, actor=actor
    )
    _tell("gift_card.adjusted", card, amount.amount, actor)
    return gift_card_get(card_id)


@entry
def store_credit_adjust(*, customer_id: uuid.UUID, amount: Money, reason: str, actor: str) -> StoreCredit:
    """Give a customer so much store credit, or take so much away (below zero), and write why.

    Raises:
        NotFound: there is no such customer.
        CreditAmountInvalid: nothing.
        CreditInsufficient: they have less, or would have more than can be counted.
    """
    customer_for_credit(customer_id)
    _check_amount(amount, amount.currency)
    credit = store_credit_locked(customer_id, amount.currency)
    _change(StoreCredit.objects.filter(id=credit.id), amount, credit.balance_amount)
    CreditEntry.objects.create(
        store_credit=credit, kind=CreditEntry.Kind.ADJUSTED, amount=amount.amount, reason=reason, actor=actor
    )
    _tell_credit("store_credit.adjusted", credit, amount.amount, actor)
    return StoreCredit.objects.get(id=credit.id)


def store_credit_locked(customer_id: uuid.UUID, currency: str) -> StoreCredit:
    """Return a customer's store credit in a currency, made if there is none, and locked. Part."""
    assert_in_transaction()
    StoreCredit.objects.bulk_create([StoreCredit(customer_id=customer_id, currency=currency)], ignore_conflicts=True)
    return StoreCredit.objects.select_for_update(no_key=True).get(customer_id=customer_id, currency=currency)


def store_credit_refund(
    *, customer_id: uuid.UUID, amount: Money, order_id: uuid.UUID, payment_id: uuid.UUID, reason: str, actor: str
) -> None:
    """Give a customer as store credit what an order gives back. Part of the caller's transaction, which refunds it.

    Raises:
        CreditInsufficient: they would have more than can be counted.
    """
    credit = store_credit_locked(customer_id, amount.currency)
    _change(StoreCredit.objects.filter(id=credit.id), amount, credit.balance_amount)
    CreditEntry.objects.create(
        store_credit=credit,
        kind=CreditEntry.Kind.REFUNDED,
        amount=amount.amount,
        order_id=order_id,
        payment_id=payment_id,
        reason=reason[:500],
        actor=actor,
    )
    _tell_credit("store_credit.refunded", credit, amount.amount, actor)


def gift_cards_expire() -> int:
    """Take what is left off cards that are past their time, and return how many they were. The worker's."""
    count = 0
    while True:
        expired = _expire()
        count += expired
        if expired < AT_ONCE:
            return count


@entry
def _expire() -> int:
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, {"now": clock.now(), "limit": AT_ONCE, "actor": SYSTEM_ACTOR})
        return cursor.rowcount


def _change(rows: QuerySet[Any], amount: Money, known: int, **more: Any) -> None:
    """Change the balance of one row if that leaves it from zero to MAX_AMOUNT; refuse if not."""
    changed = rows.filter(
        balance_amount__gte=max(-amount.amount, 0), balance_amount__lte=MAX_AMOUNT - max(amount.amount, 0)
    ).update(
        balance_amount=Greatest(F("balance_amount") + amount.amount, 0),
        version=F("version") + 1,
        updated_at=clock.now(),
        **more,
    )
    if changed:
        return
    left = Money(known, amount.currency)
    detail = f"Only {left} are there to be taken off." if amount.amount < 0 else "That is more than a balance can hold."
    raise CreditInsufficient(detail, errors=(FieldError(CreditInsufficient.code, detail, pointer="/amount"),))


def _check_amount(amount: Money, currency: str) -> None:
    if amount.currency != currency:
        raise CreditAmountInvalid.at("/amount", f"This is in {currency}, not in {amount.currency}.")
    if amount.amount == 0:
        raise CreditAmountInvalid.at("/amount", "Say how much more, or less with a minus.")


def _check_expiry(expires_at: datetime | None) -> None:
    if expires_at is not None and expires_at <= clock.now():
        raise GiftCardExpiryPast.at("/expires_at", GiftCardExpiryPast.title)


def _tell(kind: str, card: GiftCard, amount: int, actor: str) -> None:
    _record(kind, "gift_card", card, {"amount": amount, "currency": card.currency}, actor)


def _tell_credit(kind: str, credit: StoreCredit, amount: int, actor: str) -> None:
    data = {"amount": amount, "currency": credit.currency, "customer_id": str(credit.customer_id)}
    _record(kind, "store_credit", credit, data, actor)


def _record(kind: str, aggregate: str, row: Model, data: Mapping[str, Any], actor: str) -> None:
    event_record(type=kind, aggregate_type=aggregate, aggregate_id=row.pk, data=data, actor=actor)
