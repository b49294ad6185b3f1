"""Making the stock of an accepted order its own, whether or not its time was over."""

from __future__ import annotations

from inventory.services import ReserveRequest, stock_keep, stock_reserve
from orders.models import Order


def order_secure(order: Order, *, actor: str) -> None:
    """Let a locked order keep its stock for good, and reserve again what others took after its time.

    Two statements where nothing is missing. Part of the caller's transaction, which writes the order.

    Raises:
        StockInsufficient: something is missing and sold. The caller must let it roll its work back.
    """
    if order.reserved_until is None:
        return
    order.reserved_until = None
    held = stock_keep(order_id=order.id)
    lines = order.lines.filter(is_stock_tracked=True)
    stock_reserve(
        requests=[
            ReserveRequest(line.id, line.variant_id, missing)
            for line in lines
            if line.variant_id and (missing := line.quantity - line.fulfilled_quantity - held.get(line.id, 0)) > 0
        ],
        order_id=order.id,
        country=(order.shipping_address or {}).get("country", ""),
        actor=actor,
    )
