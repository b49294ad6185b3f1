"""Everything that can happen to stock, in random sequences, beside a model of it that is simple enough to believe.

After every step the counters, the ledger's sums and the reservations are what the model says. A shop and a store that
both sell; one thing that is there or isn't, one of which some may be promised ahead. Carts hold their goods through the
API. Races are in the other files; this is about what happens after what.
"""

from datetime import timedelta
from itertools import count
from types import ModuleType

import pytest
from django.db import IntegrityError
from django.db.models import Sum
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core import clock
from inventory.exceptions import StockInsufficient, StockPromised
from inventory.models import StockLevel, StockReservation
from inventory.services import (
    Count,
    TransferRequest,
    releasing,
    reserving,
    stock_adjust,
    take_apply,
    take_cancel,
    take_count,
    take_create,
    transfer_cancel,
    transfer_close,
    transfer_create,
    transfer_receive,
)
from orders.models import Order
from tests.concurrency.books import differences
from tests.concurrency.reporting import length, report
from tests.concurrency.stock_model import AHEAD, Journey
from tests.concurrency.stock_rules import SalesAtRandom, few, places, things

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = length(short=8, quick=15, long=400)
STEPS = length(short=25, quick=40, long=60)
_steps = count()


class StockAtRandom(SalesAtRandom):
    """Beside the sales, what staff do."""

    # What staff do.

    @rule(place=places, thing=things, quantity=few)
    def receive(self, place: str, thing: str, quantity: int) -> None:
        self._adjust(place, thing, quantity, kind="received")

    @rule(place=places, thing=things, quantity=few)
    def take_away(self, place: str, thing: str, quantity: int) -> None:
        self._adjust(place, thing, -quantity, kind="adjusted")

    def _adjust(self, place: str, thing: str, delta: int, *, kind: str) -> None:
        level = self.levels[place, thing]
        after = level.on_hand + delta
        most = after + AHEAD.get((place, thing), 0)
        is_in_the_way = self.reserved(place, thing) > most
        possible = after >= 0 and self.live(place, thing) <= most
        self.done(
            lambda: stock_adjust(
                variant_id=self.things[thing].id,
                location_id=self.places[place].id,
                on_hand_delta=delta,
                reason="Random",
                actor="system",
                kind=kind,
            ),
            possible=possible,
            refusal=StockPromised,
        )
        if not possible:
            return
        level.on_hand += delta
        if is_in_the_way:
            self.forget_lapsed([thing], (place,))

    # Goods on their way.

    @rule(thing=things, quantity=few, source=st.sampled_from(["shop", "store", None]), destination=places)
    def send_away(self, thing: str, quantity: int, source: str | None, destination: str) -> None:
        if source == destination:
            return
        possible = source is None or self.there(source, thing) >= quantity
        transfer = self.done(
            lambda: transfer_create(
                source_id=self.places[source].id if source else None,
                destination_id=self.places[destination].id,
                lines=[TransferRequest(self.things[thing].id, quantity)],
                actor="system",
            ),
            possible=possible,
            refusal=StockInsufficient,
        )
        if transfer is None:
            return
        if source is not None:
            self.levels[source, thing].on_hand -= quantity
            self.forget_lapsed([thing], (source,))
        self.levels[destination, thing].incoming += quantity
        self.journeys.append(Journey(transfer, thing, source, destination, quantity))

    @precondition(lambda self: self.journeys)
    @rule(data=st.data(), quantity=few)
    def arrive(self, data: st.DataObject, quantity: int) -> None:
        journey = data.draw(st.sampled_from(self.journeys))
        quantity = min(quantity, journey.missing)
        with self.moved():
            transfer_receive(
                transfer_id=journey.transfer.id,
                lines=[TransferRequest(self.things[journey.thing].id, quantity)],
                actor="system",
            )
        level = self.levels[journey.destination, journey.thing]
        level.on_hand += quantity
        level.incoming -= quantity
        journey.missing -= quantity
        if not journey.missing:
            self.journeys.remove(journey)

    @precondition(lambda self: self.journeys)
    @rule(data=st.data(), is_lost=st.booleans())
    def never_arrive(self, data: st.DataObject, is_lost: bool) -> None:
        journey = data.draw(st.sampled_from(self.journeys))
        with self.moved():
            if is_lost:
                transfer_close(transfer_id=journey.transfer.id, reason="Lost", actor="system")
            else:
                transfer_cancel(transfer_id=journey.transfer.id, actor="system")
        self.levels[journey.destination, journey.thing].incoming -= journey.missing
        if journey.source and not is_lost:
            self.levels[journey.source, journey.thing].on_hand += journey.missing
        self.journeys.remove(journey)

    # Counting.

    @precondition(lambda self: self.take is None)
    @rule(place=places)
    def begin_counting(self, place: str) -> None:
        with self.moved():
            self.take = place, take_create(location_id=self.places[place].id, actor="system"), {}

    @precondition(lambda self: self.take is not None)
    @rule(thing=things, found=st.integers(0, 8))
    def count(self, thing: str, found: int) -> None:
        assert self.take
        place, take, found_more = self.take
        with self.moved():
            take_count(take_id=take.id, counts=[Count(self.things[thing].id, found)], actor="system")
        found_more[thing] = found - self.levels[place, thing].on_hand

    @precondition(lambda self: self.take is not None)
    @rule(is_believed=st.booleans())
    def end_counting(self, is_believed: bool) -> None:
        assert self.take
        place, take, found_more = self.take
        if not is_believed:
            with self.moved():
                take_cancel(take_id=take.id, actor="system")
            self.take = None
            return
        changed = {thing: more for thing, more in found_more.items() if more}
        possible = all(self._is_fine(place, thing, more) for thing, more in changed.items())
        self.done(lambda: take_apply(take_id=take.id, actor="system"), possible=possible, refusal=StockPromised)
        if possible:
            for thing, more in changed.items():
                self.levels[place, thing].on_hand += more
                if more < 0:
                    self.forget_lapsed([thing], (place,))
            self.take = None

    def _is_fine(self, place: str, thing: str, more: int) -> bool:
        after = self.levels[place, thing].on_hand + more
        return after >= 0 and (more >= 0 or self.live(place, thing) <= after + AHEAD.get((place, thing), 0))

    # What has to be so.

    @invariant()
    def counters_and_ledger_and_reservations_are_the_model_s(self) -> None:
        next(_steps)
        names = {
            (self.places[place].id, self.things[thing].id): (place, thing)
            for place, thing in getattr(self, "levels", {})
        }
        levels = StockLevel.objects.filter(variant__in=getattr(self, "things", {}).values())
        for level in levels.annotate(
            there=Sum("movements__on_hand_delta", default=0),
            promised=Sum("movements__reserved_delta", default=0),
            coming=Sum("movements__incoming_delta", default=0),
        ):
            place, thing = names[level.location_id, level.variant_id]
            known = self.levels[place, thing]
            expected = known.on_hand, self.reserved(place, thing), known.incoming
            assert (level.on_hand, level.reserved, level.incoming) == expected, (place, thing)
            assert (level.there, level.promised, level.coming) == expected, (place, thing)
        rows = StockReservation.objects.filter(level__in=levels).values_list(
            "order", "cart", "level__location", "level__variant", "quantity", "expires_at"
        )
        expected_rows = [
            (owner, self.places[row.place].id, self.things[row.thing].id, row.quantity, row.until)
            for owner, held in self.held.items()
            for row in held
        ]
        found = [(order or cart, *rest) for order, cart, *rest in rows]
        assert sorted(found, key=str) == sorted(expected_rows, key=str)


def machine() -> settings:
    return settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        # The same sequences in every plain run; others each time at length.
        derandomize=EXAMPLES < 100,
        database=None,
        print_blob=True,
    )


@pytest.mark.proof
def test_whatever_happens_in_whatever_order_stock_is_what_a_simple_model_says() -> None:
    before = next(_steps)
    run_state_machine_as_test(StockAtRandom, settings=machine())
    with clock.moved(timedelta(days=9999)):  # No order that was placed in the machine's future still waits then.
        found = differences()
    report(
        "stock at random", orders=Order.objects.count(), differences=len(found), note=f"{next(_steps) - before} steps"
    )
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "names", "protection", "broken"),
    [
        (
            releasing,
            ("RELEASE_ORDER", "RELEASE_CARTS", "RELEASE_LAPSED", "RELEASE_LAPSED_AT"),
            "SET reserved = s.reserved - f.quantity FROM freed f",
            "SET reserved = s.reserved FROM freed f",
        ),
        # A place owes what another one has.
        (reserving, ("RESERVE",), "WHEN 0 THEN LEAST(GREATEST(f.there, 0), f.free)", "WHEN 0 THEN f.free"),
        # A cart that is held again keeps what it held before, too.
        (reserving, ("RESERVE",), "r.cart_id = %(cart)s AND r.expires_at > %(now)s", "FALSE"),
    ],
    ids=["releases that forget the counter", "owing", "held twice"],
)
def test_control_what_is_done_wrong_is_found(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, names: tuple[str, ...], protection: str, broken: str
) -> None:
    for name in names:
        statement = getattr(module, name)
        assert protection in statement
        monkeypatch.setattr(module, name, statement.replace(protection, broken))
    first = settings(machine(), max_examples=100, phases=[Phase.generate], report_multiple_bugs=False)
    with pytest.raises((AssertionError, IntegrityError)):
        run_state_machine_as_test(StockAtRandom, settings=first)
