"""Every check of the books, in the order in which they run."""

from audit.checks import credit, goods, orders, payments, stock
from audit.checks.base import Check

CHECKS: tuple[Check, ...] = (*stock.CHECKS, *goods.CHECKS, *orders.CHECKS, *payments.CHECKS, *credit.CHECKS)

__all__ = ["CHECKS", "Check"]
