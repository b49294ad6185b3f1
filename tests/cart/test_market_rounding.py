"""A market's way to round reaches the quote."""

import pytest

from cart.models import Cart
from cart.quoting import quote_of
from core import clock
from tests.factories.carts import US_ADDRESS, ready_cart_make, shipping_method_make
from tests.factories.catalogue import market_make, product_make, tax_rate_make, variant_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rounding", "place", "taxes"),
    [
        ("half_up", "line", [1, 1]),
        ("half_even", "line", [0, 0]),
        ("half_up", "total", [1, 0]),
        ("half_even", "total", [1, 0]),
    ],
)
def test_a_quote_is_rounded_as_its_market_says(rounding: str, place: str, taxes: list[int]) -> None:
    market = market_make(
        "us", currency="USD", countries=["US"], prices_include_tax=False, rounding=rounding, rounding_place=place
    )
    tax_rate_make(country="US", rate_ppm=100_000, name="Sales tax")
    lines = {variant_of(product_make(market=market, price=5)): 1 for _ in taxes}
    method = shipping_method_make(market=market, amount=0)
    cart = ready_cart_make(lines, market=market, shipping_method=method, shipping_address=US_ADDRESS)

    result = quote_of(Cart.objects.select_related("market").get(id=cart.id), clock.now())

    assert sorted((line.tax_amount for line in result.lines), reverse=True) == taxes
    assert result.amounts.total_amount == 10 + sum(taxes)


@pytest.mark.parametrize(("price", "rounding"), [(1997, -2), (1998, 2), (2000, 0)])
def test_a_total_is_rounded_to_the_smallest_coin_and_says_so(price: int, rounding: int) -> None:
    market = market_make("ch", currency="CHF", countries=["CH"], cash_step=5)
    tax_rate_make(country="CH", rate_ppm=81_000, name="MWST")
    variant = variant_of(product_make(market=market, price=price))
    method = shipping_method_make(market=market, amount=0)
    cart = ready_cart_make({variant: 1}, market=market, shipping_method=method)

    result = quote_of(Cart.objects.select_related("market").get(id=cart.id), clock.now())

    assert (result.amounts.subtotal_amount, result.amounts.rounding_amount) == (price, rounding)
    assert result.total.amount == price + rounding
    assert [row.amount for row in result.rows if row.kind == "rounding"] == ([rounding] if rounding else [])
