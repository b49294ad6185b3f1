"""Price lists in a cart: the tier of the quantity, the buyer's own groups, and what an order is charged."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from orders.models import OrderLine
from tests.factories.carts import cart_make
from tests.factories.catalogue import market_make, price_list_make, product_make, us_market_make, variant_of
from tests.factories.money import eur
from tests.factories.orders import order_make
from tests.factories.users import group_make, staff_make, user_make
from users.models import User

pytestmark = pytest.mark.django_db


def test_a_line_gets_the_price_of_its_quantity(api: APIClient) -> None:
    variant = variant_of(product_make(price=1000, stock=50))
    price_list_make("bulk", {variant: {10: 800}})
    cart = api.post("/api/v1/carts", {"lines": [{"sku": variant.sku, "quantity": 9}]}).json()
    (line,) = cart["lines"]
    assert (line["unit_price"], line["regular_unit_price"], line["price_list"]) == (eur(1000), eur(1000), None)

    path = f"/api/v1/carts/{cart['id']}/lines/{line['id']}"
    cart = api.patch(path, {"quantity": 10}).json()
    (line,) = cart["lines"]
    assert (line["unit_price"], line["regular_unit_price"], line["price_list"]) == (eur(800), eur(1000), "bulk")
    assert (line["subtotal"], cart["totals"]["subtotal"]) == (eur(8000), eur(8000))
    assert "price_changed" not in {problem["code"] for problem in cart["problems"]}


def test_a_group_has_its_price_once_the_cart_is_the_customers(
    api: APIClient, client_of: Callable[[User | str], APIClient]
) -> None:
    variant = variant_of(product_make(price=1999, stock=50))
    member = user_make()
    price_list_make("club", {variant: {1: 1500}}, groups=[group_make("club", members=[member])])
    guest = cart_make({variant: 1})
    assert api.get(f"/api/v1/carts/{guest.pk}").json()["lines"][0]["unit_price"] == eur(1999)
    claimed = client_of(member).post(f"/api/v1/carts/{guest.pk}/claim").json()
    assert (claimed["lines"][0]["unit_price"], claimed["lines"][0]["price_list"]) == (eur(1500), "club")
    assert [problem["unit_price"] for problem in claimed["problems"] if problem["code"] == "price_changed"] == [
        eur(1500)
    ]


def test_an_order_is_charged_what_the_quote_said() -> None:
    variant = variant_of(product_make(price=1999, stock=50))
    price_list_make("bulk", {variant: {2: 1501}})
    order = order_make({variant: 3})
    line = OrderLine.objects.get(order=order)
    assert (line.unit_amount, line.subtotal_amount) == (1501, 4503)


def test_a_market_with_a_price_list_keeps_its_currency_and_stays(client_of: Callable[[User | str], APIClient]) -> None:
    market = us_market_make()
    price_list_make("bulk", {}, market=market)
    staff = client_of(staff_make(rights=["settings:read", "settings:write"]))
    path = f"/api/v1/markets/{market.pk}"
    refused = staff.patch(path, {"currency": "EUR"}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (409, "market_has_prices")
    refused = staff.delete(path, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (409, "market_in_use")
    market.refresh_from_db()
    assert (market.currency, market_make().code) == ("USD", "eu")
