"""Pages of stock. Counters are changed through the services, with a reason, so that the ledger stays their sum."""

from inventory.admin import ledger, product, takes, transfers
from inventory.admin.levels import LEVEL_COLOURS, stock_state

__all__ = ["LEVEL_COLOURS", "ledger", "product", "stock_state", "takes", "transfers"]
