"""Which zone serves a place: the most specific one, and none that leaves it out."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from core.places import Place
from shipping.models import ShippingMethod, ShippingZone
from shipping.places import Area, rank_in, serving
from tests.factories.carts import ADDRESS, cart_make, ready_cart_make, shipping_method_make
from tests.factories.catalogue import market_make, product_make, variant_of
from tests.factories.users import staff_make
from users.models import User

ClientOf = Callable[[User | str], APIClient]
CANARY = [Area("ES", "", "35", "35"), Area("ES", "", "38", "38")]
SPAIN = ADDRESS | {"city": "Madrid", "region": "M", "postal_code": "28001", "country": "ES"}
LAS_PALMAS = ADDRESS | {"city": "Las Palmas", "region": "GC", "postal_code": "35001", "country": "ES"}


@dataclass
class AZone:
    """A zone without a table, which is a method of itself."""

    countries: list[str] = field(default_factory=list)
    areas: list[dict[str, str]] = field(default_factory=list)
    excluded_areas: list[dict[str, str]] = field(default_factory=list)

    @property
    def zone(self) -> "AZone":
        return self


def zone(*countries: str, areas: list[Area] | None = None, without: list[Area] | None = None) -> AZone:
    return AZone(list(countries), [asdict(area) for area in areas or []], [asdict(area) for area in without or []])


@pytest.mark.parametrize(
    ("area", "place", "is_held"),
    [
        (Area("ES", "", "35", "35"), Place("ES", "GC", "35001"), True),
        (Area("ES", "", "35", "35"), Place("ES", "M", "28035"), False),
        (Area("ES", "", "35", "35"), Place("DE", "", "35037"), False),
        (Area("ES", "", "35", "35"), Place("ES"), False),
        (Area("ES", "", "35", "38"), Place("ES", "", "38911"), True),
        (Area("ES", "", "35", "38"), Place("ES", "", "39001"), False),
        (Area("ES", "", "07", "07"), Place("ES", "PM", "07001"), True),
        (Area("ES", "", "07", "07"), Place("ES", "", "70010"), False),
        (Area("DE", "", "01000", "01999"), Place("DE", "", "01067"), True),
        (Area("DE", "", "01000", "01999"), Place("DE", "", "10670"), False),
        (Area("US", "NY", "", ""), Place("US", "NY", "10001"), True),
        (Area("US", "NY", "", ""), Place("US", "NJ", "07001"), False),
        (Area("US", "NY", "100", "102"), Place("US", "NY", "10299"), True),
        (Area("US", "NJ", "100", "102"), Place("US", "NY", "10299"), False),
        (Area("GB", "", "BT", "BT"), Place("GB", "", "BT11AA"), True),
        (Area("PT", "", "90000", "99999"), Place("PT", "", "9000015"), True),
    ],
)
def test_area_holds_a_place(area: Area, place: Place, *, is_held: bool) -> None:
    assert area.holds(place) is is_held


def test_most_specific_zone_serves() -> None:
    world = zone("ES", "DE")
    spain = zone("ES", without=[Area("ES", "", "51", "52")])
    canary = zone(areas=CANARY)
    islet = zone(areas=[Area("ES", "", "35540", "35540")])
    tenerife = zone(areas=[Area("ES", "TF")])
    zones = [world, spain, canary, islet, tenerife]
    assert serving(zones, Place("ES", "M", "28001")) == [world, spain]
    assert serving(zones, Place("ES")) == [world, spain]
    assert serving(zones, Place("ES", "GC", "35001")) == [canary]
    assert serving(zones, Place("ES", "GC", "35540")) == [islet]
    # A postal code is more specific than a region.
    assert serving(zones, Place("ES", "TF", "38001")) == [canary]
    assert serving([world, tenerife], Place("ES", "TF", "38001")) == [tenerife]
    assert serving(zones, Place("ES", "CE", "51001")) == [world]
    assert serving(zones, Place("FR")) == []


def test_left_out_wins_where_it_is_as_specific() -> None:
    place = Place("ES", "GC", "35540")
    assert rank_in(zone("ES", without=CANARY), place) is None
    assert rank_in(zone("ES", areas=[Area("ES", "", "35540", "35540")], without=CANARY), place) == (True, 5, False)
    assert rank_in(zone("ES", areas=CANARY, without=CANARY), place) is None
    assert rank_in(zone("ES", without=[Area("ES", "GC")]), place) is None
    assert rank_in(zone("ES", without=[Area("ES", "GC")]), Place("ES")) == (False, 0, False)


codes = st.text("0123459AB", min_size=1, max_size=6)


@given(low=codes, high=codes, code=codes)
def test_range_is_what_lies_between_and_what_begins_with_its_end(low: str, high: str, code: str) -> None:
    assert Area("ES", "", low, high).holds(Place("ES", "", code)) == (low <= code < high + "~")


@given(st.lists(st.tuples(codes, codes), max_size=5), codes)
def test_order_of_zones_does_not_matter(ranges: list[tuple[str, str]], code: str) -> None:
    zones = [zone("ES"), *(zone(areas=[Area("ES", "", low, high)]) for low, high in ranges)]
    place = Place("ES", "", code)
    assert serving(zones[::-1], place) == serving(zones, place)[::-1]
    assert serving(zones, place)


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["settings:read", "settings:write"]))


@pytest.mark.django_db
def test_areas_are_stored_as_they_are_compared(staff: APIClient) -> None:
    areas: list[dict[str, str]] = [
        {"country": "ES", "postal_code_from": " 35 "},
        {"country": "US", "region": "new york", "postal_code_from": "100", "postal_code_until": "102"},
        {"country": "PT", "postal_code_from": "9000-000", "postal_code_until": "9999-999"},
        {"country": "ES", "postal_code_from": "35", "region": ""},
    ]
    made = staff.post("/api/v1/shipping-zones", {"name": "Far", "areas": areas, "excluded_areas": areas[:1]})
    stored = [asdict(Area(*of)) for of in (("ES", "", "35", "35"), ("US", "NY", "100", "102"))]
    stored.append(asdict(Area("PT", "", "9000000", "9999999")))
    assert (made.status_code, made.json()["areas"]) == (201, stored), made.json()
    assert (made.json()["countries"], made.json()["excluded_areas"]) == ([], stored[:1])
    url = f"/api/v1/shipping-zones/{made.json()['id']}"
    bare = staff.patch(url, {"areas": []}, HTTP_IF_MATCH=made.headers["ETag"])
    assert (bare.status_code, bare.json()["errors"][0]["pointer"]) == (400, "/countries")
    assert staff.get(url).json() == made.json()
    whole = staff.patch(url, {"areas": [], "countries": ["ES"]}, HTTP_IF_MATCH=made.headers["ETag"])
    assert (whole.status_code, whole.json()["countries"], whole.json()["areas"]) == (200, ["ES"], [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("area", "pointer"),
    [
        ({}, "/areas/0/country"),
        ({"country": "XX", "region": "a"}, "/areas/0/country"),
        ({"country": "ES"}, "/areas/0"),
        ({"country": "ES", "region": "Atlantis"}, "/areas/0/region"),
        ({"country": "MC", "region": "Port"}, "/areas/0/region"),
        ({"country": "ES", "postal_code_until": "35"}, "/areas/0/postal_code_from"),
        ({"country": "ES", "postal_code_from": "--"}, "/areas/0/postal_code_from"),
        ({"country": "ES", "postal_code_from": "1" * 13}, "/areas/0/postal_code_from"),
        ({"country": "ES", "postal_code_from": "38", "postal_code_until": "35"}, "/areas/0/postal_code_until"),
        ({"country": "ES", "postal_code_from": 35}, "/areas/0/postal_code_from"),
        ({"country": "ES", "postal_codes": ["35"]}, "/areas/0/postal_codes"),
    ],
)
def test_area_that_is_not_valid(staff: APIClient, area: dict[str, Any], pointer: str) -> None:
    response = staff.post("/api/v1/shipping-zones", {"name": "Z", "countries": ["ES"], "areas": [area]})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, pointer), response.json()
    assert not ShippingZone.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["areas", "excluded_areas"])
@pytest.mark.parametrize("json", ['{"country": "ES"}', "5", '["ES"]', '[{"country": ""}]', '[{"country": 7}]'])
def test_schema_takes_no_area_without_a_country(column: str, json: str) -> None:
    shipping_method_make()
    with pytest.raises(IntegrityError, match="zone_areas"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE shipping_shippingzone SET {column} = %s", [json])  # noqa: S608 (names of this file)


@pytest.fixture
def canary_shop() -> None:
    """Make Spain, and the Canary Islands at a price of their own."""
    market_make(countries=["ES", "DE"])
    shipping_method_make(countries=("ES",), amount=495)
    shipping_method_make("express", countries=("ES",), amount=990)
    islands = ShippingZone.objects.create(name="Canary Islands", areas=[asdict(area) for area in CANARY])
    ShippingMethod.objects.filter(id=shipping_method_make(amount=1495).id).update(zone=islands)


@pytest.mark.django_db
@pytest.mark.usefixtures("canary_shop")
def test_options_are_of_the_cart_s_place(api: APIClient) -> None:
    cart = cart_make({variant_of(product_make()): 1})
    url = f"/api/v1/carts/{cart.id}"

    def offered() -> list[tuple[str, int]]:
        answer = api.get(f"{url}/shipping-options").json()
        return [(option["code"], option["price"]["amount"]) for option in answer["results"]]

    assert offered() == [("standard", 495), ("express", 990)]
    api.patch(url, {"shipping_address": SPAIN})
    assert offered() == [("standard", 495), ("express", 990)]
    api.patch(url, {"shipping_address": LAS_PALMAS})
    assert offered() == [("standard", 1495)]
    # What is switched off for the islands isn't offered there at the mainland's price.
    ShippingMethod.objects.filter(zone__name="Canary Islands").update(is_active=False)
    assert offered() == []


@pytest.mark.django_db
@pytest.mark.usefixtures("canary_shop")
def test_method_of_the_mainland_is_lost_on_the_islands(api: APIClient) -> None:
    mainland = ShippingMethod.objects.get(zone__name="ES", code="standard")
    cart = ready_cart_make({variant_of(product_make()): 1}, shipping_method=mainland, shipping_address=SPAIN)
    url = f"/api/v1/carts/{cart.id}"
    assert api.get(url).json()["is_ready_to_order"]
    moved = api.patch(url, {"shipping_address": LAS_PALMAS}).json()
    assert [problem["code"] for problem in moved["problems"]] == ["shipping_method_unavailable"]
    assert (moved["shipping_method"], moved["totals"]["shipping"]["amount"]) == (None, 0)
    chosen = api.patch(url, {"shipping_method_code": "standard"}).json()
    assert (chosen["problems"], chosen["totals"]["shipping"]["amount"]) == ([], 1495)
