"""What to give back for goods that came back: parts of an order, which together are all that was paid."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.money import Money
from orders.models import Order
from orders.services import ReturnLine, order_fulfil, order_goods_return, order_payment_capture, order_payment_refund
from tests.factories.carts import US_ADDRESS, shipping_method_make
from tests.factories.catalogue import location_make, product_make, tax_rate_make, us_market_make, variant_of
from tests.factories.orders import order_make
from tests.factories.users import staff_make
from tests.orders.steps import STAFF
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["orders:read"]))


@pytest.fixture
def sent() -> Order:
    """Return a paid and sent order of two lines, with taxes on top that don't divide by their quantities."""
    market = us_market_make()
    tax_rate_make(country="US", region="NY", name="Sales tax", rate_ppm=88_750)
    mug, plate = (product_make(title, market=market, price=price) for title, price in (("Mug", 1099), ("Plate", 333)))
    order = order_make(
        {variant_of(mug): 3, variant_of(plate): 7},
        market=market,
        shipping_address=US_ADDRESS,
        shipping_method=shipping_method_make(market=market, amount=500),
        payment_method="bank_transfer",
    )
    order_payment_capture(payment_id=order.payments.get().id, actor=STAFF)
    order_fulfil(order_id=order.id, lines=None, actor=STAFF)
    order.refresh_from_db()
    return order


def take_back(order: Order, **quantities: int) -> None:
    lines = [ReturnLine(order.lines.get(title=title).id, quantity) for title, quantity in quantities.items()]
    order_goods_return(order_id=order.id, lines=lines, location_id=location_make().id, actor=STAFF)


def proposed(staff: APIClient, order: Order) -> Any:
    answer = staff.get(f"/api/v1/orders/{order.number}/refund-proposal")
    assert answer.status_code == 200
    return answer.json()


def test_what_came_back_is_proposed_with_its_part_of_the_tax(staff: APIClient, sent: Order) -> None:
    take_back(sent, Mug=2)
    mug = sent.lines.get(title="Mug")
    assert (mug.total_amount, mug.tax_amount) == (3297 + 293, 293)
    usd = {"currency": "USD"}
    assert proposed(staff, sent) == {
        "lines": [
            {
                "line_id": str(mug.id),
                "title": "Mug",
                "quantity": 2,
                "amount": {"amount": 2393, **usd},
                "tax": {"amount": 195, **usd},
            }
        ],
        "goods": {"amount": 2393, **usd},
        "shipping": {"amount": 0, **usd},
        "refunded": {"amount": 0, **usd},
        "amount": {"amount": 2393, **usd},
        "refundable": {"amount": 6672, **usd},
    }


def test_everything_given_back_in_any_number_of_parts_is_what_was_paid(staff: APIClient, sent: Order) -> None:
    given = []
    for quantities in ({"Mug": 1}, {"Plate": 3}, {"Mug": 1, "Plate": 3}, {"Mug": 1}, {"Plate": 1}):
        take_back(sent, **quantities)
        amount = proposed(staff, sent)["amount"]
        order_payment_refund(payment_id=sent.payments.get().id, amount=Money(**amount), reason="Back", actor=STAFF)
        given.append(amount["amount"])
    sent.refresh_from_db()
    assert sum(given) == sent.paid_amount == sent.total_amount == sent.refunded_amount
    assert min(given) > 0
    assert proposed(staff, sent)["amount"]["amount"] == 0


def test_no_more_than_came_in_is_proposed(staff: APIClient) -> None:
    order = order_make({variant_of(product_make()): 1}, payment_method="cash_on_delivery")
    order_fulfil(order_id=order.id, lines=None, actor=STAFF)
    take_back(order, **{order.lines.get().title: 1})
    body = proposed(staff, order)
    assert (body["goods"]["amount"], body["amount"]["amount"]) == (order.lines.get().total_amount, 0)


def test_what_came_twice_and_went_back_was_for_no_goods(staff: APIClient, sent: Order) -> None:
    payment = sent.payments.get()
    too_much = Money(1000, "USD")
    order_payment_capture(payment_id=payment.id, amount=too_much, is_unexpected=True, actor=STAFF)
    order_payment_refund(payment_id=payment.id, amount=too_much, reason="Came twice", actor=STAFF)
    take_back(sent, Mug=1)
    assert proposed(staff, sent)["amount"] == proposed(staff, sent)["goods"] == {"amount": 1197, "currency": "USD"}
    take_back(sent, Mug=2, Plate=7)
    assert proposed(staff, sent)["amount"] == {"amount": sent.total_amount, "currency": "USD"}


def test_a_buyer_does_not_see_it(api: APIClient, client_of: ClientOf, sent: Order) -> None:
    assert api.get(f"/api/v1/orders/{sent.number}/refund-proposal").status_code == 401
    other = client_of(staff_make(email="other@example.com", rights=["orders:write"]))
    assert other.get(f"/api/v1/orders/{sent.number}/refund-proposal").status_code == 403
