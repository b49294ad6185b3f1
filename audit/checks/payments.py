"""Payments: amounts are sums of events, and the status is what the amounts make of it."""

from audit.checks.base import TOUCHED_PAYMENTS, Check

# Says in SQL what payments/states.py says in Python; a test compares them case by case.
STATUS = """
    CASE WHEN f.is_cancelled AND f.captured = 0 THEN 'cancelled'
         WHEN f.captured < f.amount_due THEN 'pending'
         WHEN f.refunded = f.captured THEN 'refunded'
         ELSE 'captured' END
"""

PAYMENTS = Check(
    name="payments",
    promise="What a payment is of, captured and refunded is the sum of its events, and its status what those make.",
    tables=("payments_payment", "payments_paymentevent", "orders_order"),
    kind="payment",
    fields=("amount", "captured_amount", "refunded_amount", "status", "currency"),
    vouches=(
        "payments_payment.amount",
        "payments_payment.captured_amount",
        "payments_payment.refunded_amount",
        "payments_payment.status",
        "payments_payment.currency",
    ),
    source=f"""
        SELECT f.id, f.number, f.amount, f.captured_amount, f.refunded_amount, f.status, f.currency, f.amount_due,
               f.captured AS captured_amount_due, f.refunded AS refunded_amount_due, {STATUS} AS status_due,
               f.currency_due
        FROM (
            SELECT p.id, p.amount, p.captured_amount, p.refunded_amount, p.status, p.currency, o.number,
                   o.currency AS currency_due, COALESCE(e.captured, 0) AS captured,
                   COALESCE(e.refunded, 0) AS refunded, COALESCE(e.is_cancelled, FALSE) AS is_cancelled,
                   COALESCE(e.created, 0)
                       - CASE WHEN e.captured > 0 THEN COALESCE(e.given_up, 0) ELSE 0 END AS amount_due
            FROM payments_payment p
            JOIN orders_order o ON o.id = p.order_id
            LEFT JOIN (
                SELECT e.payment_id, SUM(e.amount) FILTER (WHERE e.kind = 'created') AS created,
                       SUM(e.amount) FILTER (WHERE e.kind = 'captured') AS captured,
                       SUM(e.amount) FILTER (WHERE e.kind = 'refunded') AS refunded,
                       SUM(e.amount) FILTER (WHERE e.kind = 'cancelled') AS given_up,
                       BOOL_OR(e.kind = 'cancelled') AS is_cancelled
                FROM payments_paymentevent e WHERE e.payment_id {{touched}} GROUP BY e.payment_id
            ) e ON e.payment_id = p.id
            WHERE p.id {{touched}}
        ) f
    """,  # noqa: S608 (written here)
    label="r.number",
    counted=("payments_payment", "id"),
    touched=TOUCHED_PAYMENTS,
)

CHECKS = (PAYMENTS,)
