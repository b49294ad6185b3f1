"""Pages of sales and of cases: orders with their actions, the ledgers beneath them, and the admin's start page."""

from orders.admin.cases import CaseAdmin
from orders.admin.ledgers import (
    FulfilmentAdmin,
    FulfilmentLineAdmin,
    OrderAdjustmentAdmin,
    OrderHistoryAdmin,
    OrderLineAdmin,
)
from orders.admin.order import OrderAdmin

__all__ = [
    "CaseAdmin",
    "FulfilmentAdmin",
    "FulfilmentLineAdmin",
    "OrderAdjustmentAdmin",
    "OrderAdmin",
    "OrderHistoryAdmin",
    "OrderLineAdmin",
]
