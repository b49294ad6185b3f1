"""Every number and status of the books is looked at by a check, or known to be a fact."""

import pytest
from django.apps import apps
from django.db import models

from audit.checks import CHECKS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_test_transaction")]

# What is a fact and no sum of others: whoever adds a column decides here, or writes a check.
FACTS = {
    "inventory_stocklevel": {"safety_stock", "backorder_limit", "low_stock_threshold"},
    "inventory_stockmovement": {"reserved_delta", "incoming_delta", "kind"},
    "inventory_stocktransfer": {"version"},
    "inventory_stocktransferline": {"quantity"},
    "inventory_stocktake": {"version"},
    "inventory_stocktakeline": {"counted", "expected"},
    "inventory_location": {"position"},
    "orders_order": {"version", "currency"},
    "orders_orderline": {"position", "quantity", "unit_amount", "backordered_quantity"},
    "orders_orderadjustment": {"amount", "kind", "rate_ppm"},
    "orders_fulfilmentline": {"quantity"},
    "orders_limituse": {"allowed"},
    "orders_limitclaim": {"quantity"},
    "promotions_promotion": {
        "priority",
        "currency",
        "min_quantity",
        "min_amount",
        "benefit",
        "rate_ppm",
        "amount",
        "buy_quantity",
        "get_quantity",
        "max_times",
        "max_amount",
        "use_limit",
        "customer_use_limit",
        "budget_amount",
    },
    "promotions_promotiongoods": {"role", "quantity"},
    "promotions_code": {"use_limit"},
    "payments_paymentevent": {"amount", "kind"},
    "promotions_giftcard": {"currency", "version", "piece"},
    "promotions_storecredit": {"currency", "version"},
    "promotions_creditentry": {"amount", "kind"},
    "cart_cart": {"version"},
    "cart_cartline": {"quantity", "seen_unit_amount"},
    "cart_outsideanswer": {"kind"},
}


def test_every_number_and_status_of_the_books_is_checked_or_a_fact() -> None:
    vouched = {column for check in CHECKS for column in check.vouches}
    facts = {f"{table}.{column}" for table, columns in FACTS.items() for column in columns}
    undecided = []
    for app in ("inventory", "orders", "payments", "cart", "promotions"):
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.concrete_fields:
                is_number = isinstance(field, models.IntegerField) and not field.primary_key
                if is_number or field.choices or field.name == "currency":
                    undecided.append(f"{model._meta.db_table}.{field.name}")
    assert sorted(set(undecided) - vouched - facts) == []
    assert sorted(facts - set(undecided)) == []
    assert sorted(facts & vouched) == []


def test_checks_know_the_tables_that_they_name() -> None:
    tables = {model._meta.db_table: model for model in apps.get_models()}
    for check in CHECKS:
        assert check.counted[0] in check.tables
        for table in check.tables:
            assert table in tables
            assert table in check.source
        for column in check.vouches:
            table, _, name = column.partition(".")
            assert table in check.tables
            assert tables[table]._meta.get_field(name)
    assert len({check.name for check in CHECKS}) == len(CHECKS)
