"""The one table of moves, and what is derived from money and goods."""

import pytest

from orders.exceptions import OrderMoveRefused
from orders.models import Order, OrderLine
from orders.states import MOVES, advance, fulfilment_status_of, payment_status_of, transition

ALLOWED = {
    ("pending", "confirmed"),
    ("pending", "cancelled"),
    ("confirmed", "completed"),
    ("confirmed", "cancelled"),
}


def test_the_table_names_every_status() -> None:
    assert set(MOVES) == set(Order.Status)


@pytest.mark.parametrize("to", Order.Status)
@pytest.mark.parametrize("before", Order.Status)
def test_only_the_moves_of_the_table(before: Order.Status, to: Order.Status) -> None:
    order = Order(number="T1", status=before)
    if (before, to) in ALLOWED:
        transition(order, to)
        assert order.status == to
    else:
        with pytest.raises(OrderMoveRefused):
            transition(order, to)
        assert order.status == before


@pytest.mark.parametrize(
    ("total", "paid", "refunded", "expected"),
    [
        (100, 0, 0, "unpaid"),
        (100, 1, 0, "partially_paid"),
        (100, 99, 0, "partially_paid"),
        (100, 100, 0, "paid"),
        (100, 150, 0, "paid"),
        (100, 100, 1, "partially_refunded"),
        (100, 40, 10, "partially_refunded"),
        (100, 100, 100, "refunded"),
        (100, 40, 40, "refunded"),
        (0, 0, 0, "paid"),
    ],
)
def test_payment_status(total: int, paid: int, refunded: int, expected: str) -> None:
    assert payment_status_of(total=total, paid=paid, refunded=refunded) == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [([0, 0], "unfulfilled"), ([1, 0], "partially_fulfilled"), ([2, 0], "partially_fulfilled"), ([2, 3], "fulfilled")],
)
def test_fulfilment_status(sent: list[int], expected: str) -> None:
    lines = [OrderLine(quantity=2 + index, fulfilled_quantity=quantity) for index, quantity in enumerate(sent)]
    assert fulfilment_status_of(lines) == expected


@pytest.mark.parametrize(
    ("before", "paid", "payment_status", "fulfilment_status", "is_on_account", "after"),
    [
        ("pending", 0, "unpaid", "unfulfilled", False, "pending"),
        ("pending", 99, "partially_paid", "unfulfilled", False, "pending"),
        ("pending", 99, "partially_refunded", "unfulfilled", False, "pending"),
        ("pending", 100, "paid", "unfulfilled", False, "confirmed"),
        ("pending", 0, "unpaid", "unfulfilled", True, "confirmed"),
        ("confirmed", 0, "unpaid", "fulfilled", False, "confirmed"),
        ("confirmed", 100, "paid", "partially_fulfilled", False, "confirmed"),
        ("confirmed", 100, "paid", "fulfilled", False, "completed"),
        ("confirmed", 100, "partially_refunded", "fulfilled", False, "completed"),
        ("confirmed", 100, "refunded", "fulfilled", False, "confirmed"),
        ("cancelled", 100, "paid", "unfulfilled", False, "cancelled"),
        ("completed", 100, "refunded", "fulfilled", False, "completed"),
    ],
)
def test_an_order_goes_as_far_as_its_money_and_goods(  # noqa: PLR0917 (a row of the table)
    before: str, paid: int, payment_status: str, fulfilment_status: str, is_on_account: bool, after: str
) -> None:
    order = Order(
        number="T1",
        status=before,
        total_amount=100,
        paid_amount=paid,
        payment_status=payment_status,
        fulfilment_status=fulfilment_status,
    )
    advance(order, is_on_account=is_on_account)
    assert order.status == after
