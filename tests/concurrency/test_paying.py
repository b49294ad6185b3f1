"""Money that arrives while the order is cancelled, or while its time runs out: one outcome, and books that say so."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db.models import QuerySet
from rest_framework.test import APIClient

from core import clock
from events.models import Case
from inventory.models import StockLevel
from orders.models import Order
from orders.selectors import order_get
from orders.services import cancelling, orders_sweep, paying, securing, sweeping
from orders.tokens import token_of
from payments.models import Payment
from products.models import Variant
from shipping.models import ShippingMethod
from tests.concurrency.books import differences
from tests.concurrency.buyers import carts_make, order
from tests.concurrency.goods import stocked
from tests.concurrency.meeting import meet
from tests.concurrency.reporting import length
from tests.factories.carts import shipping_method_make
from tests.factories.orders import order_make
from tests.factories.users import staff_make
from tests.together import at_once
from users.callers import Caller
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = length(short=3, quick=5, long=30)
STAFF = Caller(rights=frozenset({"orders:read"}))
AFTERWARDS = timedelta(minutes=settings.ORDER_RESERVATION_MINUTES + 1)


@pytest.fixture
def staff(client_of: Callable[[User | str], APIClient]) -> APIClient:
    return client_of(staff_make(rights=["orders:write", "payments:write"]))


def placed(variant: Variant) -> Order:
    """Place an order of one piece that waits for a bank transfer."""
    method = ShippingMethod.objects.first() or shipping_method_make()
    return order_make({variant: 1}, payment_method="bank_transfer", shipping_method=method)


def captured(staff: APIClient, order: Order, after: timedelta = timedelta(0)) -> Callable[[], int]:
    payment = Payment.objects.get(order=order)

    def act() -> int:
        with clock.moved(after):
            return staff.post(
                f"/api/v1/payments/{payment.id}/capture", {}, headers={"Idempotency-Key": str(uuid.uuid4())}
            ).status_code

    return act


def cancelled(staff: APIClient, order: Order) -> Callable[[], int]:
    return lambda: staff.post(f"/api/v1/orders/{order.id}/cancel", {}).status_code


def row_of(order: Order) -> QuerySet[Order]:
    return Order.objects.filter(id=order.id)


def state_of(order: Order) -> tuple[str, str, int]:
    """Return an order's status, that of its money, and how many pieces are held for it."""
    order.refresh_from_db()
    return order.status, order.payment_status, sum(order.reservations.values_list("quantity", flat=True))


def is_told_of(order: Order) -> bool:
    return Case.objects.filter(subject_id=order.id, remedy="refund", status="open").exists()


def test_cancelled_and_paid_at_once_the_money_is_never_lost_and_somebody_is_told(staff: APIClient) -> None:
    variant = stocked(ROUNDS)
    for _ in range(ROUNDS):
        order = placed(variant)
        assert meet(row_of(order), cancelled(staff, order), captured(staff, order)) == [200, 200]
        # Whoever was first: the money stands in the books, to be given back.
        assert state_of(order) == ("cancelled", "paid", 0)
        assert is_told_of(order)
    assert StockLevel.objects.get().reserved == 0
    assert differences() == []


def test_a_buyer_never_cancels_what_is_paid_and_money_for_what_they_cancelled_is_told_of(staff: APIClient) -> None:
    variant = stocked(2 * ROUNDS)
    kept = 0
    for _ in range(ROUNDS):
        order = placed(variant)
        token = {"X-Order-Token": token_of(order.id)}
        answers = meet(
            row_of(order),
            lambda: APIClient().post(f"/api/v1/orders/{order.id}/cancel", {}, headers=token).status_code,  # noqa: B023
            captured(staff, order),
        )
        assert answers in ([200, 200], [409, 200])
        is_cancelled = answers[0] == 200
        kept += not is_cancelled
        assert state_of(order) == (("cancelled", "paid", 0) if is_cancelled else ("confirmed", "paid", 1))
        assert is_told_of(order) == is_cancelled
    assert StockLevel.objects.get().reserved == kept
    assert differences() == []


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody read orders without their lock, and write them whatever has happened since."""
    for module in (cancelling, paying, sweeping):
        monkeypatch.setattr(module, "order_for_update", lambda order_id: order_get(str(order_id), STAFF))

    def write(order: Order, kind: str, message: str, **_: Any) -> None:
        Order.objects.filter(id=order.id).update(
            status=order.status,
            payment_status=order.payment_status,
            paid_amount=order.paid_amount,
            reserved_until=order.reserved_until,
            cancelled_at=order.cancelled_at,
        )

    for module in (cancelling, paying):
        monkeypatch.setattr(module, "order_write", write)


@pytest.mark.slow
def test_control_unlocked_its_buyer_cancels_what_is_paid_and_nobody_is_told(
    staff: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = placed(stocked(1))
    token = {"X-Order-Token": token_of(order.id)}
    unlocked(monkeypatch)
    # Neither may change the payment or the stock first, or the other would notice, or wait for it in a circle.
    row_of(order).update(reserved_until=None)
    monkeypatch.setattr(cancelling, "open_payments_cancel", lambda **_: None)
    buyer = APIClient()
    answers = meet(
        row_of(order),
        lambda: buyer.post(f"/api/v1/orders/{order.id}/cancel", {}, headers=token).status_code,
        captured(staff, order),
    )
    assert answers == [200, 200]
    assert not is_told_of(order)


def test_expired_and_paid_at_once_the_piece_is_promised_once(staff: APIClient) -> None:
    """The sweeper, the money and another buyer who wants the piece meet after the order's time."""
    for _ in range(ROUNDS):
        variant = stocked(1)
        late = placed(variant)
        (cart,) = carts_make([[variant]])

        def sweep() -> int:
            with clock.moved(AFTERWARDS):
                return orders_sweep()

        def buy() -> int:
            with clock.moved(AFTERWARDS):
                return order(cart, total=2494).status  # noqa: B023 (run at once)

        _, pay, other = meet(row_of(late), sweep, captured(staff, late, AFTERWARDS), buy)
        status, payment_status, held = state_of(late)
        assert (status, held) in {("confirmed", 1), ("cancelled", 0)}
        assert held + (other == 201) == 1
        assert (payment_status, pay) == ("paid", 200)
        # Money for nothing is before staff, and only that is.
        is_owed_back = (status, payment_status) == ("cancelled", "paid")
        assert Case.objects.filter(subject_id=late.id, status="open").exists() == is_owed_back
        assert StockLevel.objects.get(variant=variant).reserved == 1
    with clock.moved(AFTERWARDS):
        assert differences() == []


def test_expired_and_paid_at_once_with_nobody_else_it_is_the_buyer_s_or_free(staff: APIClient) -> None:
    for _ in range(ROUNDS):
        variant = stocked(1)
        late = placed(variant)

        def sweep() -> int:
            with clock.moved(AFTERWARDS):
                return orders_sweep()

        swept, pay = meet(row_of(late), sweep, captured(staff, late, AFTERWARDS))
        state = state_of(late)
        if swept == 0:
            assert (pay, *state) == (200, "confirmed", "paid", 1)
        else:
            assert (pay, *state) == (200, "cancelled", "paid", 0)
            assert is_told_of(late)
    with clock.moved(AFTERWARDS):
        assert differences() == []


@pytest.mark.slow
def test_control_kept_without_looking_a_sold_piece_is_promised_again(
    staff: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was held is taken for granted when the money comes: the order is confirmed, and there is nothing for it."""
    variant = stocked(1)
    late = placed(variant)
    (cart,) = carts_make([[variant]])
    with clock.moved(AFTERWARDS):
        assert order(cart, total=2494).status == 201
    monkeypatch.setattr(securing, "stock_keep", lambda **_: {line.id: line.quantity for line in late.lines.all()})
    assert captured(staff, late, AFTERWARDS)() == 200
    assert state_of(late) == ("confirmed", "paid", 0)
    assert [difference.split(":")[0] for difference in differences()] == ["orders-held"]


def test_paid_by_many_hands_at_once_it_is_paid_once(staff: APIClient) -> None:
    order = placed(stocked(1))
    acts = [captured(staff, order) for _ in range(6)]
    assert sorted(at_once(*acts)) == [200] + [409] * 5
    assert state_of(order) == ("confirmed", "paid", 1)
    assert differences() == []
