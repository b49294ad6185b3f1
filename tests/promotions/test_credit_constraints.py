"""The rules of the tables of credit, each broken by hand."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from promotions.models import CreditEntry, GiftCard, StoreCredit
from tests.factories.credit import gift_card_make, store_credit_make
from tests.factories.orders import order_make
from tests.factories.users import user_make

pytestmark = pytest.mark.django_db

CARD = "UPDATE promotions_giftcard SET {}"
CREDIT = "UPDATE promotions_storecredit SET {}"
ENTRY = (
    "INSERT INTO promotions_creditentry"
    " (card_id, store_credit_id, kind, amount, order_id, payment_id, actor, reason, created_at)"
    " VALUES ({}, {}, '{}', {}, {}, {}, '', '', now())"
)
OF_CARD = ("%(card)s", "NULL")
CAUSE = ("%(order)s", "%(payment)s")
BROKEN = {
    "promotions_giftcard_code": [
        (
            "INSERT INTO promotions_giftcard"
            " SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid()))).*"
            " FROM promotions_giftcard c"
        )
    ],
    "promotions_giftcard_piece": [
        (
            "UPDATE promotions_giftcard SET order_line_id = (SELECT id FROM orders_orderline), piece = 1;"
            "INSERT INTO promotions_giftcard"
            " SELECT (jsonb_populate_record(c, jsonb_build_object("
            " 'id', gen_random_uuid(), 'code_digest', '\\x00'))).* FROM promotions_giftcard c"
        )
    ],
    "promotions_giftcard_sold": [
        CARD.format("piece = 1"),
        CARD.format("order_line_id = (SELECT id FROM orders_orderline)"),
        CARD.format("order_line_id = (SELECT id FROM orders_orderline), piece = 0"),
    ],
    "promotions_giftcard_balance": [
        CARD.format("balance_amount = -1"),
        CARD.format("balance_amount = issued_amount + 1"),
    ],
    "promotions_giftcard_currency": [CARD.format("currency = 'eu'")],
    "promotions_storecredit_once": [
        (
            "INSERT INTO promotions_storecredit"
            " (id, customer_id, currency, balance_amount, version, created_at, updated_at)"
            " SELECT gen_random_uuid(), customer_id, currency, 0, 1, now(), now() FROM promotions_storecredit"
        )
    ],
    "promotions_storecredit_balance": [CREDIT.format("balance_amount = -1")],
    "promotions_storecredit_currency": [CREDIT.format("currency = ''")],
    "promotions_creditentry_of_one": [
        ENTRY.format("NULL", "NULL", "adjusted", 1, "NULL", "NULL"),
        ENTRY.format("%(card)s", "%(credit)s", "adjusted", 1, "NULL", "NULL"),
    ],
    "promotions_creditentry_sign": [
        ENTRY.format(*OF_CARD, "issued", -1, "NULL", "NULL"),
        ENTRY.format(*OF_CARD, "refunded", 0, "NULL", "NULL"),
        ENTRY.format(*OF_CARD, "given_back", -1, *CAUSE),
        ENTRY.format(*OF_CARD, "spent", 1, *CAUSE),
        ENTRY.format(*OF_CARD, "expired", 1, "NULL", "NULL"),
        ENTRY.format(*OF_CARD, "taken_back", 1, "%(order)s", "NULL"),
        ENTRY.format(*OF_CARD, "adjusted", 0, "NULL", "NULL"),
        ENTRY.format(*OF_CARD, "stolen", -1, "NULL", "NULL"),
    ],
    "promotions_creditentry_cause": [
        ENTRY.format(*OF_CARD, "spent", -1, "NULL", "NULL"),
        ENTRY.format(*OF_CARD, "given_back", 1, "%(order)s", "NULL"),
        ENTRY.format(*OF_CARD, "taken_back", -1, "NULL", "NULL"),
        ENTRY.format("NULL", "%(credit)s", "taken_back", -1, "%(order)s", "NULL"),
    ],
    "promotions_creditentry_spent_once": [
        ENTRY.format(*OF_CARD, "spent", -1, *CAUSE) + "; " + ENTRY.format(*OF_CARD, "spent", -1, *CAUSE)
    ],
}


@pytest.fixture
def rows() -> dict[str, Any]:
    order = order_make(payment_method="bank_transfer")
    return {
        "card": gift_card_make().id,
        "credit": store_credit_make(user_make()).id,
        "order": order.id,
        "payment": order.payments.get().id,
    }


def test_every_named_rule_is_tried() -> None:
    models = (GiftCard, StoreCredit, CreditEntry)
    assert set(BROKEN) == {rule.name for model in models for rule in model._meta.constraints}


@pytest.mark.parametrize("name", BROKEN)
def test_the_rule_holds(name: str, rows: dict[str, Any]) -> None:
    for statement in BROKEN[name]:
        with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, rows)
        assert error.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "change", ["UPDATE promotions_creditentry SET amount = 1", "DELETE FROM promotions_creditentry"]
)
@pytest.mark.usefixtures("rows")
def test_the_ledger_only_grows(change: str) -> None:
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert set(CreditEntry.objects.values_list("amount", flat=True)) == {5000}
