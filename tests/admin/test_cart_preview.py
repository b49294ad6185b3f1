"""Staff try out what a cart would come to: the same quote as a buyer's, told in steps, and nothing kept."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.test import Client

from cart.models import Cart, CartLine
from tests.factories.carts import cart_make, shipping_method_make
from tests.factories.catalogue import market_make, product_make, tax_rate_make, variant_of
from tests.factories.promotions import code_make, promotion_make
from tests.factories.users import user_make

pytestmark = pytest.mark.django_db

PAGE = "/admin/cart/cart/preview/"
BrowserOf = Callable[[Sequence[str]], Client]


@pytest.fixture
def staff(browser_of: BrowserOf) -> Client:
    return browser_of(["orders:read"])


def wish(**fields: object) -> dict[str, Any]:
    variant = variant_of(product_make("Mug"))
    quantities = {f"quantity_{row}": 1 for row in range(1, 6)}
    return {"market": market_make().pk, "variant_1": variant.pk} | quantities | {"quantity_1": 2} | fields


def test_a_cart_is_reckoned_up_and_not_kept(staff: Client) -> None:
    tax_rate_make()
    shipping_method_make()
    page = staff.get(PAGE, wish(country="de"))
    assert page.status_code == 200
    quote = page.context["quote"]
    assert quote["steps"] == [
        ("Mug: 2 at €19.99", "€39.98", "€39.98"),
        ("Standard", "€4.95", "€44.93"),
        ("VAT 19 %, in the prices", "€7.17", ""),
    ]
    assert (quote["total"], quote["problems"], quote["not_applied"]) == ("€44.93", [], [])
    assert "It comes to €44.93" in page.content.decode()
    assert not Cart.objects.exists()
    assert not CartLine.objects.exists()


def test_a_blank_quantity_is_one_and_a_variant_named_twice_counts_twice(staff: Client) -> None:
    asked = wish(quantity_1="")
    page = staff.get(PAGE, asked | {"variant_2": asked["variant_1"], "quantity_2": 3})
    assert page.context["quote"]["steps"][0][0] == "Mug: 4 at €19.99"


def test_a_customers_own_cart_stays_as_it_is(staff: Client) -> None:
    customer = user_make(email="ada@example.com")
    own = cart_make(customer=customer)
    page = staff.get(PAGE, wish(customer=customer.pk))
    assert page.context["quote"]["total"] == "€39.98"
    own.refresh_from_db()
    assert (own.status, Cart.objects.count()) == ("open", 1)


def test_what_stands_in_the_way_is_told(staff: Client) -> None:
    page = staff.get(PAGE, wish(country="US", quantity_1=11))
    problems = page.context["quote"]["problems"]
    assert "Only 10 of Mug left." in problems
    assert "This market does not send to US." in problems


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"market": ""}, "market"),
        ({"variant_1": ""}, "variant_1"),
        ({"quantity_1": 0}, "quantity_1"),
        ({"country": "D"}, "country"),
    ],
)
def test_a_form_that_is_wrong_says_where(staff: Client, wrong: dict[str, object], field: str) -> None:
    page = staff.get(PAGE, wish() | wrong)
    assert (list(page.context["form"].errors), page.context["quote"]) == ([field], {})


def test_the_page_is_empty_at_first_and_for_those_who_see_orders(staff: Client, browser_of: BrowserOf) -> None:
    page = staff.get(PAGE)
    assert (page.status_code, page.context["quote"]) == (200, {})
    assert PAGE in staff.get("/admin/cart/cart/").content.decode()
    assert browser_of(["catalogue:read"]).get(PAGE).status_code == 403


def test_a_vat_id_is_tried_out_and_checked(staff: Client) -> None:
    market_make(tax_country="ES")
    tax_rate_make()
    shipping_method_make()
    page = staff.get(PAGE, wish(country="de", vat_id="de 136695976"))
    assert page.context["quote"]["steps"][-1] == ("Reverse charge, VAT id DE136695976", "€0.00", "€37.76")
    wrong = staff.get(PAGE, wish(country="de", vat_id="DE1"))
    assert wrong.context["form"].errors["vat_id"] == ["DE gives no such number: a digit is wrong, missing or too many."]


def test_codes_are_tried_and_told(staff: Client) -> None:
    code_make(promotion_make(label="Autumn", benefit="percent", rate_ppm=100_000, requires_code=True), "AUTUMN10")
    quote = staff.get(PAGE, wish(codes="autumn10")).context["quote"]
    assert quote["steps"][1] == ("Autumn (AUTUMN10) on Mug", "-€4.00", "€35.98")
    assert not Cart.objects.exists()

    page = staff.get(PAGE, wish(codes="nothing"))
    assert (page.context["quote"], len(page.context["form"].non_field_errors())) == ({}, 1)
