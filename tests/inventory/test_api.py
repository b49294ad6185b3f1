"""The endpoints of stock, as staff and machines see them."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from inventory.models import MAX_PIECES, Location, StockLevel, StockMovement
from products.models import Variant
from tests.factories.users import api_key_make, staff_make, user_make
from users.models import User

pytestmark = pytest.mark.django_db

MakeVariant = Callable[..., Variant]
ClientOf = Callable[[User | str], APIClient]
NOWHERE = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["stock:read", "stock:write"]))


def test_stock_is_for_staff_and_keys_with_the_right(
    api: APIClient, client_of: ClientOf, make_variant: MakeVariant, main_location: Location
) -> None:
    level = StockLevel.objects.create(variant=make_variant(), location=main_location, on_hand=1)
    reader = client_of(api_key_make(scopes=["stock:read"]))
    for path in ("locations", f"locations/{main_location.id}", "stock-levels", f"stock-levels/{level.id}"):
        assert api.get(f"/api/v1/{path}").status_code == 401
        assert client_of(user_make()).get(f"/api/v1/{path}").status_code == 403
        assert client_of(staff_make(rights=["orders:read"])).get(f"/api/v1/{path}").status_code == 403
        assert reader.get(f"/api/v1/{path}").status_code == 200
    for path, body in (
        ("locations", {"code": "x", "name": "X"}),
        ("stock-levels", {}),
        (f"stock-levels/{level.id}/adjustments", {"on_hand_delta": 1, "reason": "x"}),
    ):
        answer = reader.post(f"/api/v1/{path}", body)
        assert (answer.status_code, answer.json()["required_right"]) == (403, "stock:write")
    assert (Location.objects.count(), StockMovement.objects.count()) == (1, 0)


def test_a_location_from_making_to_closing(staff: APIClient) -> None:
    made = staff.post("/api/v1/locations", {"code": "north", "name": "Café Norte", "country": "ES", "position": 2})
    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"],
        "code": "north",
        "name": "Café Norte",
        "country": "ES",
        "is_active": True,
        "position": 2,
    }
    path = f"/api/v1/locations/{made.json()['id']}"
    read = staff.get(path)
    assert read.headers["ETag"] == made.headers["ETag"]
    assert staff.get(path, headers={"If-None-Match": read.headers["ETag"]}).status_code == 304
    assert staff.patch(path, {"is_active": False}).status_code == 428
    changed = staff.patch(path, {"is_active": False}, headers={"If-Match": read.headers["ETag"]})
    assert (changed.status_code, changed.json()["is_active"]) == (200, False)
    stale = staff.patch(path, {"name": "Other"}, headers={"If-Match": read.headers["ETag"]})
    assert stale.status_code == 412
    assert [place["name"] for place in staff.get("/api/v1/locations").json()["results"]] == ["Café Norte"]


def test_a_code_is_one_location_s(staff: APIClient, main_location: Location, second_location: Location) -> None:
    answer = staff.post("/api/v1/locations", {"code": "main", "name": "Again"})
    assert (answer.status_code, answer.json()["code"]) == (409, "location_code_taken")
    path = f"/api/v1/locations/{second_location.id}"
    answer = staff.patch(path, {"code": "main"}, headers={"If-Match": staff.get(path).headers["ETag"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "location_code_taken")
    assert set(Location.objects.values_list("code", flat=True)) == {"main", "second"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "No code"}, "/code"),
        ({"code": "a b", "name": "Blank in code"}, "/code"),
        ({"code": 7, "name": "Number"}, "/code"),
        ({"code": "a", "name": ""}, "/name"),
        ({"code": "a", "name": "x" * 81}, "/name"),
        ({"code": "a", "name": "a\0b"}, "/name"),
        ({"code": "a", "name": "A", "country": "XX"}, "/country"),
        ({"code": "a", "name": "A", "position": -1}, "/position"),
        ({"code": "a", "name": "A", "position": 32768}, "/position"),
        ({"code": "a", "name": "A", "is_active": "yes"}, "/is_active"),
        ({"code": "a", "name": "A", "colour": "red"}, "/colour"),
    ],
)
def test_a_bad_location_is_refused_with_its_field(staff: APIClient, body: dict[str, object], pointer: str) -> None:
    answer = staff.post("/api/v1/locations", body)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (400, [pointer])
    assert not Location.objects.exists()


def test_a_level_from_making_to_counting(staff: APIClient, make_variant: MakeVariant, main_location: Location) -> None:
    variant = make_variant(sku="MUG")
    made = staff.post("/api/v1/stock-levels", {"sku": "MUG", "location": "main", "on_hand": 12})
    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"],
        "variant_id": str(variant.id),
        "sku": "MUG",
        "product_id": str(variant.product_id),
        "product_title": variant.product.title,
        "location": {"id": str(main_location.id), "code": "main", "name": "Main warehouse"},
        "on_hand": 12,
        "reserved": 0,
        "incoming": 0,
        "safety_stock": 0,
        "available": 12,
        "backorder_limit": 0,
        "expected_on": None,
        "low_stock_threshold": 0,
        "is_low": False,
    }
    again = staff.post("/api/v1/stock-levels", {"variant_id": str(variant.id), "location": "main"})
    assert (again.status_code, again.json()["stock_level_id"]) == (409, made.json()["id"])

    path = f"/api/v1/stock-levels/{made.json()['id']}"
    etag = staff.get(path).headers["ETag"]
    assert staff.patch(path, {"on_hand": 9}, headers={"If-Match": etag}).json()["errors"][0]["pointer"] == "/reason"
    assert staff.patch(path, {"on_hand": 9, "reason": "count"}).status_code == 428
    changes = {"on_hand": 9, "backorder_limit": None, "low_stock_threshold": 9, "reason": "count"}
    counted = staff.patch(path, changes, headers={"If-Match": etag})
    assert counted.status_code == 200
    assert {name: counted.json()[name] for name in ("on_hand", "available", "backorder_limit", "is_low")} == {
        "on_hand": 9,
        "available": None,
        "backorder_limit": None,
        "is_low": True,
    }
    assert staff.patch(path, changes, headers={"If-Match": etag}).status_code == 412
    ledger = staff.get("/api/v1/stock-movements", {"sku": "MUG"}).json()["results"]
    assert [(row["on_hand_delta"], row["reason"]) for row in ledger] == [(-3, "count"), (12, "First stock.")]
    assert ledger[0]["actor"].startswith("user:")


def test_a_delivery_is_counted_once(staff: APIClient, make_variant: MakeVariant, main_location: Location) -> None:
    level = StockLevel.objects.create(variant=make_variant(), location=main_location, on_hand=3)
    path = f"/api/v1/stock-levels/{level.id}/adjustments"
    body = {"on_hand_delta": 24, "kind": "received", "reason": "Delivery 4711"}
    answers = [staff.post(path, body, headers={"Idempotency-Key": "delivery-4711"}) for _ in range(2)]
    assert [(answer.status_code, answer.json()["on_hand"]) for answer in answers] == [(201, 27), (201, 27)]
    assert "Idempotent-Replayed" in answers[1].headers
    assert list(StockMovement.objects.values_list("kind", "on_hand_delta")) == [("received", 24)]


@pytest.mark.parametrize("delta", [0, -1_000_000_001, 1.5, "3", None, True])
def test_a_delta_that_is_no_movement_is_refused(
    staff: APIClient, make_variant: MakeVariant, main_location: Location, delta: object
) -> None:
    level = StockLevel.objects.create(variant=make_variant(), location=main_location, on_hand=3)
    answer = staff.post(f"/api/v1/stock-levels/{level.id}/adjustments", {"on_hand_delta": delta, "reason": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/on_hand_delta")
    level.refresh_from_db()
    assert level.on_hand == 3


def test_what_is_promised_stays(staff: APIClient, make_variant: MakeVariant, main_location: Location) -> None:
    level = StockLevel.objects.create(variant=make_variant(), location=main_location, on_hand=3, reserved=2)
    path = f"/api/v1/stock-levels/{level.id}"
    answer = staff.post(f"{path}/adjustments", {"on_hand_delta": -2, "reason": "broken"})
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_promised")
    etag = staff.get(path).headers["ETag"]
    answer = staff.patch(path, {"on_hand": 1, "reason": "count"}, headers={"If-Match": etag})
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_promised")
    assert staff.get(path).json()["on_hand"] == 3


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"location": "main"}, "/variant_id"),
        ({"variant_id": NOWHERE, "sku": "x", "location": "main"}, "/variant_id"),
        ({"variant_id": NOWHERE, "location": "main"}, "/variant_id"),
        ({"sku": "nothing", "location": "main"}, "/sku"),
        ({"sku": "MUG", "location": "nowhere"}, "/location"),
        ({"sku": "MUG", "location": "main", "on_hand": -1}, "/on_hand"),
        ({"sku": "MUG", "location": "main", "on_hand": 1_000_000_001}, "/on_hand"),
        ({"sku": "MUG", "location": "main", "reserved": 5}, "/reserved"),
    ],
)
def test_a_bad_level_is_refused_with_its_field(
    staff: APIClient, make_variant: MakeVariant, main_location: Location, body: dict[str, object], pointer: str
) -> None:
    make_variant(sku="MUG")
    answer = staff.post("/api/v1/stock-levels", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    assert not StockLevel.objects.exists()


def test_levels_are_filtered(
    staff: APIClient, make_variant: MakeVariant, main_location: Location, second_location: Location
) -> None:
    variant = make_variant(sku="MUG")
    StockLevel.objects.create(variant=variant, location=main_location, on_hand=5, low_stock_threshold=5)
    StockLevel.objects.create(variant=variant, location=second_location, on_hand=6, low_stock_threshold=5)
    StockLevel.objects.create(variant=make_variant(), location=main_location, on_hand=50)

    def found(**query: str) -> list[int]:
        return sorted(level["on_hand"] for level in staff.get("/api/v1/stock-levels", query).json()["results"])

    assert found() == [5, 6, 50]
    assert found(variant=str(variant.id)) == found(sku="MUG") == [5, 6]
    assert found(location="main") == [5, 50]
    assert found(low="true") == [5]
    StockLevel.objects.filter(on_hand=6).update(
        safety_stock=MAX_PIECES, low_stock_threshold=MAX_PIECES, backorder_limit=None, reserved=200_000_000
    )
    assert found(low="true") == [5, 6]
    answer = staff.get("/api/v1/stock-levels", {"variant": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "variant")
    assert staff.get("/api/v1/stock-levels", {"colour": "red"}).status_code == 400


def test_nothing_at_an_unknown_id(staff: APIClient) -> None:
    for path in ("locations", "stock-levels"):
        assert staff.get(f"/api/v1/{path}/{NOWHERE}").status_code == 404
        assert staff.patch(f"/api/v1/{path}/{NOWHERE}", {}, headers={"If-Match": '"x"'}).status_code == 404
    answer = staff.post(f"/api/v1/stock-levels/{NOWHERE}/adjustments", {"on_hand_delta": 1, "reason": "x"})
    assert answer.status_code == 404


def test_lists_cost_the_same_for_more_rows(
    staff: APIClient, make_variant: MakeVariant, main_location: Location
) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(f"/api/v1/{path}").status_code == 200
        return len(queries)

    def add() -> None:
        level = StockLevel.objects.create(variant=make_variant(), location=main_location, on_hand=1)
        StockMovement.objects.create(level=level, kind="received", on_hand_delta=1)

    add()
    paths = ("locations", "stock-levels", "stock-movements")
    before = [cost(path) for path in paths]
    for _ in range(9):
        add()
    assert [cost(path) for path in paths] == before
