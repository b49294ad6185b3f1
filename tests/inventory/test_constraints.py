"""The schema is the last line of defence: each of its named rules, broken by hand."""

import uuid
from collections.abc import Callable

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from inventory.models import Location, StockLevel, StockMovement
from products.models import Variant
from tests.schema import constraints_of

pytestmark = pytest.mark.django_db

LEVEL = (
    "INSERT INTO inventory_stocklevel"
    " (id, variant_id, location_id, on_hand, reserved, backorder_limit, low_stock_threshold)"
    " VALUES (%(new)s, %(other)s, %(location)s, {}, {}, {}, {})"
)
MOVEMENT = (
    "INSERT INTO inventory_stockmovement (level_id, kind, on_hand_delta, reserved_delta, reason, actor, created_at)"
    " VALUES (%(level)s, '{}', {}, {}, '', '', now())"
)
RESERVATION = (
    "INSERT INTO inventory_stockreservation (level_id, order_id, order_line_id, cart_id, quantity, expires_at)"
    " VALUES (%(level)s, {}, {}, {}, {}, {})"
)
FOR_ORDER = RESERVATION.format("%(line)s", "%(line)s", "NULL", 1, "NULL")
FOR_CART = RESERVATION.format("NULL", "NULL", "%(line)s", 1, "now()")
TRANSFER = (
    "INSERT INTO inventory_stocktransfer"
    " (id, source_id, destination_id, status, reference, actor, version, created_at, closed_at)"
    " VALUES (%(new)s, {}, %(location)s, '{}', '', '', 1, now(), {})"
)
TRANSFER_LINE = (
    "INSERT INTO inventory_stocktransferline (id, transfer_id, variant_id, quantity, received_quantity)"
    " VALUES (gen_random_uuid(), %(new)s, %(variant)s, {}, {})"
)
TAKE = (
    "INSERT INTO inventory_stocktake (id, location_id, status, note, actor, version, created_at, closed_at)"
    " VALUES (gen_random_uuid(), %(location)s, '{}', '', '', 1, now(), {})"
)
TAKE_LINE = (
    "INSERT INTO inventory_stocktakeline (id, take_id, level_id, counted, expected, actor, counted_at)"
    " VALUES (gen_random_uuid(), %(new)s, %(level)s, {}, 1, '', now())"
)
BROKEN = {
    "inventory_stocklevel_place": (
        "UPDATE inventory_stocklevel SET variant_id = %(variant)s, location_id = %(location)s"
    ),
    "inventory_stocklevel_on_hand": LEVEL.format(-1, 0, 5, 0),
    "inventory_stocklevel_reserved": LEVEL.format(1, -1, 0, 0),
    "inventory_stocklevel_promise": LEVEL.format(1, 3, 1, 0),
    "inventory_stocklevel_backorder_limit": LEVEL.format(0, 0, 1_000_000_001, 0),
    "inventory_stockmovement_kind": MOVEMENT.format("stolen", 1, 0),
    "inventory_stockmovement_moves": MOVEMENT.format("adjusted", 0, 0),
    "inventory_stockmovement_cause": MOVEMENT.format("shipped", -1, -1),
    "inventory_stockreservation_once": f"{FOR_ORDER}; {FOR_ORDER}",
    "inventory_stockreservation_cart_once": f"{FOR_CART}; {FOR_CART}",
    "inventory_stockreservation_quantity": RESERVATION.format("%(line)s", "%(line)s", "NULL", 0, "NULL"),
    "inventory_stockreservation_owner": RESERVATION.format("NULL", "NULL", "%(line)s", 1, "NULL"),
    "inventory_stocklevel_incoming": "UPDATE inventory_stocklevel SET incoming = -1",
    "inventory_stocklevel_safety_stock": "UPDATE inventory_stocklevel SET safety_stock = 1000000001",
    "inventory_stocklevel_low_stock_threshold": LEVEL.format(0, 0, 0, 1_000_000_001),
    "inventory_stocktransfer_status": TRANSFER.format("NULL", "lost", "now()"),
    "inventory_stocktransfer_ends": TRANSFER.format("%(location)s", "in_transit", "NULL"),
    "inventory_stocktransfer_closed": TRANSFER.format("NULL", "received", "NULL"),
    "inventory_stocktransferline_once": f"{TRANSFER_LINE.format(1, 0)}; {TRANSFER_LINE.format(1, 0)}",
    "inventory_stocktransferline_quantity": TRANSFER_LINE.format(0, 0),
    "inventory_stocktransferline_received": TRANSFER_LINE.format(1, 2),
    "inventory_stocktake_one_open": f"{TAKE.format('open', 'NULL')}; {TAKE.format('open', 'NULL')}",
    "inventory_stocktake_status": TAKE.format("lost", "now()"),
    "inventory_stocktake_closed": TAKE.format("applied", "NULL"),
    "inventory_stocktakeline_once": f"{TAKE_LINE.format(1)}; {TAKE_LINE.format(1)}",
    "inventory_stocktakeline_pieces": TAKE_LINE.format(1_000_000_001),
}


@pytest.fixture
def rows(make_variant: Callable[..., Variant], main_location: Location) -> dict[str, uuid.UUID]:
    level = StockLevel.objects.create(variant=make_variant(), location=main_location, on_hand=3, reserved=1)
    second = Location.objects.create(code="second", name="Second")
    StockLevel.objects.create(variant=make_variant(), location=second)
    return {
        "new": uuid.uuid4(),
        "level": level.id,
        "variant": level.variant_id,
        "location": main_location.id,
        "other": make_variant().id,
        "line": uuid.uuid4(),
    }


def test_every_named_rule_is_tried() -> None:
    assert set(BROKEN) == constraints_of("inventory")


@pytest.mark.parametrize("name", BROKEN)
def test_the_rule_holds(name: str, rows: dict[str, uuid.UUID]) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BROKEN[name], rows)
    assert error.value.__cause__.diag.constraint_name == name  # type: ignore[union-attr]


def test_no_limit_means_any_promise(rows: dict[str, uuid.UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LEVEL.format(0, 1_000_000, "NULL", 0), rows)
    assert StockLevel.objects.filter(reserved=1_000_000).exists()


@pytest.mark.parametrize("kind", ["reserved", "released", "shipped", "returned", "transferred", "counted"])
def test_what_others_caused_names_its_cause(kind: str, rows: dict[str, uuid.UUID]) -> None:
    with pytest.raises(IntegrityError, match="inventory_stockmovement_cause"):
        StockMovement.objects.create(level_id=rows["level"], kind=kind, on_hand_delta=1)


@pytest.mark.parametrize(
    "change", ["UPDATE inventory_stockmovement SET on_hand_delta = 2", "DELETE FROM inventory_stockmovement"]
)
def test_the_ledger_only_grows(change: str, rows: dict[str, uuid.UUID]) -> None:
    StockMovement.objects.create(level_id=rows["level"], kind="received", on_hand_delta=1)
    with (
        pytest.raises(DatabaseError, match="Cannot"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    assert StockMovement.objects.get().on_hand_delta == 1
