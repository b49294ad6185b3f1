"""Goods on their way: what leaves, what is expected, what arrives, what goes back, what is lost."""

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
from inventory.models import MAX_PIECES, Location, StockLevel, StockMovement, StockReservation, StockTransfer
from inventory.selectors import available_quantities
from inventory.services import TransferRequest, transfer_create, transfer_receive
from products.models import Variant
from tests.factories.users import api_key_make, staff_make, user_make
from users.models import User

pytestmark = pytest.mark.django_db

MakeVariant = Callable[..., Variant]
ClientOf = Callable[[User | str], APIClient]
PATH = "/api/v1/stock-transfers"


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["stock:read", "stock:write"]))


@pytest.fixture
def mugs(make_variant: MakeVariant, main_location: Location, second_location: Location) -> Variant:
    """Return a variant that the main warehouse has ten of, three of them promised."""
    variant = make_variant(sku="MUG")
    StockLevel.objects.create(variant=variant, location=main_location, on_hand=10, reserved=3)
    return variant


def send(staff: APIClient, *lines: tuple[str, int], source: str | None = "main", destination: str = "second") -> Any:
    rows = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
    return staff.post(PATH, {"source": source, "destination": destination, "reference": "N-7", "lines": rows})


def act(staff: APIClient, made: Any, verb: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    return staff.post(f"{PATH}/{made.json()['id']}/{verb}", body or {}, headers=headers)


def counters(variant: Variant) -> dict[str, tuple[int, int, int]]:
    """Return on hand, reserved and incoming by location, and see that they are the sums of what happened here."""
    levels = StockLevel.objects.filter(variant=variant).select_related("location")
    return {level.location.code: (level.on_hand, level.reserved, level.incoming) for level in levels}


def ledger(variant: Variant) -> list[tuple[str, str, int, int]]:
    # What one statement moves has one time, and no order of its own.
    rows = StockMovement.objects.filter(level__variant=variant).order_by("created_at", "level__location__code", "id")
    return list(rows.values_list("level__location__code", "kind", "on_hand_delta", "incoming_delta"))


def free(variant: Variant) -> int | None:
    return available_quantities([variant.id], at=clock.now())[variant.id]


def test_goods_leave_at_once_and_are_for_sale_when_they_arrive(staff: APIClient, mugs: Variant) -> None:
    made = send(staff, ("MUG", 6))
    assert made.status_code == 201
    body = made.json()
    assert body == {
        "id": body["id"],
        "status": "in_transit",
        "source": {"id": body["source"]["id"], "code": "main", "name": "Main warehouse"},
        "destination": {"id": body["destination"]["id"], "code": "second", "name": "Second warehouse"},
        "reference": "N-7",
        "expected_on": None,
        "lines": [
            {
                "variant_id": str(mugs.id),
                "sku": "MUG",
                "product_title": mugs.product.title,
                "quantity": 6,
                "received_quantity": 0,
                "missing_quantity": 6,
            }
        ],
        "actor": body["actor"],
        "created_at": body["created_at"],
        "closed_at": None,
    }
    assert counters(mugs) == {"main": (4, 3, 0), "second": (0, 0, 6)}
    assert free(mugs) == 1

    part = act(staff, made, "receive", {"lines": [{"sku": "MUG", "quantity": 2}]})
    assert (part.status_code, part.json()["status"], part.json()["lines"][0]["missing_quantity"]) == (
        200,
        "in_transit",
        4,
    )
    assert counters(mugs) == {"main": (4, 3, 0), "second": (2, 0, 4)}
    assert free(mugs) == 3

    whole = act(staff, made, "receive")
    assert (whole.json()["status"], whole.json()["closed_at"] is None) == ("received", False)
    assert counters(mugs) == {"main": (4, 3, 0), "second": (6, 0, 0)}
    assert free(mugs) == 7
    assert ledger(mugs) == [
        ("main", "transferred", -6, 0),
        ("second", "transferred", 0, 6),
        ("second", "transferred", 2, -2),
        ("second", "transferred", 4, -4),
    ]
    written = staff.get("/api/v1/stock-movements", {"transfer": body["id"], "kind": "transferred"}).json()["results"]
    assert [(row["transfer_id"], row["reason"]) for row in written] == [(body["id"], "N-7")] * 4
    assert staff.get("/api/v1/stock-movements", {"transfer": str(uuid.uuid4())}).json()["results"] == []
    told = Event.objects.filter(type="stock.transfer_changed").order_by("id")
    assert [event.data["status"] for event in told] == ["in_transit", "in_transit", "received"]


def test_a_delivery_is_only_announced(staff: APIClient, mugs: Variant) -> None:
    made = staff.post(
        PATH,
        {"destination": "second", "expected_on": "2026-12-24", "lines": [{"variant_id": str(mugs.id), "quantity": 5}]},
    )
    assert (made.status_code, made.json()["source"], made.json()["expected_on"]) == (201, None, "2026-12-24")
    assert counters(mugs) == {"main": (10, 3, 0), "second": (0, 0, 5)}
    assert act(staff, made, "receive").json()["status"] == "received"
    assert ledger(mugs) == [("second", "transferred", 0, 5), ("second", "received", 5, -5)]
    assert counters(mugs)["second"] == (5, 0, 0)


def test_what_has_not_come_goes_back_or_was_never_sent(staff: APIClient, mugs: Variant) -> None:
    made = send(staff, ("MUG", 7))
    assert free(mugs) == 0
    act(staff, made, "receive", {"lines": [{"sku": "MUG", "quantity": 3}]})
    gone = act(staff, made, "cancel", {"reason": "The van came back."})
    assert (gone.json()["status"], gone.json()["lines"][0]["received_quantity"]) == ("cancelled", 3)
    assert counters(mugs) == {"main": (7, 3, 0), "second": (3, 0, 0)}
    assert free(mugs) == 7
    announced = send(staff, ("MUG", 5), source=None)
    assert act(staff, announced, "cancel").json()["status"] == "cancelled"
    assert counters(mugs) == {"main": (7, 3, 0), "second": (3, 0, 0)}
    assert ledger(mugs)[-4:] == [
        ("main", "transferred", 4, 0),
        ("second", "transferred", 0, -4),
        ("second", "transferred", 0, 5),
        ("second", "transferred", 0, -5),
    ]


def test_what_is_lost_is_written_off_with_a_reason(staff: APIClient, mugs: Variant) -> None:
    made = send(staff, ("MUG", 4))
    act(staff, made, "receive", {"lines": [{"sku": "MUG", "quantity": 1}]})
    assert act(staff, made, "close").json()["errors"][0]["pointer"] == "/reason"
    closed = act(staff, made, "close", {"reason": "Fell off the van."})
    assert (closed.json()["status"], closed.json()["lines"][0]["missing_quantity"]) == ("closed", 3)
    assert counters(mugs) == {"main": (6, 3, 0), "second": (1, 0, 0)}
    lost = StockMovement.objects.order_by("id").last()
    assert lost is not None
    assert (lost.kind, lost.incoming_delta, lost.reason) == ("adjusted", -3, "Fell off the van.")
    assert str(lost.transfer_id) == made.json()["id"]


def test_no_more_leaves_than_is_promised_to_nobody(
    staff: APIClient, mugs: Variant, make_variant: MakeVariant, main_location: Location
) -> None:
    plenty, cups = make_variant(sku="PLENTY"), make_variant(sku="CUP")
    StockLevel.objects.create(variant=plenty, location=main_location, on_hand=9)
    StockLevel.objects.create(variant=cups, location=main_location, on_hand=1, backorder_limit=None, reserved=4)
    make_variant(sku="NOWHERE")
    answer = send(staff, ("PLENTY", 9), ("MUG", 8), ("CUP", 1), ("NOWHERE", 1))
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_insufficient")
    assert [(error["pointer"], error["detail"]) for error in answer.json()["errors"]] == [
        ("/lines/1/quantity", "Only 7 left; 8 were asked for."),
        ("/lines/2/quantity", "None is left; 1 were asked for."),
        ("/lines/3/quantity", "None is left; 1 were asked for."),
    ]
    assert counters(mugs) == {"main": (10, 3, 0)}
    assert counters(plenty) == {"main": (9, 0, 0)}
    assert (StockTransfer.objects.count(), StockMovement.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_what_is_held_past_its_time_may_leave(staff: APIClient, mugs: Variant) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inventory_stockreservation DISABLE TRIGGER ALL")
        cursor.execute("ALTER TABLE inventory_stockmovement DISABLE TRIGGER ALL")
    level = StockLevel.objects.get(variant=mugs)
    held, now = uuid.uuid4(), clock.now()
    for cart, quantity, until in ((held, 2, now - timedelta(seconds=1)), (uuid.uuid4(), 1, now + timedelta(hours=1))):
        StockReservation.objects.create(level=level, cart_id=cart, quantity=quantity, expires_at=until)
    assert send(staff, ("MUG", 10)).json()["errors"][0]["detail"] == "Only 9 left; 10 were asked for."
    assert counters(mugs) == {"main": (10, 3, 0)}
    assert send(staff, ("MUG", 9)).status_code == 201
    assert counters(mugs) == {"main": (1, 1, 0), "second": (0, 0, 9)}
    released = StockMovement.objects.get(kind="released")
    assert (released.reserved_delta, released.cart_id, released.transfer_id) == (-2, held, None)


def test_no_more_arrives_than_was_sent_and_nothing_after_the_end(
    staff: APIClient, mugs: Variant, make_variant: MakeVariant
) -> None:
    make_variant(sku="OTHER")
    made = send(staff, ("MUG", 4))
    lines = [{"sku": "OTHER", "quantity": 1}, {"sku": "MUG", "quantity": 5}]
    answer = act(staff, made, "receive", {"lines": lines})
    assert (answer.status_code, answer.json()["code"]) == (409, "transfer_not_expected")
    assert [(error["pointer"], error["detail"]) for error in answer.json()["errors"]] == [
        ("/lines/0", "This variant is not part of the transfer."),
        ("/lines/1/quantity", "4 are still to come; 5 are too many."),
    ]
    assert counters(mugs) == {"main": (6, 3, 0), "second": (0, 0, 4)}
    act(staff, made, "receive")
    before = ledger(mugs)
    for verb, body in (("receive", {}), ("cancel", {}), ("close", {"reason": "x"})):
        over = act(staff, made, verb, body)
        assert (over.status_code, over.json()["code"], over.json()["transfer_status"]) == (
            409,
            "transfer_over",
            "received",
        )
    assert ledger(mugs) == before
    assert staff.post(f"{PATH}/{uuid.uuid4()}/receive", {}).status_code == 404


def test_a_level_never_counts_more_than_it_can(staff: APIClient, mugs: Variant, second_location: Location) -> None:
    full = StockLevel.objects.create(
        variant=mugs, location=second_location, on_hand=MAX_PIECES, incoming=MAX_PIECES - 1
    )
    answer = send(staff, ("MUG", 2))
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_too_much")
    assert answer.json()["errors"][0]["pointer"] == "/lines/0/quantity"
    made = send(staff, ("MUG", 1))
    answer = act(staff, made, "receive")
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_too_much")
    answer = staff.post(f"/api/v1/stock-levels/{full.id}/adjustments", {"on_hand_delta": 1, "reason": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_too_much")
    assert counters(mugs) == {"main": (9, 3, 0), "second": (MAX_PIECES, 0, MAX_PIECES)}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": None}, "/lines"),
        ({"lines": [{"sku": "MUG", "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "MUG", "quantity": -1}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "MUG", "quantity": "1"}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": "MUG", "quantity": MAX_PIECES + 1}]}, "/lines/0/quantity"),
        ({"lines": [{"quantity": 1}]}, "/lines/0/variant_id"),
        ({"lines": [{"sku": "M\u00fcg\U0001f600", "quantity": 1}]}, "/lines/0/sku"),
        ({"lines": [{"sku": "M\0", "quantity": 1}]}, "/lines/0/sku"),
        ({"lines": [{"sku": "MUG", "quantity": 1}, {"sku": "MUG", "quantity": 1}]}, "/lines/1/sku"),
        ({"lines": [{"sku": "MUG", "quantity": 1}] * 1001}, "/lines"),
        ({"source": "nowhere"}, "/source"),
        ({"source": "second"}, "/destination"),
        ({"destination": "nowhere"}, "/destination"),
        ({"expected_on": "soon"}, "/expected_on"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_bad_transfer_is_refused_with_its_field(
    staff: APIClient, mugs: Variant, changes: dict[str, Any], pointer: str
) -> None:
    body = {"source": "main", "destination": "second", "lines": [{"sku": "MUG", "quantity": 1}], **changes}
    answer = staff.post(PATH, body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    assert counters(mugs) == {"main": (10, 3, 0)}


def test_a_repetition_sends_and_receives_once_and_old_sights_are_refused(staff: APIClient, mugs: Variant) -> None:
    body = {"source": "main", "destination": "second", "lines": [{"sku": "MUG", "quantity": 4}]}
    first, again = (staff.post(PATH, body, headers={"Idempotency-Key": "send-1"}) for _ in range(2))
    assert (first.json(), "Idempotent-Replayed" in again.headers) == (again.json(), True)
    arrived = {"lines": [{"sku": "MUG", "quantity": 1}]}
    for _ in range(2):
        assert act(staff, first, "receive", arrived, **{"Idempotency-Key": "one-mug"}).status_code == 200
    assert counters(mugs) == {"main": (6, 3, 0), "second": (1, 0, 3)}
    stale = act(staff, first, "receive", arrived, **{"If-Match": first.headers["ETag"]})
    assert stale.status_code == 412
    read = staff.get(f"{PATH}/{first.json()['id']}")
    known = {"If-None-Match": read.headers["ETag"]}
    assert staff.get(f"{PATH}/{first.json()['id']}", headers=known).status_code == 304
    assert act(staff, first, "receive", arrived, **{"If-Match": read.headers["ETag"]}).status_code == 200
    assert counters(mugs) == {"main": (6, 3, 0), "second": (2, 0, 2)}


def test_transfers_are_found_by_what_they_carry(
    staff: APIClient, client_of: ClientOf, api: APIClient, mugs: Variant, make_variant: MakeVariant
) -> None:
    cup = make_variant(sku="CUP")
    out, announced = send(staff, ("MUG", 2)), send(staff, ("CUP", 5), ("MUG", 1), source=None, destination="main")
    act(staff, out, "receive", {"lines": [{"sku": "MUG", "quantity": 1}]})

    def found(**query: str) -> list[str]:
        return [row["id"] for row in staff.get(PATH, query).json()["results"]]

    one, two = out.json()["id"], announced.json()["id"]
    assert found() == [two, one]
    assert found(source="main") == found(destination="second") == [one]
    assert found(sku="CUP") == found(variant=str(cup.id)) == [two]
    assert (found(status="received"), found(status="in_transit", sku="MUG")) == ([], [two, one])
    summary = staff.get(PATH, {"source": "main"}).json()["results"][0]
    assert [summary[name] for name in ("lines_count", "pieces", "received_pieces")] == [1, 2, 1]
    assert api.get(PATH).status_code == 401
    assert client_of(user_make()).get(PATH).status_code == 403
    reader = client_of(api_key_make(scopes=["stock:read"]))
    assert reader.get(f"{PATH}/{one}").status_code == 200
    for path in (PATH, f"{PATH}/{one}/receive", f"{PATH}/{one}/cancel", f"{PATH}/{one}/close"):
        assert reader.post(path, {}).json()["required_right"] == "stock:write"


def test_many_lines_cost_no_more_statements(
    make_variant: MakeVariant, main_location: Location, second_location: Location
) -> None:
    variants = [make_variant() for _ in range(20)]
    for variant in variants:
        StockLevel.objects.create(variant=variant, location=main_location, on_hand=50)

    def cost(count: int) -> tuple[int, int]:
        lines = [TransferRequest(variant.id, 1) for variant in variants[:count]]
        with CaptureQueriesContext(connection) as sending:
            made = transfer_create(source_id=main_location.id, destination_id=second_location.id, lines=lines, actor="")
        with CaptureQueriesContext(connection) as receiving:
            transfer_receive(transfer_id=made.id, actor="")
        return len(sending), len(receiving)

    assert cost(2) == cost(20)
