"""The schema is the last line of defence: each of its named rules, broken by hand."""

import uuid
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from orders.models import Order, OrderHistory
from orders.services import order_fulfil
from tests.factories.carts import shipping_method_make
from tests.factories.orders import order_make
from tests.schema import constraints_of

pytestmark = pytest.mark.django_db

LINE = "UPDATE orders_orderline SET {} WHERE id = %(line)s"
ORDER = "UPDATE orders_order SET {} WHERE id = %(order)s"
BROKEN = {
    "orders_order_total": ORDER.format("total_amount = total_amount + 1"),
    "orders_order_signs": ORDER.format("shipping_amount = -1, total_amount = subtotal_amount - 1"),
    "orders_order_refunded": ORDER.format("refunded_amount = 1"),
    "orders_order_status": ORDER.format("status = 'lost'"),
    "orders_order_payment_status": ORDER.format("payment_status = 'lost'"),
    "orders_order_fulfilment_status": ORDER.format("fulfilment_status = 'lost'"),
    "orders_orderline_position": (
        "INSERT INTO orders_orderline (id, order_id, position, sku, title, variant_title, requires_shipping, quantity,"
        " unit_amount, subtotal_amount, discount_amount, tax_amount, total_amount, fulfilled_quantity)"
        " SELECT %(new)s, order_id, position, sku, title, variant_title, requires_shipping, quantity,"
        " unit_amount, subtotal_amount, discount_amount, tax_amount, total_amount, fulfilled_quantity"
        " FROM orders_orderline WHERE id = %(line)s"
    ),
    "orders_orderline_quantity": LINE.format("quantity = 0, subtotal_amount = 0, fulfilled_quantity = 0"),
    "orders_orderline_subtotal": LINE.format("subtotal_amount = subtotal_amount + 1"),
    "orders_orderline_fulfilled": LINE.format("fulfilled_quantity = 3"),
    "orders_orderline_gift_card": LINE.format("is_gift_card = TRUE, requires_shipping = FALSE, tax_amount = 1"),
    "orders_orderline_backordered": LINE.format("backordered_quantity = quantity + 1"),
    "orders_orderline_returned": LINE.format("returned_quantity = fulfilled_quantity + 1"),
    "orders_orderadjustment_kind": "UPDATE orders_orderadjustment SET kind = 'bribe'",
    "orders_fulfilmentline_once": (
        "INSERT INTO orders_fulfilmentline (fulfilment_id, order_line_id, quantity)"
        " VALUES (%(fulfilment)s, %(line)s, 1)"
    ),
    "orders_fulfilmentline_quantity": "UPDATE orders_fulfilmentline SET quantity = 0",
}
ALSO_BROKEN = {
    "a gift card that is sent": ("orders_orderline_gift_card", LINE.format("is_gift_card = TRUE, tax_amount = 0")),
    "a gift card for less": (
        "orders_orderline_gift_card",
        LINE.format("is_gift_card = TRUE, requires_shipping = FALSE, discount_amount = -1, total_amount = 3997"),
    ),
    "negative unit amount": ("orders_orderline_subtotal", LINE.format("unit_amount = -1, subtotal_amount = -2")),
    "discount above zero": (
        "orders_order_signs",
        ORDER.format("discount_amount = 1, total_amount = total_amount + 1"),
    ),
    "negative tax": ("orders_order_signs", ORDER.format("tax_amount = -1")),
    "negative total": (
        "orders_order_signs",
        ORDER.format("discount_amount = -9999, total_amount = total_amount - 9999"),
    ),
    "net total without its tax": (
        "orders_order_total",
        ORDER.format("prices_include_tax = FALSE, tax_amount = 1"),
    ),
    "negative refund": ("orders_order_refunded", ORDER.format("refunded_amount = -1")),
}


@pytest.fixture
def rows() -> dict[str, Any]:
    order = order_make(payment_method="cash_on_delivery")
    fulfilment = order_fulfil(order_id=order.id, actor="system")
    return {
        "order": order.id,
        "line": order.lines.get().id,
        "fulfilment": fulfilment.id,
        "new": uuid.uuid4(),
    }


def broken_rule(statement: str, rows: dict[str, Any]) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, rows)
    return error.value.__cause__.diag.constraint_name  # type: ignore[union-attr]


def test_every_named_rule_is_tried() -> None:
    assert set(BROKEN) == constraints_of("orders")


@pytest.mark.parametrize("name", BROKEN)
def test_the_rule_holds(name: str, rows: dict[str, Any]) -> None:
    assert broken_rule(BROKEN[name], rows) == name


@pytest.mark.parametrize("name", ALSO_BROKEN)
def test_the_rule_holds_on_all_sides(name: str, rows: dict[str, Any]) -> None:
    rule, statement = ALSO_BROKEN[name]
    assert broken_rule(statement, rows) == rule


def test_one_cart_makes_one_order_and_a_number_names_one(rows: dict[str, Any]) -> None:
    other = order_make(shipping_method=shipping_method_make("express"))
    for column in ("cart_id", "number"):
        statement = (
            f"UPDATE orders_order SET {column} = (SELECT {column} FROM orders_order WHERE id = %(order)s)"  # noqa: S608 (two columns of ours)
            " WHERE id = %(other)s"
        )
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, {**rows, "other": other.id})
    assert Order.objects.count() == 2


@pytest.mark.parametrize("change", ["UPDATE orders_orderhistory SET message = ''", "DELETE FROM orders_orderhistory"])
def test_history_only_grows(change: str, rows: dict[str, Any]) -> None:
    before = OrderHistory.objects.count()
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert OrderHistory.objects.exclude(message="").count() == before
