"""Corruptions of the books, one of each kind, with what an audit must find of it."""
# ruff: noqa: S608 (SQL of the tests themselves)

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models.functions import Cast

from cart.models import Cart
from core import clock
from inventory.models import StockMovement, StockReservation, StockTakeLine, StockTransferLine
from orders.models import FulfilmentLine, OrderAdjustment
from payments.models import PaymentEvent
from promotions.models import CreditEntry, GiftCard, LimitUse, StoreCredit
from tests.audit.books import Books, audited, execute, level_of, manual_of

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
            for name in ("subtotal", "discount", "shipping", "tax", "rounding", "total")
        },
        **{
            f"{name} of an order": off_by_one(books.refunded, f"{name}_amount", "order-money")
            for name in ("paid", "refunded")
        },
        **{
            f"{name} of a payment": off_by_one(payment, name, "payments")
            for name in ("amount", "captured_amount", "refunded_amount")
        },
        "left on a gift card": off_by_one(issued_card(), "balance_amount", "gift-cards"),
        "put on a gift card": off_by_one(issued_card(), "issued_amount", "gift-cards"),
        "left of a store credit": off_by_one(StoreCredit.objects.earliest("id"), "balance_amount", "store-credit"),
        "used of a limit": off_by_one(LimitUse.objects.get(), "used", "limit-uses"),
    }
    return {name: (tuple(change), found) for name, (change, found) in cases.items()}


def issued_card() -> GiftCard:
    """Return the card that nobody has bought or spent."""
    return GiftCard.objects.get(order_line=None, balance_amount=700)


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
    cart = Cart.objects.get(reservations=of_cart.pk)
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
    sold_line = books.sold.lines.get()
    whole = CreditEntry.objects.filter(card__order_line=sold_line, kind="issued").order_by("id")[0]
    back = CreditEntry.objects.get(card__order_line=sold_line, kind="taken_back", amount=-2500)
    by_card, by_bank = books.by_credit.payments.get(provider="credit"), manual_of(books.by_credit)
    spent = CreditEntry.objects.get(payment=by_card, kind="spent")
    given = CreditEntry.objects.get(payment=by_card, kind="given_back")
    as_credit = CreditEntry.objects.get(payment=by_bank, kind="refunded")
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
        "held for a cart for ever": (
            set_to(of_cart, "expires_at", "'2999-01-01Z'"),
            {("carts-holds", str(of_cart.pk), "expires_at", "2999-01-01 00:00:00+00", text_of(cart, "held_until"))},
        ),
        "held for a cart that says nothing of it": (
            set_to(cart, "held_until", "NULL"),
            {("carts-holds", str(of_cart.pk), "expires_at", text_of(of_cart, "expires_at"), None)},
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
        "more was put on a card that was sold": (
            plus_one(whole, "amount"),
            {
                ("gift-cards-sold", str(sold_line.pk), "issued", "15001", "15000"),
                ("gift-cards-kept", str(books.sold.pk), "sold", "7501", "7500"),
                ("gift-cards", str(whole.card_id), "balance_amount", "0", "1"),
                ("gift-cards", str(whole.card_id), "issued_amount", "5000", "5001"),
            },
        ),
        "a card was sold by a thing that is none": (
            set_to(sold_line, "is_gift_card", "FALSE"),
            {("gift-cards-sold", str(sold_line.pk), "issued", "15000", "0")},
        ),
        "less was taken back than money went back": (
            plus_one(back, "amount"),
            {
                ("gift-cards-kept", str(books.sold.pk), "sold", "7501", "7500"),
                ("gift-cards", str(back.card_id), "balance_amount", "2500", "2501"),
            },
        ),
        "less was spent than a card has paid": (
            plus_one(spent, "amount"),
            {
                ("credit-payments", str(by_card.pk), "spent", "999", "1000"),
                ("gift-cards", str(spent.card_id), "balance_amount", "100", "101"),
            },
        ),
        "more came back to a card than was refunded": (
            plus_one(given, "amount"),
            {
                ("credit-payments", str(by_card.pk), "given_back", "101", "100"),
                ("gift-cards", str(given.card_id), "balance_amount", "100", "101"),
            },
        ),
        "more became store credit than was refunded": (
            plus_one(as_credit, "amount"),
            {
                ("credit-payments", str(by_bank.pk), "given_back", "101", "100"),
                ("store-credit", str(as_credit.store_credit_id), "balance_amount", "100", "101"),
            },
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
