"""What is typed of shipping: places as lines of text."""

from typing import Any

import pytest
from django.test import Client

from core.outside import ServiceConfig
from shipping.models import PickupPoint, ShippingMethod, ShippingZone
from shipping.places import Area
from tests.admin.test_set_up_pages import errors_of, send, url_of
from tests.factories.carts import shipping_method_make
from tests.factories.catalogue import category_make
from tests.factories.pages import form_data, rows_added


@pytest.mark.django_db
def test_areas_are_typed_in_the_admin(boss: Client) -> None:
    add = url_of(ShippingZone, "add")
    typed = {"name": "Far", "countries": "", "areas": "es-tf 38\n\nUS-NY 100..102", "excluded_areas": "ES 38900"}
    assert send(boss, add, "shippingzone_form", **typed | {"areas": "Spain"}).status_code == 200
    assert "areas" in errors_of(send(boss, add, "shippingzone_form", **typed | {"areas": "UK"}))
    assert send(boss, add, "shippingzone_form", **typed).status_code == 302
    made = ShippingZone.objects.get()
    assert [str(Area(**area)) for area in made.areas] == ["ES-TF 38", "US-NY 100..102"]
    change = url_of(ShippingZone, "change", made.pk)
    assert form_data(boss.get(change), "shippingzone_form")["areas"] == ["ES-TF 38\nUS-NY 100..102"]
    assert "postal code until" in str(errors_of(send(boss, change, "shippingzone_form", areas="ES 38..35")))


@pytest.mark.django_db
def test_price_table_is_typed_in_the_admin(boss: Client) -> None:
    method = shipping_method_make()
    change = url_of(ShippingMethod, "change", method.pk)
    typed = {"rate_by": "weight", "amount": "", "tiers": "2 kg: 4.95\nmore: 12"}
    assert "tiers" in errors_of(send(boss, change, "shippingmethod_form", **typed | {"tiers": "2 l: 4.95"}))
    assert "more than 2000" in str(
        errors_of(send(boss, change, "shippingmethod_form", **typed | {"tiers": "2 kg: 4.95\n1 kg: 9"}))
    )
    assert send(boss, change, "shippingmethod_form", **typed).status_code == 302
    method.refresh_from_db()
    assert method.tiers == [{"up_to": 2000, "amount": 495}, {"up_to": None, "amount": 1200}]
    assert form_data(boss.get(change), "shippingmethod_form")["tiers"] == ["2 kg: 4.95\nmore: 12.00"]
    assert "€4.95 to €12.00" in boss.get(url_of(ShippingMethod, "changelist")).content.decode()

    # A table that is hidden again is left behind, and so is a price that a table took the place of.
    assert "amount" in errors_of(send(boss, change, "shippingmethod_form", rate_by="flat", amount=""))
    assert send(boss, change, "shippingmethod_form", rate_by="flat", amount="6").status_code == 302
    method.refresh_from_db()
    assert (method.rate_by, method.amount, method.tiers) == ("flat", 600, [])


@pytest.mark.django_db
def test_a_carrier_is_chosen_among_those_of_the_settings(boss: Client, settings: Any) -> None:
    settings.CARRIERS = {"post": ServiceConfig("shipping.carriers.HttpCarrier", {"url": "https://post.example/"})}
    method = shipping_method_make()
    change = url_of(ShippingMethod, "change", method.pk)
    assert "carrier" in errors_of(send(boss, change, "shippingmethod_form", carrier="pigeon"))
    refused = errors_of(send(boss, change, "shippingmethod_form", carrier_fallback="on"))
    assert refused == {"carrier": ["Choose the carrier, or clear its service and the tick below."]}
    typed = {"carrier": "post", "carrier_service": "express", "carrier_fallback": "on"}
    assert send(boss, change, "shippingmethod_form", **typed).status_code == 302
    method.refresh_from_db()
    assert (method.carrier, method.carrier_service, method.carrier_fallback) == ("post", "express", True)

    settings.CARRIERS = {}
    page = boss.get(change)
    assert "post (not in the settings any more)" in page.content.decode()
    assert send(boss, change, "shippingmethod_form", name="Kept").status_code == 302
    method.refresh_from_db()
    assert (method.name, method.carrier) == ("Kept", "post")


@pytest.mark.django_db
def test_calendar_and_excluded_goods_are_typed_in_the_admin(boss: Client) -> None:
    method = shipping_method_make()
    category = category_make("Garden")
    change = url_of(ShippingMethod, "change", method.pk)
    data = form_data(boss.get(change), "shippingmethod_form")
    assert data["working_days"] == ["1", "2", "3", "4", "5"]
    typed = data | {"cutoff_time": "14:00", "holidays": "2027-01-01,2026-12-25", "working_days": ["1", "6"]}
    assert "holidays" in errors_of(boss.post(change, typed | {"holidays": "Christmas"}))
    both = {"product": "", "category": str(category.pk)}
    assert boss.post(change, rows_added(typed, "exclusions", [both])).status_code == 302
    method.refresh_from_db()
    assert (method.working_days, [str(day) for day in method.holidays]) == ([1, 6], ["2026-12-25", "2027-01-01"])
    assert (str(method.cutoff_time), method.exclusions.get().category) == ("14:00:00", category)
    assert form_data(boss.get(change), "shippingmethod_form")["holidays"] == ["2026-12-25, 2027-01-01"]


@pytest.mark.django_db
def test_pick_up_points_are_typed_on_their_method_s_page(boss: Client) -> None:
    method = shipping_method_make("pickup")
    change = url_of(ShippingMethod, "change", method.pk)
    typed = form_data(boss.get(change), "shippingmethod_form") | {"kind": "pickup"}
    row = {"name": "Our shop", "code": "shop", "line1": "Calle Mayor 1", "city": "Valencia", "region": "Valencia"}
    row |= {"country": "Spain", "postal_code": "46001", "position": "0", "is_active": "on"}
    wrong = boss.post(change, rows_added(typed, "pickup_points", [row | {"postal_code": "1"}]))
    assert (wrong.status_code, PickupPoint.objects.count()) == (200, 0)
    assert boss.post(change, rows_added(typed, "pickup_points", [row])).status_code == 302
    point = PickupPoint.objects.get()
    place = {name: point.address[name] for name in ("name", "region", "postal_code", "country")}
    assert place == {"name": "Our shop", "region": "V", "postal_code": "46001", "country": "ES"}
    assert "Valencia" in boss.get(url_of(PickupPoint, "changelist")).content.decode()
    again = form_data(boss.get(change), "shippingmethod_form") | {"pickup_points-0-opening_hours": "10 to 20"}
    assert boss.post(change, again).status_code == 302
    point.refresh_from_db()
    assert (point.opening_hours, point.address["city"]) == ("10 to 20", "Valencia")
