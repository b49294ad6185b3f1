"""Gift cards and store credit: balances are sums of entries, and what was spent and came back is what payments say."""

from audit.checks.base import LINE_LABEL, ORDER_LABEL, TOUCHED_ORDERS, TOUCHED_PAYMENTS, Check

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

# Money is what payments' events say; a refund that became store credit has gone back too.
_MONEY = """
    SELECT p.order_id, SUM(CASE e.kind WHEN 'captured' THEN e.amount WHEN 'refunded' THEN -e.amount ELSE 0 END) AS kept
    FROM payments_payment p JOIN payments_paymentevent e ON e.payment_id = p.id
    WHERE p.order_id {touched} GROUP BY p.order_id
"""

SOLD = Check(
    name="gift-cards-sold",
    promise="What a sale has put on gift cards is the price of the pieces that were sent, which are all once the order "
    "is paid and its stock isn't counted.",
    tables=(
        "orders_order",
        "orders_orderline",
        "orders_fulfilment",
        "orders_fulfilmentline",
        "promotions_giftcard",
        "promotions_creditentry",
        "payments_payment",
        "payments_paymentevent",
    ),
    kind="order_line",
    fields=("issued",),
    vouches=("orders_orderline.is_gift_card",),
    source=f"""
        SELECT l.id, l.order_id, l.position, l.sku, COALESCE(e.issued, 0) AS issued,
               CASE WHEN NOT l.is_gift_card THEN 0
                    WHEN o.status IN ('confirmed', 'completed') AND m.kept >= o.total_amount AND o.total_amount > 0
                        AND NOT l.is_stock_tracked THEN l.unit_amount * l.quantity
                    ELSE l.unit_amount * COALESCE(f.pieces, 0) END AS issued_due
        FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN ({_MONEY}) m ON m.order_id = l.order_id
        LEFT JOIN (
            SELECT c.order_line_id, SUM(e.amount) AS issued
            FROM promotions_creditentry e JOIN promotions_giftcard c ON c.id = e.card_id
            WHERE e.kind = 'issued' AND e.order_id {{touched}} GROUP BY c.order_line_id
        ) e ON e.order_line_id = l.id
        LEFT JOIN (
            SELECT p.order_line_id, SUM(p.quantity) AS pieces
            FROM orders_fulfilmentline p JOIN orders_fulfilment f ON f.id = p.fulfilment_id
            WHERE f.order_id {{touched}} GROUP BY p.order_line_id
        ) f ON f.order_line_id = l.id
        WHERE l.order_id {{touched}} AND (l.is_gift_card OR e.order_line_id IS NOT NULL)
    """,  # noqa: S608 (written here)
    label=LINE_LABEL,
    counted=("orders_orderline", "order_id"),
    touched=TOUCHED_ORDERS,
)

KEPT = Check(
    name="gift-cards-kept",
    promise="An order keeps the money of the gift cards that it sold and didn't take back.",
    tables=(
        "orders_order",
        "orders_orderline",
        "promotions_giftcard",
        "promotions_creditentry",
        "payments_payment",
        "payments_paymentevent",
    ),
    kind="order",
    fields=("sold",),
    vouches=(),
    source=f"""
        SELECT s.order_id AS id, s.order_id, s.sold, LEAST(s.sold, COALESCE(m.kept, 0)) AS sold_due
        FROM (
            SELECT l.order_id, SUM(e.amount) AS sold
            FROM orders_orderline l
            JOIN promotions_giftcard c ON c.order_line_id = l.id
            JOIN promotions_creditentry e ON e.card_id = c.id AND e.kind IN ('issued', 'taken_back')
            WHERE l.order_id {{touched}} GROUP BY l.order_id
        ) s
        LEFT JOIN ({_MONEY}) m ON m.order_id = s.order_id
    """,  # noqa: S608 (written here)
    label=ORDER_LABEL,
    counted=("orders_order", "id"),
    touched=TOUCHED_ORDERS,
)

PAID = Check(
    name="credit-payments",
    promise="What a payment by credit took and gave back is what the entries say, and no more of any other payment "
    "became store credit than was refunded.",
    tables=("payments_payment", "payments_paymentevent", "promotions_creditentry"),
    kind="payment",
    fields=("spent", "given_back"),
    vouches=(),
    source="""
        SELECT p.id, p.order_id, COALESCE(e.spent, 0) AS spent,
               CASE WHEN p.provider = 'credit' THEN COALESCE(v.captured, 0) ELSE 0 END AS spent_due,
               COALESCE(e.back, 0) AS given_back,
               CASE WHEN p.provider = 'credit' THEN COALESCE(v.refunded, 0)
                    ELSE LEAST(COALESCE(e.back, 0), COALESCE(v.refunded, 0)) END AS given_back_due
        FROM payments_payment p
        LEFT JOIN (
            SELECT e.payment_id, -SUM(e.amount) FILTER (WHERE e.kind = 'spent') AS spent,
                   SUM(e.amount) FILTER (WHERE e.kind IN ('given_back', 'refunded')) AS back
            FROM promotions_creditentry e WHERE e.payment_id {touched} GROUP BY e.payment_id
        ) e ON e.payment_id = p.id
        LEFT JOIN (
            SELECT v.payment_id, SUM(v.amount) FILTER (WHERE v.kind = 'captured') AS captured,
                   SUM(v.amount) FILTER (WHERE v.kind = 'refunded') AS refunded
            FROM payments_paymentevent v WHERE v.payment_id {touched} GROUP BY v.payment_id
        ) v ON v.payment_id = p.id
        WHERE p.id {touched} AND (p.provider = 'credit' OR e.payment_id IS NOT NULL)
    """,
    label=ORDER_LABEL,
    counted=("payments_payment", "id"),
    touched=f"""
        {TOUCHED_PAYMENTS}
        UNION
        SELECT e.payment_id FROM promotions_creditentry e
        WHERE e.created_at >= %(since)s AND e.payment_id IS NOT NULL
    """,  # noqa: S608 (written here)
)

CHECKS = (CARDS, STORE_CREDITS, SOLD, KEPT, PAID)
