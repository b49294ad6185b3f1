"""Stock: a level's counters are the sums of its ledger, of what is held, and of what is on its way or counted."""

from audit.checks.base import LEVEL_LABEL, TOUCHED_LEVELS, TOUCHED_TAKES, TOUCHED_TRANSFERS, Check

COUNTERS = Check(
    name="stock-counters",
    promise="What a level has on hand, reserved and incoming is the sum of its movements.",
    tables=("inventory_stocklevel", "inventory_stockmovement"),
    kind="stock_level",
    fields=("on_hand", "reserved", "incoming"),
    vouches=("inventory_stocklevel.on_hand", "inventory_stocklevel.reserved", "inventory_stocklevel.incoming"),
    source="""
        SELECT s.id, s.variant_id, s.location_id, s.on_hand, s.reserved, s.incoming,
               COALESCE(m.on_hand, 0) AS on_hand_due, COALESCE(m.reserved, 0) AS reserved_due,
               COALESCE(m.incoming, 0) AS incoming_due
        FROM inventory_stocklevel s
        LEFT JOIN (
            SELECT m.level_id, SUM(m.on_hand_delta) AS on_hand, SUM(m.reserved_delta) AS reserved,
                   SUM(m.incoming_delta) AS incoming
            FROM inventory_stockmovement m WHERE m.level_id {touched} GROUP BY m.level_id
        ) m ON m.level_id = s.id
        WHERE s.id {touched}
    """,
    label=LEVEL_LABEL,
    counted=("inventory_stocklevel", "id"),
    touched=TOUCHED_LEVELS,
)

RESERVED = Check(
    name="stock-reserved",
    promise="What a level has reserved is the sum of what it holds for orders and carts.",
    tables=("inventory_stocklevel", "inventory_stockreservation"),
    kind="stock_level",
    fields=("reserved",),
    vouches=("inventory_stocklevel.reserved", "inventory_stockreservation.quantity"),
    source="""
        SELECT s.id, s.variant_id, s.location_id, s.reserved, COALESCE(h.pieces, 0) AS reserved_due
        FROM inventory_stocklevel s
        LEFT JOIN (
            SELECT h.level_id, SUM(h.quantity) AS pieces
            FROM inventory_stockreservation h WHERE h.level_id {touched} GROUP BY h.level_id
        ) h ON h.level_id = s.id
        WHERE s.id {touched}
    """,
    label=LEVEL_LABEL,
    counted=("inventory_stocklevel", "id"),
    touched=TOUCHED_LEVELS,
)

INCOMING = Check(
    name="stock-incoming",
    promise="What a level expects is what open transfers to it still lack.",
    tables=("inventory_stocklevel", "inventory_stocktransfer", "inventory_stocktransferline"),
    kind="stock_level",
    fields=("incoming",),
    vouches=("inventory_stocklevel.incoming", "inventory_stocktransferline.received_quantity"),
    # Goods may be on their way to where there is no level, which would be a difference of a row that isn't there.
    source="""
        SELECT s.id, COALESCE(s.variant_id, t.variant_id) AS variant_id,
               COALESCE(s.location_id, t.location_id) AS location_id, s.incoming,
               COALESCE(t.pieces, 0) AS incoming_due
        FROM inventory_stocklevel s
        FULL JOIN (
            SELECT l.variant_id, t.destination_id AS location_id, SUM(l.quantity - l.received_quantity) AS pieces
            FROM inventory_stocktransfer t JOIN inventory_stocktransferline l ON l.transfer_id = t.id
            WHERE t.status = 'in_transit'
            GROUP BY l.variant_id, t.destination_id
            HAVING SUM(l.quantity - l.received_quantity) <> 0
        ) t ON t.variant_id = s.variant_id AND t.location_id = s.location_id
        WHERE s.id IS NULL OR s.id {touched}
    """,
    label=LEVEL_LABEL,
    counted=("inventory_stocklevel", "id"),
    touched=TOUCHED_LEVELS,
)

TRANSFERS = Check(
    name="stock-transfers",
    promise="What arrived of a transfer, and is still on its way, is the sum of its movements at its destination.",
    tables=(
        "inventory_stocktransferline",
        "inventory_stocktransfer",
        "inventory_stocklevel",
        "inventory_stockmovement",
    ),
    kind="stock_transfer_line",
    fields=("received_quantity", "on_its_way", "status"),
    vouches=("inventory_stocktransferline.received_quantity", "inventory_stocktransfer.status"),
    # A transfer is received by its last piece, and may be given up before; then nothing is on its way.
    source="""
        SELECT l.id, l.variant_id, t.destination_id AS location_id, t.reference, l.received_quantity,
               COALESCE(m.arrived, 0) AS received_quantity_due, COALESCE(m.coming, 0) AS on_its_way,
               CASE WHEN t.status = 'in_transit' THEN l.quantity - COALESCE(m.arrived, 0) ELSE 0 END AS on_its_way_due,
               t.status, CASE WHEN t.status = 'received' AND COALESCE(m.arrived, 0) < l.quantity THEN 'in_transit'
                              ELSE t.status END AS status_due
        FROM inventory_stocktransferline l
        JOIN inventory_stocktransfer t ON t.id = l.transfer_id
        LEFT JOIN (
            SELECT m.transfer_id, s.variant_id, s.location_id, SUM(m.on_hand_delta) AS arrived,
                   SUM(m.incoming_delta) AS coming
            FROM inventory_stockmovement m JOIN inventory_stocklevel s ON s.id = m.level_id
            WHERE m.transfer_id {touched} GROUP BY m.transfer_id, s.variant_id, s.location_id
        ) m ON m.transfer_id = l.transfer_id AND m.variant_id = l.variant_id AND m.location_id = t.destination_id
        WHERE l.transfer_id {touched}
    """,
    label=f"{LEVEL_LABEL} || COALESCE(', ' || NULLIF(r.reference, ''), '')",
    counted=("inventory_stocktransferline", "transfer_id"),
    touched=TOUCHED_TRANSFERS,
)

HOLDERS = Check(
    name="stock-holders",
    promise="What a level holds for an order or a cart is the sum of that one's movements there.",
    tables=("inventory_stockreservation", "inventory_stockmovement"),
    kind="stock_level",
    fields=("held",),
    vouches=("inventory_stockreservation.quantity",),
    source="""
        SELECT h.level_id AS id, h.holder_id, h.cart_id, s.variant_id, s.location_id, h.held, h.held_due
        FROM (
            SELECT e.level_id, COALESCE(e.order_id, e.cart_id) AS holder_id, MIN(e.cart_id::text) AS cart_id,
                   SUM(e.held) AS held, SUM(e.moved) AS held_due
            FROM (
                SELECT r.level_id, r.order_id, r.cart_id, r.quantity AS held, 0 AS moved
                FROM inventory_stockreservation r WHERE r.level_id {touched}
                UNION ALL
                SELECT m.level_id, m.order_id, m.cart_id, 0, m.reserved_delta
                FROM inventory_stockmovement m WHERE m.reserved_delta <> 0 AND m.level_id {touched}
            ) e
            GROUP BY e.level_id, COALESCE(e.order_id, e.cart_id)
            HAVING SUM(e.held) <> SUM(e.moved)
        ) h
        JOIN inventory_stocklevel s ON s.id = h.level_id
    """,
    # The whole id of a cart would open it.
    label=f"""{LEVEL_LABEL} || ' for ' || COALESCE(
        (SELECT o.number FROM orders_order o WHERE o.id = r.holder_id), 'cart ' || left(r.cart_id, 13), 'nobody'
    )""",  # noqa: S608 (written here)
    counted=("inventory_stockreservation", "level_id"),
    touched=TOUCHED_LEVELS,
)

TAKES = Check(
    name="stock-takes",
    promise="A count changes a level by what was found more or less, when it is applied, and else by nothing.",
    tables=("inventory_stocktakeline", "inventory_stocktake", "inventory_stocklevel", "inventory_stockmovement"),
    kind="stock_take_line",
    fields=("applied",),
    vouches=("inventory_stocktake.status",),
    source="""
        SELECT l.id, s.variant_id, s.location_id, COALESCE(m.pieces, 0) AS applied,
               CASE WHEN t.status = 'applied' THEN l.counted - l.expected ELSE 0 END AS applied_due
        FROM inventory_stocktakeline l
        JOIN inventory_stocktake t ON t.id = l.take_id
        JOIN inventory_stocklevel s ON s.id = l.level_id
        LEFT JOIN (
            SELECT m.take_id, m.level_id, SUM(m.on_hand_delta) AS pieces
            FROM inventory_stockmovement m WHERE m.take_id {touched} GROUP BY m.take_id, m.level_id
        ) m ON m.take_id = l.take_id AND m.level_id = l.level_id
        WHERE l.take_id {touched}
    """,
    label=LEVEL_LABEL,
    counted=("inventory_stocktakeline", "take_id"),
    touched=TOUCHED_TAKES,
)

CHECKS = (COUNTERS, RESERVED, INCOMING, TRANSFERS, TAKES, HOLDERS)
