"""Gift cards and store credit: balances are sums of entries, and what was spent and came back is what payments say."""

from audit.checks.base import Check

# An entry touches its balance; the balance's own time may be older by a moment.
TOUCHED_CARDS = """
    SELECT DISTINCT e.card_id AS id FROM promotions_creditentry e
    WHERE e.created_at >= %(since)s AND e.card_id IS NOT NULL
    UNION
    SELECT c.id FROM promotions_giftcard c WHERE c.updated_at >= %(since)s
"""
TOUCHED_STORE_CREDITS = """
    SELECT DISTINCT e.store_credit_id AS id FROM promotions_creditentry e
    WHERE e.created_at >= %(since)s AND e.store_credit_id IS NOT NULL
    UNION
    SELECT s.id FROM promotions_storecredit s WHERE s.updated_at >= %(since)s
"""

CARDS = Check(
    name="gift-cards",
    promise="What is left on a gift card is the sum of its entries, and what was put on it that of those that did.",
    tables=("promotions_giftcard", "promotions_creditentry"),
    kind="gift_card",
    fields=("balance_amount", "issued_amount"),
    vouches=("promotions_giftcard.balance_amount", "promotions_giftcard.issued_amount"),
    source="""
        SELECT c.id, c.last_characters, c.balance_amount, c.issued_amount,
               COALESCE(e.balance, 0) AS balance_amount_due, COALESCE(e.issued, 0) AS issued_amount_due
        FROM promotions_giftcard c
        LEFT JOIN (
            SELECT e.card_id, SUM(e.amount) AS balance,
                   SUM(e.amount) FILTER (WHERE e.kind = 'issued' OR (e.kind = 'adjusted' AND e.amount > 0)) AS issued
            FROM promotions_creditentry e WHERE e.card_id {touched} GROUP BY e.card_id
        ) e ON e.card_id = c.id
        WHERE c.id {touched}
    """,
    label="'card ' || r.last_characters",
    counted=("promotions_giftcard", "id"),
    touched=TOUCHED_CARDS,
)

STORE_CREDITS = Check(
    name="store-credit",
    promise="What the shop owes a customer in goods is the sum of the entries.",
    tables=("promotions_storecredit", "promotions_creditentry"),
    kind="store_credit",
    fields=("balance_amount",),
    vouches=("promotions_storecredit.balance_amount",),
    source="""
        SELECT s.id, s.currency, s.balance_amount, COALESCE(e.balance, 0) AS balance_amount_due
        FROM promotions_storecredit s
        LEFT JOIN (
            SELECT e.store_credit_id, SUM(e.amount) AS balance
            FROM promotions_creditentry e WHERE e.store_credit_id {touched} GROUP BY e.store_credit_id
        ) e ON e.store_credit_id = s.id
        WHERE s.id {touched}
    """,
    label="'store credit in ' || r.currency",
    counted=("promotions_storecredit", "id"),
    touched=TOUCHED_STORE_CREDITS,
)

CHECKS = (CARDS, STORE_CREDITS)
