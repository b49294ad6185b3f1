"""What to give back for goods that came back: pure arithmetic on an order. Giving it is services/paying.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cart.amounts import part_of
from orders.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """What the returned units of a line came to, discounts and taxes in it; `tax_amount` is the tax of that."""

    line: OrderLine
    quantity: int
    amount: int
    tax_amount: int


@dataclass(frozen=True, slots=True)
class RefundProposal:
    """What the goods that came back came to, and how much of it is still to be given back.

    All parts of an order together are its total: `shipping_amount` holds everything that is no line's, and is proposed
    when all that was sold has come back.
    """

    order: Order
    lines: tuple[ProposedLine, ...]
    shipping_amount: int
    spent_amount: int = 0
    """What was spent of gift cards that the order sold: it can't go back as money too."""

    @property
    def goods_amount(self) -> int:
        """Return what the returned goods came to."""
        return sum(line.amount for line in self.lines)

    @property
    def amount(self) -> int:
        """Return what is still to be given back: never more than can be, nor below nothing.

        What was given back first of all made up for what had come in beyond the total, and was for no goods.
        """
        order = self.order
        given = max(order.refunded_amount - max(order.paid_amount - order.total_amount, 0), 0)
        due = self.goods_amount + self.shipping_amount - given
        return max(min(due, self.refundable_amount), 0)

    @property
    def refundable_amount(self) -> int:
        """Return the most that can be given back: what came in and is neither given back nor spent by gift card."""
        return max(self.order.paid_amount - self.order.refunded_amount - self.spent_amount, 0)


def refund_proposal(order: Order, lines: Iterable[OrderLine], *, spent_amount: int = 0) -> RefundProposal:
    """Return what to give back for the units of an order's lines that came back."""
    sold = tuple(lines)
    proposed = tuple(
        ProposedLine(
            line,
            line.returned_quantity,
            _of_returned(line, line.total_amount),
            _of_returned(line, line.tax_amount),
        )
        for line in sold
        if line.returned_quantity
    )
    is_all_back = bool(sold) and all(line.returned_quantity == line.quantity for line in sold)
    beside = order.total_amount - sum(line.total_amount for line in sold)
    return RefundProposal(order, proposed, beside if is_all_back else 0, spent_amount)


def _of_returned(line: OrderLine, amount: int) -> int:
    return part_of(amount, quantity=line.quantity, before=0, count=line.returned_quantity)
