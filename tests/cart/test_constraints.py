"""The schema is the last line of defence: each named rule of carts, broken by hand."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from cart.models import CartCode, CartLine
from tests.factories.carts import cart_make
from tests.factories.catalogue import product_make
from tests.factories.outside import outside_answer_make
from tests.factories.promotions import code_make, promotion_make
from tests.factories.users import user_make
from tests.schema import constraints_of

pytestmark = pytest.mark.django_db

BROKEN = {
    "cart_cart_one_open": "UPDATE cart_cart SET customer_id = %(customer)s",
    "cart_cart_status": "UPDATE cart_cart SET status = 'paid'",
    "cart_cartline_variant": "UPDATE cart_cartline SET variant_id = %(variant)s",
    "cart_cartline_quantity": "UPDATE cart_cartline SET quantity = 0",
    "cart_cartcode_once": (
        "INSERT INTO cart_cartcode (id, cart_id, code_id, created_at)"
        " SELECT gen_random_uuid(), cart_id, code_id, created_at FROM cart_cartcode"
    ),
    "cart_outsideanswer_last": "UPDATE cart_outsideanswer SET service = 'post'",
    "cart_outsideanswer_kind": "UPDATE cart_outsideanswer SET kind = 'weather'",
    "cart_outsideanswer_either": "UPDATE cart_outsideanswer SET failure = 'timeout'",
}


@pytest.fixture
def rows() -> dict[str, uuid.UUID]:
    first, second = product_make(variants=2).variants.all()
    CartCode.objects.create(cart=cart_make({first: 1, second: 1}), code=code_make(promotion_make()))
    other = cart_make()
    for service in ("post", "courier"):
        outside_answer_make(other, service)
    return {"customer": user_make().id, "variant": first.id}


def test_every_named_rule_is_tried() -> None:
    assert set(BROKEN) == constraints_of("cart")


@pytest.mark.parametrize("name", BROKEN)
def test_the_rule_holds(name: str, rows: dict[str, uuid.UUID]) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BROKEN[name], rows)
    assert error.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


def test_closed_carts_of_a_customer_and_lines_of_deleted_variants_may_be_many(rows: dict[str, uuid.UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cart_cart SET status = 'ordered', customer_id = %(customer)s", rows)
        cursor.execute("UPDATE cart_cartline SET variant_id = NULL")
    assert CartLine.objects.filter(variant=None).count() == 2
