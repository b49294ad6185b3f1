"""The quote: what is loaded for it, what it finds wrong, how many queries it takes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cart.models import Cart
from cart.quoting import CartQuote, quote_of
from core import clock
from core.money import Money
from inventory.models import StockLevel
from markets.models import TaxRate
from products.models import Price, Product, Variant
from tests.factories.carts import ADDRESS, US_ADDRESS, cart_make, ready_cart_make, shipping_method_make
from tests.factories.catalogue import (
    location_make,
    market_make,
    product_make,
    tax_category_make,
    tax_rate_make,
    us_market_make,
    variant_of,
)

pytestmark = pytest.mark.django_db


def quoted(cart: Cart) -> CartQuote:
    return quote_of(Cart.objects.select_related("market").get(id=cart.id), clock.now())


def codes(cart: Cart) -> list[str]:
    return [problem.code for problem in quoted(cart).problems]


def test_ready_cart_in_a_gross_market() -> None:
    tax_rate_make()
    result = quoted(ready_cart_make({variant_of(product_make("Mug")): 2}))

    assert (result.is_ready_to_order, result.problems, result.total) == (True, (), Money(4493, "EUR"))
    (line,) = result.lines
    assert (line.title, line.quantity, line.unit_amount, line.subtotal_amount) == ("Mug", 2, 1999, 3998)
    assert (line.tax_amount, line.total_amount, line.available_quantity) == (638, 3998, 10)
    assert [(row.kind, row.label, row.amount, row.is_included) for row in result.rows] == [
        ("tax", "VAT 19 %", 638, True),
        ("shipping", "Standard", 495, False),
        ("tax", "VAT 19 %", 79, True),
    ]
    assert result.shipping is not None
    assert (result.shipping.code, result.shipping.amount, result.requires_shipping) == ("standard", 495, True)


def test_net_market_taxes_by_state_on_top_of_country() -> None:
    us = us_market_make()
    tax_rate_make(country="US", region="NY", rate_ppm=88_750, name="Sales tax")
    tax_rate_make(country="US", region="OR", rate_ppm=10_000, name="Sales tax")
    variant = variant_of(product_make(market=us, price=10_000))
    method = shipping_method_make(market=us, amount=599)
    cart = ready_cart_make({variant: 1}, market=us, shipping_method=method, shipping_address=US_ADDRESS, seen=10_000)

    result = quoted(cart)

    assert [(row.label, row.amount) for row in result.rows] == [
        ("Sales tax 8.875 %", 888),
        ("Standard", 599),
        ("Sales tax 8.875 %", 53),
    ]
    assert result.total == Money(11_540, "USD")


def test_region_adds_to_its_country_and_replaces_a_rate_of_the_same_name() -> None:
    us = us_market_make()
    tax_rate_make(country="US", rate_ppm=50_000, name="GST")
    tax_rate_make(country="US", rate_ppm=10_000, name="Levy")
    tax_rate_make(country="US", region="ny", rate_ppm=0, name="Levy")
    tax_rate_make(country="US", region="NY", rate_ppm=99_750, name="QST")
    cart = cart_make({variant_of(product_make(market=us)): 1}, market=us, shipping_address=US_ADDRESS)

    assert [row.label for row in quoted(cart).rows] == ["GST 5 %", "Levy 0 %", "QST 9.975 %"]


def test_postal_code_replaces_region_and_country_and_adds_what_is_its_own() -> None:
    books = tax_category_make("books", is_default=False)
    tax_rate_make(rate_ppm=190_000)
    tax_rate_make(rate_ppm=70_000, category=books)
    tax_rate_make(rate_ppm=0, postal_code_from="27498", postal_code_until="27498")
    tax_rate_make(rate_ppm=10_000, name="Toll", postal_code_from="274", postal_code_until="2749", is_compound=True)
    lines = {variant_of(product_make(price=10_000)): 1, variant_of(product_make(price=10_000, tax_category=books)): 1}

    def labels(postal_code: str) -> list[tuple[str, int]]:
        cart = cart_make(lines, shipping_address=ADDRESS | {"postal_code": postal_code})
        return [(row.label, row.amount) for row in quoted(cart).rows]

    assert labels("27498") == [("VAT 0 %", 0), ("Toll 1 %", 99), ("VAT 7 %", 654)]
    assert labels("27399") == labels("27500") == labels("02749") == [("VAT 19 %", 1597), ("VAT 7 %", 654)]
    # 10000 / (1.19 * 1.01) = 8320.15: a compound tax takes of the price with the tax before it.
    assert labels("27400") == [("VAT 19 %", 1581), ("Toll 1 %", 99), ("VAT 7 %", 654)]


def test_several_taxes_are_taken_in_the_order_of_their_positions() -> None:
    us = us_market_make()
    tax_rate_make(country="US", rate_ppm=50_000, name="Late", position=2, is_compound=True)
    tax_rate_make(country="US", region="NY", rate_ppm=40_000, name="State")
    code: dict[str, Any] = {"postal_code_from": "10118", "postal_code_until": "10118"}
    tax_rate_make(country="US", region="NY", rate_ppm=45_000, name="City", **code)
    tax_rate_make(country="US", region="NJ", rate_ppm=1, name="City", **code)
    cart = cart_make({variant_of(product_make(market=us, price=10_000)): 1}, market=us, shipping_address=US_ADDRESS)
    with CaptureQueriesContext(connection) as queries:
        rows = quoted(cart).rows
    assert [(row.label, row.amount) for row in rows] == [("State 4 %", 400), ("City 4.5 %", 450), ("Late 5 %", 543)]
    assert sum("markets_taxrate" in query["sql"] for query in queries) == 1


def test_rates_of_another_time_country_or_category_do_not_apply() -> None:
    now = clock.now()
    tax_rate_make(rate_ppm=160_000, valid_until=now - timedelta(days=1))
    tax_rate_make(rate_ppm=190_000, valid_from=now - timedelta(days=1), valid_until=now + timedelta(days=1))
    tax_rate_make(rate_ppm=200_000, valid_from=now + timedelta(days=1))
    tax_rate_make(rate_ppm=210_000, country="ES")
    books = tax_category_make("books", is_default=False)
    tax_rate_make(rate_ppm=70_000, category=books)
    lines = {
        variant_of(product_make()): 1,
        variant_of(product_make(tax_category=books)): 1,
        variant_of(product_make(variants=[{"is_taxable": False}])): 1,
    }

    result = quoted(cart_make(lines, shipping_address=ADDRESS))

    assert [(row.label, row.line) for row in result.rows] == [
        ("VAT 19 %", result.lines[0].id),
        ("VAT 7 %", result.lines[1].id),
    ]
    assert TaxRate.objects.count() == 5


def test_tax_before_an_address_is_that_of_the_first_country_and_else_of_who_pays() -> None:
    tax_rate_make()
    tax_rate_make(rate_ppm=210_000, country="ES")
    variant = variant_of(product_make())
    assert [row.label for row in quoted(cart_make({variant: 1})).rows] == ["VAT 19 %"]
    paying = cart_make({variant: 1}, billing_address=ADDRESS | {"country": "ES"})
    assert [row.label for row in quoted(paying).rows] == ["VAT 21 %"]


def test_free_shipping_from_an_amount() -> None:
    method = shipping_method_make(free_from_amount=3998)
    variant = variant_of(product_make())
    charged = quoted(ready_cart_make({variant: 1}, shipping_method=method))
    free = quoted(ready_cart_make({variant: 2}, shipping_method=method))
    assert (charged.amounts.shipping_amount, charged.total.amount) == (495, 2494)
    assert (free.amounts.shipping_amount, free.total.amount) == (0, 3998)
    assert free.shipping is not None
    assert (free.shipping.is_free, free.shipping.regular_amount) == (True, 495)


def test_empty_guest_cart_lists_what_it_lacks() -> None:
    assert codes(cart_make()) == ["cart_empty", "email_missing"]


def test_cart_of_goods_lacks_address_and_method() -> None:
    cart = cart_make({variant_of(product_make()): 1})
    assert codes(cart) == ["email_missing", "shipping_address_missing", "shipping_method_missing"]


def test_digital_cart_needs_no_shipping_and_pays_none() -> None:
    digital = variant_of(product_make(variants=[{"requires_shipping": False}]))
    cart = cart_make({digital: 1}, email="ada@example.com", shipping_method=shipping_method_make())
    result = quoted(cart)
    assert (result.is_ready_to_order, result.shipping, result.amounts.shipping_amount) == (True, None, 0)


def test_address_outside_the_market() -> None:
    cart = ready_cart_make({variant_of(product_make()): 1}, shipping_address=ADDRESS | {"country": "FR"})
    result = quoted(cart)
    assert [problem.code for problem in result.problems] == [
        "shipping_country_not_served",
        "shipping_method_unavailable",
    ]
    assert result.problems[0].facts == {"country": "FR", "countries": ["DE", "ES"]}
    assert (result.shipping, result.amounts.shipping_amount) == (None, 0)


@pytest.mark.parametrize("change", [{"is_active": False}, {"countries": ("ES",)}, {"market": "us"}])
def test_shipping_method_that_is_not_offered_any_more(change: dict[str, object]) -> None:
    if change.get("market") == "us":
        change = {"market": us_market_make(), "countries": ("DE",)}
    method = shipping_method_make(**change)  # type: ignore[arg-type]
    result = quoted(ready_cart_make({variant_of(product_make()): 1}, shipping_method=method))
    assert [(problem.code, problem.facts) for problem in result.problems] == [
        ("shipping_method_unavailable", {"shipping_method": "standard", "reason": "not_served"})
    ]
    assert (result.is_ready_to_order, result.amounts.shipping_amount) == (False, 0)


def test_deleted_shipping_method_is_missing() -> None:
    cart = ready_cart_make({variant_of(product_make()): 1})
    assert cart.shipping_method is not None
    cart.shipping_method.delete()
    assert codes(cart) == ["shipping_method_missing"]


def test_changed_price_is_told_and_does_not_stop_the_order() -> None:
    result = quoted(ready_cart_make({variant_of(product_make(price=2099)): 1}, seen=1999))
    (problem,) = result.problems
    assert (problem.code, problem.line_id, problem.is_blocking) == ("price_changed", result.lines[0].id, False)
    assert problem.facts == {"seen_unit_price": Money(1999, "EUR"), "unit_price": Money(2099, "EUR")}
    assert (result.is_ready_to_order, result.total.amount) == (True, 2099 + 495)


@pytest.mark.parametrize(("stock", "detail"), [(2, "Only 2 of Mug left."), (0, "Mug is sold out.")])
def test_more_than_is_left(stock: int, detail: str) -> None:
    result = quoted(ready_cart_make({variant_of(product_make("Mug", stock=stock)): 3}))
    (problem,) = result.problems
    assert (problem.code, problem.detail, problem.facts) == (
        "stock_insufficient",
        detail,
        {"available_quantity": stock},
    )
    assert (result.is_ready_to_order, result.lines[0].available_quantity) == (False, stock)


def test_stock_counts_reservations_backorders_and_active_locations_only() -> None:
    variant = variant_of(product_make())
    StockLevel.objects.filter(variant=variant).update(on_hand=5, reserved=4, backorder_limit=2)
    closed = location_make("closed", is_active=False)
    StockLevel.objects.create(variant=variant, location=closed, on_hand=100)
    assert quoted(ready_cart_make({variant: 1})).lines[0].available_quantity == 3


def test_untracked_variant_is_never_short() -> None:
    result = quoted(ready_cart_make({variant_of(product_make(stock=None)): 9999}))
    assert (result.problems, result.lines[0].available_quantity) == ((), None)


def test_more_than_one_order_may_have() -> None:
    result = quoted(ready_cart_make({variant_of(product_make(variants=[{"max_order_quantity": 2}])): 3}))
    assert [(problem.code, problem.facts) for problem in result.problems] == [
        ("quantity_too_large", {"maximum_quantity": 2})
    ]


@pytest.mark.parametrize("way", ["draft", "not yet", "over", "no price", "price over", "deleted"])
def test_line_that_is_not_for_sale_any_more_comes_to_nothing_and_says_so(way: str) -> None:
    now = clock.now()
    lost = product_make("Mug")
    cart = ready_cart_make({variant_of(lost): 2, variant_of(product_make("Cup", price=100)): 1})
    products = Product.objects.filter(id=lost.id)
    match way:
        case "draft":
            products.update(status="draft")
        case "not yet":
            products.update(published_from=now + timedelta(days=1))
        case "over":
            products.update(published_until=now)
        case "no price":
            Price.objects.filter(variant__product=lost).delete()
        case "price over":
            Price.objects.filter(variant__product=lost).update(valid_until=now)
        case _:
            Variant.objects.filter(product=lost).delete()

    result = quoted(cart)

    line, other = result.lines
    assert (line.title, line.quantity, line.unit_amount, line.is_sellable) == ("Mug", 2, 1999, False)
    assert (line.subtotal_amount, line.tax_amount, line.total_amount, line.available_quantity) == (0, 0, 0, 0)
    assert (other.total_amount, result.amounts.subtotal_amount) == (100, 100)
    problem = result.problems[0]
    assert problem.code == ("variant_gone" if way == "deleted" else "variant_unavailable")
    assert (problem.line_id, result.is_ready_to_order) == (line.id, False)


def test_closed_market() -> None:
    cart = ready_cart_make({variant_of(product_make()): 1})
    market = market_make()
    market.is_active = False
    market.save()
    assert codes(cart) == ["market_closed"]


@pytest.mark.parametrize("status", ["ordered", "merged", "expired"])
def test_closed_cart_has_one_problem(status: str) -> None:
    assert codes(cart_make(status=status)) == ["cart_closed"]


def test_open_cart_past_its_time_is_expired() -> None:
    assert codes(cart_make(expires_at=clock.now() - timedelta(seconds=1))) == ["cart_closed"]


def test_currency_without_cents() -> None:
    jp = market_make("jp", currency="JPY", countries=["JP"], languages=["ja"], prices_include_tax=True)
    tax_rate_make(country="JP", rate_ppm=100_000, name="消費税")
    result = quoted(cart_make({variant_of(product_make(market=jp, price=1980)): 3}, market=jp, seen=1980))
    assert (str(result.total), result.amounts.tax_amount) == ("¥5,940", 540)


def test_title_in_the_language_of_the_cart() -> None:
    product = product_make("Mug")
    product.translations.create(language="es", title="Taza")
    cart = cart_make({variant_of(product): 1}, language="es")
    assert quoted(cart).lines[0].title == "Taza"


@pytest.mark.parametrize("count", [1, 50])
def test_six_queries_for_any_number_of_lines(count: int) -> None:
    tax_rate_make()
    cart = ready_cart_make(dict.fromkeys(product_make(variants=count).variants.all(), 1))
    loaded = Cart.objects.select_related("market").get(id=cart.id)
    with CaptureQueriesContext(connection) as queries:
        result = quote_of(loaded, clock.now())
    assert (len(result.lines), len(queries), result.problems) == (count, 6, ())
