"""An order's total as a person reads it: its stored lines and rows as steps. Nothing is computed anew."""

from __future__ import annotations

from collections.abc import Iterable

from cart.amounts import Row, RowKind
from cart.explaining import Step, TitledLine, steps_of
from orders.models import Order, OrderAdjustment, OrderLine


def order_steps(order: Order, lines: Iterable[OrderLine], adjustments: Iterable[OrderAdjustment]) -> tuple[Step, ...]:
    """Return the steps from the first line to the order's total."""
    titled = [
        TitledLine(
            line.id,
            f"{line.title} ({line.variant_title})" if line.variant_title else line.title,
            line.quantity,
            line.unit_amount,
            line.subtotal_amount,
            line.price_list,
        )
        for line in lines
    ]
    rows = [
        Row(RowKind(row.kind), row.label, row.source, row.line_id, row.amount, row.is_included, row.rate_ppm)
        for row in adjustments
    ]
    return steps_of(titled, rows, order.currency)
