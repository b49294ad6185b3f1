"""What orders take from gift cards and store credit, and give back. The payments that say so are orders' business.

Taking is one conditional statement for any number of balances: whoever comes at the same moment waits for the row, and
finds what the other one has left. Cards are locked by their ids, then store credit.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection

from core import clock
from core.transactions import assert_in_transaction
from promotions.credit.exceptions import CreditInsufficient

LATEST = timedelta(days=30)
"""How long at the least what came back to a card can be spent again, though the card be over by then."""


@dataclass(frozen=True, slots=True)
class Spending:
    """So much of a gift card or a store credit, by one payment."""

    source_id: uuid.UUID
    is_card: bool
    amount: int
    payment_id: uuid.UUID


SPEND = """
WITH wanted AS (
    SELECT w.* FROM unnest(%(cards)s::uuid[], %(credits)s::uuid[], %(amounts)s::bigint[], %(payments)s::uuid[])
        AS w (card_id, credit_id, amount, payment_id)
), locked_cards AS MATERIALIZED (
    SELECT c.id FROM promotions_giftcard c WHERE c.id = ANY(%(cards)s::uuid[]) ORDER BY c.id FOR NO KEY UPDATE
), spent_cards AS (
    UPDATE promotions_giftcard c
    SET balance_amount = c.balance_amount - w.amount, version = c.version + 1, updated_at = %(now)s
    FROM locked_cards k JOIN wanted w ON w.card_id = k.id
    WHERE c.id = k.id AND c.is_active AND (c.expires_at IS NULL OR c.expires_at > %(now)s)
        AND c.balance_amount >= w.amount
    RETURNING c.id
), spent_credits AS (
    UPDATE promotions_storecredit s
    SET balance_amount = s.balance_amount - w.amount, version = s.version + 1, updated_at = %(now)s
    FROM wanted w
    WHERE s.id = w.credit_id
        AND s.balance_amount >= w.amount
    RETURNING s.id
), written AS (
    INSERT INTO promotions_creditentry
        (card_id, store_credit_id, kind, amount, order_id, payment_id, actor, reason, created_at)
    SELECT w.card_id, w.credit_id, 'spent', -w.amount, %(order)s, w.payment_id, %(actor)s, '', %(now)s
    FROM wanted w
    WHERE w.card_id IN (SELECT id FROM spent_cards) OR w.credit_id IN (SELECT id FROM spent_credits)
)
SELECT (SELECT count(*) FROM spent_cards) + (SELECT count(*) FROM spent_credits)
"""

# A payment was spent from one balance, so that its entry says where it goes back to.
GIVE_BACK = """
WITH wanted AS (
    SELECT w.payment_id, w.amount, e.card_id, e.store_credit_id
    FROM unnest(%(payments)s::uuid[], %(amounts)s::bigint[]) AS w (payment_id, amount)
    JOIN promotions_creditentry e ON e.payment_id = w.payment_id AND e.kind = 'spent'
), locked_cards AS MATERIALIZED (
    SELECT c.id FROM promotions_giftcard c WHERE c.id IN (SELECT w.card_id FROM wanted w)
    ORDER BY c.id FOR NO KEY UPDATE
), cards AS (
    UPDATE promotions_giftcard c
    SET balance_amount = c.balance_amount + w.amount, version = c.version + 1, updated_at = %(now)s,
        expires_at = CASE WHEN c.expires_at IS NOT NULL THEN GREATEST(c.expires_at, %(latest)s) END
    FROM locked_cards k JOIN wanted w ON w.card_id = k.id
    WHERE c.id = k.id
), credits AS (
    UPDATE promotions_storecredit s
    SET balance_amount = s.balance_amount + w.amount, version = s.version + 1, updated_at = %(now)s
    FROM wanted w WHERE s.id = w.store_credit_id
)
INSERT INTO promotions_creditentry
    (card_id, store_credit_id, kind, amount, order_id, payment_id, actor, reason, created_at)
SELECT w.card_id, w.store_credit_id, 'given_back', w.amount, %(order)s, w.payment_id, %(actor)s, %(reason)s, %(now)s
FROM wanted w
"""


def credits_spend(spendings: Sequence[Spending], *, order_id: uuid.UUID, actor: str) -> None:
    """Take what an order spends, all of it or nothing. One statement, and none without spendings.

    Part of the caller's transaction, which writes the payments. Locks the balances until the commit, so that this
    comes late: after limits, before the stock. No balance may be named twice.

    Raises:
        CreditInsufficient: a balance is less, or its card pays no more. The caller must let the transaction roll back.
    """
    assert_in_transaction()
    if not spendings:
        return
    parameters: dict[str, Any] = {
        "cards": [one.source_id if one.is_card else None for one in spendings],
        "credits": [None if one.is_card else one.source_id for one in spendings],
        "amounts": [one.amount for one in spendings],
        "payments": [one.payment_id for one in spendings],
        "order": order_id,
        "actor": actor,
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(SPEND, parameters)
        if cursor.fetchone()[0] != len(spendings):
            raise CreditInsufficient


def credits_give_back(
    amounts: Sequence[tuple[uuid.UUID, int]], *, order_id: uuid.UUID, reason: str, actor: str
) -> None:
    """Give back to their balances what payments had taken from them: pairs of payment and amount. One statement.

    A card that is over, or nearly, can be spent for 30 days more. Part: the caller has the order's lock, and refunds
    the payments by as much in this transaction, which is what keeps it from giving back too much.
    """
    assert_in_transaction()
    if not amounts:
        return
    now = clock.now()
    parameters: dict[str, Any] = {
        "payments": [payment_id for payment_id, _ in amounts],
        "amounts": [amount for _, amount in amounts],
        "order": order_id,
        "reason": reason[:500],
        "actor": actor,
        "now": now,
        "latest": now + LATEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, parameters)
