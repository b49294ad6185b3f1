"""Books made by the services add up, and whatever counter is corrupted is found: that row, and no other."""
# ruff: noqa: S608 (SQL of the tests themselves)

import uuid
from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Cast

from audit import selectors
from audit.checks import CHECKS, orders, payments
from audit.selectors import Difference
from cart.models import Cart
from core import clock
from inventory.models import StockMovement, StockReservation, StockTakeLine, StockTransferLine
from inventory.services import stock_release
from orders.models import FulfilmentLine, LimitUse, Order, OrderAdjustment, OrderLine
from orders.states import advance, fulfilment_status_of, payment_status_of
from payments.models import PaymentEvent
from payments.states import status_of
from shipping.models import ShippingMethod
from tests.audit.books import Books, audited, books_make, cart_holds, execute, level_of, stocked_make
from tests.factories.orders import order_make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_test_transaction")]

Found = set[tuple[str, str, str, str | None, str | None]]
"""Check, id of the row, field, stored, recomputed."""


def found_by(**how: Any) -> Found:
    return {(found.check, found.row_id, found.field, found.stored, found.recomputed) for found in audited(**how)}


def corrupted(table: str, *changes: str) -> Found:
    """Change a table by SQL, without its rules and triggers, and return what the audit says; then undo all of it."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    # Not Django's own savepoint: an audit refuses to begin within a transaction of somebody else.
    execute("SAVEPOINT before")
    execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    execute(
        f"""DO $$ DECLARE rule text; BEGIN
            FOR rule IN SELECT conname FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'c'
            LOOP EXECUTE 'ALTER TABLE {table} DROP CONSTRAINT ' || rule; END LOOP; END $$"""
    )
    for change in changes:
        assert execute(change) == 1
    found = found_by()
    execute("ROLLBACK TO SAVEPOINT before")
    return found


def plus_one(row: models.Model, column: str) -> tuple[str, str]:
    table = row._meta.db_table
    return table, f"UPDATE {table} SET {column} = {column} + 1 WHERE id = '{row.pk}'"


def set_to(row: models.Model, column: str, value: str) -> tuple[str, str]:
    table = row._meta.db_table
    return table, f"UPDATE {table} SET {column} = {value} WHERE id = '{row.pk}'"


def off_by_one(row: models.Model, column: str, *checks: str) -> tuple[tuple[str, str], Found]:
    """Return a corruption of a counter, and that these checks tell both numbers."""
    value = getattr(row, column)
    return plus_one(row, column), {(check, str(row.pk), column, str(value + 1), str(value)) for check in checks}


def counters_of(books: Books) -> Mapping[str, tuple[tuple[str, ...], Found]]:
    """Return a corruption of every counter that is a sum, and what must be found."""
    cup = level_of("CUP")
    line = books.sent_in_part.lines.get(sku="BOWL")
    payment = books.confirmed.payments.get()
    cases = {
        "on hand": off_by_one(cup, "on_hand", "stock-counters"),
        "reserved": off_by_one(cup, "reserved", "stock-counters", "stock-reserved"),
        "incoming": off_by_one(cup, "incoming", "stock-counters", "stock-incoming"),
        "come back of a line": off_by_one(
            books.refunded.lines.get(sku="BOWL"), "returned_quantity", "order-lines-returned"
        ),
        "sent of a line": off_by_one(line, "fulfilled_quantity", "order-lines-sent"),
        **{
            f"{name} of a line": off_by_one(line, f"{name}_amount", "order-lines")
            for name in ("subtotal", "discount", "tax", "total")
        },
        **{
            f"{name} of an order": off_by_one(books.net, f"{name}_amount", "order-totals")
            for name in ("subtotal", "discount", "shipping", "tax", "total")
        },
        **{
            f"{name} of an order": off_by_one(books.refunded, f"{name}_amount", "order-money")
            for name in ("paid", "refunded")
        },
        **{
            f"{name} of a payment": off_by_one(payment, name, "payments")
            for name in ("amount", "captured_amount", "refunded_amount")
        },
        "used of a limit": off_by_one(LimitUse.objects.get(), "used", "limit-uses"),
    }
    return {name: (tuple(change), found) for name, (change, found) in cases.items()}


def states_of(books: Books) -> Mapping[str, tuple[tuple[str, ...], Found]]:
    """Return a corruption of everything that is derived and no number, and what must be found."""
    payment = books.confirmed.payments.get()

    def wrong(row: models.Model, column: str, value: str, check: str) -> tuple[tuple[str, str], Found]:
        due = getattr(row, column)
        return set_to(row, column, f"'{value}'"), {(check, str(row.pk), column, value, due)}

    open_line = StockTransferLine.objects.get(transfer__reference="open", variant__sku="BOWL")
    arrived = StockTransferLine.objects.get(transfer__reference="received", variant__sku="BOWL")
    far_bowl, far_cup = level_of("BOWL", "far"), level_of("CUP", "far")
    applied = StockTakeLine.objects.get(take__status="applied")
    held, sold = books.held, books.confirmed.cart
    until = clock.now().replace(microsecond=0)
    open_cart = Cart.objects.filter(status="open").first()
    assert open_cart is not None
    return {
        "completed, and not sent": wrong(books.confirmed, "status", "completed", "order-states"),
        "confirmed, and sent and paid": wrong(books.completed, "status", "confirmed", "order-states"),
        "paid, and nothing came in": wrong(held, "payment_status", "paid", "order-states"),
        "sent, and no parcel": wrong(held, "fulfilment_status", "fulfilled", "order-states"),
        "an end of an accepted order": (
            set_to(books.completed, "reserved_until", f"'{until.isoformat()}'"),
            {("order-states", str(books.completed.pk), "reserved_until", f"{until:%Y-%m-%d %H:%M:%S}+00", None)},
        ),
        "cancelled, and nobody knows when": (
            set_to(books.cancelled, "cancelled_at", "NULL"),
            {("order-states", str(books.cancelled.pk), "cancelled_at", None, text_of(books.cancelled, "updated_at"))},
        ),
        "a payment's status": wrong(payment, "status", "pending", "payments"),
        "a payment's currency": wrong(payment, "currency", "USD", "payments"),
        "a transfer that is open is called received": (
            set_to(open_line.transfer, "status", "'received'"),
            {
                ("stock-transfers", str(open_line.pk), "status", "received", "in_transit"),
                ("stock-transfers", str(open_line.pk), "on_its_way", "2", "0"),
                ("stock-transfers", str(cup_line(open_line).pk), "status", "received", "in_transit"),
                ("stock-transfers", str(cup_line(open_line).pk), "on_its_way", "2", "0"),
                ("stock-incoming", str(far_bowl.pk), "incoming", "2", "0"),
                ("stock-incoming", str(far_cup.pk), "incoming", "2", "0"),
            },
        ),
        "arrived, and not there": (
            set_to(arrived, "received_quantity", "1"),
            {("stock-transfers", str(arrived.pk), "received_quantity", "1", "2")},
        ),
        "a count that is applied is called cancelled": (
            set_to(applied.take, "status", "'cancelled'"),
            {("stock-takes", str(applied.pk), "applied", str(applied.difference), "0")},
        ),
        "an order's cart is no longer ordered": (
            set_to(sold, "status", "'expired'"),
            {("carts-ordered", str(sold.pk)[:13], "status", "expired", "ordered")},
        ),
        "an ordered cart without an order": (
            set_to(open_cart, "status", "'ordered'"),
            {("carts-ordered", str(open_cart.pk)[:13], "status", "ordered", "open")},
        ),
    }


def cup_line(line: StockTransferLine) -> StockTransferLine:
    return StockTransferLine.objects.get(transfer=line.transfer, variant__sku="CUP")


def text_of(row: models.Model, column: str) -> str:
    """Return a value as PostgreSQL writes it."""
    rows = type(row)._default_manager.annotate(as_text=Cast(column, models.TextField()))
    return str(rows.values_list("as_text", flat=True).get(pk=row.pk))


def ledgers_of(books: Books) -> Mapping[str, tuple[tuple[str, ...], Found]]:
    """Return corruptions of what counters are sums of, and of what hangs together: every sum of it is told of."""
    cup, bowl = level_of("CUP"), level_of("BOWL")
    line = books.confirmed.lines.get(sku="CUP")
    kept = StockReservation.objects.get(order_line=line)
    timed = StockReservation.objects.get(order_line__order=books.pending, level=cup)
    of_cart = StockReservation.objects.get(cart__isnull=False)
    delivery = StockMovement.objects.get(level=level_of("BOWL", "far"), on_hand_delta=7)
    capture = PaymentEvent.objects.get(payment__order=books.completed, kind="captured")
    payment = books.completed.payments.get()
    sent = FulfilmentLine.objects.get(fulfilment__order=books.sent_in_part)
    other_line = books.completed.lines.get(sku="BOWL")
    tax = OrderAdjustment.objects.filter(order=books.net, kind="tax", line__isnull=False)[0]
    inside = OrderAdjustment.objects.get(line=line, kind="tax")
    net_line = books.net.lines.get()
    far = level_of("BOWL", "far")

    def held(more: int) -> Found:
        return {
            ("stock-reserved", str(cup.pk), "reserved", str(cup.reserved), str(cup.reserved + more)),
            ("stock-holders", str(cup.pk), "held", str(2 + more), "2"),
            ("orders-held", str(line.pk), "reserved", str(2 + more), "2"),
        }

    paid = books.completed.paid_amount
    tracked = sum(row.quantity for row in books.completed.lines.all() if row.is_stock_tracked)
    return {
        "a movement is lost": (
            ("inventory_stockmovement", f"DELETE FROM inventory_stockmovement WHERE id = {delivery.pk}"),
            {("stock-counters", str(far.pk), "on_hand", *off(far.on_hand, -7))},
        ),
        "more is held for a line": (plus_one(kept, "quantity"), held(1)),
        "what a line held is lost": (
            ("inventory_stockreservation", f"DELETE FROM inventory_stockreservation WHERE id = {kept.pk}"),
            held(-2),
        ),
        "more is held for a cart": (
            plus_one(of_cart, "quantity"),
            {
                ("stock-reserved", str(cup.pk), "reserved", str(cup.reserved), str(cup.reserved + 1)),
                ("stock-holders", str(cup.pk), "held", "5", "4"),
            },
        ),
        "goods on their way to where they are unknown": (
            (
                "inventory_stocktransferline",
                f"""INSERT INTO inventory_stocktransferline (id, transfer_id, variant_id, quantity, received_quantity)
                    SELECT '{uuid.UUID(int=1)}', id, '{net_line.variant_id}', 6, 0
                    FROM inventory_stocktransfer WHERE reference = 'open'""",
            ),
            {
                ("stock-incoming", "", "incoming", None, "6"),
                ("stock-transfers", str(uuid.UUID(int=1)), "on_its_way", "0", "6"),
            },
        ),
        "held for another order": (
            set_to(kept, "order_id", f"'{books.held.pk}'"),
            {
                ("orders-holds", str(kept.pk), "order_id", str(books.held.pk), str(books.confirmed.pk)),
                ("stock-holders", str(cup.pk), "held", "0", "2"),
                ("stock-holders", str(cup.pk), "held", "3", "1"),
            },
        ),
        "held of another variant": (
            set_to(kept, "level_id", f"'{far.pk}'"),
            {
                ("orders-holds", str(kept.pk), "variant_id", str(far.variant_id), str(cup.variant_id)),
                ("stock-reserved", str(cup.pk), "reserved", str(cup.reserved), str(cup.reserved - 2)),
                ("stock-reserved", str(far.pk), "reserved", "0", "2"),
                ("stock-holders", str(cup.pk), "held", "0", "2"),
                ("stock-holders", str(far.pk), "held", "2", "0"),
            },
        ),
        "held for ever": (
            set_to(timed, "expires_at", "NULL"),
            {("orders-holds", str(timed.pk), "expires_at", None, text_of(books.pending, "reserved_until"))},
        ),
        "held, and not tracked": (
            set_to(line, "is_stock_tracked", "FALSE"),
            {("orders-held", str(line.pk), "reserved", "2", "0")},
        ),
        "a capture of another amount": (
            plus_one(capture, "amount"),
            {
                ("payments", str(payment.pk), "captured_amount", str(paid), str(paid + 1)),
                ("order-money", str(books.completed.pk), "paid_amount", str(paid), str(paid + 1)),
            },
        ),
        "a parcel with more in it": (
            plus_one(sent, "quantity"),
            {
                ("order-lines-sent", str(sent.order_line_id), "fulfilled_quantity", "2", "3"),
                ("orders-held", str(sent.order_line_id), "reserved", "1", "0"),
                ("orders-shipped", str(books.sent_in_part.pk), "shipped", "2", "3"),
            },
        ),
        "a parcel with another order's goods": (
            set_to(sent, "order_line_id", f"'{other_line.pk}'"),
            {
                ("order-parcels", str(sent.pk), "order_id", str(books.completed.pk), str(books.sent_in_part.pk)),
                ("order-lines-sent", str(sent.order_line_id), "fulfilled_quantity", "2", "0"),
                ("order-lines-sent", str(other_line.pk), "fulfilled_quantity", "3", "5"),
                ("orders-held", str(sent.order_line_id), "reserved", "1", "3"),
                ("orders-held", str(other_line.pk), "reserved", "0", "-2"),
            },
        ),
        "goods left without a movement": (
            (
                "inventory_stockmovement",
                f"""DELETE FROM inventory_stockmovement
                    WHERE kind = 'shipped' AND order_id = '{books.completed.pk}' AND level_id = '{bowl.pk}'""",
            ),
            {
                ("orders-shipped", str(books.completed.pk), "shipped", str(tracked - 3), str(tracked)),
                ("stock-counters", str(bowl.pk), "on_hand", str(bowl.on_hand), str(bowl.on_hand + 3)),
                ("stock-counters", str(bowl.pk), "reserved", str(bowl.reserved), str(bowl.reserved + 3)),
                ("stock-holders", str(bowl.pk), "held", "0", "3"),
            },
        ),
        "goods came back without a movement": (
            (
                "inventory_stockmovement",
                f"""UPDATE inventory_stockmovement SET kind = 'adjusted'
                    WHERE kind = 'returned' AND order_id = '{books.refunded.pk}'""",
            ),
            {("orders-shipped", str(books.refunded.pk), "returned", "0", "1")},
        ),
        "another tax": (
            plus_one(tax, "amount"),
            {
                ("order-lines", str(net_line.pk), "tax_amount", *off(net_line.tax_amount)),
                ("order-lines", str(net_line.pk), "total_amount", *off(net_line.total_amount)),
                ("order-totals", str(books.net.pk), "tax_amount", *off(books.net.tax_amount)),
                ("order-totals", str(books.net.pk), "total_amount", *off(books.net.total_amount)),
            },
        ),
        "a row that explains another order": (
            set_to(inside, "order_id", f"'{books.held.pk}'"),
            {
                ("order-explanations", str(inside.pk), "order_id", str(books.held.pk), str(books.confirmed.pk)),
                (
                    "order-totals",
                    str(books.confirmed.pk),
                    "tax_amount",
                    *off(books.confirmed.tax_amount, -inside.amount),
                ),
                ("order-totals", str(books.held.pk), "tax_amount", *off(books.held.tax_amount, inside.amount)),
            },
        ),
    }


def off(value: int, by: int = 1) -> tuple[str, str]:
    return str(value), str(value + by)


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


# What is a fact and no sum of others: whoever adds a column decides here, or writes a check.
FACTS = {
    "inventory_stocklevel": {"safety_stock", "backorder_limit", "low_stock_threshold"},
    "inventory_stockmovement": {"reserved_delta", "incoming_delta", "kind"},
    "inventory_stocktransfer": {"version"},
    "inventory_stocktransferline": {"quantity"},
    "inventory_stocktake": {"version"},
    "inventory_stocktakeline": {"counted", "expected"},
    "inventory_location": {"position"},
    "orders_order": {"version", "currency"},
    "orders_orderline": {"position", "quantity", "unit_amount", "backordered_quantity"},
    "orders_orderadjustment": {"amount", "kind"},
    "orders_fulfilmentline": {"quantity"},
    "orders_limituse": {"allowed"},
    "orders_limitclaim": {"quantity"},
    "payments_paymentevent": {"amount", "kind"},
    "cart_cart": {"version"},
    "cart_cartline": {"quantity", "seen_unit_amount"},
}


def test_every_number_and_status_of_the_books_is_checked_or_a_fact() -> None:
    vouched = {column for check in CHECKS for column in check.vouches}
    facts = {f"{table}.{column}" for table, columns in FACTS.items() for column in columns}
    undecided = []
    for app in ("inventory", "orders", "payments", "cart"):
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.concrete_fields:
                is_number = isinstance(field, models.IntegerField) and not field.primary_key
                if is_number or field.choices or field.name == "currency":
                    undecided.append(f"{model._meta.db_table}.{field.name}")
    assert sorted(set(undecided) - vouched - facts) == []
    assert sorted(facts - set(undecided)) == []
    assert sorted(facts & vouched) == []


def test_checks_know_the_tables_that_they_name() -> None:
    tables = {model._meta.db_table: model for model in apps.get_models()}
    for check in CHECKS:
        assert check.counted[0] in check.tables
        for table in check.tables:
            assert table in tables
            assert table in check.source
        for column in check.vouches:
            table, _, name = column.partition(".")
            assert table in check.tables
            assert tables[table]._meta.get_field(name)
    assert len({check.name for check in CHECKS}) == len(CHECKS)


def test_statuses_in_sql_are_those_of_the_code() -> None:
    amounts = (0, 1, 2)
    for total, paid, refunded in product(amounts, amounts, amounts):
        if refunded <= paid:
            known = payment_status_of(total=total, paid=paid, refunded=refunded)
            assert case(orders.PAYMENT_STATUS, total=total, paid=paid, refunded=refunded) == known
    for pieces, sent in ((2, 0), (2, 1), (2, 2)):
        lines = [OrderLine(quantity=pieces, fulfilled_quantity=sent)]
        assert case(orders.FULFILMENT_STATUS, pieces=pieces, sent=sent) == fulfilment_status_of(lines)
    for amount, captured, refunded, is_cancelled in product((1, 2), amounts, amounts, (False, True)):
        if refunded <= captured <= amount:
            told = case(
                payments.STATUS, amount_due=amount, captured=captured, refunded=refunded, is_cancelled=is_cancelled
            )
            assert told == status_of(
                amount=amount, captured_amount=captured, refunded_amount=refunded, is_cancelled=is_cancelled
            )


@pytest.mark.parametrize("status", ["pending", "confirmed"])
def test_an_order_is_as_far_in_sql_as_in_the_code(status: str) -> None:
    for paid, refunded, sent, is_on_account in product((0, 1, 2), (0, 1, 2), (0, 1, 2), (False, True)):
        if refunded > paid or (status == "pending" and (sent or is_on_account)):
            continue
        lines = [OrderLine(quantity=2, fulfilled_quantity=sent)]
        order = Order(status=status, total_amount=2, paid_amount=paid, refunded_amount=refunded)
        order.payment_status = payment_status_of(total=2, paid=paid, refunded=refunded)
        order.fulfilment_status = fulfilment_status_of(lines)
        advance(order, is_on_account=is_on_account)
        facts = {"total": 2, "paid": paid, "refunded": refunded, "pieces": 2, "sent": sent}
        assert case(orders.STATUS, status=order.status, **facts) == order.status
        assert case(orders.STATUS, status=status, **facts) == order.status


def case(expression: str, **facts: Any) -> str:
    columns = ", ".join(f"%({name})s AS {name}" for name in facts)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {expression} FROM (SELECT {columns}) f", facts)
        return str(cursor.fetchone()[0])
