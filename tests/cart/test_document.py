"""Answers and examples are what the OpenAPI document says of them."""

from collections.abc import Callable
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from cart import examples
from products.models import Product
from tests.factories.carts import cart_make, ready_cart_make
from tests.factories.catalogue import product_make, tax_rate_make, variant_of
from tests.factories.users import user_make
from users.models import User

Check = Callable[[str, Any], None]


@pytest.fixture(scope="module")
def check() -> Check:
    """Return a function that holds a value to a named schema; what isn't in the schema isn't in the value either."""
    generator: Any = SchemaGenerator
    components = generator().get_schema(request=None, public=True)["components"]
    for schema in components["schemas"].values():
        if schema.get("properties"):
            schema.setdefault("additionalProperties", False)

    def hold(name: str, value: Any) -> None:
        Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components}).validate(value)

    return hold


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CartOutput", examples.CART),
        ("ClaimedCartOutput", examples.CART | {"merge": [examples.MERGED_LINE]}),
        ("CartSummaryOutput", examples.SUMMARY),
        ("ShippingOptionsOutput", examples.SHIPPING_OPTIONS),
        ("CartCreateInputRequest", examples.CREATE_INPUT),
        ("PatchedCartUpdateInputRequest", examples.UPDATE_INPUT),
    ],
)
def test_examples(check: Check, name: str, value: Any) -> None:
    check(name, value)


@pytest.mark.django_db
def test_answers(check: Check, api: APIClient, client_of: Callable[[User | str], APIClient]) -> None:
    tax_rate_make()
    owner = user_make()
    variant, lost = variant_of(product_make(stock=5)), product_make("Lost")
    cart = ready_cart_make(
        {variant: 9, variant_of(lost): 1}, seen=1, shipping_address={**examples.ADDRESS, "country": "PT"}
    )
    Product.objects.filter(id=lost.id).update(status="draft")
    url = f"/api/v1/carts/{cart.id}"
    full, empty = api.get(url).json(), api.post("/api/v1/carts", {}).json()
    assert {problem["code"] for problem in full["problems"]} == {
        "shipping_country_not_served",
        "shipping_method_unavailable",
        "stock_insufficient",
        "price_changed",
        "variant_unavailable",
    }
    check("CartOutput", full)
    check("CartOutput", empty)
    check("ShippingOptionsOutput", api.get(f"{url}/shipping-options").json())
    cart_make({variant: 1}, customer=owner)
    client = client_of(owner)
    check("ClaimedCartOutput", client.post(f"{url}/claim").json())
    (summary,) = client.get("/api/v1/carts").json()["results"]
    check("CartSummaryOutput", summary)


@pytest.mark.django_db
def test_ordered_cart_leads_to_its_order(check: Check, api: APIClient) -> None:
    cart = ready_cart_make({variant_of(product_make()): 1})
    body = {"cart": str(cart.id), "expected_total": {"amount": 2494, "currency": "EUR"}}
    order = api.post("/api/v1/orders", body, HTTP_IDEMPOTENCY_KEY="an-order-of-this-cart").json()
    url = f"/api/v1/carts/{cart.id}"
    read = api.get(url).json()
    assert (read["status"], read["order_id"], read["version"]) == ("ordered", order["id"], 2)
    check("CartOutput", read)
    refused = api.patch(url, {"note": "x"})
    assert (refused.status_code, refused.json()["code"], refused.json()["order_id"]) == (
        409,
        "cart_closed",
        order["id"],
    )
