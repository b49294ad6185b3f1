"""Books made by the services add up, and whatever counter is corrupted is found: that row, and no other."""
# ruff: noqa: S608 (SQL of the tests themselves)

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import F, Q

from audit import selectors
from audit.checks import CHECKS
from audit.selectors import Difference
from core import clock
from inventory.models import StockReservation
from inventory.services import stock_release
from orders.models import Order
from shipping.models import ShippingMethod
from tests.audit.books import audited, books_make, cart_holds, execute, level_of, stocked_make
from tests.audit.corrupting import corrupted, counters_of, found_by, ledgers_of, states_of
from tests.factories.orders import order_make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_test_transaction")]


def test_every_corruption_is_found_and_nothing_else() -> None:
    books = books_make()
    assert found_by() == set()
    assert found_by(since=clock.now() - timedelta(hours=1)) == set()

    cases = {**counters_of(books), **states_of(books), **ledgers_of(books)}
    expected = {name: found for name, (_, found) in cases.items()}
    assert {name: corrupted(*change) for name, (change, _) in cases.items()} == expected
    assert found_by() == set()
    # No check is idle: each has found something of what it is for.
    assert {check for found in expected.values() for check, *_ in found} == {check.name for check in CHECKS}
    told = {(check, field) for found in expected.values() for check, _, field, *_ in found}
    assert told == {(check.name, field) for check in CHECKS for field in check.fields}


def test_what_is_past_its_time_need_not_be_held() -> None:
    order = order_make({stocked_make("CUP", 5): 2})
    line, cup = order.lines.get(), level_of("CUP")
    with clock.moved(timedelta(days=8)):
        # Nobody has swept up: held or not, both are in order.
        assert found_by() == set()
        with transaction.atomic():
            stock_release(order_id=order.id, reason="", actor="system")
        assert found_by() == set()
        more = corrupted(
            "inventory_stockreservation",
            "INSERT INTO inventory_stockreservation (level_id, order_id, order_line_id, quantity, expires_at) SELECT"
            f" '{cup.pk}', '{order.pk}', '{line.pk}', 3, reserved_until FROM orders_order WHERE id = '{order.pk}'",
        )
    assert more == {
        ("orders-held", str(line.pk), "reserved", "3", "2"),
        ("stock-holders", str(cup.pk), "held", "3", "0"),
        ("stock-reserved", str(cup.pk), "reserved", "0", "3"),
    }
    # Before its end that line should hold what it wants.
    assert found_by() == {("orders-held", str(line.pk), "reserved", "0", "2")}


def test_only_what_changed_since_a_time_is_looked_at() -> None:
    with clock.moved(-timedelta(days=3)):
        cup, _bowl = stocked_make("CUP", 9, max_customer_quantity=3), stocked_make("BOWL", 9)
        old = order_make({cup: 2}, payment_method="bank_transfer")
    new = order_make({cup: 1}, shipping_method=ShippingMethod.objects.get())
    since = clock.now() - timedelta(days=1)
    counts: dict[str, int] = {}
    selectors.audit(since=since, tell=fail, done=lambda result: counts.update({result.check: result.row_count}))
    assert counts == {
        "stock-counters": 1,
        "stock-reserved": 1,
        "stock-incoming": 1,
        "stock-transfers": 0,
        "stock-takes": 0,
        # The cup is held for both.
        "stock-holders": 2,
        "orders-held": 1,
        "orders-holds": 1,
        "carts-holds": 0,
        "orders-shipped": 1,
        "order-lines": 1,
        "order-lines-sent": 1,
        "order-lines-returned": 1,
        "order-totals": 1,
        "order-money": 1,
        "order-states": 1,
        "order-explanations": new.adjustments.count(),
        "order-parcels": 0,
        "carts-ordered": 1,
        "limit-uses": 1,
        "payments": 0,
        "gift-cards": 0,
        "store-credit": 0,
        "gift-cards-sold": 1,
        "gift-cards-kept": 1,
        "credit-payments": 0,
    }
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE orders_order DROP CONSTRAINT orders_order_refunded")
    Order.objects.filter(id__in=(old.id, new.id)).update(paid_amount=F("paid_amount") + 7)
    wrong = {("order-money", str(order.id), "paid_amount", "7", "0") for order in (new, old)}
    assert found_by() == wrong
    assert found_by(since=since) == {difference for difference in wrong if difference[1] == str(new.id)}


def fail(difference: Difference) -> None:
    pytest.fail(f"{difference}")


def test_rows_are_told_by_names_that_people_know_and_no_cart_is_opened() -> None:
    cup = stocked_make("CUP", 9)
    order = order_make({cup: 2})
    line, cart = order.lines.get(), cart_holds(cup, 4)
    StockReservation.objects.filter(Q(order_line=line) | Q(cart=cart)).update(quantity=F("quantity") + 1)
    said = {(found.check, found.label) for found in audited()}
    assert said == {
        ("stock-reserved", "CUP @ main"),
        ("stock-holders", f"CUP @ main for {order.number}"),
        ("stock-holders", f"CUP @ main for cart {str(cart.id)[:13]}"),
        ("orders-held", f"{order.number}, line 1 CUP"),
    }
