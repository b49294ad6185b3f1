"""A promotion tried out on past orders: the same engine, limits in their order, and nothing is written."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core import clock
from orders.models import Order, OrderAdjustment
from orders.services import order_cancel
from products.models import Variant
from promotions.models import LimitUse, Promotion
from tests.factories.carts import shipping_method_make
from tests.factories.catalogue import category_make, product_make, variant_of
from tests.factories.orders import order_make
from tests.factories.promotions import promotion_make
from tests.factories.users import staff_make, user_make
from users.models import CustomerGroup, GroupMembership, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client_of: Callable[[User | str], APIClient]) -> APIClient:
    return client_of(staff_make(rights=["promotions:read", "orders:read"]))


def simulate(staff: APIClient, promotion: Promotion, **period: Any) -> Any:
    now = clock.now()
    body = {"begins_at": (now - timedelta(days=30)).isoformat(), "ends_at": now.isoformat()} | period
    return staff.post(f"/api/v1/promotions/{promotion.id}/simulate", body)


@pytest.fixture
def shoe() -> Variant:
    return variant_of(product_make(price=6000, stock=100, categories=[category_make("Shoes")]))


def sold(variant: Variant, days_ago: int = 1, **fields: Any) -> Order:
    method = shipping_method_make(f"m{Order.objects.count()}")
    with clock.moved(-timedelta(days=days_ago)):
        return order_make({variant: 1}, shipping_method=method, **fields)


def figures(answer: Any) -> tuple[int, int, int, int, int]:
    (one,) = answer.json()["results"]
    amounts = (one[name]["amount"] for name in ("discount", "revenue_before", "revenue_after"))
    return (one["order_count"], one["promoted_count"], *amounts)


def test_past_orders_are_reckoned_once_more_and_stay_as_they_are(staff: APIClient, shoe: Variant) -> None:
    cheap = variant_of(product_make(price=1000, stock=100))
    for variant, days in ((shoe, 1), (shoe, 2), (cheap, 3), (shoe, 40)):
        sold(variant, days)
    order_cancel(order_id=sold(shoe).id, actor="system")
    promotion = promotion_make(
        code="SHOES10", goods=[shoe.product.categories.get()], min_amount=5000, starts_at=clock.now()
    )
    before = (OrderAdjustment.objects.count(), list(Order.objects.order_by("id").values()))
    assert figures(simulate(staff, promotion)) == (3, 2, 1200, 13000 + 3 * 495, 13000 + 3 * 495 - 1200)
    assert (OrderAdjustment.objects.count(), list(Order.objects.order_by("id").values())) == before
    assert not LimitUse.objects.exists()


def test_limits_are_used_up_in_the_order_of_the_sales(staff: APIClient, shoe: Variant) -> None:
    for days, email in ((4, "ada@example.com"), (3, "ADA@example.com"), (2, "eve@example.com"), (1, "bob@example.com")):
        sold(shoe, days, email=email)

    def given(**limits: Any) -> tuple[int, int]:
        _, count, discount, *_ = figures(simulate(staff, promotion_make("amount", amount=500, **limits)))
        return count, discount

    assert given() == (4, 2000)
    assert given(use_limit=3) == (3, 1500)
    assert given(customer_use_limit=1) == (3, 1500)
    assert given(is_first_order_only=True) == (3, 1500)
    sold(shoe, 6, email="bob@b\u00fccher.example")
    sold(shoe, 5, email="bob@xn--bcher-kva.example")
    assert given(is_first_order_only=True) == (4, 2000)
    assert given(budget_amount=1200) == (2, 1000)
    assert given(budget_amount=1200, is_active=False) == (2, 1000)


def test_every_benefit_and_person_is_known(staff: APIClient, shoe: Variant) -> None:
    ada = user_make()
    club = CustomerGroup.objects.create(code="club", name="Club")
    GroupMembership.objects.create(group=club, user=ada)
    sold(shoe, customer=ada, email="ada@example.com")
    sold(shoe)
    assert figures(simulate(staff, promotion_make("free_shipping")))[1:3] == (2, 990)
    assert figures(simulate(staff, promotion_make("gift", gift_variant=shoe, get_quantity=1)))[1:3] == (2, 0)
    assert figures(simulate(staff, promotion_make(customer_groups=[club])))[1:3] == (1, 600)
    assert figures(simulate(staff, promotion_make(countries=["ES"])))[1:3] == (0, 0)
    assert figures(simulate(staff, promotion_make("amount", amount=10**6)))[1:3] == (2, 12000)
    dollars = promotion_make("amount", amount=500)
    Promotion.objects.filter(id=dollars.id).update(currency="USD")
    assert figures(simulate(staff, dollars))[1:3] == (0, 0)


def test_it_is_bounded_and_for_staff_who_may_see_orders(
    staff: APIClient, client_of: Callable[[User | str], APIClient], shoe: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    promotion = promotion_make(goods=[category_make()], is_first_order_only=True)
    for days in range(3):
        sold(shoe, days + 1)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert simulate(staff, promotion).status_code == 200
        return len(queries)

    many = cost()
    Order.objects.filter(placed_at__lt=clock.now() - timedelta(days=2)).update(
        placed_at=clock.now() - timedelta(days=99)
    )
    assert cost() == many
    monkeypatch.setattr("orders.simulating.MAX_ORDERS", 0)
    assert simulate(staff, promotion).json() == {"is_truncated": True, "results": []}
    for rights in (["promotions:read"], ["orders:read"]):
        assert simulate(client_of(staff_make(rights=rights)), promotion).status_code == 403
    for period in ({"ends_at": "2020-01-01T00:00:00Z"}, {"begins_at": "2020-01-01T00:00:00Z"}, {"ends_at": "soon"}):
        assert simulate(staff, promotion, **period).status_code == 400
    promotion.delete()
    assert simulate(staff, Promotion(id=shoe.id)).json()["code"] == "promotion_not_found"
