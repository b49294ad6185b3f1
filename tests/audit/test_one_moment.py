"""An audit sees one moment, while the shop goes on selling."""

from collections import Counter

import pytest
from django.db import connection

from audit import selectors
from audit.selectors import CheckResult, Difference
from orders.models import Order
from orders.services import order_cancel, order_fulfil, order_mark_paid
from products.models import Variant
from tests.audit.books import stocked_make
from tests.factories.carts import shipping_method_make
from tests.factories.orders import order_make
from tests.together import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS_OF = ("orders-shipped", "order-totals", "order-money", "order-states")


def audit_while_selling() -> tuple[list[Difference], dict[str, int]]:
    """Sell, send and cancel between these checks; return what is found, and how many orders each check looked at."""
    cup = stocked_make("CUP", 100)
    method = shipping_method_make()
    orders = [order_make({cup: 1}, shipping_method=method) for _ in range(2)]

    def sell(order: Order) -> None:
        def work() -> None:
            placed = order_make({Variant.objects.get(): 1}, shipping_method=method, payment_method="bank_transfer")
            order_mark_paid(order_id=placed.id, actor="system")
            order_fulfil(order_id=placed.id, actor="system")
            if Order.objects.filter(id=order.id, status="pending").exists():
                order_cancel(order_id=order.id, actor="system")

        # In a thread, so with a connection of its own. It waits for nobody, since the audit holds no lock.
        at_once(work)

    found: list[Difference] = []
    counts: Counter[str] = Counter()

    def done(result: CheckResult) -> None:
        counts[result.check] = result.row_count
        if result.check in ORDERS_OF:
            sell(orders[0])

    selectors.audit(tell=found.append, done=done)
    return found, {check: counts[check] for check in ORDERS_OF}


def test_an_audit_sees_one_moment_while_the_shop_sells_on() -> None:
    found, counts = audit_while_selling()
    assert found == []
    assert counts == dict.fromkeys(ORDERS_OF, 2)
    assert Order.objects.count() > 2
    assert connection.get_autocommit()


@pytest.mark.slow
def test_control_without_the_snapshot_every_check_sees_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.selectors.SNAPSHOT", "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY")
    _found, counts = audit_while_selling()
    assert len(set(counts.values())) == len(ORDERS_OF)


def test_an_audit_writes_nothing_and_joins_no_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor, selectors._one_moment(), pytest.raises(Exception, match="read-only"):
        cursor.execute("DELETE FROM orders_order")
    assert selectors.audit(checks=(), tell=print) == []
