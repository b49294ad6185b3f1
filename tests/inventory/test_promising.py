"""Reserving, releasing and shipping: one statement each, all or nothing."""

import uuid
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from inventory.exceptions import StockInsufficient, StockNotOnHand
from inventory.models import Location, StockLevel, StockMovement, StockReservation
from inventory.services import ReserveRequest, ShipRequest, stock_release, stock_reserve, stock_ship
from products.models import Variant

pytestmark = pytest.mark.django_db

ORDER = uuid.UUID("00000000-0000-7000-8000-000000000001")
MakeVariant = Callable[..., Variant]


@pytest.fixture(autouse=True)
def _no_orders() -> None:
    """Let stock be held for orders that aren't there: what is tested here is stock alone."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inventory_stockreservation DISABLE TRIGGER ALL")
        cursor.execute("ALTER TABLE inventory_stockmovement DISABLE TRIGGER ALL")


def level(variant: Variant, location: Location, on_hand: int, **fields: object) -> StockLevel:
    return StockLevel.objects.create(variant=variant, location=location, on_hand=on_hand, **fields)


def reserve(*wanted: tuple[Variant, int]) -> list[uuid.UUID]:
    lines = [uuid.uuid4() for _ in wanted]
    requests = [
        ReserveRequest(line, variant.id, quantity) for line, (variant, quantity) in zip(lines, wanted, strict=True)
    ]
    with transaction.atomic():
        stock_reserve(requests=requests, order_id=ORDER, actor="guest")
    return lines


def counters(*levels: StockLevel) -> list[tuple[int, int]]:
    return [StockLevel.objects.values_list("on_hand", "reserved").get(id=level.id) for level in levels]


def movements() -> list[tuple[str, int, int]]:
    return list(StockMovement.objects.order_by("id").values_list("kind", "on_hand_delta", "reserved_delta"))


def test_reserve_holds_and_writes_the_ledger(make_variant: MakeVariant, main_location: Location) -> None:
    here = level(make_variant(), main_location, 5)
    (line,) = reserve((here.variant, 3))
    assert counters(here) == [(5, 3)]
    assert movements() == [("reserved", 0, 3)]
    assert list(StockReservation.objects.values_list("level_id", "order_line_id", "quantity")) == [(here.id, line, 3)]
    written = StockMovement.objects.get()
    assert (written.order_id, written.actor) == (ORDER, "guest")


def test_reserve_of_the_very_last_piece(make_variant: MakeVariant, main_location: Location) -> None:
    here = level(make_variant(), main_location, 1)
    reserve((here.variant, 1))
    with pytest.raises(StockInsufficient):
        reserve((here.variant, 1))
    assert counters(here) == [(1, 1)]


def test_one_short_line_refuses_all_and_says_how_many_there_are(
    make_variant: MakeVariant, main_location: Location
) -> None:
    plenty, scarce = level(make_variant(), main_location, 10), level(make_variant(), main_location, 2)
    nowhere = make_variant()
    with pytest.raises(StockInsufficient) as refusal:
        reserve((plenty.variant, 1), (scarce.variant, 3), (nowhere, 1))
    assert counters(plenty, scarce) == [(10, 0), (2, 0)]
    assert movements() == []
    assert [(error.pointer, error.code) for error in refusal.value.errors] == [
        ("/lines/1", "stock_insufficient"),
        ("/lines/2", "stock_insufficient"),
    ]
    assert refusal.value.extra["shortages"] == [
        {"variant_id": str(scarce.variant_id), "requested": 3, "available": 2},
        {"variant_id": str(nowhere.id), "requested": 1, "available": 0},
    ]
    assert refusal.value.detail == (
        "There is not enough in stock. Line 2: Only 2 left; 3 were asked for. (and 1 more lines)"
    )


def test_untracked_variants_are_held_nowhere(make_variant: MakeVariant, main_location: Location) -> None:
    here = level(make_variant(is_stock_tracked=False), main_location, 0)
    reserve((here.variant, 1_000_000))
    assert counters(here) == [(0, 0)]
    assert not StockReservation.objects.exists()


def test_backorders_up_to_the_limit(make_variant: MakeVariant, main_location: Location) -> None:
    here = level(make_variant(), main_location, 2, backorder_limit=3)
    with pytest.raises(StockInsufficient):
        reserve((here.variant, 6))
    reserve((here.variant, 5))
    assert counters(here) == [(2, 5)]


def test_backorders_without_limit(make_variant: MakeVariant, main_location: Location) -> None:
    here = level(make_variant(), main_location, 0, backorder_limit=None)
    reserve((here.variant, 1000))
    assert counters(here) == [(0, 1000)]


def test_one_location_that_serves_the_whole_line_is_preferred(
    make_variant: MakeVariant, main_location: Location, second_location: Location
) -> None:
    variant = make_variant()
    first, second = level(variant, main_location, 2), level(variant, second_location, 4)
    reserve((variant, 3))
    assert counters(first, second) == [(2, 0), (4, 3)]


def test_goods_that_are_there_go_before_promises(
    make_variant: MakeVariant, main_location: Location, second_location: Location
) -> None:
    variant = make_variant()
    first = level(variant, main_location, 0, backorder_limit=None)
    second = level(variant, second_location, 4)
    reserve((variant, 3))
    assert counters(first, second) == [(0, 0), (4, 3)]


def test_a_line_is_split_when_no_location_has_it_whole(
    make_variant: MakeVariant, main_location: Location, second_location: Location
) -> None:
    variant = make_variant()
    first, second = level(variant, main_location, 2), level(variant, second_location, 2)
    (line,) = reserve((variant, 3))
    assert counters(first, second) == [(2, 2), (2, 1)]
    assert dict(StockReservation.objects.filter(order_line_id=line).values_list("level_id", "quantity")) == {
        first.id: 2,
        second.id: 1,
    }


def test_an_inactive_location_gives_nothing(make_variant: MakeVariant, main_location: Location) -> None:
    here = level(make_variant(), main_location, 5)
    Location.objects.update(is_active=False)
    with pytest.raises(StockInsufficient):
        reserve((here.variant, 1))
    assert counters(here) == [(5, 0)]


def test_a_variant_that_is_gone_is_short(make_variant: MakeVariant) -> None:
    gone = make_variant(is_stock_tracked=False)
    Variant.objects.filter(id=gone.id).delete()
    with pytest.raises(StockInsufficient):
        reserve((gone, 1))


def test_the_same_variant_twice_is_a_mistake_of_the_caller(make_variant: MakeVariant) -> None:
    variant = make_variant()
    with pytest.raises(ValueError, match="once"):
        reserve((variant, 1), (variant, 1))


def test_fifty_lines_cost_one_statement(make_variant: MakeVariant, main_location: Location) -> None:
    levels = [level(make_variant(), main_location, 5) for _ in range(50)]
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        stock_reserve(
            requests=[ReserveRequest(uuid.uuid4(), here.variant_id, 2) for here in levels], order_id=ORDER, actor=""
        )
    assert len(queries) == 1
    assert counters(*levels) == [(5, 2)] * 50


def test_release_gives_back_all_that_is_held(
    make_variant: MakeVariant, main_location: Location, second_location: Location
) -> None:
    variant, other = make_variant(), make_variant()
    levels = [level(variant, main_location, 2), level(variant, second_location, 2), level(other, main_location, 9)]
    lines = reserve((variant, 4), (other, 1))
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        freed = stock_release(order_line_ids=lines, order_id=ORDER, reason="changed my mind", actor="system")
    assert (freed, len(queries)) == (5, 1)
    assert counters(*levels) == [(2, 0), (2, 0), (9, 0)]
    assert not StockReservation.objects.exists()
    assert sorted(movements()[3:]) == [("released", 0, -2), ("released", 0, -2), ("released", 0, -1)]
    assert set(StockMovement.objects.filter(kind="released").values_list("reason", flat=True)) == {"changed my mind"}


def test_release_twice_gives_back_once(make_variant: MakeVariant, main_location: Location) -> None:
    here = level(make_variant(), main_location, 5)
    lines = reserve((here.variant, 3))
    for expected in (3, 0):
        assert stock_release(order_line_ids=lines, order_id=ORDER, reason="", actor="") == expected
    assert counters(here) == [(5, 0)]


def test_ship_in_parts(make_variant: MakeVariant, main_location: Location, second_location: Location) -> None:
    variant = make_variant()
    levels = [level(variant, main_location, 2), level(variant, second_location, 2)]
    (line,) = reserve((variant, 4))
    stock_ship(requests=[ShipRequest(line, 1)], order_id=ORDER, actor="")
    assert counters(*levels) == [(1, 1), (2, 2)]
    stock_ship(requests=[ShipRequest(line, 2)], order_id=ORDER, actor="")
    assert counters(*levels) == [(0, 0), (1, 1)]
    stock_ship(requests=[ShipRequest(line, 1)], order_id=ORDER, actor="")
    assert counters(*levels) == [(0, 0), (0, 0)]
    assert not StockReservation.objects.exists()
    shipped = [movement for movement in movements() if movement[0] == "shipped"]
    assert sum(on_hand for _, on_hand, _ in shipped) == sum(reserved for _, _, reserved in shipped) == -4


def test_what_has_not_arrived_is_not_shipped(make_variant: MakeVariant, main_location: Location) -> None:
    here, other = level(make_variant(), main_location, 1, backorder_limit=5), level(make_variant(), main_location, 1)
    line, second = reserve((here.variant, 3), (other.variant, 1))
    with pytest.raises(StockNotOnHand, match="promised but not there"), transaction.atomic():
        stock_ship(requests=[ShipRequest(line, 2), ShipRequest(second, 1)], order_id=ORDER, actor="")
    assert counters(here, other) == [(1, 3), (1, 1)]
    stock_ship(requests=[ShipRequest(line, 1)], order_id=ORDER, actor="")
    assert counters(here) == [(0, 2)]


def test_untracked_lines_ship_without_stock() -> None:
    stock_ship(requests=[ShipRequest(uuid.uuid4(), 1)], order_id=ORDER, actor="")
    assert movements() == []


def test_parts_need_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.transactions.connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(AssertionError):
        stock_reserve(requests=[], order_id=ORDER, actor="")
