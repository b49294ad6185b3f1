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
from inventory.services.counting import Count, take_apply, take_cancel, take_count, take_create
from inventory.services.locations import location_create, location_update
from inventory.services.releasing import (
    ShipRequest,
    reservations_sweep,
    stock_keep,
    stock_release,
    stock_release_carts,
    stock_ship,
)
from inventory.services.reserving import ReserveRequest, stock_reserve
from inventory.services.returning import ReturnRequest, stock_return
from inventory.services.transferring import (
    TransferRequest,
    transfer_cancel,
    transfer_close,
    transfer_create,
    transfer_receive,
)

__all__ = [
    "Count",
    "ReserveRequest",
    "ReturnRequest",
    "ShipRequest",
    "StockSetResult",
    "StockTarget",
    "TransferRequest",
    "location_create",
    "location_update",
    "reservations_sweep",
    "stock_adjust",
    "stock_keep",
    "stock_level_create",
    "stock_level_update",
    "stock_release",
    "stock_release_carts",
    "stock_reserve",
    "stock_return",
    "stock_set",
    "stock_set_many",
    "stock_ship",
    "take_apply",
    "take_cancel",
    "take_count",
    "take_create",
    "transfer_cancel",
    "transfer_close",
    "transfer_create",
    "transfer_receive",
]
