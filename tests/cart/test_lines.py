"""Lines over HTTP: adding, changing, replacing, removing, and what is refused."""

import uuid
from typing import Any

import pytest
from rest_framework.test import APIClient

from cart.models import Cart, CartLine
from core.money import MAX_AMOUNT
from inventory.models import StockLevel
from products.models import Product, Variant
from tests.factories.carts import cart_make
from tests.factories.catalogue import price_make, product_make, us_market_make, variant_of

pytestmark = pytest.mark.django_db


def lines_url(cart: Cart) -> str:
    return f"/api/v1/carts/{cart.id}/lines"


def held(cart: Cart) -> list[tuple[Any, int, int]]:
    """Return what the tables hold: variant, quantity and the price seen."""
    return list(CartLine.objects.filter(cart=cart).values_list("variant_id", "quantity", "seen_unit_amount"))


def version(cart: Cart) -> int:
    return Cart.objects.values_list("version", flat=True).get(id=cart.id)


def test_add_by_id_and_by_sku_goes_to_one_line(api: APIClient) -> None:
    mug = variant_of(product_make())
    cart = cart_make()
    first = api.post(lines_url(cart), {"variant_id": str(mug.id), "quantity": 2}).json()
    second = api.post(lines_url(cart), {"sku": mug.sku, "quantity": 3})
    assert second.status_code == 200
    assert [(line["id"], line["quantity"]) for line in second.json()["lines"]] == [(first["lines"][0]["id"], 5)]
    assert (held(cart), version(cart)) == ([(mug.id, 5, 1999)], 3)


def test_lines_stay_in_the_order_they_were_added(api: APIClient) -> None:
    variants = list(product_make(variants=3).variants.order_by("-position"))
    cart = cart_make()
    for variant in [*variants, variants[1]]:
        answer = api.post(lines_url(cart), {"sku": variant.sku, "quantity": 1}).json()
    assert [line["sku"] for line in answer["lines"]] == [variant.sku for variant in variants]
    assert [variant_id for variant_id, _, _ in held(cart)] == [variant.id for variant in variants]


def test_more_than_is_left_is_refused_with_what_is(api: APIClient) -> None:
    mug = variant_of(product_make(stock=5))
    cart = cart_make({mug: 3})
    response = api.post(lines_url(cart), {"sku": mug.sku, "quantity": 3})
    assert (response.status_code, response.json()["code"]) == (409, "stock_insufficient")
    assert response.json()["shortages"] == [{"variant_id": str(mug.id), "requested": 6, "available": 5}]
    assert response.json()["errors"] == [
        {"pointer": "/quantity", "code": "stock_insufficient", "detail": "Only 5 left; 6 were asked for."}
    ]
    assert (held(cart), version(cart)) == ([(mug.id, 3, 1999)], 1)
    assert api.post(lines_url(cart), {"sku": mug.sku, "quantity": 2}).status_code == 200


@pytest.mark.parametrize(("on_hand", "reserved", "backorder", "allowed"), [(2, 1, 0, 1), (0, 0, 3, 3), (2, 2, 0, 0)])
def test_what_is_left_counts_promises_and_backorders(
    api: APIClient, on_hand: int, reserved: int, backorder: int, allowed: int
) -> None:
    mug = variant_of(product_make())
    StockLevel.objects.update(on_hand=on_hand, reserved=reserved, backorder_limit=backorder)
    cart = cart_make()
    refused = api.post(lines_url(cart), {"sku": mug.sku, "quantity": allowed + 1})
    assert refused.json()["shortages"][0]["available"] == allowed
    if allowed:
        assert api.post(lines_url(cart), {"sku": mug.sku, "quantity": allowed}).status_code == 200


@pytest.mark.parametrize("stock", [None, "endless"])
def test_untracked_and_endlessly_backordered_variants_have_no_end(api: APIClient, stock: str | None) -> None:
    mug = variant_of(product_make(stock=None if stock is None else 1))
    StockLevel.objects.update(backorder_limit=None)
    answer = api.post(lines_url(cart_make()), {"sku": mug.sku, "quantity": 10_000}).json()
    assert (answer["lines"][0]["quantity"], answer["lines"][0]["available_quantity"]) == (10_000, None)


def test_more_than_one_order_may_have(api: APIClient) -> None:
    mug = variant_of(product_make(variants=[{"max_order_quantity": 4}]))
    endless = variant_of(product_make(stock=None))
    cart = cart_make({mug: 3, endless: 9_999})
    for sku, quantity, maximum in ((mug.sku, 2, 4), (endless.sku, 2, 10_000)):
        response = api.post(lines_url(cart), {"sku": sku, "quantity": quantity})
        assert (response.status_code, response.json()["code"]) == (409, "quantity_too_large")
        assert (response.json()["maximum_quantity"], response.json()["errors"][0]["pointer"]) == (maximum, "/quantity")
    assert [quantity for _, quantity, _ in held(cart)] == [3, 9_999]


def unsellable(way: str) -> dict[str, Any]:
    product = product_make(price=None if way == "unpriced" else 1999)
    variant = variant_of(product)
    match way:
        case "draft" | "archived":
            Product.objects.update(status=way)
        case "elsewhere":
            price_make(variant, 500, market=us_market_make())
            variant.prices.filter(market__code="eu").delete()
        case "unknown id":
            return {"variant_id": str(uuid.uuid4())}
        case "unknown sku":
            return {"sku": "no such thing ñ"}
    return {"variant_id": str(variant.id)}


@pytest.mark.parametrize("way", ["draft", "archived", "unpriced", "elsewhere", "unknown id", "unknown sku"])
def test_what_is_not_for_sale_can_not_be_added(api: APIClient, way: str) -> None:
    mug = variant_of(product_make("Mug"))
    cart = cart_make({mug: 1})
    name = unsellable(way)
    response = api.post(lines_url(cart), {**name, "quantity": 1})
    assert (response.status_code, response.json()["code"]) == (409, "variant_unavailable")
    assert response.json()["errors"][0]["pointer"] == f"/{next(iter(name))}"
    assert (held(cart), version(cart)) == ([(mug.id, 1, 1999)], 1)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"quantity": 1},
        {"sku": "", "quantity": 1},
        {"sku": 5, "quantity": 1},
        {"sku": "a\u0000b", "quantity": 1},
        {"sku": "x" * 101, "quantity": 1},
        {"variant_id": "7", "quantity": 1},
        {"sku": "a", "quantity": 2**70},
        {"sku": "a", "quantity": None},
        {"sku": "a", "quantity": 1, "unit_price": 1},
    ],
)
def test_malformed_line_is_a_400(api: APIClient, body: Any) -> None:
    cart = cart_make()
    response = api.post(lines_url(cart), body)
    assert response.status_code == 400, response.json()
    assert version(cart) == 1


def test_change_a_quantity(api: APIClient) -> None:
    mug = variant_of(product_make(stock=5))
    cart = cart_make({mug: 3})
    url = f"{lines_url(cart)}/{cart.lines.get().id}"
    assert api.patch(url, {"quantity": 5}).json()["lines"][0]["quantity"] == 5
    response = api.patch(url, {"quantity": 6})
    assert (response.status_code, response.json()["shortages"][0]["available"]) == (409, 5)
    assert api.patch(url, {"quantity": 0}).status_code == 400
    assert (held(cart), version(cart)) == ([(mug.id, 5, 1999)], 2)


def test_changing_a_line_takes_note_of_its_price(api: APIClient) -> None:
    cart = cart_make({variant_of(product_make(price=2099)): 1}, seen=1999, email="ada@example.com")
    url = f"{lines_url(cart)}/{cart.lines.get().id}"
    told = api.get(f"/api/v1/carts/{cart.id}").json()["problems"][-1]
    assert (told["code"], told["is_blocking"]) == ("price_changed", False)
    assert told["seen_unit_price"] == {"amount": 1999, "currency": "EUR"}
    assert told["unit_price"] == {"amount": 2099, "currency": "EUR"}
    answer = api.patch(url, {}).json()
    assert "price_changed" not in [problem["code"] for problem in answer["problems"]]
    assert held(cart)[0][1:] == (1, 2099)


def test_line_of_another_cart_is_not_there(api: APIClient) -> None:
    mug = variant_of(product_make())
    cart, other = cart_make({mug: 1}), cart_make({mug: 1})
    url = f"{lines_url(cart)}/{other.lines.get().id}"
    for response in (api.patch(url, {"quantity": 2}), api.delete(url)):
        assert (response.status_code, response.json()["code"]) == (404, "cart_line_not_found")
    assert (held(other), version(other), version(cart)) == ([(mug.id, 1, 1999)], 1, 1)


def test_remove_a_line(api: APIClient) -> None:
    mug, cup = variant_of(product_make()), variant_of(product_make())
    cart = cart_make({mug: 1, cup: 2})
    line = cart.lines.get(variant=mug)
    answer = api.delete(f"{lines_url(cart)}/{line.id}").json()
    assert [line["variant_id"] for line in answer["lines"]] == [str(cup.id)]
    assert (held(cart), version(cart)) == ([(cup.id, 2, 1999)], 2)
    assert api.delete(f"{lines_url(cart)}/{line.id}").status_code == 404


def test_line_that_is_not_for_sale_any_more_can_only_be_removed(api: APIClient) -> None:
    lost, gone = variant_of(product_make("Lost")), variant_of(product_make("Gone"))
    cart = cart_make({lost: 1, gone: 1})
    Product.objects.filter(id=lost.product_id).update(status="draft")
    Variant.objects.filter(id=gone.id).delete()
    for title, code in (("Lost", "variant_unavailable"), ("Gone", "variant_gone")):
        line = cart.lines.get(title=title)
        problem = next(
            p for p in api.get(f"/api/v1/carts/{cart.id}").json()["problems"] if p["line_id"] == str(line.id)
        )
        assert problem["code"] == code
        url = f"{lines_url(cart)}/{line.id}"
        refused = api.patch(url, {"quantity": 2})
        assert (refused.status_code, refused.json()["code"]) == (409, "variant_unavailable")
        assert api.delete(url).status_code == 200
    assert held(cart) == []


def test_replace_keeps_lines_of_variants_that_stay(api: APIClient) -> None:
    mug, cup, jug = (variant_of(product_make(stock=10)) for _ in range(3))
    cart = cart_make({mug: 1, cup: 2})
    kept = cart.lines.get(variant=cup).id
    body = {
        "lines": [
            {"sku": jug.sku, "quantity": 1},
            {"sku": cup.sku, "quantity": 4},
            {"variant_id": str(jug.id), "quantity": 2},
        ]
    }
    answer = api.put(lines_url(cart), body)
    assert answer.status_code == 200
    first = answer.json()["lines"][0]
    assert (first["id"], first["sku"], first["quantity"]) == (str(kept), cup.sku, 4)
    assert [(variant_id, quantity) for variant_id, quantity, _ in held(cart)] == [(cup.id, 4), (jug.id, 3)]
    assert api.get(f"/api/v1/carts/{cart.id}").json() == answer.json()


def test_replace_by_nothing_empties_the_cart(api: APIClient) -> None:
    cart = cart_make({variant_of(product_make()): 1})
    assert api.put(lines_url(cart), {"lines": []}).json()["lines"] == []
    assert held(cart) == []


def test_replacement_with_lines_that_can_not_be_had_changes_nothing_and_names_each(api: APIClient) -> None:
    mug, cup = variant_of(product_make(stock=1)), variant_of(product_make(stock=0))
    cart = cart_make({mug: 1})
    lines = [{"sku": mug.sku, "quantity": 2}, {"sku": cup.sku, "quantity": 1}]
    response = api.put(lines_url(cart), {"lines": lines})
    assert (response.status_code, response.json()["code"]) == (409, "stock_insufficient")
    assert [error["pointer"] for error in response.json()["errors"]] == ["/lines/0/quantity", "/lines/1/quantity"]
    unknown = [{"sku": "a", "quantity": 1}, {"sku": mug.sku, "quantity": 1}, {"sku": "b", "quantity": 1}]
    response = api.put(lines_url(cart), {"lines": unknown})
    assert [error["pointer"] for error in response.json()["errors"]] == ["/lines/0/sku", "/lines/2/sku"]
    assert (held(cart), version(cart)) == ([(mug.id, 1, 1999)], 1)


def test_cart_takes_two_hundred_lines(api: APIClient) -> None:
    variants = list(product_make(variants=201, stock=None).variants.all())
    cart = cart_make(dict.fromkeys(variants[:200], 1))
    response = api.post(lines_url(cart), {"sku": variants[200].sku, "quantity": 1})
    assert (response.status_code, response.json()["code"], response.json()["maximum_lines"]) == (409, "cart_full", 200)
    assert api.post(lines_url(cart), {"sku": variants[0].sku, "quantity": 1}).status_code == 200
    assert (len(held(cart)), version(cart)) == (200, 2)


def test_amount_beyond_the_bound_is_refused_and_the_cart_can_still_be_mended(api: APIClient) -> None:
    dear = variant_of(product_make(price=MAX_AMOUNT, stock=None))
    cart = cart_make({dear: 1}, seen=MAX_AMOUNT)
    response = api.post(lines_url(cart), {"sku": dear.sku, "quantity": 1})
    assert (response.status_code, response.json()["code"]) == (409, "amount_too_large")
    assert held(cart) == [(dear.id, 1, MAX_AMOUNT)]
    CartLine.objects.update(quantity=2)
    told = api.get(f"/api/v1/carts/{cart.id}")
    assert (told.status_code, told.json()["line_id"]) == (409, str(cart.lines.get().id))
    assert api.patch(f"{lines_url(cart)}/{cart.lines.get().id}", {"quantity": 1}).status_code == 200
