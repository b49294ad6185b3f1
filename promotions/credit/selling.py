"""Gift cards that orders sell: making them when the order is paid, and taking them back when its money goes back.

What a card is worth to its order is what was put on it by the sale, less what was taken back. Whether an order is paid,
and how much goes back, is orders' business.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Model, Q, Sum

from core import clock
from core.money import Money
from core.transactions import assert_in_transaction
from events.services import event_draft, events_record
from promotions.credit.exceptions import CreditInsufficient
from promotions.credit.services import gift_card_draft
from promotions.models import CreditEntry, GiftCard

# Those that paid for the order are locked along with those that it sold: the refund may give back to them as well, and
# two statements of locks could meet another transaction's the other way round.
LOCK = """
SELECT c.id FROM promotions_giftcard c
WHERE c.id IN (SELECT e.card_id FROM promotions_creditentry e WHERE e.order_id = %(order)s)
ORDER BY c.id FOR NO KEY UPDATE
"""

TAKE_BACK = """
WITH wanted AS (
    SELECT w.* FROM unnest(%(cards)s::uuid[], %(amounts)s::bigint[], %(whole)s::boolean[])
        AS w (card_id, amount, is_whole)
), taken AS (
    UPDATE promotions_giftcard c
    SET balance_amount = c.balance_amount - w.amount, is_active = c.is_active AND NOT w.is_whole,
        version = c.version + 1, updated_at = %(now)s
    FROM wanted w
    WHERE c.id = w.card_id AND c.balance_amount >= w.amount
    RETURNING c.id, w.amount
), written AS (
    INSERT INTO promotions_creditentry (card_id, kind, amount, order_id, actor, reason, created_at)
    SELECT t.id, 'taken_back', -t.amount, %(order)s, %(actor)s, %(reason)s, %(now)s FROM taken t
)
SELECT count(*) FROM taken
"""


@dataclass(frozen=True, slots=True)
class Sale:
    """So many pieces of an order's line, after those that were issued before, each for this much."""

    line_id: uuid.UUID
    issued_count: int
    count: int
    unit_amount: int


@dataclass(frozen=True, slots=True)
class SoldCard:
    """A card that an order has sold: what it is worth to the order, and what of that is still on it."""

    id: uuid.UUID
    line_id: uuid.UUID
    worth_amount: int
    left_amount: int

    @property
    def spent_amount(self) -> int:
        """Return what can't be taken back: it was spent, or has expired."""
        return self.worth_amount - self.left_amount


def sold_cards_draft(sales: Sequence[Sale], *, order_id: uuid.UUID, currency: str, actor: str) -> Iterator[Model]:
    """Yield a card for each piece with its first entry and its event, not yet written.

    A piece has its number, so that the schema lets no piece have two cards. The codes are not told here.
    """
    for sale in sales:
        amount = Money(sale.unit_amount, currency)
        for piece in range(sale.issued_count + 1, sale.issued_count + sale.count + 1):
            card, first, _ = gift_card_draft(amount=amount, order_line_id=sale.line_id, order_id=order_id, actor=actor)
            card.piece = piece
            yield card
            yield first
            yield event_draft(
                type="gift_card.issued",
                aggregate_type="gift_card",
                aggregate_id=card.id,
                data={"amount": amount.amount, "currency": currency, "order_id": str(order_id)},
                actor=actor,
            )


def sold_cards(order_id: uuid.UUID) -> list[SoldCard]:
    """Return what an order's cards are worth as they are now, the oldest first. One query."""
    worth = Sum("entries__amount", filter=Q(entries__kind__in=(CreditEntry.Kind.ISSUED, CreditEntry.Kind.TAKEN_BACK)))
    cards = GiftCard.objects.filter(order_line__order_id=order_id).annotate(worth=worth).order_by("id")
    return [
        SoldCard(card_id, line_id, worth, min(balance, worth))
        for card_id, line_id, worth, balance in cards.values_list("id", "order_line_id", "worth", "balance_amount")
    ]


def sold_cards_locked(order_id: uuid.UUID) -> list[SoldCard]:
    """Return the same, locked until the commit, with the cards that have paid for the order. Part.

    The caller holds the order's lock; this comes after payments and limits, before the stock.
    """
    assert_in_transaction()
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"order": order_id})
    return sold_cards(order_id)


def sold_cards_take_back(
    takings: Sequence[tuple[SoldCard, int]], *, order_id: uuid.UUID, reason: str, actor: str
) -> None:
    """Take so much off each card, and stop those of which nothing of the sale remains. Two statements.

    Part: the caller has them locked (`sold_cards_locked`), and gives the money back in this transaction.

    Raises:
        CreditInsufficient: less is on one of them. The caller must let the transaction roll back.
    """
    assert_in_transaction()
    takings = [(card, amount) for card, amount in takings if amount]
    if not takings:
        return
    parameters: dict[str, Any] = {
        "cards": [card.id for card, _ in takings],
        "amounts": [amount for _, amount in takings],
        "whole": [amount == card.worth_amount for card, amount in takings],
        "order": order_id,
        "reason": reason[:500],
        "actor": actor,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE_BACK, parameters)
        if cursor.fetchone()[0] != len(takings):
            raise CreditInsufficient
    events_record(
        type="gift_card.taken_back",
        aggregate_type="gift_card",
        events=[(card.id, {"amount": -amount, "order_id": str(order_id)}) for card, amount in takings],
        actor=actor,
    )
