"""Pages of sales: orders with their actions, the ledgers beneath them, and the admin's start page."""

from orders.admin.ledgers import (
    FulfilmentAdmin,
    FulfilmentLineAdmin,
    OrderAdjustmentAdmin,
    OrderHistoryAdmin,
    OrderLineAdmin,
)
from orders.admin.order import OrderAdmin

__all__ = [
    "FulfilmentAdmin",
    "FulfilmentLineAdmin",
    "OrderAdjustmentAdmin",
    "OrderAdmin",
    "OrderHistoryAdmin",
    "OrderLineAdmin",
]
