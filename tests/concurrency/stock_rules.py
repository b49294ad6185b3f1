"""What buyers do, what becomes of their orders, and time: the shop's services on one side, the model on the other."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.conf import settings as shop
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)
from rest_framework.test import APIClient

from cart.models import Cart
from core import clock
from core.problems import Problem
from inventory.exceptions import StockInsufficient, StockNotOnHand
from inventory.models import Location, StockTake
from inventory.services import (
    StockTarget,
    reservations_sweep,
    stock_set_many,
)
from orders.services import (
    FulfilLine,
    ReturnLine,
    order_cancel,
    order_fulfil,
    order_goods_return,
    order_mark_paid,
    order_place,
    orders_sweep,
)
from products.models import Variant
from shipping.models import ShippingMethod
from tests.concurrency.stock_model import AHEAD, PLACES, Held, Journey, Level, Sale, StockModel
from tests.factories.carts import ready_cart_make, shipping_method_make
from tests.factories.catalogue import product_make, variant_of
from tests.factories.orders import total_of
from users.callers import GUEST

OPENED_WITH = {"shop": 3, "store": 2}
HOLD = timedelta(minutes=shop.CART_HOLD_MINUTES)
UNPAID = timedelta(minutes=shop.ORDER_RESERVATION_MINUTES)
_number = count(1)
few = st.integers(1, 4)
things = st.sampled_from(["plain", "ahead"])
places = st.sampled_from(PLACES)
baskets = st.dictionaries(things, few, min_size=1)


class SalesAtRandom(StockModel, RuleBasedStateMachine):
    """A shop that sells at random, and the model of its stock."""

    @initialize()
    def begin(self) -> None:
        number = next(_number)
        self.later = timedelta(0)
        method = ShippingMethod.objects.first() or shipping_method_make()
        self.method = method
        self.api = APIClient()
        self.places = {
            place: Location.objects.create(code=f"{place}-{number}", name=place, country=country, position=position)
            for position, (place, country) in enumerate(zip(PLACES, ("ES", "DE"), strict=True))
        }
        self.things: dict[str, Variant] = {
            name: variant_of(product_make(stock=None, variants=[{"is_stock_tracked": True}]))
            for name in ("plain", "ahead")
        }
        with transaction.atomic():
            for name, place in self.places.items():
                targets = [
                    StockTarget(variant.id, OPENED_WITH[name], backorder_limit=AHEAD.get((name, thing), 0))
                    for thing, variant in self.things.items()
                ]
                stock_set_many(levels=targets, location_id=place.id, reason="Opened", actor="system")
        self.levels = {(place, thing): Level(OPENED_WITH[place]) for place in self.places for thing in self.things}
        self.held: dict[Any, list[Held]] = {}
        self.sales: list[Sale] = []
        self.carts: list[Cart] = []
        self.journeys: list[Journey] = []
        self.take: tuple[str, StockTake, dict[str, int]] | None = None

    @contextmanager
    def moved(self) -> Iterator[None]:
        with clock.moved(self.later):
            yield

    def done(self, act: Callable[[], Any], *, possible: bool, refusal: type[Problem]) -> Any:
        """Do it; whether it is refused is as the model says."""
        try:
            with self.moved():
                result = act()
        except refusal:
            assert not possible, "refused, and should not have been"
            return None
        assert possible, "done, and should have been refused"
        return result

    # What buyers do.

    @rule(wanted=baskets)
    def place(self, wanted: dict[str, int]) -> None:
        self._order(self._cart(wanted), wanted)

    @rule(wanted=baskets)
    def hold(self, wanted: dict[str, int]) -> None:
        self._hold(self._cart(wanted), wanted)

    @precondition(lambda self: self.carts)
    @rule(data=st.data())
    def hold_again(self, data: st.DataObject) -> None:
        cart = data.draw(st.sampled_from(self.carts))
        self._hold(cart, self._wanted_of(cart))

    @precondition(lambda self: self.carts)
    @rule(data=st.data())
    def order_what_is_held(self, data: st.DataObject) -> None:
        cart = data.draw(st.sampled_from(self.carts))
        self._order(cart, self._wanted_of(cart))

    @precondition(lambda self: self.carts)
    @rule(data=st.data())
    def let_go(self, data: st.DataObject) -> None:
        cart = data.draw(st.sampled_from(self.carts))
        with self.moved():
            answer = self.api.delete(f"/api/v1/carts/{cart.id}/reservation")
        assert (answer.status_code, answer.json()["held_until"]) == (200, None)
        self.held.pop(cart.id, None)

    @precondition(lambda self: any(self.held.get(cart.id) for cart in self.carts))
    @rule(data=st.data())
    def forget_a_line(self, data: st.DataObject) -> None:
        cart = data.draw(st.sampled_from([cart for cart in self.carts if self.held.get(cart.id)]))
        line = data.draw(st.sampled_from(list(cart.lines.order_by("quantity", "id"))))
        with self.moved():
            answer = self.api.delete(f"/api/v1/carts/{cart.id}/lines/{line.id}")
        assert answer.status_code == 200
        del self.held[cart.id]
        if not answer.json()["lines"]:
            self.carts = [other for other in self.carts if other.id != cart.id]

    def _cart(self, wanted: Mapping[str, int]) -> Cart:
        lines = {self.things[thing]: quantity for thing, quantity in wanted.items()}
        return ready_cart_make(lines, shipping_method=self.method, expires_at=clock.now() + timedelta(days=9999))

    def _hold(self, cart: Cart, wanted: Mapping[str, int]) -> None:
        given = self.allocated(wanted, without=cart.id)
        with self.moved():
            answer = self.api.post(f"/api/v1/carts/{cart.id}/reservation")
        if given is None:
            assert (answer.status_code, answer.json()["code"]) == (409, "stock_insufficient")
            return
        assert answer.status_code == 200
        self.forget_lapsed(wanted)
        self.held.pop(cart.id, None)
        self.hold_for(cart.id, given, datetime.fromisoformat(answer.json()["held_until"]))
        self.carts = [*(other for other in self.carts if other.id != cart.id), cart]

    def _order(self, cart: Cart, wanted: Mapping[str, int]) -> None:
        total = total_of(cart)
        given = self.allocated(wanted, without=cart.id)
        placed = self.done(
            lambda: order_place(cart_id=cart.id, expected_total=total, caller=GUEST),
            possible=given is not None,
            refusal=StockInsufficient,
        )
        if placed is None or given is None:
            return
        self.forget_lapsed(wanted)
        self.held.pop(cart.id, None)
        self.carts = [other for other in self.carts if other.id != cart.id]
        self.hold_for(placed.order.id, given, placed.order.reserved_until)
        self.sales.append(Sale(placed.order, "pending", dict(wanted)))

    def _wanted_of(self, cart: Cart) -> dict[str, int]:
        return {self._name_of(line.variant_id): line.quantity for line in cart.lines.all()}

    def _name_of(self, variant_id: Any) -> str:
        return next(name for name, variant in self.things.items() if variant.id == variant_id)

    # What becomes of orders.

    def _sales(self, *statuses: str) -> list[Sale]:
        return [sale for sale in self.sales if sale.status in statuses]

    @precondition(lambda self: self._sales("pending"))
    @rule(data=st.data())
    def pay(self, data: st.DataObject) -> None:
        sale = data.draw(st.sampled_from(self._sales("pending")))
        rows = self.held[sale.order.id]
        had = {thing: sum(row.quantity for row in rows if row.thing == thing) for thing in sale.wanted}
        missing = {thing: wanted - had[thing] for thing, wanted in sale.wanted.items() if wanted > had[thing]}
        self.held[sale.order.id] = [replace(row, until=None) for row in rows]
        given = self.allocated(missing)
        with self.moved():
            paid = order_mark_paid(order_id=sale.order.id, actor="system")
        assert paid.status == ("cancelled" if given is None else "confirmed")
        sale.status = paid.status
        if given is None:  # The goods are sold by now; the money is written down, and a case asks for the refund.
            del self.held[sale.order.id]
            return
        self.forget_lapsed(missing)
        self.hold_for(sale.order.id, given, None)

    @precondition(lambda self: any(not sale.sent for sale in self._sales("pending", "confirmed")))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        chosen = [sale for sale in self._sales("pending", "confirmed") if not sale.sent]
        sale = data.draw(st.sampled_from(chosen))
        with self.moved():
            order_cancel(order_id=sale.order.id, actor="system")
        del self.held[sale.order.id]
        sale.status = "cancelled"

    @precondition(lambda self: self._sales("confirmed"))
    @rule(data=st.data(), quantity=few)
    def send(self, data: st.DataObject, quantity: int) -> None:
        sale = data.draw(st.sampled_from(self._sales("confirmed")))
        left = {thing: wanted - sale.sent.get(thing, 0) for thing, wanted in sale.wanted.items()}
        thing = data.draw(st.sampled_from(sorted(thing for thing, quantity in left.items() if quantity)))
        quantity = min(quantity, left[thing])
        leaving, rest = {}, quantity
        for place in PLACES:  # In the locations' order, whatever it was promised from first.
            held = sum(r.quantity for r in self.held[sale.order.id] if (r.place, r.thing) == (place, thing))
            leaving[place] = min(held, rest)
            rest -= leaving[place]
        possible = all(self.levels[place, thing].on_hand >= pieces for place, pieces in leaving.items())
        line = sale.order.lines.get(variant=self.things[thing])
        self.done(
            lambda: order_fulfil(order_id=sale.order.id, lines=[FulfilLine(line.id, quantity)], actor="system"),
            possible=possible,
            refusal=StockNotOnHand,
        )
        if not possible:
            return
        sale.sent[thing] = sale.sent.get(thing, 0) + quantity
        rows = []
        for row in self.held[sale.order.id]:
            gone = leaving[row.place] if row.thing == thing else 0
            self.levels[row.place, row.thing].on_hand -= gone
            rows += [replace(row, quantity=row.quantity - gone)] if row.quantity > gone else []
        self.held[sale.order.id] = rows
        if sale.sent == sale.wanted:
            sale.status = "completed"

    @precondition(lambda self: any(sale.sent != sale.returned for sale in self.sales))
    @rule(data=st.data(), place=places, quantity=few)
    def come_back(self, data: st.DataObject, place: str, quantity: int) -> None:
        sale = data.draw(st.sampled_from([sale for sale in self.sales if sale.sent != sale.returned]))
        left = {thing: sent - sale.returned.get(thing, 0) for thing, sent in sale.sent.items()}
        thing = data.draw(st.sampled_from(sorted(thing for thing, quantity in left.items() if quantity)))
        quantity = min(quantity, left[thing])
        line = sale.order.lines.get(variant=self.things[thing])
        with self.moved():
            order_goods_return(
                order_id=sale.order.id,
                lines=[ReturnLine(line.id, quantity)],
                location_id=self.places[place].id,
                actor="system",
            )
        sale.returned[thing] = sale.returned.get(thing, 0) + quantity
        self.levels[place, thing].on_hand += quantity

    # Time, and who sweeps up after it.

    @rule(by=st.sampled_from([timedelta(minutes=4), HOLD, UNPAID / 2, UNPAID]))
    def time_passes(self, by: timedelta) -> None:
        self.later += by + timedelta(seconds=30)

    @rule()
    def sweep_reservations(self) -> None:
        with self.moved():
            reservations_sweep()
        self.forget_lapsed(self.things)

    @rule()
    def sweep_orders(self) -> None:
        with self.moved():
            orders_sweep()
        for sale in self._sales("pending"):
            if sale.order.reserved_until and sale.order.reserved_until <= self.now:
                sale.status = "cancelled"
                del self.held[sale.order.id]
