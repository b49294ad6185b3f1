"""What goes with a promotion that is deleted, and what a promotion keeps from being deleted."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from cart.models import CartCode
from promotions.models import Code, Promotion
from promotions.services import codes_generate, promotion_delete
from tests.factories.carts import cart_make
from tests.factories.catalogue import market_make, product_make, variant_of
from tests.factories.promotions import code_make, promotion_make
from tests.factories.users import group_make, staff_make
from users.models import User

pytestmark = pytest.mark.django_db


def statements(promotion: Promotion) -> int:
    with CaptureQueriesContext(connection) as queries:
        promotion_delete(promotion_id=promotion.pk)
    return len(queries)


def test_codes_go_with_it_in_a_fixed_number_of_statements() -> None:
    kept = code_make(promotion_make())
    few, many = promotion_make(), promotion_make()
    cart = cart_make({variant_of(product_make()): 1})
    CartCode.objects.create(cart=cart, code=code_make(few))
    CartCode.objects.create(cart=cart, code=kept)
    codes_generate(promotion_id=many.pk, count=3_000, prefix="", use_limit=None)
    assert statements(few) == statements(many)
    assert [code.pk for code in Code.objects.all()] == [kept.pk]
    assert [entered.code_id for entered in CartCode.objects.all()] == [kept.pk]
    assert not Promotion.objects.filter(pk__in=[few.pk, many.pk]).exists()


def test_whom_a_promotion_is_for_stays_or_it_would_be_for_everybody(client_of: Callable[[User], APIClient]) -> None:
    market, group = market_make("new", name="New"), group_make("club")
    promotion = promotion_make(markets=[market], customer_groups=[group])
    staff = client_of(staff_make(rights=["settings:read", "settings:write", "customers:read", "customers:write"]))
    for path, code in (
        (f"markets/{market.pk}", "market_in_use"),
        (f"customer-groups/{group.pk}", "customer_group_in_use"),
    ):
        refused = staff.delete(f"/api/v1/{path}", headers={"If-Match": "*"})
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    assert (list(promotion.markets.all()), list(promotion.customer_groups.all())) == ([market], [group])
    promotion_delete(promotion_id=promotion.pk)
    for path in (f"markets/{market.pk}", f"customer-groups/{group.pk}"):
        assert staff.delete(f"/api/v1/{path}", headers={"If-Match": "*"}).status_code == 204
