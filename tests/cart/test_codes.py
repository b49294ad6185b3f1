"""Codes in a cart: entered, told, refused, taken out; and what promotions without a code do there."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from cart.models import Cart, CartCode
from cart.quoting import quote_of
from core import clock
from markets.models import Market
from orders.services import order_cancel
from products.models import Variant
from promotions.models import LimitUse, Promotion
from tests.factories.carts import cart_make, ready_cart_make, shipping_method_make
from tests.factories.catalogue import (
    category_make,
    collection_make,
    market_make,
    product_make,
    us_market_make,
    variant_of,
)
from tests.factories.orders import order_make
from tests.factories.promotions import code_make, promotion_make
from tests.factories.users import user_make
from users.models import CustomerGroup, GroupMembership, User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]


def url_of(cart: Cart) -> str:
    return f"/api/v1/carts/{cart.id}"


def enter(api: APIClient, cart: Cart, code: str) -> Any:
    return api.post(f"{url_of(cart)}/codes", {"code": code})


def mug(price: int = 2000, **fields: Any) -> Variant:
    return variant_of(product_make(price=price, **fields))


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}


def test_a_code_is_entered_however_it_is_written_and_explained(api: APIClient) -> None:
    promotion = promotion_make(code="WELCOME10", label="Welcome")
    cart = cart_make({mug(): 2})
    assert api.get(url_of(cart)).json()["codes"] == []
    answer = enter(api, cart, " welcome10 ")
    assert answer.status_code == 200
    body = answer.json()
    assert body["codes"] == [
        {
            "code": "WELCOME10",
            "label": "Welcome",
            "is_applied": True,
            "reason": None,
            "detail": "",
            "missing_quantity": None,
            "missing_amount": None,
        }
    ]
    assert (body["totals"]["discount"], body["totals"]["total"]) == (eur(-400), eur(3600))
    (row,) = body["explanation"]
    assert (row["kind"], row["label"], row["source"], row["amount"]) == (
        "discount",
        "Welcome (WELCOME10)",
        f"promotion:{promotion.id}",
        eur(-400),
    )
    assert body["version"] == 2
    assert enter(api, cart, "Welcome10").json()["version"] == 2  # It is in already.
    body = api.delete(f"{url_of(cart)}/codes/welcome10").json()
    assert (body["codes"], body["totals"]["total"]) == ([], eur(4000))
    answer = api.delete(f"{url_of(cart)}/codes/welcome10")
    assert (answer.status_code, answer.json()["code"]) == (404, "code_not_found")


def test_a_code_that_waits_for_goods_says_for_how_much(api: APIClient) -> None:
    shoes = category_make("Shoes")
    boots = category_make("Boots", parent=shoes)
    promotion_make(code="SHOES", label="10 % off shoes", goods=[shoes], min_amount=5000)
    promotion_make("free_shipping", label="Free shipping from €80", min_amount=8000)
    promotion_make(label="Three of a kind", min_quantity=3)
    boot = mug(3000, categories=[boots])
    cart = cart_make({mug(1000): 1})
    (state,) = enter(api, cart, "SHOES").json()["codes"]
    assert (state["is_applied"], state["reason"]) == (False, "no_goods")
    api.post(f"{url_of(cart)}/lines", {"variant_id": str(boot.id), "quantity": 1})
    body = api.get(url_of(cart)).json()
    (state,) = body["codes"]
    assert (state["reason"], state["missing_amount"], state["missing_quantity"]) == ("amount_too_low", eur(2000), None)
    assert state["detail"] == "Add goods of it for €20.00 more."
    assert [
        (one["label"], one["reason"], one["missing_amount"], one["missing_quantity"])
        for one in body["promotions_within_reach"]
    ] == [
        ("Three of a kind", "quantity_too_low", None, 1),
        ("Free shipping from €80", "amount_too_low", eur(4000), None),
    ]
    body = api.post(f"{url_of(cart)}/lines", {"variant_id": str(boot.id), "quantity": 1}).json()
    assert body["codes"][0]["is_applied"] is True
    assert body["totals"]["discount"] == eur(-600 - 700)
    assert [one["label"] for one in body["promotions_within_reach"]] == ["Free shipping from €80"]


REFUSED: dict[str, dict[str, Any]] = {
    "inactive": {"is_active": False},
    "not_started": {"starts_at": clock.now() + timedelta(days=1)},
    "ended": {"ends_at": clock.now() - timedelta(days=1)},
    "used_up": {"use_limit": 3},
    "budget_spent": {"budget_amount": 3},
    "used_up_by_buyer": {"customer_use_limit": 3},
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_code_that_nothing_can_mend_is_refused_with_the_reason(api: APIClient, reason: str) -> None:
    promotion = promotion_make(code="OLD", **REFUSED[reason])
    for scope, holder in (("promotion", ""), ("budget", ""), ("promotion", "email:ada@example.com")):
        LimitUse.objects.create(scope=scope, subject_id=promotion.id, holder=holder, used=3, allowed=3)
    cart = cart_make({mug(): 1}, email="ADA@example.com")
    answer = enter(api, cart, "OLD")
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (409, "code_refused", reason)
    assert not CartCode.objects.exists()
    assert Cart.objects.get().version == 1


def test_codes_of_other_markets_used_up_codes_and_unknown_ones_are_refused(api: APIClient) -> None:
    market_make()
    cart = cart_make({mug(): 1})
    promotion_make(code="US", markets=[us_market_make()])
    promotion_make("amount", code="DOLLARS", amount=500)
    Promotion.objects.filter(benefit="amount").update(currency="USD")
    single = code_make(promotion_make(requires_code=True), "SINGLE", use_limit=1)
    LimitUse.objects.create(scope="code", subject_id=single.id, used=1, allowed=1)
    told = [(enter(api, cart, code).json()) for code in ("US", "DOLLARS", "SINGLE")]
    assert [(one["code"], one["reason"]) for one in told] == [
        ("code_refused", "wrong_market"),
        ("code_refused", "wrong_market"),
        ("code_refused", "used_up"),
    ]
    unknown = enter(api, cart, "NOBODY'S")
    assert (unknown.status_code, unknown.json()["code"]) == (409, "code_unknown")
    for bad in ({"code": ""}, {"code": 7}, {"code": "A\0B"}, {"code": "X" * 65}, {}, {"code": "A", "x": 1}):
        assert api.post(f"{url_of(cart)}/codes", bad).status_code == 400
    assert not CartCode.objects.exists()


def test_guessing_is_bounded_and_valid_codes_do_not_count(api: APIClient, settings: Any) -> None:
    settings.THROTTLES = settings.THROTTLES | {"code_cart": (3, 3600)}
    promotion_make(code="REAL")
    cart = cart_make({mug(): 1})
    for _ in range(5):
        assert enter(api, cart, "REAL").status_code == 200
    assert [enter(api, cart, f"GUESS{number}").status_code for number in range(4)] == [409, 409, 409, 429]
    assert "Retry-After" in enter(api, cart, "REAL").headers


def test_a_cart_takes_so_many_codes_and_one_of_a_promotion(api: APIClient) -> None:
    promotion = promotion_make(code="FIRST")
    code_make(promotion, "SECOND")
    cart = cart_make({mug(): 1})
    enter(api, cart, "FIRST")
    answer = enter(api, cart, "SECOND").json()
    assert (answer["code"], answer["reason"]) == ("code_refused", "another_is_better")
    for number in range(9):
        promotion_make(code=f"MORE{number}")
        assert enter(api, cart, f"MORE{number}").status_code == 200
    promotion_make(code="ELEVENTH")
    assert enter(api, cart, "ELEVENTH").json()["code"] == "cart_codes_full"
    assert CartCode.objects.count() == 10


def test_conditions_of_time_place_and_person(api: APIClient, client_of: ClientOf) -> None:
    club = CustomerGroup.objects.create(code="club", name="Club")
    ada = user_make(email="ada@example.com")
    GroupMembership.objects.create(group=club, user=ada)
    today = clock.now().isoweekday()
    promotion_make(label="day", rate_ppm=10_000, weekdays=[today])
    promotion_make(label="another day", rate_ppm=10_000, weekdays=[today % 7 + 1])
    promotion_make(label="Spain", rate_ppm=10_000, countries=["ES"])
    promotion_make(label="Germany", rate_ppm=10_000, countries=["DE"])
    promotion_make(label="club", rate_ppm=10_000, customer_groups=[club])
    promotion_make(label="first", rate_ppm=10_000, is_first_order_only=True)

    def given(client: APIClient, cart: Cart) -> set[str]:
        return {row["label"] for row in client.get(url_of(cart)).json()["explanation"] if row["kind"] == "discount"}

    guest = ready_cart_make({mug(): 1}, email="bob@example.com")
    method = guest.shipping_method
    assert given(api, guest) == {"day", "Germany", "first"}
    own = ready_cart_make({mug(): 1}, customer=ada, shipping_method=method)
    assert given(client_of(ada), own) == {"day", "Germany", "club", "first"}
    order = order_make(customer=None, email="Ada@Example.com", shipping_method=method)
    assert given(client_of(ada), own) == {"day", "Germany", "club"}
    assert given(api, guest) == {"day", "Germany", "first"}
    order_cancel(order_id=order.id, actor="system")
    assert given(client_of(ada), own) == {"day", "Germany", "club", "first"}


def test_an_order_under_another_spelling_of_the_address_was_the_first() -> None:
    order = order_make(email="ada@b\u00fccher.example")
    promotion_make(is_first_order_only=True)
    for email, is_given in (
        ("Ada@xn--bcher-kva.example", False),
        ("ada@b\u00dccher.example", False),
        ("eve@x.example", True),
    ):
        cart = ready_cart_make({mug(): 1}, email=email, shipping_method=order.cart.shipping_method)
        assert bool(quote_of(cart, clock.now()).amounts.uses) == is_given, email


def test_a_day_begins_at_midnight_of_the_shop(api: APIClient, settings: Any) -> None:
    settings.SHOP_TIME_ZONE = "Pacific/Auckland"
    promotion_make(weekdays=[3])
    cart = ready_cart_make({mug(): 1})
    # Of Wednesday, 25 November 2026, New Zealand has the first moment while it is 11:00 of Tuesday in London.
    midnight = datetime(2026, 11, 24, 11, tzinfo=UTC)
    for at, is_given in (
        (midnight - timedelta(seconds=1), False),
        (midnight, True),
        (midnight + timedelta(days=1), False),
    ):
        assert bool(quote_of(cart, at).amounts.uses) == is_given


def test_goods_are_products_variants_categories_and_collections_of_both_kinds(api: APIClient) -> None:
    product = product_make("Lamp", price=1000, variants=2, tags=["sale"])
    first, second = product.variants.order_by("position")
    other = mug(1000)
    picked = collection_make(products=[product])
    ruled = collection_make(kind="rule", rule={"all": [{"field": "tag", "op": "eq", "value": "sale"}]})
    cart = cart_make({first: 1, second: 1, other: 1}, seen=1000)

    def discounts(**goods: Any) -> list[int]:
        Promotion.objects.all().delete()
        promotion_make(**goods)
        return [line["discount"]["amount"] for line in api.get(url_of(cart)).json()["lines"]]

    assert discounts() == [-100, -100, -100]
    assert discounts(goods=[product]) == [-100, -100, 0]
    assert discounts(goods=[first]) == [-100, 0, 0]
    assert discounts(goods=[picked]) == [-100, -100, 0]
    assert discounts(goods=[ruled]) == [-100, -100, 0]
    assert discounts(goods=[ruled, other], excluded=[second]) == [-100, 0, -100]
    assert discounts(excluded=[picked]) == [0, 0, -100]
    gone = mug(1000)
    promotion = promotion_make(goods=[gone])
    Promotion.objects.exclude(id=promotion.id).delete()
    gone.product.delete()
    # What it was for is gone: that doesn't make it a promotion for everything.
    assert [line["discount"]["amount"] for line in api.get(url_of(cart)).json()["lines"]] == [0, 0, 0]


def test_every_benefit_reaches_the_cart(api: APIClient) -> None:
    cup, plate = mug(1000), mug(400)
    shipping_method_make()
    cart = ready_cart_make({cup: 3, plate: 1}, shipping_method=shipping_method_make("fast"))

    def total(benefit: str, **fields: Any) -> int:
        Promotion.objects.all().delete()
        promotion_make(benefit, **fields)
        return int(api.get(url_of(cart)).json()["totals"]["total"]["amount"])

    assert total("percent") == 3400 + 495 - 340
    assert total("percent", max_amount=100) == 3400 + 495 - 100
    assert total("amount", amount=500) == 3400 + 495 - 500
    assert total("amount", amount=50, is_per_unit=True) == 3400 + 495 - 200
    assert total("free_shipping") == 3400
    assert total("free_shipping", method_codes=["standard"]) == 3400 + 495
    assert total("buy_get", rate_ppm=1_000_000, buy_quantity=2, get_quantity=1) == 3400 + 495 - 400
    assert total("buy_get", rate_ppm=500_000, buy_quantity=2, get_quantity=1, goods=[cup]) == 3400 + 495 - 500
    assert total("bundle", amount=1200, parts=[(cup, 1), (plate, 1)]) == 3400 + 495 - 200


def test_a_gift_comes_as_a_line_while_there_is_one(api: APIClient) -> None:
    cup, sticker = mug(5000), variant_of(product_make("Sticker", price=300, stock=2))
    promotion_make("gift", label="A sticker", gift_variant=sticker, get_quantity=1, min_amount=5000)
    cart = cart_make({cup: 1})
    body = api.get(url_of(cart)).json()
    line, gift = body["lines"]
    assert (line["is_gift"], gift["is_gift"]) == (False, True)
    assert (gift["title"], gift["quantity"], gift["subtotal"], gift["discount"], gift["total"]) == (
        "Sticker",
        1,
        eur(300),
        eur(-300),
        eur(0),
    )
    assert body["totals"]["total"] == eur(5000)
    answer = api.patch(f"{url_of(cart)}/lines/{gift['id']}", {"quantity": 5})
    assert (answer.status_code, answer.json()["code"]) == (404, "cart_line_not_found")
    # Who buys both of the last two gets none for nothing.
    body = api.post(f"{url_of(cart)}/lines", {"variant_id": str(sticker.id), "quantity": 2}).json()
    assert [line["is_gift"] for line in body["lines"]] == [False, False]


def test_a_claimed_cart_brings_its_codes(client_of: ClientOf) -> None:
    ada = user_make()
    shared = promotion_make(code="SHARED")
    code_make(shared, "SHARED2")
    promotion_make(code="GUEST")
    guest, own = cart_make({mug(): 1}), cart_make({mug(): 1}, customer=ada)
    client = client_of(ada)
    for cart, code in ((guest, "SHARED2"), (guest, "GUEST"), (own, "SHARED")):
        assert enter(client, cart, code).status_code == 200
    body = client.post(f"{url_of(guest)}/claim").json()
    assert body["id"] == str(own.id)
    # One of a promotion: the own one stays, and the guest's other code comes along.
    assert [state["code"] for state in body["codes"]] == ["GUEST", "SHARED"]


def test_somebody_elses_cart_takes_no_codes(api: APIClient, client_of: ClientOf) -> None:
    promotion_make(code="MINE")
    cart = cart_make({mug(): 1}, customer=user_make())
    for client in (api, client_of(user_make())):
        assert enter(client, cart, "MINE").json()["code"] == "cart_not_found"
        assert client.delete(f"{url_of(cart)}/codes/MINE").json()["code"] == "cart_not_found"
    closed = cart_make({mug(): 1}, status="expired")
    assert enter(api, closed, "MINE").json()["code"] == "cart_closed"
    assert not CartCode.objects.exists()


def busy_shop(market: Market, promotions: int) -> None:
    """Make promotions of every kind that ask for everything that can be asked for."""
    group = CustomerGroup.objects.get_or_create(code="club", name="Club")[0]
    category, collection = category_make(), collection_make()
    ruled = collection_make(kind="rule", rule={"all": [{"field": "tag", "op": "eq", "value": "sale"}]})
    gift = mug()
    for number in range(promotions):
        fields: dict[str, Any] = {"use_limit": 9, "customer_use_limit": 9, "budget_amount": 10**6}
        fields |= {"goods": [category, collection, ruled], "code": f"CODE{number}" if number % 2 else ""}
        if number % 3 == 0:
            fields |= {"customer_groups": [group], "is_first_order_only": True}
        if number % 5 == 0:
            promotion_make("gift", gift_variant=gift, get_quantity=1, markets=[market], **fields)
        else:
            promotion_make(markets=[market], **fields)


@pytest.mark.parametrize(("lines", "promotions"), [(1, 1), (50, 20)])
def test_a_quote_costs_the_same_for_any_number_of_lines_and_promotions(
    client_of: ClientOf, lines: int, promotions: int
) -> None:
    ada = user_make()
    client = client_of(ada)
    busy_shop(market_make(), promotions)
    product = product_make(variants=lines)
    cart = ready_cart_make(dict.fromkeys(product.variants.all(), 1), customer=ada)
    for number in range(1, min(promotions, 20), 2):
        enter(client, cart, f"CODE{number}")
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url_of(cart))
    assert answer.status_code == 200
    # The access token's, the cart, whether its buyer pays tax, its lines, prices, stock, taxes, ways of shipping; the
    # promotions with their goods, the codes, the account's address, limits, groups and earlier orders, rules of
    # collections, and what the goods are in.
    assert len(queries) == 17


def test_a_promotion_that_is_new_reaches_carts_that_are_open(api: APIClient) -> None:
    cart = cart_make({mug(): 1})
    assert api.get(url_of(cart)).json()["totals"]["discount"] == eur(0)
    promotion_make()
    assert api.get(url_of(cart)).json()["totals"]["discount"] == eur(-200)
    assert uuid.UUID(api.get(url_of(cart)).json()["id"]) == cart.id
