"""Orders: totals are the sums of the rows that explain them, and statuses what money and goods make of them."""

from audit.checks.base import LINE_LABEL, ORDER_LABEL, TOUCHED_CARTS, TOUCHED_LIMITS, TOUCHED_ORDERS, Check

_GOODS = """
    SELECT l.order_id, SUM(l.unit_amount * l.quantity) AS amount, SUM(l.quantity) AS pieces
    FROM orders_orderline l WHERE l.order_id {touched} GROUP BY l.order_id
"""
_EXPLAINED = """
    SELECT a.order_id, SUM(a.amount) FILTER (WHERE a.kind = 'discount') AS discount,
           SUM(a.amount) FILTER (WHERE a.kind = 'shipping') AS shipping,
           SUM(a.amount) FILTER (WHERE a.kind = 'tax') AS tax,
           SUM(a.amount) FILTER (WHERE a.kind = 'rounding') AS rounding,
           SUM(a.amount) FILTER (WHERE NOT a.is_included) AS on_top
    FROM orders_orderadjustment a WHERE a.order_id {touched} GROUP BY a.order_id
"""
_MONEY = """
    SELECT p.order_id, SUM(e.amount) FILTER (WHERE e.kind = 'captured') AS captured,
           SUM(e.amount) FILTER (WHERE e.kind = 'refunded') AS refunded
    FROM payments_payment p JOIN payments_paymentevent e ON e.payment_id = p.id
    WHERE p.order_id {touched} GROUP BY p.order_id
"""
_SENT = """
    SELECT f.order_id, SUM(p.quantity) AS pieces
    FROM orders_fulfilment f JOIN orders_fulfilmentline p ON p.fulfilment_id = f.id
    WHERE f.order_id {touched} GROUP BY f.order_id
"""

LINES = Check(
    name="order-lines",
    promise="A line comes to its unit price times its quantity and the discounts and taxes that explain it.",
    tables=("orders_orderline", "orders_orderadjustment"),
    kind="order_line",
    fields=("subtotal_amount", "discount_amount", "tax_amount", "total_amount"),
    vouches=(
        "orders_orderline.subtotal_amount",
        "orders_orderline.discount_amount",
        "orders_orderline.tax_amount",
        "orders_orderline.total_amount",
    ),
    source="""
        SELECT l.id, l.order_id, l.position, l.sku, l.subtotal_amount, l.discount_amount, l.tax_amount, l.total_amount,
               l.unit_amount * l.quantity AS subtotal_amount_due, COALESCE(a.discount, 0) AS discount_amount_due,
               COALESCE(a.tax, 0) AS tax_amount_due,
               l.unit_amount * l.quantity + COALESCE(a.on_top, 0) AS total_amount_due
        FROM orders_orderline l
        LEFT JOIN (
            SELECT a.line_id, SUM(a.amount) FILTER (WHERE a.kind = 'discount') AS discount,
                   SUM(a.amount) FILTER (WHERE a.kind = 'tax') AS tax,
                   SUM(a.amount) FILTER (WHERE NOT a.is_included) AS on_top
            FROM orders_orderadjustment a WHERE a.line_id IS NOT NULL AND a.order_id {touched} GROUP BY a.line_id
        ) a ON a.line_id = l.id
        WHERE l.order_id {touched}
    """,
    label=LINE_LABEL,
    counted=("orders_orderline", "order_id"),
    touched=TOUCHED_ORDERS,
)

TOTALS = Check(
    name="order-totals",
    promise="An order's total and its parts are the sums of its lines and of the rows that explain it.",
    tables=("orders_order", "orders_orderline", "orders_orderadjustment"),
    kind="order",
    fields=("subtotal_amount", "discount_amount", "shipping_amount", "tax_amount", "rounding_amount", "total_amount"),
    vouches=(
        "orders_order.subtotal_amount",
        "orders_order.discount_amount",
        "orders_order.shipping_amount",
        "orders_order.tax_amount",
        "orders_order.rounding_amount",
        "orders_order.total_amount",
    ),
    source=f"""
        SELECT o.id, o.id AS order_id,
               o.subtotal_amount, o.discount_amount, o.shipping_amount, o.tax_amount, o.rounding_amount,
               o.total_amount,
               COALESCE(g.amount, 0) AS subtotal_amount_due, COALESCE(a.discount, 0) AS discount_amount_due,
               COALESCE(a.shipping, 0) AS shipping_amount_due, COALESCE(a.tax, 0) AS tax_amount_due,
               COALESCE(a.rounding, 0) AS rounding_amount_due,
               COALESCE(g.amount, 0) + COALESCE(a.on_top, 0) AS total_amount_due
        FROM orders_order o
        LEFT JOIN ({_GOODS}) g ON g.order_id = o.id
        LEFT JOIN ({_EXPLAINED}) a ON a.order_id = o.id
        WHERE o.id {{touched}}
    """,  # noqa: S608 (written here)
    label=ORDER_LABEL,
    counted=("orders_order", "id"),
    touched=TOUCHED_ORDERS,
)

MONEY = Check(
    name="order-money",
    promise="What came in for an order and went back is the sum of the events of its payments.",
    tables=("orders_order", "payments_payment", "payments_paymentevent"),
    kind="order",
    fields=("paid_amount", "refunded_amount"),
    vouches=("orders_order.paid_amount", "orders_order.refunded_amount"),
    source=f"""
        SELECT o.id, o.id AS order_id, o.paid_amount, o.refunded_amount, COALESCE(m.captured, 0) AS paid_amount_due,
               COALESCE(m.refunded, 0) AS refunded_amount_due
        FROM orders_order o
        LEFT JOIN ({_MONEY}) m ON m.order_id = o.id
        WHERE o.id {{touched}}
    """,  # noqa: S608 (written here)
    label=ORDER_LABEL,
    counted=("orders_order", "id"),
    touched=TOUCHED_ORDERS,
)

# These three say in SQL what orders/states.py says in Python; a test compares them case by case.
PAYMENT_STATUS = """
    CASE WHEN f.refunded > 0 AND f.refunded = f.paid THEN 'refunded'
         WHEN f.refunded > 0 THEN 'partially_refunded'
         WHEN f.paid >= f.total THEN 'paid'
         WHEN f.paid > 0 THEN 'partially_paid'
         ELSE 'unpaid' END
"""
FULFILMENT_STATUS = """
    CASE WHEN f.sent >= f.pieces THEN 'fulfilled' WHEN f.sent > 0 THEN 'partially_fulfilled' ELSE 'unfulfilled' END
"""
# Who accepted a confirmed order that isn't paid (on account, or paid and given back) can't be told from sums, and a
# completed order stays completed whatever is given back.
STATUS = """
    CASE WHEN f.status = 'cancelled' AND f.sent = 0 THEN 'cancelled'
         WHEN f.status = 'pending' AND f.sent = 0 AND f.total - f.paid + f.refunded > 0 THEN 'pending'
         WHEN f.sent >= f.pieces AND f.paid >= f.total
              AND (f.status = 'completed' OR NOT (f.refunded > 0 AND f.refunded = f.paid)) THEN 'completed'
         ELSE 'confirmed' END
"""

STATES = Check(
    name="order-states",
    promise="An order's statuses are what its money and its parcels make of it; only a pending one has an end.",
    tables=(
        "orders_order",
        "orders_orderline",
        "orders_orderadjustment",
        "orders_fulfilment",
        "orders_fulfilmentline",
        "payments_payment",
        "payments_paymentevent",
    ),
    kind="order",
    fields=("status", "payment_status", "fulfilment_status", "reserved_until", "cancelled_at"),
    vouches=(
        "orders_order.status",
        "orders_order.payment_status",
        "orders_order.fulfilment_status",
        "orders_order.reserved_until",
        "orders_order.cancelled_at",
    ),
    source=f"""
        SELECT f.id, f.id AS order_id, f.status, f.payment_status, f.fulfilment_status, f.reserved_until,
               f.cancelled_at, {STATUS} AS status_due, {PAYMENT_STATUS} AS payment_status_due,
               {FULFILMENT_STATUS} AS fulfilment_status_due,
               CASE WHEN f.status = 'pending' THEN f.reserved_until END AS reserved_until_due,
               CASE WHEN f.status = 'cancelled' THEN COALESCE(f.cancelled_at, f.updated_at) END AS cancelled_at_due
        FROM (
            SELECT o.id, o.status, o.payment_status, o.fulfilment_status, o.reserved_until, o.cancelled_at,
                   o.updated_at, COALESCE(g.amount, 0) + COALESCE(a.on_top, 0) AS total,
                   COALESCE(m.captured, 0) AS paid, COALESCE(m.refunded, 0) AS refunded,
                   COALESCE(g.pieces, 0) AS pieces, COALESCE(s.pieces, 0) AS sent
            FROM orders_order o
            LEFT JOIN ({_GOODS}) g ON g.order_id = o.id
            LEFT JOIN ({_EXPLAINED}) a ON a.order_id = o.id
            LEFT JOIN ({_MONEY}) m ON m.order_id = o.id
            LEFT JOIN ({_SENT}) s ON s.order_id = o.id
            WHERE o.id {{touched}}
        ) f
    """,  # noqa: S608 (written here)
    label=ORDER_LABEL,
    counted=("orders_order", "id"),
    touched=TOUCHED_ORDERS,
)

EXPLANATIONS = Check(
    name="order-explanations",
    promise="A row that explains a line belongs to the line's order.",
    tables=("orders_orderadjustment", "orders_orderline"),
    kind="order_adjustment",
    fields=("order_id",),
    vouches=("orders_orderadjustment.order",),
    source="""
        SELECT a.id, a.order_id, l.order_id AS order_id_due
        FROM orders_orderadjustment a JOIN orders_orderline l ON l.id = a.line_id
        WHERE a.order_id {touched}
    """,
    label=ORDER_LABEL,
    counted=("orders_orderadjustment", "order_id"),
    touched=TOUCHED_ORDERS,
)

CARTS = Check(
    name="carts-ordered",
    promise="A cart is ordered when there is an order of it, and only then.",
    tables=("cart_cart", "orders_order"),
    kind="cart",
    fields=("status",),
    vouches=("cart_cart.status",),
    # The beginning of its id finds the cart; the whole id would open it.
    source="""
        SELECT left(c.id::text, 13) AS id, o.id AS order_id, c.status,
               CASE WHEN o.id IS NOT NULL THEN 'ordered' ELSE 'open' END AS status_due
        FROM cart_cart c
        LEFT JOIN orders_order o ON o.cart_id = c.id
        WHERE (o.id IS NOT NULL OR c.status = 'ordered') AND c.id {touched}
    """,
    label=ORDER_LABEL,
    counted=("cart_cart", "id"),
    touched=TOUCHED_CARTS,
)

LIMITS = Check(
    name="limit-uses",
    promise="What is used of a limit is the sum of what orders that aren't cancelled have claimed of it.",
    tables=("orders_limituse", "orders_limitclaim", "orders_order"),
    kind="limit_use",
    fields=("used",),
    vouches=("orders_limituse.used",),
    source="""
        SELECT u.id, u.scope, u.subject_id, u.used, COALESCE(c.quantity, 0) AS used_due
        FROM orders_limituse u
        LEFT JOIN (
            SELECT c.use_id, SUM(c.quantity) AS quantity
            FROM orders_limitclaim c JOIN orders_order o ON o.id = c.order_id
            WHERE o.status <> 'cancelled' AND c.use_id {touched}
            GROUP BY c.use_id
        ) c ON c.use_id = u.id
        WHERE u.id {touched}
    """,
    # Without the holder, who may be an e-mail address.
    label="""r.scope || ' ' || COALESCE(
        (SELECT NULLIF(v.sku, '') FROM products_variant v WHERE v.id = r.subject_id), r.subject_id::text)""",
    counted=("orders_limituse", "id"),
    touched=TOUCHED_LIMITS,
)

CHECKS = (LINES, TOTALS, MONEY, STATES, EXPLANATIONS, CARTS, LIMITS)
