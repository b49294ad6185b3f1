"""A promotion is deleted with its codes, also those in carts, in as many statements as it takes for few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cart.models import CartCode
from promotions.models import Code, Promotion
from promotions.services import codes_generate, promotion_delete
from tests.factories.carts import cart_make
from tests.factories.catalogue import product_make, variant_of
from tests.factories.promotions import code_make, promotion_make

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
