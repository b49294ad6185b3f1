"""Goods of orders: what is held, was sent and came back, line by line and in the ledger of stock; and of carts."""

from audit.checks.base import LEVEL_LABEL, LINE_LABEL, ORDER_LABEL, TOUCHED_CARTS, TOUCHED_ORDERS, Check

LINES_HELD = Check(
    name="orders-held",
    promise="An order holds what is still to be sent of each line; an unpaid one past its time may hold less, and a "
    "cancelled one holds nothing.",
    tables=("orders_orderline", "orders_order", "orders_fulfilmentline", "inventory_stockreservation"),
    kind="order_line",
    fields=("reserved",),
    vouches=("inventory_stockreservation.quantity", "orders_orderline.is_stock_tracked"),
    source="""
        SELECT l.id, l.order_id, l.position, l.sku, COALESCE(h.pieces, 0) AS reserved,
               CASE WHEN o.status = 'cancelled' OR NOT l.is_stock_tracked THEN 0
                    WHEN o.status = 'pending' AND o.reserved_until <= %(now)s
                        THEN LEAST(COALESCE(h.pieces, 0), l.quantity - COALESCE(f.pieces, 0))
                    ELSE l.quantity - COALESCE(f.pieces, 0) END AS reserved_due
        FROM orders_orderline l
        JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN (
            SELECT h.order_line_id, SUM(h.quantity) AS pieces
            FROM inventory_stockreservation h WHERE h.order_id {touched} GROUP BY h.order_line_id
        ) h ON h.order_line_id = l.id
        LEFT JOIN (
            SELECT p.order_line_id, SUM(p.quantity) AS pieces
            FROM orders_fulfilmentline p JOIN orders_fulfilment f ON f.id = p.fulfilment_id
            WHERE f.order_id {touched} GROUP BY p.order_line_id
        ) f ON f.order_line_id = l.id
        WHERE l.order_id {touched}
    """,
    label=LINE_LABEL,
    counted=("orders_orderline", "order_id"),
    touched=TOUCHED_ORDERS,
)

HOLDS = Check(
    name="orders-holds",
    promise="What is held for a line is of its variant, and for as long as its order says.",
    tables=("inventory_stockreservation", "orders_orderline", "orders_order", "inventory_stocklevel"),
    kind="stock_reservation",
    fields=("order_id", "variant_id", "expires_at"),
    vouches=("inventory_stockreservation.order", "inventory_stockreservation.expires_at"),
    source="""
        SELECT h.id, l.position, l.sku, h.order_id, l.order_id AS order_id_due, s.variant_id,
               l.variant_id AS variant_id_due, h.expires_at, o.reserved_until AS expires_at_due
        FROM inventory_stockreservation h
        JOIN orders_orderline l ON l.id = h.order_line_id
        JOIN orders_order o ON o.id = l.order_id
        JOIN inventory_stocklevel s ON s.id = h.level_id
        WHERE l.order_id {touched}
    """,
    label=LINE_LABEL.replace("r.order_id", "r.order_id_due"),
    counted=("inventory_stockreservation", "order_id"),
    touched=TOUCHED_ORDERS,
)

CART_HOLDS = Check(
    name="carts-holds",
    promise="What is held for a cart is held as long as the cart says, and for no other time.",
    tables=("inventory_stockreservation", "cart_cart", "inventory_stocklevel"),
    kind="stock_reservation",
    fields=("expires_at",),
    vouches=("inventory_stockreservation.expires_at", "cart_cart.held_until"),
    source="""
        SELECT h.id, h.cart_id, s.variant_id, s.location_id, h.expires_at, c.held_until AS expires_at_due
        FROM inventory_stockreservation h
        JOIN cart_cart c ON c.id = h.cart_id
        JOIN inventory_stocklevel s ON s.id = h.level_id
        WHERE h.cart_id {touched}
    """,
    # The whole id of a cart would open it.
    label=f"{LEVEL_LABEL} || ' for cart ' || left(r.cart_id::text, 13)",
    counted=("inventory_stockreservation", "cart_id"),
    touched=TOUCHED_CARTS,
)

SENT = Check(
    name="order-lines-sent",
    promise="What was sent of a line is the sum of what its parcels hold of it.",
    tables=("orders_orderline", "orders_fulfilment", "orders_fulfilmentline"),
    kind="order_line",
    fields=("fulfilled_quantity",),
    vouches=("orders_orderline.fulfilled_quantity",),
    source="""
        SELECT l.id, l.order_id, l.position, l.sku, l.fulfilled_quantity,
               COALESCE(f.pieces, 0) AS fulfilled_quantity_due
        FROM orders_orderline l
        LEFT JOIN (
            SELECT p.order_line_id, SUM(p.quantity) AS pieces
            FROM orders_fulfilmentline p JOIN orders_fulfilment f ON f.id = p.fulfilment_id
            WHERE f.order_id {touched} GROUP BY p.order_line_id
        ) f ON f.order_line_id = l.id
        WHERE l.order_id {touched}
    """,
    label=LINE_LABEL,
    counted=("orders_orderline", "order_id"),
    touched=TOUCHED_ORDERS,
)

# The history is where each return is told line by line.
_RETURNED = """
    SELECT h.order_id, (j.line ->> 'line_id')::uuid AS line_id, SUM((j.line ->> 'quantity')::bigint) AS pieces
    FROM orders_orderhistory h
    CROSS JOIN LATERAL jsonb_array_elements(h.data -> 'lines') AS j (line)
    WHERE h.kind = 'returned' AND h.order_id {touched}
    GROUP BY h.order_id, j.line ->> 'line_id'
"""

RETURNED = Check(
    name="order-lines-returned",
    promise="What came back of a line is the sum of what the order's history tells of it.",
    tables=("orders_orderline", "orders_orderhistory"),
    kind="order_line",
    fields=("returned_quantity",),
    vouches=("orders_orderline.returned_quantity",),
    source=f"""
        SELECT l.id, l.order_id, l.position, l.sku, l.returned_quantity, COALESCE(b.pieces, 0) AS returned_quantity_due
        FROM orders_orderline l
        LEFT JOIN ({_RETURNED}) b ON b.line_id = l.id
        WHERE l.order_id {{touched}}
    """,  # noqa: S608 (written here)
    label=LINE_LABEL,
    counted=("orders_orderline", "order_id"),
    touched=TOUCHED_ORDERS,
)

SHIPMENTS = Check(
    name="orders-shipped",
    promise="As many pieces of an order left the shelves, and came back to them, as its parcels and its history say.",
    tables=(
        "orders_order",
        "orders_orderline",
        "orders_fulfilment",
        "orders_fulfilmentline",
        "orders_orderhistory",
        "inventory_stockmovement",
    ),
    kind="order",
    fields=("shipped", "returned"),
    vouches=("inventory_stockmovement.on_hand_delta",),
    source=f"""
        SELECT o.id, o.id AS order_id, COALESCE(m.shipped, 0) AS shipped, COALESCE(f.pieces, 0) AS shipped_due,
               COALESCE(m.returned, 0) AS returned, COALESCE(b.pieces, 0) AS returned_due
        FROM orders_order o
        LEFT JOIN (
            SELECT m.order_id, -SUM(m.on_hand_delta) FILTER (WHERE m.kind = 'shipped') AS shipped,
                   SUM(m.on_hand_delta) FILTER (WHERE m.kind = 'returned') AS returned
            FROM inventory_stockmovement m
            WHERE m.kind IN ('shipped', 'returned') AND m.order_id {{touched}} GROUP BY m.order_id
        ) m ON m.order_id = o.id
        LEFT JOIN (
            SELECT f.order_id, SUM(p.quantity) AS pieces
            FROM orders_fulfilment f
            JOIN orders_fulfilmentline p ON p.fulfilment_id = f.id
            JOIN orders_orderline l ON l.id = p.order_line_id AND l.is_stock_tracked
            WHERE f.order_id {{touched}} GROUP BY f.order_id
        ) f ON f.order_id = o.id
        LEFT JOIN (
            SELECT b.order_id, SUM(b.pieces) AS pieces
            FROM ({_RETURNED}) b JOIN orders_orderline l ON l.id = b.line_id AND l.is_stock_tracked
            GROUP BY b.order_id
        ) b ON b.order_id = o.id
        WHERE o.id {{touched}}
    """,  # noqa: S608 (written here)
    label=ORDER_LABEL,
    counted=("orders_order", "id"),
    touched=TOUCHED_ORDERS,
)

PARCELS = Check(
    name="order-parcels",
    promise="What is in a parcel belongs to the parcel's order.",
    tables=("orders_fulfilmentline", "orders_fulfilment", "orders_orderline"),
    kind="fulfilment_line",
    fields=("order_id",),
    vouches=("orders_fulfilmentline.order_line",),
    source="""
        SELECT p.id, l.order_id, f.order_id AS order_id_due
        FROM orders_fulfilmentline p
        JOIN orders_fulfilment f ON f.id = p.fulfilment_id
        JOIN orders_orderline l ON l.id = p.order_line_id
        WHERE f.order_id {touched}
    """,
    label=ORDER_LABEL.replace("r.order_id", "r.order_id_due"),
    counted=("orders_fulfilment", "order_id"),
    touched=TOUCHED_ORDERS,
)

CHECKS = (LINES_HELD, HOLDS, CART_HOLDS, SENT, RETURNED, SHIPMENTS, PARCELS)
