"""Limits per customer through the API, and of any other scope through the service: used once, given back once."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from cart.models import Cart
from orders.models import Order
from orders.services import order_cancel, order_place
from products.models import Variant
from promotions.exceptions import LimitReached
from promotions.models import LimitClaim, LimitUse
from promotions.services import LimitRequest, limits_claim, limits_give_back
from tests.factories.carts import ready_cart_make, shipping_method_make
from tests.factories.catalogue import product_make, variant_of
from tests.factories.orders import order_make, total_of
from tests.factories.users import staff_make, user_make
from users.callers import GUEST, Caller
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


@pytest.fixture
def mug() -> Variant:
    shipping_method_make()
    return variant_of(product_make("Mug", variants=[{"max_customer_quantity": 3}], stock=100))


def cart_of(variant: Variant, quantity: int, **fields: Any) -> Cart:
    method = shipping_method_make(f"m{uuid.uuid4().hex[:8]}")
    return ready_cart_make({variant: quantity}, shipping_method=method, **fields)


def place(cart: Cart, customer: User | None = None) -> Order:
    caller = GUEST if customer is None else Caller(user_id=customer.id)
    return order_place(cart_id=cart.id, expected_total=total_of(cart), caller=caller).order


def uses() -> dict[str, int]:
    return dict(LimitUse.objects.values_list("holder", "used"))


def test_an_order_beyond_the_limit_is_refused_with_what_is_left_and_nothing_happens(
    api: APIClient, mug: Variant
) -> None:
    place(cart_of(mug, 2))
    other = variant_of(product_make("Poster"))
    cart = ready_cart_make({other: 1, mug: 2}, shipping_method=Cart.objects.get().shipping_method)
    before = (Order.objects.count(), LimitClaim.objects.count(), uses())
    answer = api.post(
        "/api/v1/orders",
        {"cart": str(cart.id), "expected_total": {"amount": total_of(cart).amount, "currency": "EUR"}},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert answer.status_code == 409
    body = answer.json()
    assert (body["code"], body["errors"][0]["pointer"]) == ("limit_reached", "/lines/1")
    assert body["detail"] == "Of Mug 1 can still be ordered; the limit is 3."
    assert body["limits"] == [{"pointer": "/lines/1", "allowed": 3, "left": 1}]
    assert (Order.objects.count(), LimitClaim.objects.count(), uses()) == before == (1, 1, {"email:ada@example.com": 2})
    cart.refresh_from_db()
    assert cart.status == "open"
    assert other.stock_levels.get().reserved == 0


def test_neither_logging_out_nor_another_address_begins_anew(mug: Variant) -> None:
    ada = user_make(email="ada@example.com")
    place(cart_of(mug, 3, customer=ada, email="other@example.com"), ada)
    assert uses() == {f"customer:{ada.id}": 3, "email:ada@example.com": 3, "email:other@example.com": 3}
    for cart, customer in (
        (cart_of(mug, 1, email="ADA@example.com"), None),
        (cart_of(mug, 1, email="Other@example.com"), None),
        (cart_of(mug, 1, customer=ada, email="third@example.com"), ada),
    ):
        with pytest.raises(LimitReached):
            place(cart, customer)
    assert place(cart_of(mug, 3, email="eve@example.com")).status == "pending"


def test_a_domain_written_in_its_other_alphabet_is_the_same_address(mug: Variant) -> None:
    place(cart_of(mug, 3, email="Eva@Bücher.example"))
    assert uses() == {"email:eva@xn--bcher-kva.example": 3}
    for email in ("eva@bücher.example", "EVA@BÜCHER.example", "eva@xn--bcher-kva.example"):
        with pytest.raises(LimitReached):
            place(cart_of(mug, 1, email=email))


def test_a_cancelled_order_gives_back_and_its_claims_stay(mug: Variant) -> None:
    order = place(cart_of(mug, 3))
    order_cancel(order_id=order.id, actor="system")
    assert uses() == {"email:ada@example.com": 0}
    assert LimitClaim.objects.get().order_id == order.id
    place(cart_of(mug, 3))
    assert uses() == {"email:ada@example.com": 3}


def test_a_limit_that_is_changed_counts_what_was_used(mug: Variant) -> None:
    place(cart_of(mug, 3))
    Variant.objects.update(max_customer_quantity=4)
    place(cart_of(mug, 1))
    Variant.objects.update(max_customer_quantity=2)
    with pytest.raises(LimitReached) as refusal:
        place(cart_of(mug, 1))
    assert refusal.value.extra["limits"] == [{"pointer": "/lines/0", "allowed": 2, "left": 0}]
    assert list(LimitUse.objects.values_list("used", "allowed")) == [(4, 4)]


def test_a_cart_takes_no_more_than_a_customer_may_have_and_says_so(api: APIClient, mug: Variant) -> None:
    cart = cart_of(mug, 4)
    (problem,) = api.get(f"/api/v1/carts/{cart.id}").json()["problems"]
    assert (problem["code"], problem["maximum_quantity"], problem["is_blocking"]) == ("quantity_too_large", 3, True)
    refusal = api.post("/api/v1/carts", {"lines": [{"variant_id": str(mug.id), "quantity": 4}]}).json()
    assert (refusal["code"], refusal["maximum_quantity"]) == ("quantity_too_large", 3)


def test_staff_set_the_limit_and_shoppers_do_not_read_it(client_of: ClientOf, mug: Variant) -> None:
    client = client_of(staff_make(rights=["catalogue:write", "catalogue:read"]))
    url = f"/api/v1/variants/{mug.id}"
    tag = client.get(url, {"view": "staff"}).headers["ETag"]
    answer = client.patch(url, {"max_customer_quantity": 0}, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/max_customer_quantity")
    answer = client.patch(url, {"max_customer_quantity": 7}, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["max_customer_quantity"]) == (200, 7)
    assert "max_customer_quantity" not in APIClient().get(url).json()


@pytest.mark.parametrize("count", [1, 30])
def test_limited_lines_cost_one_statement_and_the_stock_is_still_locked_last(api: APIClient, count: int) -> None:
    product = product_make(variants=count)
    Variant.objects.update(max_customer_quantity=5)
    cart = ready_cart_make(dict.fromkeys(product.variants.all(), 1))
    total = total_of(cart).amount
    with CaptureQueriesContext(connection) as queries:
        answer = api.post(
            "/api/v1/orders",
            {"cart": str(cart.id), "expected_total": {"amount": total, "currency": "EUR"}},
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
    assert answer.status_code == 201
    assert len(queries) == 17
    assert "orders_limituse" in queries[-3]["sql"]
    assert "UPDATE inventory_stocklevel" in queries[-2]["sql"]
    assert LimitClaim.objects.count() == count


def code(holder: str, quantity: int, allowed: int) -> LimitRequest:
    return LimitRequest("code", uuid.UUID(int=1), holder, quantity, allowed, "/codes/0", "SUMMER")


def test_any_scope_counts_for_all_together_and_for_each(mug: Variant) -> None:
    first, second = place(cart_of(mug, 1)), place(cart_of(mug, 1))
    with transaction.atomic():
        limits_claim([code("", 1, 3), code("customer:a", 1, 1)], order_id=first.id)
    for requests, left in (
        ([code("", 1, 3), code("customer:a", 1, 1)], 0),
        ([code("", 3, 3), code("customer:b", 1, 1)], 2),
        ([code("customer:c", 2, 1)], 1),
    ):
        with pytest.raises(LimitReached) as refusal, transaction.atomic():
            limits_claim(requests, order_id=second.id)
        assert refusal.value.extra["limits"] == [
            {"pointer": "/codes/0", "allowed": refusal.value.extra["limits"][0]["allowed"], "left": left}
        ]
    used = LimitUse.objects.filter(scope="code")
    assert dict(used.values_list("holder", "used")) == {"": 1, "customer:a": 1}
    with transaction.atomic():
        limits_give_back(order_id=first.id)
    assert dict(used.values_list("holder", "used")) == {"": 0, "customer:a": 0}


def test_a_limit_is_asked_for_once_and_for_something() -> None:
    order = order_make()
    for requests in ([code("", 1, 3), code("", 1, 3)], [code("", 0, 3)]):
        with pytest.raises(ValueError, match="once"), transaction.atomic():
            limits_claim(requests, order_id=order.id)
    assert not LimitUse.objects.exists()
