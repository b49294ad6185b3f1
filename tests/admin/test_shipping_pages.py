"""What is typed of shipping: places as lines of text."""

import pytest
from django.test import Client

from shipping.models import ShippingZone
from shipping.places import Area
from tests.admin.test_set_up_pages import errors_of, send, url_of
from tests.factories.pages import form_data


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
