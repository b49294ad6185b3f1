"""The pages of markets and taxes as somebody fills them in who knows no codes, and makes mistakes."""

from typing import Any

import pytest
from django.test import Client

from markets.models import Market, TaxCategory, TaxRate
from shipping.models import ShippingMethod, ShippingZone
from tests.admin.test_set_up_pages import errors_of, send, url_of
from tests.factories.carts import shipping_method_make
from tests.factories.catalogue import market_make, tax_category_make, tax_rate_make
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
