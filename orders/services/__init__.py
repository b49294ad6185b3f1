"""Every write of orders, one file per use."""

from orders.services.cancelling import order_cancel
from orders.services.fulfilling import FulfilLine, order_fulfil
from orders.services.noting import order_note_add
from orders.services.paying import (
    order_mark_paid,
    order_payment_cancel,
    order_payment_capture,
    order_payment_create,
    order_payment_refund,
)
from orders.services.placing import PlacedOrder, order_place
from orders.services.returning import ReturnLine, order_goods_return
from orders.services.sweeping import orders_sweep, payments_sweep

__all__ = [
    "FulfilLine",
    "PlacedOrder",
    "ReturnLine",
    "order_cancel",
    "order_fulfil",
    "order_goods_return",
    "order_mark_paid",
    "order_note_add",
    "order_payment_cancel",
    "order_payment_capture",
    "order_payment_create",
    "order_payment_refund",
    "order_place",
    "orders_sweep",
    "payments_sweep",
]
