"""Reserving, releasing and shipping: one statement each, all or nothing."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core import clock
from inventory.exceptions import StockInsufficient, StockNotOnHand
from inventory.models import Location, StockLevel, StockMovement, StockReservation
from inventory.selectors import available_quantities, stock_offers
from inventory.services import (
    ReserveRequest,
    ReturnRequest,
    ShipRequest,
    reservations_sweep,
    stock_keep,
    stock_release,
    stock_release_carts,
    stock_reserve,
    stock_return,
    stock_ship,
)
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
        ReserveRequest(line, variant.id, quantity, is_tracked=variant.is_stock_tracked)
        for line, (variant, quantity) in zip(lines, wanted, strict=True)
    ]
    with transaction.atomic():
        stock_reserve(requests=requests, order_id=ORDER, actor="guest")
    return lines


def hold(cart: uuid.UUID, variant: Variant, quantity: int, *, minutes: int = 10) -> None:
    request = ReserveRequest(uuid.uuid4(), variant.id, quantity)
    until = clock.now() + timedelta(minutes=minutes)
    stock_reserve(requests=[request], cart_id=cart, expires_at=until, actor="guest")


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
    reserve((variant, 4), (other, 1))
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        freed = stock_release(order_id=ORDER, reason="changed my mind", actor="system")
    assert (freed, len(queries)) == (5, 1)
    assert counters(*levels) == [(2, 0), (2, 0), (9, 0)]
    assert not StockReservation.objects.exists()
    assert sorted(movements()[3:]) == [("released", 0, -2), ("released", 0, -2), ("released", 0, -1)]
    assert set(StockMovement.objects.filter(kind="released").values_list("reason", flat=True)) == {"changed my mind"}


def test_release_twice_gives_back_once(make_variant: MakeVariant, main_location: Location) -> None:
    here = level(make_variant(), main_location, 5)
    reserve((here.variant, 3))
    for expected in (3, 0):
        assert stock_release(order_id=ORDER, reason="", actor="") == expected
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


CART, OTHER_CART = uuid.UUID(int=1), uuid.UUID(int=2)


def free(variant: Variant, *, cart: uuid.UUID | None = None) -> int | None:
    return available_quantities([variant.id], at=clock.now(), cart_id=cart)[variant.id]


def test_safety_stock_is_not_sold(make_variant: MakeVariant, main_location: Location) -> None:
    here = level(make_variant(), main_location, 5, safety_stock=2)
    with pytest.raises(StockInsufficient) as refusal:
        reserve((here.variant, 4))
    assert refusal.value.shortages[0].available == free(here.variant) == 3
    reserve((here.variant, 3))
    assert (counters(here), free(here.variant)) == ([(5, 3)], 0)


def test_the_location_of_the_country_goes_first(
    make_variant: MakeVariant, main_location: Location, settings: Any
) -> None:
    variant = make_variant()
    far = Location.objects.create(code="far", name="Far", country="MX", position=9)
    levels = [level(variant, main_location, 9), level(variant, far, 5)]
    request = ReserveRequest(uuid.uuid4(), variant.id, 2)
    stock_reserve(requests=[request], order_id=ORDER, country="MX", actor="")
    assert counters(*levels) == [(9, 0), (5, 2)]
    for allocation, reserved in (("MOST_STOCK", [2, 2]), ("IN_ORDER", [4, 2])):
        settings.STOCK_ALLOCATION = f"inventory.allocation.{allocation}"
        stock_reserve(requests=[ReserveRequest(uuid.uuid4(), variant.id, 2)], order_id=ORDER, country="MX", actor="")
        assert [reserved for _, reserved in counters(*levels)] == reserved


@pytest.mark.parametrize("allocation", ["NEAREST", "MOST_STOCK", "IN_ORDER"])
def test_nothing_is_owed_while_it_lies_at_another_place(
    make_variant: MakeVariant, main_location: Location, second_location: Location, settings: Any, allocation: str
) -> None:
    settings.STOCK_ALLOCATION = f"inventory.allocation.{allocation}"
    variant = make_variant()
    here = level(variant, main_location, 3, backorder_limit=None)
    there = level(variant, second_location, 3, backorder_limit=2)
    offer = stock_offers([variant.id], at=clock.now())[variant.id]
    reserve((variant, 5))
    assert (
        offer.backordered_of(5) == sum(max(reserved - on_hand, 0) for on_hand, reserved in counters(here, there)) == 0
    )
    reserve((variant, 5))
    assert sum(reserved for _, reserved in counters(here, there)) == 10


def test_an_unsplit_line_comes_from_one_location_or_not_at_all(
    make_variant: MakeVariant, main_location: Location, second_location: Location, settings: Any
) -> None:
    variant = make_variant()
    levels = [level(variant, main_location, 2), level(variant, second_location, 3)]
    settings.STOCK_ALLOCATION = "inventory.allocation.NEAREST_UNSPLIT"
    assert free(variant) == 3
    with pytest.raises(StockInsufficient) as refusal:
        reserve((variant, 4))
    assert refusal.value.shortages[0].available == 3
    reserve((variant, 3))
    assert counters(*levels) == [(2, 0), (3, 3)]


def test_what_is_held_past_its_time_is_free_without_any_job(make_variant: MakeVariant, main_location: Location) -> None:
    here = level(make_variant(), main_location, 5)
    hold(CART, here.variant, 4)
    assert (free(here.variant), free(here.variant, cart=CART)) == (1, 5)
    with pytest.raises(StockInsufficient), transaction.atomic():
        hold(OTHER_CART, here.variant, 2)
    with clock.moved(timedelta(minutes=10)):
        assert free(here.variant) == 5
        hold(OTHER_CART, here.variant, 2)
    assert counters(here) == [(5, 2)]
    assert movements() == [("reserved", 0, 4), ("released", 0, -4), ("reserved", 0, 2)]
    assert list(StockReservation.objects.values_list("cart_id", "quantity")) == [(OTHER_CART, 2)]


def test_a_cart_that_is_held_again_starts_anew_and_its_order_takes_it_over(
    make_variant: MakeVariant, main_location: Location
) -> None:
    here = level(make_variant(), main_location, 5)
    hold(CART, here.variant, 4)
    hold(CART, here.variant, 5)
    assert counters(here) == [(5, 5)]
    request = ReserveRequest(uuid.uuid4(), here.variant_id, 3)
    with CaptureQueriesContext(connection) as queries:
        stock_reserve(requests=[request], order_id=ORDER, cart_id=CART, actor="guest")
    assert (counters(here), len(queries)) == ([(5, 3)], 1)
    assert StockReservation.objects.get().order_line_id == request.line_id
    assert [moved[2] for moved in movements()] == [4, -4, 5, -5, 3]


def test_a_cart_gives_back_what_it_held(make_variant: MakeVariant, main_location: Location) -> None:
    here = level(make_variant(), main_location, 5)
    hold(CART, here.variant, 4)
    assert stock_release_carts(cart_ids=[OTHER_CART], reason="", actor="guest") == 0
    assert stock_release_carts(cart_ids=[CART], reason="", actor="guest") == 4
    assert (counters(here), movements()[1:]) == ([(5, 0)], [("released", 0, -4)])


def test_what_is_kept_no_longer_ends(make_variant: MakeVariant, main_location: Location) -> None:
    here = level(make_variant(), main_location, 5)
    request = ReserveRequest(uuid.uuid4(), here.variant_id, 3)
    until = clock.now() + timedelta(minutes=1)
    stock_reserve(requests=[request], order_id=ORDER, expires_at=until, actor="")
    assert stock_keep(order_id=ORDER) == {request.line_id: 3}
    with clock.moved(timedelta(minutes=2)):
        assert free(here.variant) == 2
        assert reservations_sweep() == 0
        with pytest.raises(StockInsufficient), transaction.atomic():
            reserve((here.variant, 3))
    assert counters(here) == [(5, 3)]


def test_the_sweeper_only_tidies_up(make_variant: MakeVariant, main_location: Location) -> None:
    here, other = level(make_variant(), main_location, 5), level(make_variant(), main_location, 5)
    hold(CART, here.variant, 4)
    hold(OTHER_CART, other.variant, 1, minutes=60)
    with clock.moved(timedelta(minutes=11)):
        before = free(here.variant)
        assert reservations_sweep() == 4
        assert free(here.variant) == before == 5
    assert counters(here, other) == [(5, 0), (5, 1)]


def test_what_comes_back_is_on_sale_again(
    make_variant: MakeVariant, main_location: Location, second_location: Location
) -> None:
    here, elsewhere = level(make_variant(), main_location, 5), make_variant()
    requests = [ReturnRequest(here.variant_id, 1), ReturnRequest(elsewhere.id, 2), ReturnRequest(here.variant_id, 1)]
    stock_return(requests=requests, location_id=main_location.id, order_id=ORDER, reason="Too small", actor="system")
    assert (counters(here), free(elsewhere)) == ([(7, 0)], 2)
    written = StockMovement.objects.filter(kind="returned", order_id=ORDER, reason="Too small")
    assert sorted(written.values_list("on_hand_delta", flat=True)) == [2, 2]


def test_somebody_has_to_ask_and_not_for_ever(make_variant: MakeVariant) -> None:
    request = ReserveRequest(uuid.uuid4(), make_variant().id, 1)
    for cart in (None, CART):
        with pytest.raises(ValueError, match="until a time"):
            stock_reserve(requests=[request], cart_id=cart, actor="")
