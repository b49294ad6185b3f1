"""Tables of stock. Whether a variant is tracked at all is said by the variant; who wants it, by cart and orders."""

from inventory.models.ledger import StockMovement, StockReservation
from inventory.models.levels import MAX_PIECES, Location, StockLevel
from inventory.models.takes import StockTake, StockTakeLine
from inventory.models.transfers import StockTransfer, StockTransferLine

__all__ = [
    "MAX_PIECES",
    "Location",
    "StockLevel",
    "StockMovement",
    "StockReservation",
    "StockTake",
    "StockTakeLine",
    "StockTransfer",
    "StockTransferLine",
]
