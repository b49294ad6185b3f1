"""Every write of stock. Who wants the goods is orders' business; what they are, products'."""

from inventory.services.adjusting import (
    StockSetResult,
    StockTarget,
    stock_adjust,
    stock_level_create,
    stock_level_update,
    stock_set,
    stock_set_many,
)
from inventory.services.locations import location_create, location_update
from inventory.services.promising import (
    ReserveRequest,
    ShipRequest,
    stock_release,
    stock_reserve,
    stock_ship,
)

__all__ = [
    "ReserveRequest",
    "ShipRequest",
    "StockSetResult",
    "StockTarget",
    "location_create",
    "location_update",
    "stock_adjust",
    "stock_level_create",
    "stock_level_update",
    "stock_release",
    "stock_reserve",
    "stock_set",
    "stock_set_many",
    "stock_ship",
]
