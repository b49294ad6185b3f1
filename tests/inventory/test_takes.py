"""Counting what is really there, while the shop goes on selling."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core import clock
from events.models import Event
from inventory.models import MAX_PIECES, Location, StockLevel, StockMovement, StockReservation, StockTake, StockTakeLine
from inventory.selectors import available_quantities
from inventory.services import Count, take_apply, take_count, take_create
from products.models import Variant
from tests.factories.users import staff_make, user_make
from users.models import User

pytestmark = pytest.mark.django_db

MakeVariant = Callable[..., Variant]
ClientOf = Callable[[User | str], APIClient]
PATH = "/api/v1/stock-takes"


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["stock:read", "stock:write"]))


@pytest.fixture
def mugs(make_variant: MakeVariant, main_location: Location) -> StockLevel:
    """Return the level of a variant that the main warehouse has ten of, three of them promised."""
    return StockLevel.objects.create(variant=make_variant(sku="MUG"), location=main_location, on_hand=10, reserved=3)


@pytest.fixture
def take(staff: APIClient, mugs: StockLevel) -> str:
    """Return the path of an open stock take of the main warehouse."""
    made = staff.post(PATH, {"location": "main", "note": "Aisle 4"})
    assert made.status_code == 201
    return f"{PATH}/{made.json()['id']}"


def count(staff: APIClient, take: str, *lines: tuple[str, int], **headers: str) -> Any:
    rows = [{"sku": sku, "counted": counted} for sku, counted in lines]
    return staff.post(f"{take}/lines", {"lines": rows}, headers=headers)


def move(level: StockLevel, delta: int, staff: APIClient) -> None:
    path = f"/api/v1/stock-levels/{level.id}/adjustments"
    assert staff.post(path, {"on_hand_delta": delta, "reason": "meanwhile"}).status_code == 201


def counters(*levels: StockLevel) -> list[tuple[int, int]]:
    return [StockLevel.objects.values_list("on_hand", "reserved").get(id=level.id) for level in levels]


def counted_movements() -> list[tuple[uuid.UUID, int, str]]:
    rows = StockMovement.objects.filter(kind="counted").order_by("level__variant__sku")
    return list(rows.values_list("level_id", "on_hand_delta", "reason"))


def test_what_is_sold_between_counting_and_applying_is_not_missing(
    staff: APIClient, mugs: StockLevel, take: str, make_variant: MakeVariant, main_location: Location
) -> None:
    cups = StockLevel.objects.create(variant=make_variant(sku="CUP"), location=main_location, on_hand=5)
    move(mugs, -1, staff)
    counted = count(staff, take, ("MUG", 8), ("CUP", 5))
    assert (counted.status_code, counted.json()["counted_lines"], counted.json()["different_lines"]) == (200, 2, 1)
    assert counters(mugs, cups) == [(9, 3), (5, 0)]
    move(mugs, -4, staff)
    move(cups, 6, staff)

    preview = staff.get(f"{take}/differences").json()["results"]
    assert [(row["sku"], row["counted"], row["expected"], row["difference"]) for row in preview] == [("MUG", 8, 9, -1)]
    assert (preview[0]["on_hand"], preview[0]["reserved"]) == (5, 3)
    assert [row["sku"] for row in staff.get(f"{take}/lines").json()["results"]] == ["MUG", "CUP"]

    applied = staff.post(f"{take}/apply")
    assert (applied.status_code, applied.json()["status"], applied.json()["closed_at"] is None) == (
        200,
        "applied",
        False,
    )
    assert counters(mugs, cups) == [(4, 3), (11, 0)]
    assert counted_movements() == [(mugs.id, -1, "Aisle 4")]
    written = staff.get("/api/v1/stock-movements", {"take": take.rsplit("/", 1)[1]}).json()["results"]
    assert [(row["kind"], row["on_hand_delta"]) for row in written] == [("counted", -1)]
    told = Event.objects.filter(type="stock.take_changed").order_by("id")
    assert [event.data["status"] for event in told] == ["open", "applied"]


def test_the_last_count_stands_and_finds_are_for_sale(
    staff: APIClient, take: str, mugs: StockLevel, make_variant: MakeVariant
) -> None:
    found = make_variant(sku="FOUND")
    assert count(staff, take, ("MUG", 2), ("FOUND", 0)).json()["different_lines"] == 1
    assert count(staff, take, ("MUG", 12), ("FOUND", 3)).json()["different_lines"] == 2
    assert StockTakeLine.objects.count() == 2
    assert staff.post(f"{take}/apply").json()["status"] == "applied"
    new = StockLevel.objects.get(variant=found)
    assert counters(mugs, new) == [(12, 3), (3, 0)]
    assert available_quantities([found.id, mugs.variant_id], at=clock.now()) == {found.id: 3, mugs.variant_id: 9}


def test_a_count_that_breaks_promises_is_refused_whole(
    staff: APIClient, mugs: StockLevel, take: str, make_variant: MakeVariant, main_location: Location
) -> None:
    make = StockLevel.objects.create
    fine = make(variant=make_variant(sku="FINE"), location=main_location, on_hand=5)
    owed = make(variant=make_variant(sku="OWED"), location=main_location, on_hand=5, reserved=7, backorder_limit=2)
    any_number = make(
        variant=make_variant(sku="ANY"), location=main_location, on_hand=4, reserved=9, backorder_limit=None
    )
    count(staff, take, ("FINE", 1), ("OWED", 4), ("MUG", 2), ("ANY", 1))
    refused = staff.post(f"{take}/apply")
    assert (refused.status_code, refused.json()["code"]) == (409, "stock_promised")
    assert sorted(error["detail"] for error in refused.json()["errors"]) == [
        "MUG: 2 would be left, and 3 are promised to orders.",
        "OWED: 4 would be left, and 7 are promised to orders.",
    ]
    named = {row["sku"]: row for row in refused.json()["lines"]}
    assert named["MUG"] == {
        "variant_id": str(mugs.variant_id),
        "sku": "MUG",
        "counted": 2,
        "expected": 10,
        "on_hand_after": 2,
        "promised": 3,
    }
    assert counters(fine, owed, mugs, any_number) == [(5, 0), (5, 7), (10, 3), (4, 9)]
    assert (counted_movements(), StockTake.objects.get().status) == ([], "open")
    count(staff, take, ("OWED", 5), ("MUG", 3))
    assert staff.post(f"{take}/apply").status_code == 200
    assert counters(fine, owed, mugs, any_number) == [(1, 0), (5, 7), (3, 3), (1, 9)]


def test_what_is_held_past_its_time_is_no_promise(staff: APIClient, mugs: StockLevel, take: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inventory_stockreservation DISABLE TRIGGER ALL")
        cursor.execute("ALTER TABLE inventory_stockmovement DISABLE TRIGGER ALL")
    lapsed = clock.now() - timedelta(seconds=1)
    StockReservation.objects.create(level=mugs, cart_id=uuid.uuid4(), quantity=2, expires_at=lapsed)
    count(staff, take, ("MUG", 0))
    assert staff.post(f"{take}/apply").json()["lines"][0]["promised"] == 1
    assert counters(mugs) == [(10, 3)]
    count(staff, take, ("MUG", 1))
    assert staff.post(f"{take}/apply").status_code == 200
    assert counters(mugs) == [(1, 1)]


def test_a_count_never_leaves_less_than_nothing_or_too_much(staff: APIClient, mugs: StockLevel, take: str) -> None:
    StockLevel.objects.filter(id=mugs.id).update(reserved=0)
    count(staff, take, ("MUG", 2))
    move(mugs, -6, staff)
    refused = staff.post(f"{take}/apply")
    assert refused.json()["errors"][0]["detail"] == "MUG: -4 would be left, and 0 are promised to orders."
    count(staff, take, ("MUG", MAX_PIECES))
    move(mugs, 1, staff)
    assert staff.post(f"{take}/apply").json()["code"] == "stock_too_much"
    assert counters(mugs) == [(5, 0)]


def test_one_stock_take_at_a_time_and_nothing_after_its_end(
    staff: APIClient, mugs: StockLevel, take: str, second_location: Location
) -> None:
    again = staff.post(PATH, {"location": "main"})
    assert (again.status_code, again.json()["code"]) == (409, "stock_take_open")
    assert again.json()["stock_take_id"] == take.rsplit("/", 1)[1]
    assert staff.post(PATH, {"location": "second"}).status_code == 201
    count(staff, take, ("MUG", 1))
    assert staff.post(f"{take}/cancel").json()["status"] == "cancelled"
    for verb, body in (("apply", None), ("cancel", None), ("lines", {"lines": [{"sku": "MUG", "counted": 1}]})):
        over = staff.post(f"{take}/{verb}", body)
        assert (over.status_code, over.json()["code"]) == (409, "stock_take_over")
    assert (counters(mugs), counted_movements()) == ([(10, 3)], [])
    assert staff.post(PATH, {"location": "main"}).status_code == 201
    assert [row["status"] for row in staff.get(PATH, {"location": "main"}).json()["results"]] == ["open", "cancelled"]
    assert len(staff.get(PATH, {"status": "open"}).json()["results"]) == 2


@pytest.mark.parametrize(
    ("line", "pointer"),
    [
        ({"sku": "MUG", "counted": -1}, "/lines/0/counted"),
        ({"sku": "MUG", "counted": 1.0}, "/lines/0/counted"),
        ({"sku": "MUG", "counted": MAX_PIECES + 1}, "/lines/0/counted"),
        ({"sku": "MUG"}, "/lines/0/counted"),
        ({"counted": 1}, "/lines/0/variant_id"),
        ({"sku": "NONE", "counted": 1}, "/lines/0/sku"),
        ({"variant_id": str(uuid.UUID(int=1)), "counted": 1}, "/lines/0/variant_id"),
    ],
)
def test_a_bad_count_is_refused_with_its_field(staff: APIClient, take: str, line: dict[str, Any], pointer: str) -> None:
    answer = staff.post(f"{take}/lines", {"lines": [line]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    twice = count(staff, take, ("MUG", 1), ("MUG", 2))
    assert twice.json()["errors"][0]["pointer"] == "/lines/1/sku"
    assert not StockTakeLine.objects.exists()


def test_only_what_was_seen_is_applied_and_a_repetition_applies_once(
    staff: APIClient, client_of: ClientOf, api: APIClient, mugs: StockLevel, take: str
) -> None:
    seen = count(staff, take, ("MUG", 9)).headers["ETag"]
    newer = count(staff, take, ("MUG", 8)).headers["ETag"]
    assert staff.post(f"{take}/apply", headers={"If-Match": seen}).status_code == 412
    assert counters(mugs) == [(10, 3)]
    for _ in range(2):
        applied = staff.post(f"{take}/apply", headers={"If-Match": newer, "Idempotency-Key": "apply-1"})
        assert applied.status_code == 200
    assert counters(mugs) == [(8, 3)]
    reader = client_of(staff_make(rights=["stock:read"]))
    assert reader.get(take, headers={"If-None-Match": applied.headers["ETag"]}).status_code == 304
    for path in (PATH, f"{take}/lines", f"{take}/apply", f"{take}/cancel"):
        assert reader.post(path, {}).json()["required_right"] == "stock:write"
    for path in (PATH, take, f"{take}/lines", f"{take}/differences"):
        assert api.get(path).status_code == 401
        assert client_of(user_make()).get(path).status_code == 403
    assert staff.get(f"{PATH}/{uuid.uuid4()}/differences").status_code == 404


def test_many_counts_cost_no_more_statements(make_variant: MakeVariant, main_location: Location) -> None:
    variants = [make_variant() for _ in range(20)]

    def cost(number: int) -> tuple[int, int]:
        take = take_create(location_id=main_location.id, actor="")
        counts = [Count(variant.id, 3) for variant in variants[:number]]
        with CaptureQueriesContext(connection) as counting:
            take_count(take_id=take.id, counts=counts, actor="")
        StockLevel.objects.update(on_hand=0)
        StockTakeLine.objects.update(expected=0)
        with CaptureQueriesContext(connection) as applying:
            take_apply(take_id=take.id, actor="")
        return len(counting), len(applying)

    assert cost(2) == cost(20)
