"""A price list or a market is filled from another market by the rate of a named day."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from rest_framework.test import APIClient

from core.money import MAX_AMOUNT
from markets.models import CurrencyRate
from products.models import Price, PriceListPrice
from products.pricing import converted
from tests.factories.catalogue import market_make, price_list_make, price_make, product_make, us_market_make, variant_of
from tests.factories.users import staff_make
from users.models import User

DAY = "2026-11-23"


@pytest.mark.parametrize(
    ("amount", "rate", "quote", "step", "expected"),
    [
        (1000, "1.0876", "USD", 1, 1088),
        (1000, "1.0875", "USD", 1, 1088),
        (1000, "1.0874", "USD", 1, 1087),
        (1999, "163.25", "JPY", 1, 3263),
        (1999, "163.25", "JPY", 10, 3260),
        (1999, "0.3349", "KWD", 5, 6695),
        (1000, "1.0876", "USD", 100, 1100),
        (1, "0.001", "USD", 5, 5),
        (0, "9", "USD", 5, 0),
    ],
)
def test_an_amount_in_another_currency(amount: int, rate: str, quote: str, step: int, expected: int) -> None:
    assert converted(amount, Fraction(rate), base="EUR", quote=quote, step=step) == expected


@pytest.mark.django_db
def test_a_list_is_filled_by_the_rate_of_the_day(client_of: Callable[[User | str], APIClient]) -> None:
    staff = client_of(staff_make(rights=["catalogue:read", "catalogue:write"]))
    eu, uk = market_make("eu"), market_make("uk", currency="GBP", countries=["GB"])
    first, second, third = (variant_of(product_make(price=price, market=eu)) for price in (1000, 1999, 50))
    price_make(third, 77, market=uk)
    Price.objects.filter(variant=third, market=eu).delete()
    price_list = price_list_make("uk-list", {first: {1: 1, 10: 700}, third: {1: 3}}, market=uk)
    path = f"/api/v1/price-lists/{price_list.pk}/fill-from"

    def tiers() -> set[tuple[object, int, int]]:
        return set(PriceListPrice.objects.values_list("variant_id", "min_quantity", "amount"))

    before = tiers()
    CurrencyRate.objects.create(base="EUR", quote="GBP", rate="0.85", valid_on=DAY, source="ECB")
    us_market_make()
    wrong = [
        ({"market": "eu", "date": "2026-11-22"}, "/date"),
        ({"market": "nowhere", "date": DAY}, "/market"),
        ({"market": "us", "date": DAY}, "/market"),
        ({"market": "eu", "date": DAY, "step": 0}, "/step"),
        ({"market": "eu"}, "/date"),
    ]
    for body, pointer in wrong:
        refused = staff.post(path, body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer), body
    Price.objects.filter(variant=second).update(amount=MAX_AMOUNT)
    CurrencyRate.objects.update(rate=2)
    assert staff.post(path, {"market": "eu", "date": DAY}).json()["errors"][0]["pointer"] == "/date"
    assert tiers() == before

    Price.objects.filter(variant=second).update(amount=1999)
    CurrencyRate.objects.update(rate="0.85")
    answer = staff.post(path, {"market": "eu", "date": DAY, "step": 5})
    assert (answer.status_code, answer.json()) == (200, {"variants_count": 2})
    assert tiers() == {(first.pk, 1, 850), (first.pk, 10, 700), (second.pk, 1, 1700), (third.pk, 1, 3)}


@pytest.mark.django_db
def test_a_market_is_filled_where_it_has_no_price(client_of: Callable[[User | str], APIClient]) -> None:
    staff = client_of(staff_make(rights=["catalogue:read", "catalogue:write"]))
    eu, uk = market_make("eu"), market_make("uk", currency="GBP", countries=["GB"])
    first, second = (variant_of(product_make(price=price, market=eu)) for price in (1000, 1999))
    price_make(first, 77, market=uk)
    CurrencyRate.objects.create(base="EUR", quote="GBP", rate="0.85", valid_on=DAY, source="ECB")
    us_market_make()
    path = f"/api/v1/markets/{uk.pk}/fill-from"
    wrong = [
        ({"market": "eu", "date": "2026-11-22"}, "/date"),
        ({"market": "nowhere", "date": DAY}, "/market"),
        ({"market": "uk", "date": DAY}, "/market"),
        ({"market": "us", "date": DAY}, "/market"),
        ({"market": "eu", "date": DAY, "step": 0}, "/step"),
    ]
    for body, pointer in wrong:
        refused = staff.post(path, body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer), body
    reader = client_of(staff_make(rights=["catalogue:read"]))
    assert reader.post(path, {"market": "eu", "date": DAY}).status_code == 403
    assert staff.post(path.replace(str(uk.pk), str(first.pk)), {"market": "eu", "date": DAY}).status_code == 404
    assert [price.amount for price in Price.objects.filter(market=uk)] == [77]

    answer = staff.post(path, {"market": "eu", "date": DAY, "step": 5})
    assert (answer.status_code, answer.json()) == (200, {"variants_count": 1})
    assert dict(Price.objects.filter(market=uk).values_list("variant", "amount")) == {first.pk: 77, second.pk: 1700}
    assert staff.post(path, {"market": "eu", "date": DAY, "step": 5}).json() == {"variants_count": 0}
