"""The pages of markets and taxes as somebody fills them in who knows no codes, and makes mistakes."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from events.models import Event
from inventory.models import StockLevel
from markets.models import CurrencyRate, Market, TaxCategory, TaxRate
from products.models import Price, PriceHistory
from shipping.models import ShippingMethod, ShippingZone
from tests.admin.test_set_up_pages import errors_of, send, url_of
from tests.factories.carts import shipping_method_make
from tests.factories.catalogue import (
    market_make,
    price_make,
    product_make,
    tax_category_make,
    tax_rate_make,
    us_market_make,
    variant_of,
)
from tests.factories.pages import form_data, rows_added

pytestmark = pytest.mark.django_db

_NEW = {"name": "Finland", "code": "fi", "currency": "EUR", "countries": "Finland, Åland islands", "languages": "fi"}


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_market_is_made_of_names_and_becomes_the_default(boss: Client) -> None:
    old = market_make(is_default=True)
    add = url_of(Market, "add")
    assert send(boss, add, "market_form", **_NEW, cash_step="0.05", is_default="on").status_code == 302
    made = Market.objects.get(code="fi")
    assert (made.countries, made.cash_step, made.is_default) == (["FI", "AX"], 5, True)
    old.refresh_from_db()
    assert not old.is_default

    change = url_of(Market, "change", made.pk)
    assert form_data(boss.get(change), "market_form")["cash_step"] == ["0.05"]
    assert send(boss, change, "market_form", cash_step="").status_code == 302
    made.refresh_from_db()
    assert made.cash_step == 1
    assert form_data(boss.get(change), "market_form")["cash_step"] == [""]


def test_market_says_what_is_wrong_with_it(boss: Client) -> None:
    market_make("eu", is_default=True)
    coin = "Write an amount such as 0.05, or nothing where totals aren't rounded."
    code = "Use the letters a to z, digits, dashes and underscores only, such as north-america."
    wrong: tuple[tuple[dict[str, str], dict[str, str]], ...] = (
        ({"cash_step": "0"}, {"cash_step": coin}),
        ({"cash_step": "99999999"}, {"cash_step": coin}),
        ({"cash_step": "-5"}, {"cash_step": "An amount can't be below zero."}),
        ({"cash_step": "0,05"}, {"cash_step": "'0,05' is not a plain decimal amount such as 19.99."}),
        ({"code": "Suomi ä"}, {"code": code}),
        ({"code": "eu"}, {"code": "Market with this Code already exists."}),
        ({"countries": ""}, {"countries": "This field is required."}),
    )
    add = url_of(Market, "add")
    data = form_data(boss.get(add), "market_form") | _NEW
    for typed, error in wrong:
        assert errors_of(boss.post(add, data | typed)) == {name: [text] for name, text in error.items()}, typed
    assert list(Market.objects.values_list("code", flat=True)) == ["eu"]


def test_country_of_a_tax_rate_is_not_cut_off(boss: Client) -> None:
    tax_category_make()
    add = url_of(TaxRate, "add")
    page = boss.get(add)
    # Two letters of Austria would be Australia.
    assert 'maxlength="2"' not in page.content.decode()
    data = form_data(page, "taxrate_form") | {"name": "USt", "percent": "20"}
    assert data["category"] == [str(TaxCategory.objects.get(is_default=True).pk)]
    assert boss.post(add, data | {"country": "Austria"}).status_code == 302
    assert TaxRate.objects.get().country == "AT"


def test_tax_rate_says_which_one_is_in_its_way_and_which_come_on_top(boss: Client) -> None:
    rate = tax_rate_make()
    add = url_of(TaxRate, "add")
    data = form_data(boss.get(add), "taxrate_form") | {"country": rate.country, "name": rate.name, "percent": "7"}
    overlap = "Another rate of this category, place and name holds during a part of that time."
    assert errors_of(boss.post(add, data)) == {"valid_from": [overlap]}
    backwards = {"valid_from_0": "2027-02-01", "valid_until_0": "2027-01-01"}
    assert errors_of(boss.post(add, data | backwards)) == {"valid_until": ["A rate must end after it begins."]}
    assert TaxRate.objects.count() == 1

    beside = boss.post(add, data | {"name": "City tax", "valid_from_0": "2027-02-01"}, follow=True)
    warned = f"Germany has {rate.name} 19 % too. Rates of different names are taken together: is that meant?"
    assert warned in messages_of(beside)
    made = TaxRate.objects.get(name="City tax")
    # A day without a time is its first moment, in the shop's time zone.
    assert made.valid_from is not None
    assert made.valid_from.isoformat() == "2027-02-01T00:00:00+00:00"


def test_rates_of_a_category_are_replaced_on_its_page(boss: Client) -> None:
    rate = tax_rate_make()
    change = url_of(TaxCategory, "change", rate.category_id)
    data = form_data(boss.get(change), "taxcategory_form")
    row = {"country": "germany", "name": rate.name, "percent": "4", "position": "0"}
    refused = boss.post(change, rows_added(data, "rates", [row]))
    assert "Another rate of this category, place and name holds" in refused.content.decode()
    assert list(TaxRate.objects.values_list("rate_ppm", flat=True)) == [190_000]

    first = {"rates-0-postal_code_from": "35", "rates-0-postal_code_until": "36"}
    assert boss.post(change, data | first).status_code == 302
    rate.refresh_from_db()
    assert (rate.postal_code_from, rate.postal_code_until) == ("35", "36")
    data = form_data(boss.get(change), "taxcategory_form")
    assert boss.post(change, data | {"rates-0-postal_code_from": "34"}).status_code == 302
    rate.refresh_from_db()
    assert (rate.postal_code_from, rate.postal_code_until) == ("34", "36")

    data = form_data(boss.get(change), "taxcategory_form") | {"rates-0-DELETE": "on"}
    assert boss.post(change, rows_added(data, "rates", [row])).status_code == 302
    assert list(TaxRate.objects.values_list("rate_ppm", "postal_code_from")) == [(40_000, "")]


def test_zone_without_a_place_and_code_that_is_there_are_told(boss: Client) -> None:
    method = shipping_method_make()
    add = url_of(ShippingZone, "add")
    assert errors_of(send(boss, add, "shippingzone_form", name="Nowhere")) == {
        "countries": ["Name a country or an area that it serves."]
    }
    again = {"market": str(method.market_id), "zone": str(method.zone_id), "name": "Again", "code": method.code}
    refused = errors_of(send(boss, url_of(ShippingMethod, "add"), "shippingmethod_form", **again, amount="1"))
    assert "code" in str(refused)
    assert (ShippingZone.objects.count(), ShippingMethod.objects.count()) == (1, 1)


def hints_of(boss: Client, market: Market) -> list[tuple[str, bool]]:
    hints = boss.get(url_of(Market, "change", market.pk)).context["hints"]
    return [(hint.text, hint.is_hindrance) for hint in hints]


def test_market_says_what_it_lacks_until_it_sells(boss: Client) -> None:
    old, market = market_make("eu"), market_make("fi", countries=["FI", "AX"], is_active=False)
    shipping_method_make(market=old)
    tax_category_make()
    inactive = ("It isn't active, so buyers don't see it: turn “Is active” on when all is ready.", True)
    unpriced = ("Nothing has a price here yet, so nothing can be sold.", True)
    unsent = (
        "No active shipping method of this market reaches Finland, Åland Islands: nothing can be ordered to there.",
        True,
    )
    untaxed = (
        "No tax rate of the default category holds in Finland, Åland Islands: nothing is taxed there.",
        False,
    )
    assert hints_of(boss, market) == [inactive, ("No product is published yet.", True), unsent, untaxed]

    mug = variant_of(product_make("Mug", market=old, stock=0))
    plate = variant_of(product_make("Plate", market=old))
    product_make("Draft", market=old, status="draft")
    assert hints_of(boss, market) == [inactive, unpriced, unsent, untaxed]

    Market.objects.filter(pk=market.pk).update(is_active=True)
    price_make(mug, 500, market=market)
    # What holds later, or held before, is no price now.
    price_make(plate, 500, market=market, valid_from=clock.now() + timedelta(days=1))
    shipping_method_make(market=market, countries=("FI",))
    shipping_method_make("off", market=market, countries=("AX",), is_active=False)
    tax_rate_make(country="FI")
    tax_rate_make(country="AX", valid_until=clock.now())
    assert hints_of(boss, market) == [
        ("1 variant that is published has no price here, and isn't sold in this market.", False),
        ("Nothing that has a price here is in stock at an active location.", True),
        ("No active shipping method of this market reaches Åland Islands: nothing can be ordered to there.", False),
        ("No tax rate of the default category holds in Åland Islands: nothing is taxed there.", False),
    ]

    StockLevel.objects.update(on_hand=5)
    Price.objects.filter(market=market).update(valid_from=None)
    Market.objects.filter(pk=market.pk).update(countries=["FI"])
    assert hints_of(boss, market) == []
    page = boss.get(url_of(Market, "change", market.pk)).content.decode()
    assert "It has all that it takes to sell: prices, stock, shipping and taxes." in page


def test_market_is_filled_with_the_prices_of_another(
    boss: Client, browser_of: Callable[[Sequence[str]], Client]
) -> None:
    old, market = market_make("eu"), market_make("fi", countries=["FI"])
    swiss = market_make("ch", currency="CHF", countries=["CH"])
    us_market_make()
    mug, plate = variant_of(product_make("Mug", price=1999)), variant_of(product_make("Plate", price=2150))
    price_make(mug, 1, market=market)
    url = reverse("admin:markets_market_fill", args=[market.pk])
    assert url in boss.get(url_of(Market, "change", swiss.pk)).content.decode().replace(str(swiss.pk), str(market.pk))

    reader = browser_of(["settings:read", "settings:write"])
    assert reader.get(url).status_code == 403
    assert url not in reader.get(url_of(Market, "change", market.pk)).content.decode()

    wrong: tuple[tuple[dict[str, str], str], ...] = (
        ({"market": "", "step": "0.01"}, "This field is required."),
        ({"market": "fi", "step": "0.01"}, "Select a valid choice."),
        ({"market": "us", "step": "0.01"}, "so that one can&#x27;t be reckoned from the other."),
        ({"market": "eu", "step": "0"}, "Round to something above zero."),
        ({"market": "eu", "step": "0,05"}, "is not a plain decimal amount such as 19.99."),
        ({"market": "ch", "step": "0.05", "date": "2026-11-23"}, "There is no rate of CHF and EUR for 2026-11-23"),
    )
    for typed, error in wrong:
        assert error in boss.post(url, typed).content.decode(), typed
    assert Price.objects.filter(market=market).count() == 1

    done = boss.post(url, {"market": "eu", "step": "0.05"}, follow=True)
    assert messages_of(done) == ["1 variant got a price in FI."]
    assert dict(Price.objects.filter(market=market).values_list("variant", "amount")) == {mug.pk: 1, plate.pk: 2150}
    event = Event.objects.get(type="product.updated")
    assert (event.aggregate_id, event.data["changed"]) == (plate.product_id, ["prices"])
    assert PriceHistory.objects.filter(variant=plate, market=market).count() == 1
    # The prices of now are not written once more.
    assert messages_of(boss.post(url, {"market": "eu", "step": "0.05"}, follow=True)) == [
        "0 variants got a price in FI."
    ]

    CurrencyRate.objects.create(base="EUR", quote="CHF", rate=Decimal("0.9412"), valid_on="2026-11-23", source="ECB")
    url = reverse("admin:markets_market_fill", args=[swiss.pk])
    assert boss.post(url, {"market": old.code, "step": "0.05", "date": "2026-11-23"}).status_code == 302
    # 19.99 is 18.814788 and 21.50 is 20.2358 in francs.
    assert dict(Price.objects.filter(market=swiss).values_list("variant", "amount")) == {mug.pk: 1880, plate.pk: 2025}
