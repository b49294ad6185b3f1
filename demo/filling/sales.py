"""The demo shop's customers and orders: made by the services that a real sale goes through, at its own time."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta

from cart.services import LineWish, cart_create, cart_update
from core import clock
from demo.loader import Content, Order, Person
from orders import services
from orders.models import OrderLine
from payments.models import Payment
from users import models
from users.callers import GUEST, SYSTEM_ACTOR, Caller

PAID_AFTER = timedelta(hours=5)
SENT_AFTER = timedelta(hours=20)
DONE_AFTER = timedelta(days=6)


def sales_fill(content: Content) -> int:
    """Make customers and everybody's orders; return how many customers have an account."""
    people = {person.key: person for person in content.people}
    accounts = {person.key: _account(person) for person in content.people if person.has_account}
    for number, order in enumerate(sorted(content.orders, key=lambda order: -order.days_ago), start=1):
        _sell(order, people[order.person], accounts, number)
    return len(accounts)


def _account(person: Person) -> uuid.UUID:
    """Make an account without a password: its owner would ask for one by e-mail."""
    user = models.User.objects.create_user(person.email, None, name=person.name, language=person.language)
    models.Address.objects.create(user=user, **person.address, is_default_shipping=True, is_default_billing=True)
    return user.pk


def _sell(order: Order, person: Person, accounts: Mapping[str, uuid.UUID], number: int) -> None:
    caller = Caller(user_id=accounts[person.key]) if person.key in accounts else GUEST
    age = timedelta(days=order.days_ago)
    with clock.moved(-age):
        cart = cart_create(
            caller=caller,
            market=person.market,
            language=person.language,
            email=person.email,
            wishes=[LineWish(sku=sku, quantity=quantity) for sku, quantity in order.lines.items()],
        ).cart
        changes = {"shipping_address": dict(person.address), "shipping_method_code": order.shipping, "note": order.note}
        quote = cart_update(cart_id=cart.pk, caller=caller, changes=changes)
        placed = services.order_place(
            cart_id=cart.pk, expected_total=quote.total, caller=caller, payment_method=order.payment
        )
    _go_on(placed.order.pk, order, age, number)


def _go_on(order_id: uuid.UUID, order: Order, age: timedelta, number: int) -> None:
    """Bring an order to its outcome, each step at its time, or now if that is still to come."""

    def after(wait: timedelta) -> timedelta:
        return min(wait - age, timedelta(0))

    if order.outcome == "cancelled":
        with clock.moved(after(SENT_AFTER)):
            services.order_cancel(order_id=order_id, reason="The buyer changed their mind.", actor=SYSTEM_ACTOR)
        return
    if order.outcome == "pending":
        return
    is_paid_on_delivery = order.payment == "cash_on_delivery"
    if not is_paid_on_delivery:
        with clock.moved(after(PAID_AFTER)):
            services.order_mark_paid(
                order_id=order_id, method=order.payment, reference=f"Transfer {4100 + number}", actor=SYSTEM_ACTOR
            )
    if order.outcome in {"fulfilled", "partly_fulfilled", "refunded"}:
        with clock.moved(after(SENT_AFTER)):
            services.order_fulfil(
                order_id=order_id,
                lines=_first_line(order_id) if order.outcome == "partly_fulfilled" else None,
                carrier="Correos",
                tracking_number=f"PQ{70210000 + 37 * number}ES",
                actor=SYSTEM_ACTOR,
            )
    if is_paid_on_delivery and order.outcome == "fulfilled":
        with clock.moved(after(DONE_AFTER)):
            services.order_mark_paid(order_id=order_id, method=order.payment, reference="Cash", actor=SYSTEM_ACTOR)
    if order.outcome == "refunded":
        with clock.moved(after(DONE_AFTER)):
            services.order_payment_refund(
                payment_id=_payment_of(order_id), reason="Broken on the way.", actor=SYSTEM_ACTOR
            )


def _first_line(order_id: uuid.UUID) -> list[services.FulfilLine]:
    line = OrderLine.objects.filter(order=order_id).order_by("position")[0]
    return [services.FulfilLine(line.pk, line.quantity)]


def _payment_of(order_id: uuid.UUID) -> uuid.UUID:
    return Payment.objects.get(order=order_id, captured_amount__gt=0).pk
