"""Why an order's total is what it is: told from what the order keeps."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from orders.models import Order
from tests.factories.carts import US_ADDRESS, ready_cart_make, shipping_method_make
from tests.factories.catalogue import price_list_make, product_make, tax_rate_make, us_market_make, variant_of
from tests.factories.promotions import promotion_make
from tests.orders.steps import place

pytestmark = pytest.mark.django_db


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def test_the_explanation_is_told_in_steps_that_sum_to_the_total(api: APIClient) -> None:
    market = us_market_make()
    tax_rate_make(country="US", region="NY", name="Sales tax", rate_ppm=88_750)
    mug = variant_of(product_make("Mug", price=1000, market=market))
    method = shipping_method_make(market=market, amount=500)
    cart = ready_cart_make({mug: 3}, market=market, shipping_address=US_ADDRESS, shipping_method=method)
    placed = place(api, cart).json()
    Order.objects.update(
        not_applied=[
            {
                "source": "promotion:1",
                "label": "Sale",
                "code": "X",
                "reason": "ended",
                "missing": None,
                "detail": "Over.",
            }
        ]
    )
    url, headers = f"/api/v1/orders/{placed['number']}", {"X-Order-Token": placed["token"]}
    read = api.get(f"{url}?expand=explanation", headers=headers).json()
    assert read.pop("explained") == {
        "steps": [
            {"text": "Mug: 3 at $10.00", "amount": usd(3000), "so_far": usd(3000)},
            {"text": "Standard", "amount": usd(500), "so_far": usd(3500)},
            {"text": "Sales tax 8.875 %", "amount": usd(266 + 44), "so_far": usd(3810)},
        ],
        "not_applied": Order.objects.get().not_applied,
    }
    assert read == api.get(url, headers=headers).json()


def test_only_the_explanation_can_be_expanded(api: APIClient) -> None:
    placed = place(api, ready_cart_make({variant_of(product_make()): 1})).json()
    answer = api.get(f"/api/v1/orders/{placed['id']}?expand=everything", headers={"X-Order-Token": placed["token"]})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "expand")


def test_the_price_list_of_a_line_is_told_and_kept(api: APIClient) -> None:
    mug = variant_of(product_make("Mug", price=1000))
    bulk = price_list_make("bulk", {mug: {3: 800}})
    placed = place(api, ready_cart_make({mug: 3})).json()
    bulk.delete()
    url, headers = f"/api/v1/orders/{placed['id']}?expand=explanation", {"X-Order-Token": placed["token"]}
    read = api.get(url, headers=headers).json()
    assert [line["price_list"] for line in read["lines"]] == ["bulk"]
    assert read["explained"]["steps"][0]["text"] == "Mug: 3 at €8.00 by price list bulk"


def test_what_takes_shipping_off_is_told_after_the_shipping(api: APIClient) -> None:
    mug = variant_of(product_make("Mug", price=1000))
    promotion_make("free_shipping", label="Free shipping")
    promotion_make(label="Ten")
    cart = ready_cart_make({mug: 1}, shipping_method=shipping_method_make(amount=500), seen=1000)
    placed = place(api, cart).json()
    url, headers = f"/api/v1/orders/{placed['id']}?expand=explanation", {"X-Order-Token": placed["token"]}
    steps = api.get(url, headers=headers).json()["explained"]["steps"]
    assert [(step["text"], step["amount"]["amount"], step["so_far"]["amount"]) for step in steps if step["so_far"]] == [
        ("Mug: 1 at €10.00", 1000, 1000),
        ("Ten on Mug", -100, 900),
        ("Standard", 500, 1400),
        ("Free shipping on shipping", -500, 900),
    ]
