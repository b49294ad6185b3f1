"""What no job may settle by itself is put before staff, once."""

from datetime import timedelta

import pytest

from core import clock
from core.money import Money
from core.problems import Conflict
from events.cases import case_resolve, jobs_tell
from events.models import Case, Job
from orders.models import Order
from orders.services import order_payment_capture, orders_sweep, payments_sweep, sweeping
from orders.services.cancelling import cancel_locked
from shipping.models import ShippingMethod
from tests.factories.orders import order_make

pytestmark = pytest.mark.django_db


def ordered(method: str | None = "bank_transfer") -> Order:
    return order_make(payment_method=method, shipping_method=ShippingMethod.objects.first())


def swept(days: int) -> int:
    with clock.moved(timedelta(days=days)):
        return payments_sweep()


def cases() -> list[tuple[str, object]]:
    return list(Case.objects.order_by("opened_at").values_list("kind", "subject_id"))


def test_an_order_paid_in_part_is_told_of_after_its_time_and_not_cancelled() -> None:
    order, untouched = ordered(), ordered()
    order_payment_capture(payment_id=order.payments.get().id, amount=Money(1, "EUR"), actor="user:staff")
    assert swept(6) == 0
    assert swept(8) == 1
    assert cases() == [("payment_overdue", order.id)]
    assert Case.objects.get().data == {"number": order.number, "amount": 4492, "currency": "EUR"}
    with clock.moved(timedelta(days=8)):
        assert orders_sweep() == 1
    assert list(Order.objects.order_by("placed_at").values_list("id", "status")) == [
        (order.id, "pending"),
        (untouched.id, "cancelled"),
    ]
    case_resolve(case_id=Case.objects.get().id, actor="user:staff")
    assert swept(9) == 0
    assert Case.objects.count() == 1


def test_a_bank_transfer_for_an_accepted_order_is_overdue_after_a_month() -> None:
    order, by_hand = ordered("cash_on_delivery"), ordered("cash_on_delivery")
    (expected,) = order.payments.all()
    Order.objects.filter(id=order.id).update(note="pays by transfer after all")
    type(expected).objects.filter(id=expected.id).update(method="bank_transfer")
    assert (swept(29), swept(31), swept(32)) == (0, 1, 0)
    assert cases() == [("payment_overdue", order.id)]
    assert by_hand.payments.get().method == "cash_on_delivery"


def test_one_order_that_cannot_be_cancelled_is_told_of_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, other = ordered(), ordered()

    def refusing(order: Order, *, reason: str, actor: str) -> None:
        if order.id == stuck.id:
            raise Conflict("It can't be.")
        cancel_locked(order, reason=reason, actor=actor)

    monkeypatch.setattr(sweeping, "cancel_locked", refusing)
    with clock.moved(timedelta(days=8)):
        assert (orders_sweep(), orders_sweep()) == (1, 0)
    assert cases() == [("order_not_swept", stuck.id)]
    assert "It can't be." in Case.objects.get().detail
    other.refresh_from_db()
    assert other.status == "cancelled"


def test_a_job_that_failed_for_good_is_told_of_once() -> None:
    failed = Job.objects.create(
        kind="mail", status="failed", last_error="Traceback\n  line\nOSError: no route\n", attempts=8
    )
    for status in ("waiting", "running", "done"):
        Job.objects.create(kind="mail", status=status)
    assert (jobs_tell(), jobs_tell()) == (1, 0)
    assert cases() == [("job_failed", failed.id)]
    assert Case.objects.get().detail == "OSError: no route"
    case_resolve(case_id=Case.objects.get().id, actor="user:staff")
    assert jobs_tell() == 0
