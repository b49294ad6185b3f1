"""When goods arrive: the calendar of a method, and what carts and orders say of it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from core import clock
from inventory.models import StockLevel
from orders.models import Order
from products.models import Variant
from shipping.models import ShippingMethod, ShippingZone
from shipping.windows import Calendar, delivery_window
from tests.factories.carts import ready_cart_make, shipping_method_make
from tests.factories.catalogue import market_make, product_make, variant_of
from tests.factories.money import eur
from tests.factories.users import staff_make
from tests.orders.steps import place
from users.models import User

ClientOf = Callable[[User | str], APIClient]

WEEK = (1, 2, 3, 4, 5)
# 2026-12-04 is a Friday.
FRIDAY = date(2026, 12, 4)


@pytest.mark.parametrize(
    ("at", "days", "calendar", "ready_on", "window"),
    [
        ("2026-12-04T13:59", (1, 2), Calendar(WEEK, cutoff_time=time(14)), None, ("2026-12-07", "2026-12-08")),
        ("2026-12-04T14:00", (1, 2), Calendar(WEEK, cutoff_time=time(14)), None, ("2026-12-08", "2026-12-09")),
        ("2026-12-04T23:59", (1, 2), Calendar(WEEK), None, ("2026-12-07", "2026-12-08")),
        # What comes on a Saturday leaves on Monday, before or after the cut-off.
        ("2026-12-05T09:00", (1, 1), Calendar(WEEK, cutoff_time=time(14)), None, ("2026-12-08", "2026-12-08")),
        ("2026-12-05T20:00", (1, 1), Calendar(WEEK, cutoff_time=time(14)), None, ("2026-12-08", "2026-12-08")),
        ("2026-12-04T09:00", (0, 0), Calendar(WEEK), None, ("2026-12-04", "2026-12-04")),
        ("2026-12-04T09:00", (1, 2), Calendar(range(1, 8)), None, ("2026-12-05", "2026-12-06")),
        (
            "2026-12-24T09:00",
            (1, 2),
            Calendar(WEEK, (date(2026, 12, 25), date(2026, 12, 28))),
            None,
            ("2026-12-29", "2026-12-30"),
        ),
        ("2026-12-25T09:00", (1, 1), Calendar(WEEK, (date(2026, 12, 25),)), None, ("2026-12-29", "2026-12-29")),
        ("2026-12-04T09:00", (1, 1), Calendar(WEEK), date(2026, 12, 12), ("2026-12-15", "2026-12-15")),
        ("2026-12-04T09:00", (1, 1), Calendar(WEEK), date(2026, 12, 1), ("2026-12-07", "2026-12-07")),
        ("2026-12-04T09:00", (None, 3), Calendar(WEEK), None, (None, "2026-12-09")),
        ("2026-12-04T09:00", (2, None), Calendar(WEEK), None, ("2026-12-08", None)),
        ("2026-12-04T09:00", (1, 2), Calendar(WEEK), date.max, (None, None)),
    ],
)
def test_window(
    at: str, days: tuple[int | None, int | None], calendar: Calendar, ready_on: date | None, window: tuple[Any, Any]
) -> None:
    found = delivery_window(calendar, datetime.fromisoformat(at), min_days=days[0], max_days=days[1], ready_on=ready_on)
    assert found == tuple(None if day is None else date.fromisoformat(day) for day in window)


def window_of(api: APIClient, variant: Variant, quantity: int = 1) -> tuple[Any, Any]:
    cart = ready_cart_make({variant: quantity}, shipping_method=ShippingMethod.objects.get())
    body = api.get(f"/api/v1/carts/{cart.id}/shipping-options").json()["results"][0]
    assert api.get(f"/api/v1/carts/{cart.id}").json()["shipping_method"] | {"pickup_points": []} == body
    return body["earliest_on"], body["latest_on"]


@pytest.mark.django_db
def test_cut_off_is_in_the_shop_s_own_time(api: APIClient) -> None:
    shipping_method_make(min_days=1, max_days=2, cutoff_time=time(14), working_days=[1, 2, 3, 4, 5, 6, 7])
    variant = variant_of(product_make())
    for zone, first in (("Europe/Madrid", "2026-12-06"), ("America/Lima", "2026-12-05")):
        with (
            override_settings(SHOP_TIME_ZONE=zone),
            clock.moved(datetime(2026, 12, 4, 13, 30, tzinfo=UTC) - clock.now()),
        ):
            assert window_of(api, variant)[0] == first


@pytest.mark.django_db
def test_goods_that_are_promised_later_leave_later(api: APIClient) -> None:
    shipping_method_make(min_days=1, max_days=1, working_days=[1, 2, 3, 4, 5, 6, 7])
    today = clock.day_of(clock.now())
    soon = today + timedelta(days=10)
    ahead = variant_of(product_make(variants=[{"released_on": soon}]))
    short = variant_of(product_make(stock=1))
    StockLevel.objects.filter(variant=short).update(backorder_limit=5, expected_on=soon)
    unknown = variant_of(product_make(stock=1))
    StockLevel.objects.filter(variant=unknown).update(backorder_limit=5)
    after = str(soon + timedelta(days=1))
    assert window_of(api, ahead) == window_of(api, short, 2) == (after, after)
    assert window_of(api, short) == window_of(api, unknown) == (str(today + timedelta(days=1)),) * 2
    assert window_of(api, unknown, 2) == (None, None)


@pytest.mark.django_db
def test_order_keeps_the_days_that_were_told(api: APIClient) -> None:
    method = shipping_method_make(min_days=1, max_days=3)
    cart = ready_cart_make({variant_of(product_make()): 1}, shipping_method=method)
    with clock.moved(datetime(2026, 12, 4, 9, tzinfo=UTC) - clock.now()):
        cart.expires_at = clock.now() + timedelta(days=1)
        cart.save()
        placed = place(api, cart)
    assert placed.status_code == 201, placed.json()
    assert placed.json()["shipping_method"] == {
        "code": "standard",
        "name": "Standard",
        "pickup_point": None,
        "earliest_on": "2026-12-07",
        "latest_on": "2026-12-09",
    }
    ShippingMethod.objects.update(min_days=30, max_days=40)
    order = Order.objects.get()
    assert (order.delivery_earliest_on, order.delivery_latest_on) == (date(2026, 12, 7), date(2026, 12, 9))


@pytest.mark.django_db
def test_calendar_is_made_read_and_changed(client_of: ClientOf) -> None:
    staff = client_of(staff_make(rights=["settings:read", "settings:write"]))
    market_make()
    zone = ShippingZone.objects.create(name="DE", countries=["DE"])
    body: dict[str, Any] = {"zone_id": str(zone.id), "market": "eu", "code": "post", "name": "Post", "price": eur(1)}
    made = staff.post("/api/v1/shipping-methods", body).json()
    assert (made["cutoff_time"], made["working_days"], made["holidays"]) == (None, [1, 2, 3, 4, 5], [])
    url = f"/api/v1/shipping-methods/{made['id']}"
    changes: dict[str, Any] = {"cutoff_time": "14:30", "working_days": [6, 1, 6], "holidays": ["2026-12-25"]}
    changed = staff.patch(url, changes, HTTP_IF_MATCH="*").json()
    assert changed == made | changes | {"working_days": [1, 6]}
    for wrong, pointer in (
        ({"cutoff_time": "24:00"}, "/cutoff_time"),
        ({"cutoff_time": "2 pm"}, "/cutoff_time"),
        ({"working_days": []}, "/working_days"),
        ({"working_days": [0]}, "/working_days/0"),
        ({"working_days": [8]}, "/working_days/0"),
        ({"holidays": ["25.12.2026"]}, "/holidays/0"),
        ({"holidays": ["2026-12-25"] * 201}, "/holidays"),
    ):
        refused = staff.patch(url, wrong, HTTP_IF_MATCH="*")
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer), refused.json()
    assert staff.get(url).json() == changed
