"""Counting, receiving and correcting stock, one level and thousands."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core import clock
from events.models import Event
from inventory.exceptions import StockLevelExists, StockLevelNotFound, StockPromised
from inventory.models import Location, StockLevel, StockMovement, StockReservation
from inventory.selectors import available_quantities, low_stock
from inventory.services import (
    StockSetResult,
    StockTarget,
    stock_adjust,
    stock_level_create,
    stock_set,
    stock_set_many,
)
from products.models import Product, Variant

pytestmark = pytest.mark.django_db

MakeVariant = Callable[..., Variant]


def counters() -> dict[uuid.UUID, tuple[int, int | None]]:
    return {level.variant_id: (level.on_hand, level.backorder_limit) for level in StockLevel.objects.all()}


def deltas() -> list[int]:
    return list(StockMovement.objects.order_by("id").values_list("on_hand_delta", flat=True))


def set_many(location: Location, *targets: StockTarget) -> StockSetResult:
    with transaction.atomic():
        return stock_set_many(levels=targets, location_id=location.id, reason="import", actor="system")


def test_set_many_makes_levels_and_writes_each_difference(make_variant: MakeVariant, main_location: Location) -> None:
    one, two, three = make_variant(), make_variant(), make_variant()
    first = set_many(main_location, StockTarget(one.id, 5), StockTarget(two.id, 0), StockTarget(three.id, 1, None))
    assert first == StockSetResult(2, ())
    assert counters() == {one.id: (5, 0), two.id: (0, 0), three.id: (1, None)}
    assert sorted(deltas()) == [1, 5]
    second = set_many(main_location, StockTarget(one.id, 3), StockTarget(three.id, 1, 4))
    assert second == StockSetResult(2, ())
    assert counters() == {one.id: (3, 0), two.id: (0, 0), three.id: (1, 4)}
    assert sorted(deltas()) == [-2, 1, 5]


def test_set_many_again_changes_nothing(make_variant: MakeVariant, main_location: Location) -> None:
    targets = [StockTarget(make_variant().id, number, number or None) for number in range(5)]
    set_many(main_location, *targets)
    before = StockMovement.objects.count()
    assert set_many(main_location, *targets) == StockSetResult(0, ())
    assert StockMovement.objects.count() == before


def test_set_many_leaves_what_is_promised_and_says_so(make_variant: MakeVariant, main_location: Location) -> None:
    promised, free = make_variant(), make_variant()
    StockLevel.objects.create(variant=promised, location=main_location, on_hand=5, reserved=3)
    result = set_many(main_location, StockTarget(promised.id, 2), StockTarget(free.id, 7))
    assert result == StockSetResult(1, (promised.id,))
    assert counters() == {promised.id: (5, 0), free.id: (7, 0)}
    assert set_many(main_location, StockTarget(promised.id, 2, 1)).refused == ()


def test_what_is_held_past_its_time_stands_in_nobodys_way(make_variant: MakeVariant, main_location: Location) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inventory_stockreservation DISABLE TRIGGER ALL")
        cursor.execute("ALTER TABLE inventory_stockmovement DISABLE TRIGGER ALL")
    levels = [
        StockLevel.objects.create(variant=make_variant(), location=main_location, on_hand=5, reserved=4)
        for _ in range(3)
    ]
    lapsed, lasts = clock.now() - timedelta(seconds=1), clock.now() + timedelta(hours=1)
    for level in levels:
        for quantity, until in ((3, lapsed), (1, lasts)):
            StockReservation.objects.create(level=level, cart_id=uuid.uuid4(), quantity=quantity, expires_at=until)
    one, two, three = (level.variant_id for level in levels)
    assert set_many(main_location, StockTarget(one, 0), StockTarget(two, 1)) == StockSetResult(1, (one,))
    with pytest.raises(StockPromised, match="been promised 1; 0 on hand"):
        stock_set(variant_id=three, location_id=main_location.id, on_hand=0, reason="count", actor="")
    assert counters() == {one: (5, 0), two: (1, 0), three: (5, 0)}
    changed = stock_adjust(variant_id=three, location_id=main_location.id, on_hand_delta=-4, reason="x", actor="")
    assert (changed.on_hand, changed.reserved) == (1, 1)
    told = Event.objects.filter(aggregate_id=str(changed.id)).get()
    assert (told.data["on_hand"], told.data["reserved"]) == (1, 1)
    written = StockMovement.objects.filter(level=changed).order_by("id")
    assert list(written.values_list("kind", "on_hand_delta", "reserved_delta")) == [
        ("released", 0, -3),
        ("adjusted", -4, 0),
    ]
    assert list(StockLevel.objects.order_by("id").values_list("on_hand", "reserved")) == [(5, 1), (1, 1), (1, 1)]


@pytest.mark.parametrize("count", [1, 300])
def test_set_many_costs_two_statements(count: int, make_variant: MakeVariant, main_location: Location) -> None:
    product = make_variant().product
    variants = Variant.objects.bulk_create(
        [Variant(product=product, option_values=[str(number)]) for number in range(count)]
    )
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        stock_set_many(
            levels=[StockTarget(variant.id, 4) for variant in variants],
            location_id=main_location.id,
            reason="import",
            actor="system",
        )
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 2
    assert StockMovement.objects.count() == count


def test_set_many_refuses_nonsense(make_variant: MakeVariant, main_location: Location) -> None:
    variant = make_variant()
    with pytest.raises(ValueError, match="once"):
        set_many(main_location, StockTarget(variant.id, 1), StockTarget(variant.id, 2))
    with pytest.raises(ValueError, match="negative"):
        set_many(main_location, StockTarget(variant.id, -1))
    assert set_many(main_location) == StockSetResult(0, ())
    assert counters() == {}


def test_adjust_moves_and_tells(make_variant: MakeVariant, main_location: Location) -> None:
    variant = make_variant()
    stock_set(variant_id=variant.id, location_id=main_location.id, on_hand=5, reason="count", actor="user:1")
    level = stock_adjust(
        variant_id=variant.id, location_id=main_location.id, on_hand_delta=-2, reason="broken", actor="user:1"
    )
    assert level.on_hand == 3
    assert deltas() == [5, -2]
    assert [event.data["on_hand"] for event in Event.objects.filter(type="stock.level_changed")] == [5, 3]


@pytest.mark.parametrize("delta", [-3, -6])
def test_adjust_below_what_is_promised_changes_nothing(
    delta: int, make_variant: MakeVariant, main_location: Location
) -> None:
    variant = make_variant()
    StockLevel.objects.create(variant=variant, location=main_location, on_hand=5, reserved=3)
    with pytest.raises(StockPromised):
        stock_adjust(variant_id=variant.id, location_id=main_location.id, on_hand_delta=delta, reason="", actor="")
    assert counters() == {variant.id: (5, 0)}
    assert deltas() == []


def test_adjust_below_zero_is_refused_whatever_may_be_promised(
    make_variant: MakeVariant, main_location: Location
) -> None:
    variant = make_variant()
    StockLevel.objects.create(variant=variant, location=main_location, on_hand=1, backorder_limit=None)
    with pytest.raises(StockPromised, match="less than nothing"):
        stock_adjust(variant_id=variant.id, location_id=main_location.id, on_hand_delta=-2, reason="", actor="")
    assert counters() == {variant.id: (1, None)}


def test_adjust_needs_a_level(make_variant: MakeVariant, main_location: Location) -> None:
    with pytest.raises(StockLevelNotFound):
        stock_adjust(variant_id=make_variant().id, location_id=main_location.id, on_hand_delta=1, reason="", actor="")


def test_a_level_is_made_once(make_variant: MakeVariant, main_location: Location) -> None:
    place = {"variant_id": make_variant().id, "location_id": main_location.id}
    made = stock_level_create(**place, values={"on_hand": 4, "low_stock_threshold": 2}, reason="new", actor="user:1")
    assert (made.on_hand, made.low_stock_threshold, deltas()) == (4, 2, [4])
    with pytest.raises(StockLevelExists) as refusal:
        stock_level_create(**place, values={"on_hand": 9}, reason="new", actor="user:1")
    assert refusal.value.extra == {"stock_level_id": str(made.id)}
    assert deltas() == [4]


def test_available_quantities_in_one_query(
    make_variant: MakeVariant, main_location: Location, second_location: Location
) -> None:
    stocked, unlimited, untracked, bare = (
        make_variant(),
        make_variant(),
        make_variant(is_stock_tracked=False),
        make_variant(),
    )
    closed = Location.objects.create(code="closed", name="Closed", is_active=False)
    StockLevel.objects.create(variant=stocked, location=main_location, on_hand=5, reserved=2, backorder_limit=1)
    StockLevel.objects.create(variant=stocked, location=second_location, on_hand=12, safety_stock=2)
    StockLevel.objects.create(variant=stocked, location=closed, on_hand=100, backorder_limit=None)
    StockLevel.objects.create(variant=unlimited, location=main_location, on_hand=0, backorder_limit=None)
    with CaptureQueriesContext(connection) as queries:
        found = available_quantities([stocked.id, unlimited.id, untracked.id, bare.id, uuid.uuid4()], at=clock.now())
    assert found == {stocked.id: 14, unlimited.id: None, untracked.id: None, bare.id: 0}
    assert len(queries) == 1


def test_low_stock_lists_what_needs_goods_in_one_query(make_variant: MakeVariant, main_location: Location) -> None:
    low, lower, fine, untracked, archived = (
        make_variant(),
        make_variant(),
        make_variant(),
        make_variant(is_stock_tracked=False),
        make_variant(),
    )
    Product.objects.filter(id=archived.product_id).update(status="archived")
    StockLevel.objects.create(variant=low, location=main_location, on_hand=5, reserved=2, low_stock_threshold=3)
    StockLevel.objects.create(variant=lower, location=main_location, on_hand=0)
    StockLevel.objects.create(variant=fine, location=main_location, on_hand=5, reserved=1, low_stock_threshold=3)
    StockLevel.objects.create(variant=untracked, location=main_location, on_hand=0)
    StockLevel.objects.create(variant=archived, location=main_location, on_hand=0)
    with CaptureQueriesContext(connection) as queries:
        found = [(level.variant.sku, level.variant.product.title, level.location.code) for level in low_stock()]
    assert [sku for sku, _, _ in found] == [lower.sku, low.sku]
    assert len(queries) == 1
