"""Steps that tests of orders share: calls of the API, and what is to be seen after them."""

import uuid
from typing import Any

from rest_framework.test import APIClient

from cart.models import Cart
from events.models import Event, IdempotencyKey
from inventory.models import StockLevel, StockMovement, StockReservation
from orders.models import Order, OrderHistory
from payments.models import Payment
from tests.factories.orders import order_make, total_of

STAFF = "user:staff"


def post(client: APIClient, path: str, body: Any = None, **headers: str) -> Any:
    keys = {"Idempotency-Key": str(uuid.uuid4()), **headers}
    return client.post(f"/api/v1/{path}", {} if body is None else body, headers=keys)


def level() -> tuple[int, int]:
    return StockLevel.objects.values_list("on_hand", "reserved").get()


def statuses(order: Order) -> tuple[str, str, str]:
    order.refresh_from_db()
    return order.status, order.payment_status, order.fulfilment_status


def told(order: Order) -> tuple[list[str], list[str]]:
    history = list(order.history.order_by("id").values_list("kind", flat=True))
    return history, list(Event.objects.order_by("id").values_list("type", flat=True))


def confirmed(**made: Any) -> Order:
    return order_make(payment_method="cash_on_delivery", **made)


def place(api: APIClient, cart: Cart, amount: int | None = None, /, *, key: str | None = None, **body: Any) -> Any:
    """Send a placing of a cart, expecting its total unless said otherwise."""
    total = {"amount": total_of(cart).amount if amount is None else amount, "currency": cart.market.currency}
    return api.post(
        "/api/v1/orders",
        {"cart": str(cart.id), "expected_total": total, **body},
        headers={"Idempotency-Key": key or str(uuid.uuid4())},
    )


def levels() -> list[tuple[int, int]]:
    return list(StockLevel.objects.order_by("id").values_list("on_hand", "reserved"))


def assert_nothing_happened(cart: Cart) -> None:
    for model in (Order, Payment, StockMovement, StockReservation, OrderHistory, Event, IdempotencyKey):
        assert not model.objects.exists(), model
    assert all(reserved == 0 for _, reserved in levels())
    cart.refresh_from_db()
    assert cart.status == "open"
