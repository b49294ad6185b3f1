"""The pages of what a shop is set up with: categories, collections, attributes, markets, taxes, shipping."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.admin.places import HOW_TO_WRITE
from core.outside import ServiceConfig
from markets.models import Market, TaxRate
from products.models import Attribute, Brand, Category, Collection
from shipping.models import ShippingMethod, ShippingZone
from tests.factories.carts import shipping_method_make
from tests.factories.catalogue import (
    attribute_make,
    brand_make,
    category_make,
    market_make,
    product_make,
    tax_category_make,
    tax_rate_make,
    us_market_make,
)
from tests.factories.pages import form_data, rows_added
from tests.factories.users import user_make
from users.models import User

pytestmark = pytest.mark.django_db


def url_of(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{page}", args=args)


def send(boss: Client, url: str, form_id: str, **typed: Any) -> Any:
    """Fill in a page's form and send it."""
    return boss.post(url, form_data(boss.get(url), form_id) | typed)


def errors_of(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return {name: list(errors) for name, errors in response.context["adminform"].form.errors.items()}


def test_category_is_made_moved_and_kept_while_others_are_below(boss: Client) -> None:
    home = category_make("Home")
    add = url_of(Category, "add")
    response = send(boss, add, "category_form", name="Lamps", slug="lamps", parent=str(home.pk))
    assert response.status_code == 302
    lamps = Category.objects.get(slug="lamps")
    assert Category.objects.get_parent(lamps) == home

    response = send(boss, url_of(Category, "delete", home.pk), "none", post="yes")
    assert Category.objects.filter(pk=home.pk).exists()

    response = send(boss, url_of(Category, "change", lamps.pk), "category_form", parent="", name="All lamps")
    lamps.refresh_from_db()
    assert (lamps.depth, lamps.name, lamps.slug) == (1, "All lamps", "lamps")

    page = boss.get(url_of(Category, "change", home.pk))
    assert home not in page.context["adminform"].form.fields["parent"].queryset


def test_collection_takes_products_in_the_page_s_order(boss: Client) -> None:
    first, second = product_make("First"), product_make("Second")
    add = url_of(Collection, "add")
    data = form_data(boss.get(add), "collection_form") | {"title": "Gifts", "slug": "gifts", "rule": "{}"}
    rows = [{"product": str(second.pk)}, {"product": str(first.pk)}]
    assert boss.post(add, rows_added(data, "product_links", rows)).status_code == 302
    collection = Collection.objects.get()
    assert [link.product for link in collection.product_links.all()] == [second, first]

    change = url_of(Collection, "change", collection.pk)
    data = form_data(boss.get(change), "collection_form")
    assert boss.post(change, data | {"product_links-0-DELETE": "on", "title": "Presents"}).status_code == 302
    collection.refresh_from_db()
    assert (collection.title, [link.product for link in collection.product_links.all()]) == ("Presents", [first])


def test_bad_rule_is_told(boss: Client) -> None:
    add = url_of(Collection, "add")
    response = send(boss, add, "collection_form", title="Gifts", slug="gifts", kind="rule", rule='{"nothing": 1}')
    assert "rule" in errors_of(response)
    assert not Collection.objects.exists()


def test_choice_that_products_carry_is_not_taken_from_an_attribute(boss: Client) -> None:
    attribute = attribute_make("material", "choice", choices=["clay", "glass"])
    product_make(attributes={"material": "clay"})
    change = url_of(Attribute, "change", attribute.pk)
    response = send(boss, change, "attribute_form", choices="glass")
    assert errors_of(response) == {"choices": ["Products carry the value 'clay'; change them first."]}
    assert send(boss, change, "attribute_form", choices="clay, glass, wood").status_code == 302
    attribute.refresh_from_db()
    assert attribute.choices == ["clay", "glass", "wood"]


def test_brand_of_products_is_not_deleted(boss: Client) -> None:
    product_make(brand=brand_make("Faro"))
    brand = Brand.objects.get()
    assert "protected" in boss.get(url_of(Brand, "delete", brand.pk)).content.decode()
    boss.post(url_of(Brand, "changelist"), {"action": "delete_selected", "_selected_action": brand.pk, "post": "yes"})
    assert Brand.objects.exists()


def test_market_checks_its_codes_and_keeps_the_currency_of_its_prices(boss: Client) -> None:
    market = market_make()
    change = url_of(Market, "change", market.pk)
    response = send(boss, change, "market_form", countries="es, DE, Atlantis", languages="en, xx-nowhere")
    assert errors_of(response) == {
        "countries": [f"Not a country: Atlantis. Write {HOW_TO_WRITE}, with commas between."],
        "languages": ["Not a language: xx-nowhere. Write codes such as en, es, pt-BR."],
    }
    assert send(boss, change, "market_form", countries="spain, DE,es", currency="SEK").status_code == 302
    market.refresh_from_db()
    assert (market.countries, market.currency) == (["ES", "DE"], "SEK")

    product_make(market=market)
    assert send(boss, change, "market_form", currency="EUR").status_code == 302
    market.refresh_from_db()
    assert market.currency == "SEK"


def test_tax_rate_is_typed_in_percent_exactly(boss: Client) -> None:
    rate = tax_rate_make(rate_ppm=88_750, country="US", region="NY")
    change = url_of(TaxRate, "change", rate.pk)
    assert form_data(boss.get(change), "taxrate_form")["percent"] == ["8.875"]
    assert send(boss, change, "taxrate_form", percent="9.0001 %").status_code == 302
    rate.refresh_from_db()
    assert rate.rate_ppm == 90_001
    for typed, error in (
        ("100.1", "less than or equal to 100"),
        ("9.00001", "decimal places"),
        ("x", "Write a number with a point in it, not a comma"),
        ("9,5", "Write a number with a point in it, not a comma"),
    ):
        assert error in str(errors_of(send(boss, change, "taxrate_form", percent=typed))), typed


def test_overlapping_tax_rates_are_told(boss: Client) -> None:
    rate = tax_rate_make()
    add = url_of(TaxRate, "add")
    typed = {"category": str(tax_category_make().pk), "country": rate.country, "name": rate.name, "percent": "7"}
    assert errors_of(send(boss, add, "taxrate_form", **typed))
    assert "postal_code_until" in errors_of(
        send(boss, add, "taxrate_form", **typed, postal_code_from="36", postal_code_until="35")
    )
    assert TaxRate.objects.count() == 1
    assert send(boss, add, "taxrate_form", **typed, postal_code_from="35-0").status_code == 302
    assert TaxRate.objects.filter(postal_code_from="350", postal_code_until="350", rate_ppm=70_000).exists()
    assert errors_of(send(boss, add, "taxrate_form", **typed, postal_code_from="3501"))
    assert TaxRate.objects.count() == 2


def test_customer_is_made_tax_exempt_and_what_can_not_be_is_told(boss: Client) -> None:
    customer = user_make(email="embassy@example.com")
    change = url_of(User, "change", customer.pk)
    typed = {"tax_exemption_reason": "Embassy", "tax_exemption_number": "E-7", "tax_exemption_from": "2026-01-01"}
    wrong = send(boss, change, "user_form", **typed, tax_exemption_country="xx")
    assert errors_of(wrong) == {
        "tax_exemption_country": ["xx is not a country. Write English names or two-letter codes, such as Spain or ES."]
    }
    backwards = send(boss, change, "user_form", **typed, tax_exemption_until="2025-12-31")
    assert "An exemption must not end before it begins." in str(errors_of(backwards))
    customer.refresh_from_db()
    assert customer.tax_exemption_reason == ""

    assert send(boss, change, "user_form", **typed, tax_exemption_country="de").status_code == 302
    customer.refresh_from_db()
    assert (customer.tax_exemption_reason, customer.tax_exemption_country) == ("Embassy", "DE")
    assert str(customer.tax_exemption_from) == "2026-01-01"


def test_market_has_one_of_the_tax_services_of_the_settings(boss: Client, settings: Any) -> None:
    settings.TAX_SERVICES = {
        "sales": ServiceConfig("markets.tax_services.HttpTaxService", {"url": "https://t.example/"})
    }
    market = market_make()
    change = url_of(Market, "change", market.pk)
    assert "tax_service" in errors_of(send(boss, change, "market_form", tax_service="none"))
    assert send(boss, change, "market_form", tax_service="sales").status_code == 302
    market.refresh_from_db()
    assert market.tax_service == "sales"


def test_market_says_where_its_seller_is_registered(boss: Client) -> None:
    market = market_make()
    change = url_of(Market, "change", market.pk)
    assert "tax_country" in errors_of(send(boss, change, "market_form", tax_country="xx"))
    assert send(boss, change, "market_form", tax_country="es").status_code == 302
    market.refresh_from_db()
    assert market.tax_country == "ES"
    assert send(boss, change, "market_form", tax_country="").status_code == 302


def test_shipping_method_is_typed_in_its_market_s_currency(boss: Client) -> None:
    method = shipping_method_make()
    yen = market_make("jp", currency="JPY")
    change = url_of(ShippingMethod, "change", method.pk)
    assert form_data(boss.get(change), "shippingmethod_form")["amount"] == ["4.95"]
    assert send(boss, change, "shippingmethod_form", amount="5.5", free_from_amount="50").status_code == 302
    method.refresh_from_db()
    assert (method.amount, method.free_from_amount) == (550, 5000)

    add = url_of(ShippingMethod, "add")
    typed = {"market": str(yen.pk), "zone": str(method.zone_id), "name": "Post", "code": "post", "position": "0"}
    assert "amount" in errors_of(send(boss, add, "shippingmethod_form", **typed, amount="500.5"))
    assert send(boss, add, "shippingmethod_form", **typed, amount="500").status_code == 302
    assert ShippingMethod.objects.get(market=yen).amount == 500


def test_zone_is_saved_with_its_methods(boss: Client) -> None:
    market, other = market_make(), us_market_make()
    add = url_of(ShippingZone, "add")
    data = form_data(boss.get(add), "shippingzone_form") | {"name": "Near", "countries": "ES, PT"}
    row = {"market": str(market.pk), "name": "Post", "code": "post", "kind": "delivery", "rate_by": "flat"}
    row |= {"amount": "4.95", "min_days": "5", "max_days": "2"}
    response = boss.post(add, rows_added(data, "methods", [row]))
    assert "It can&#x27;t take more days at the least than at the most." in response.content.decode()
    assert not ShippingZone.objects.exists()

    rows = [row | {"max_days": "7"}, row | {"market": str(other.pk), "max_days": ""}]
    assert boss.post(add, rows_added(data, "methods", rows)).status_code == 302
    zone = ShippingZone.objects.get()
    assert (zone.countries, zone.methods.count()) == (["ES", "PT"], 2)

    change = url_of(ShippingZone, "change", zone.pk)
    data = form_data(boss.get(change), "shippingzone_form") | {"methods-0-amount": "6", "methods-1-DELETE": "on"}
    assert boss.post(change, data).status_code == 302
    assert [method.amount for method in zone.methods.all()] == [600]
