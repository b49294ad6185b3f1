"""The schema is the last line of defence: each of its named rules, broken by hand."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from payments.models import Payment, PaymentEvent
from tests.factories.orders import order_make
from tests.schema import constraints_of

pytestmark = pytest.mark.django_db

PAYMENT = "UPDATE payments_payment SET {}"
EVENT = (
    "INSERT INTO payments_paymentevent (payment_id, kind, amount, reference, note, actor, created_at)"
    " VALUES (%(payment)s, '{}', {}, '', '', '', now())"
)
BROKEN = {
    "payments_payment_amount": [PAYMENT.format("amount = 0"), PAYMENT.format("amount = -1")],
    "payments_payment_captured": [
        PAYMENT.format("captured_amount = amount + 1"),
        PAYMENT.format("captured_amount = -1, refunded_amount = -1"),
    ],
    "payments_payment_refunded": [PAYMENT.format("refunded_amount = 1"), PAYMENT.format("refunded_amount = -1")],
    "payments_payment_status": [PAYMENT.format("status = 'lost'")],
    "payments_paymentevent_amount": [EVENT.format("captured", -1)],
    "payments_paymentevent_kind": [EVENT.format("stolen", 1)],
}


@pytest.fixture
def rows() -> dict[str, Any]:
    order_make(payment_method="bank_transfer")
    return {"payment": Payment.objects.get().id}


def test_every_named_rule_is_tried() -> None:
    assert set(BROKEN) == constraints_of("payments")


@pytest.mark.parametrize("name", BROKEN)
def test_the_rule_holds(name: str, rows: dict[str, Any]) -> None:
    for statement in BROKEN[name]:
        with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, rows)
        assert error.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


@pytest.mark.parametrize("change", ["UPDATE payments_paymentevent SET amount = 1", "DELETE FROM payments_paymentevent"])
def test_the_ledger_only_grows(change: str, rows: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert PaymentEvent.objects.get().amount == 4493
