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
    "INSERT INTO inventory_stockreservation (level_id, order_line_id, quantity) VALUES (%(level)s, %(line)s, {})"
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
    "inventory_stockreservation_once": f"{RESERVATION.format(1)}; {RESERVATION.format(1)}",
    "inventory_stockreservation_quantity": RESERVATION.format(0),
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
