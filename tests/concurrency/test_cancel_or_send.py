"""One member of staff cancels an order while another sends it: one of them is told no."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.problems import Conflict
from inventory.models import StockLevel, StockMovement, StockReservation
from orders.models import Order
from orders.selectors import order_get
from orders.services import cancelling, fulfilling, order_cancel, order_fulfil
from tests.factories.carts import shipping_method_make
from tests.factories.catalogue import product_make, variant_of
from tests.factories.orders import order_make
from tests.factories.users import staff_make
from tests.together import at_once
from users.callers import Caller
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 6
STAFF = Caller(rights=frozenset({"orders:read"}))


def orders_make(count: int) -> list[Order]:
    variant, method = variant_of(product_make(stock=100)), shipping_method_make()
    return [order_make({variant: 2}, shipping_method=method, payment_method="cash_on_delivery") for _ in range(count)]


def test_either_cancelled_or_sent(client_of: Callable[[User | str], APIClient]) -> None:
    staff = client_of(staff_make(rights=["orders:write"]))
    orders = orders_make(ROUNDS)
    sent_count = 0
    for order in orders:
        answers = at_once(
            lambda: staff.post(f"/api/v1/orders/{order.id}/cancel", {}).status_code,  # noqa: B023 (run at once)
            lambda: staff.post(f"/api/v1/orders/{order.id}/fulfilments", {}).status_code,  # noqa: B023
        )
        assert sorted(answers) in ([200, 409], [201, 409])
        order.refresh_from_db()
        is_sent = answers[1] == 201
        sent_count += is_sent
        assert (order.status, order.fulfilment_status) == (
            ("confirmed", "fulfilled") if is_sent else ("cancelled", "unfulfilled")
        )
    level = StockLevel.objects.get()
    assert (level.on_hand, level.reserved) == (100 - 2 * sent_count, 0)
    assert not StockReservation.objects.exists()
    assert StockMovement.objects.filter(kind="shipped").count() == sent_count


@pytest.mark.slow
def test_control_without_the_lock_both_believe_that_they_won(monkeypatch: pytest.MonkeyPatch) -> None:
    (order,) = orders_make(1)
    both_have_looked = threading.Barrier(2)

    def look(order_id: uuid.UUID) -> Order:
        found = order_get(str(order_id), STAFF)
        both_have_looked.wait(20)
        return found

    def write(order: Order, kind: str, message: str, **_: Any) -> None:
        Order.objects.filter(id=order.id).update(status=order.status, fulfilment_status=order.fulfilment_status)

    for module in (cancelling, fulfilling):
        monkeypatch.setattr(module, "order_for_update", look)
        monkeypatch.setattr(module, "order_write", write)

    def tried(service: Callable[..., Any]) -> bool:
        try:
            service(order_id=order.id, actor="system")
        except Conflict:
            return False
        return True

    assert at_once(lambda: tried(order_cancel), lambda: tried(order_fulfil)) == [True, True]
