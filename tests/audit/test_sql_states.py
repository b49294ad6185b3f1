"""Statuses that the checks work out in SQL are those of the code."""
# ruff: noqa: S608 (SQL of the tests themselves)

from itertools import product
from typing import Any

import pytest
from django.db import connection

from audit.checks import orders, payments
from orders.models import Order, OrderLine
from orders.states import advance, fulfilment_status_of, payment_status_of
from payments.states import status_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_test_transaction")]


def test_statuses_in_sql_are_those_of_the_code() -> None:
    amounts = (0, 1, 2)
    for total, paid, refunded in product(amounts, amounts, amounts):
        if refunded <= paid:
            known = payment_status_of(total=total, paid=paid, refunded=refunded)
            assert case(orders.PAYMENT_STATUS, total=total, paid=paid, refunded=refunded) == known
    for pieces, sent in ((2, 0), (2, 1), (2, 2)):
        lines = [OrderLine(quantity=pieces, fulfilled_quantity=sent)]
        assert case(orders.FULFILMENT_STATUS, pieces=pieces, sent=sent) == fulfilment_status_of(lines)
    for amount, captured, refunded, is_cancelled in product((1, 2), amounts, amounts, (False, True)):
        if refunded <= captured <= amount:
            told = case(
                payments.STATUS, amount_due=amount, captured=captured, refunded=refunded, is_cancelled=is_cancelled
            )
            assert told == status_of(
                amount=amount, captured_amount=captured, refunded_amount=refunded, is_cancelled=is_cancelled
            )


@pytest.mark.parametrize("status", ["pending", "confirmed"])
def test_an_order_is_as_far_in_sql_as_in_the_code(status: str) -> None:
    for paid, refunded, sent, is_on_account in product((0, 1, 2), (0, 1, 2), (0, 1, 2), (False, True)):
        if refunded > paid or (status == "pending" and (sent or is_on_account)):
            continue
        lines = [OrderLine(quantity=2, fulfilled_quantity=sent)]
        order = Order(status=status, total_amount=2, paid_amount=paid, refunded_amount=refunded)
        order.payment_status = payment_status_of(total=2, paid=paid, refunded=refunded)
        order.fulfilment_status = fulfilment_status_of(lines)
        advance(order, is_on_account=is_on_account)
        facts = {"total": 2, "paid": paid, "refunded": refunded, "pieces": 2, "sent": sent}
        assert case(orders.STATUS, status=order.status, **facts) == order.status
        assert case(orders.STATUS, status=status, **facts) == order.status


def case(expression: str, **facts: Any) -> str:
    columns = ", ".join(f"%({name})s AS {name}" for name in facts)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {expression} FROM (SELECT {columns}) f", facts)
        return str(cursor.fetchone()[0])
