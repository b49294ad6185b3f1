"""Orders that aren't paid in time are cancelled by the sweeper, and only those."""

from datetime import timedelta
from typing import Any

import pytest

from core import clock
from core.money import Money
from orders.exceptions import OrderMoveRefused
from orders.models import Order
from orders.services import (
    order_payment_capture,
    orders_sweep,
    sweeping,
)
from orders.services.cancelling import cancel_locked
from payments.models import Payment
from tests.factories.carts import shipping_method_make
from tests.factories.orders import order_make
from tests.orders.steps import STAFF, confirmed, level, statuses

pytestmark = pytest.mark.django_db


def test_what_is_not_paid_in_time_is_cancelled() -> None:
    order = order_make(payment_method="bank_transfer")
    assert orders_sweep() == 0
    with clock.moved(timedelta(days=8)):
        assert orders_sweep() == 1
        assert orders_sweep() == 0
    assert (statuses(order)[0], order.cancel_reason, level()) == ("cancelled", "Not paid in time.", (10, 0))
    assert order.history.last().actor == "system"  # type: ignore[union-attr]


def test_money_stops_the_sweeper() -> None:
    part_paid = order_make(payment_method="bank_transfer")
    order_payment_capture(payment_id=Payment.objects.get().id, amount=Money(1, "EUR"), actor=STAFF)
    accepted = confirmed(shipping_method=shipping_method_make("express"))
    with clock.moved(timedelta(days=365)):
        assert orders_sweep() == 0
    assert (statuses(part_paid)[0], statuses(accepted)[0]) == ("pending", "confirmed")


def test_one_order_that_can_t_be_swept_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, other = order_make(), order_make(shipping_method=shipping_method_make("express"))

    def refuse(order: Order, **arguments: Any) -> None:
        if order.id == stuck.id:
            raise OrderMoveRefused
        cancel_locked(order, **arguments)

    monkeypatch.setattr(sweeping, "cancel_locked", refuse)
    with clock.moved(timedelta(days=8)):
        assert orders_sweep() == 1
    assert (statuses(stuck)[0], statuses(other)[0]) == ("pending", "cancelled")


def test_the_time_of_a_reservation_is_a_setting(settings: Any) -> None:
    settings.ORDER_RESERVATION_MINUTES = 30
    order = order_make()
    assert order.reserved_until == order.placed_at + timedelta(minutes=30)
