"""The schema is the last line of defence: each named rule of promotions and limits, broken by hand."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from promotions.models import PromotionGoods
from tests.factories.catalogue import product_make, variant_of
from tests.factories.orders import order_make
from tests.factories.promotions import promotion_make
from tests.promotions.test_credit_constraints import BROKEN as OF_CREDIT
from tests.schema import constraints_of

pytestmark = pytest.mark.django_db

PROMOTION = "UPDATE promotions_promotion SET {}"
GOODS = "UPDATE promotions_promotiongoods SET {}"
BROKEN = {
    "promotions_promotion_kind": PROMOTION.format("benefit = 'bribe', rate_ppm = NULL"),
    "promotions_promotion_benefit": PROMOTION.format("rate_ppm = NULL"),
    "promotions_promotion_rate": PROMOTION.format("rate_ppm = 1000001"),
    "promotions_promotion_period": PROMOTION.format("starts_at = now(), ends_at = now()"),
    "promotions_promotion_weekdays": PROMOTION.format("weekdays = '{0}'"),
    "promotions_promotion_currency": PROMOTION.format("min_amount = 1"),
    "promotions_promotion_bounds": PROMOTION.format("use_limit = 0"),
    "promotions_promotiongoods_role": GOODS.format("role = 'bait'"),
    "promotions_promotiongoods_quantity": GOODS.format("quantity = 2"),
    "promotions_promotiongoods_one": GOODS.format("variant_id = %(variant)s"),
    "promotions_code_code": (
        "INSERT INTO promotions_code (id, promotion_id, code, created_at)"
        " SELECT %(new)s, promotion_id, code, created_at FROM promotions_code"
    ),
    "promotions_code_written": "UPDATE promotions_code SET code = lower(code)",
    "promotions_code_limit": "UPDATE promotions_code SET use_limit = 0",
    "orders_limituse_once": (
        "INSERT INTO orders_limituse (scope, subject_id, holder, used, allowed)"
        " SELECT scope, subject_id, holder, used, allowed FROM orders_limituse"
    ),
    "orders_limituse_used": "UPDATE orders_limituse SET used = allowed + 1",
    "orders_limitclaim_once": (
        "INSERT INTO orders_limitclaim (order_id, use_id, quantity) SELECT order_id, use_id, 1 FROM orders_limitclaim"
    ),
    "orders_limitclaim_quantity": (
        "INSERT INTO orders_limitclaim (order_id, use_id, quantity) SELECT %(other)s, use_id, 0 FROM orders_limitclaim"
    ),
}
ALSO_BROKEN = {
    "two benefits": ("promotions_promotion_benefit", PROMOTION.format("amount = 5, currency = 'EUR'")),
    "times without a kind that has them": ("promotions_promotion_benefit", PROMOTION.format("max_times = 1")),
    "per unit without an amount": ("promotions_promotion_benefit", PROMOTION.format("is_per_unit = TRUE")),
    "methods without free shipping": ("promotions_promotion_benefit", PROMOTION.format("method_codes = '{a}'")),
    "a gift beside a percentage": ("promotions_promotion_benefit", PROMOTION.format("gift_variant_id = %(variant)s")),
    "a rate of nothing": ("promotions_promotion_rate", PROMOTION.format("rate_ppm = 0")),
    "an eighth day": ("promotions_promotion_weekdays", PROMOTION.format("weekdays = '{1,8}'")),
    "a currency in small letters": ("promotions_promotion_currency", PROMOTION.format("currency = 'eur'")),
    "an amount below zero": ("promotions_promotion_bounds", PROMOTION.format("min_amount = -1, currency = 'EUR'")),
    "no budget": ("promotions_promotion_bounds", PROMOTION.format("budget_amount = 0, currency = 'EUR'")),
    "nothing at the most": ("promotions_promotion_bounds", PROMOTION.format("max_amount = 0, currency = 'EUR'")),
    "no use of a customer": ("promotions_promotion_bounds", PROMOTION.format("customer_use_limit = 0")),
    "a code with a space": ("promotions_code_written", "UPDATE promotions_code SET code = 'A B'"),
    "an empty code": ("promotions_code_written", "UPDATE promotions_code SET code = ''"),
    "negative use of a limit": ("orders_limituse_used", "UPDATE orders_limituse SET used = -1"),
}


@pytest.fixture
def rows() -> dict[str, Any]:
    limited = variant_of(product_make(variants=[{"max_customer_quantity": 5}]))
    order_make({limited: 2})
    promotion = promotion_make(code="SUMMER", goods=[limited.product])
    assert PromotionGoods.objects.get().promotion_id == promotion.id
    return {"variant": limited.id, "new": uuid.uuid4(), "other": uuid.uuid4()}


def broken_rule(statement: str, rows: dict[str, Any]) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, rows)
    return error.value.__cause__.diag.constraint_name  # type: ignore[union-attr]


def test_every_named_rule_is_tried() -> None:
    assert set(BROKEN) == constraints_of("promotions") - set(OF_CREDIT)


@pytest.mark.parametrize("name", BROKEN)
def test_the_rule_holds(name: str, rows: dict[str, Any]) -> None:
    assert broken_rule(BROKEN[name], rows) == name


@pytest.mark.parametrize("name", ALSO_BROKEN)
def test_the_rule_holds_on_all_sides(name: str, rows: dict[str, Any]) -> None:
    rule, statement = ALSO_BROKEN[name]
    assert broken_rule(statement, rows) == rule
