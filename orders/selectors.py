"""Every read of orders, scoped to the caller: staff see all, customers their own, guests what they hold a token of."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hmac import compare_digest
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from cart.models import Cart
from core.money import Money
from core.problems import NotAuthenticated
from events.selectors import cases_about
from orders.exceptions import OrderNotFound
from orders.models import Fulfilment, FulfilmentLine, Order, OrderAdjustment, OrderHistory, OrderLine
from orders.tokens import digest_of, token_again
from payments.models import Payment
from promotions.credit.codes import code_again
from promotions.models import GiftCard
from users.callers import Caller

_SEEING_ALL = {"orders:read", "orders:write", "payments:write"}
"""Who may change every order may find it too."""
_NUMBER = re.compile(r"^[A-Za-z0-9-]{1,20}$")
_WHOLE_NUMBER = re.compile(r"^[Tt][0-9]{6,19}$")


@dataclass(frozen=True, slots=True)
class OrderDetail:
    """An order with everything that belongs to it."""

    order: Order
    lines: Sequence[OrderLine]
    adjustments: Sequence[OrderAdjustment]
    fulfilments: Sequence[Fulfilment] = ()
    payments: Sequence[Payment] = ()


@dataclass(frozen=True, slots=True)
class OrderCard:
    """A gift card that an order has sold, with its code for who may know it."""

    card: GiftCard
    code: str | None

    @property
    def balance(self) -> Money:
        """Return what is left on it."""
        return self.card.balance


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list of orders is narrowed to; None is everything. `until` is exclusive."""

    status: str | None = None
    payment_status: str | None = None
    fulfilment_status: str | None = None
    q: str | None = None
    placed_from: datetime | None = None
    placed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SalesDay:
    """What was ordered on a day in one currency, cancelled orders left out."""

    day: date
    order_count: int
    amount: int


def order_get(reference: str, caller: Caller, token: str | None = None) -> Order:
    """Return the order of an id or number, with its market, if the caller may see it. One query.

    Raises:
        OrderNotFound: there is none, or it is not for this caller.
    """
    found = _visible(caller, token).filter(_named(reference)).first()
    if found is None:
        raise OrderNotFound
    return found


def is_buyer(order: Order, caller: Caller, token: str | None = None) -> bool:
    """Tell whether an order is the caller's own: their account's, or one whose token they hold."""
    is_own = caller.user_id is not None and order.customer_id == caller.user_id
    return is_own or (token is not None and compare_digest(digest_of(token), bytes(order.token_digest)))


def detail_of(order: Order) -> OrderDetail:
    """Return everything that belongs to an order. Five queries at the most."""
    return OrderDetail(
        order=order,
        lines=list(order.lines.order_by("position")),
        adjustments=list(order.adjustments.order_by("id")),
        fulfilments=list(fulfilment_list(order)),
        payments=list(Payment.objects.filter(order=order).order_by("created_at", "id")),
    )


def order_card_list(order_id: uuid.UUID) -> QuerySet[GiftCard]:
    """Return the gift cards that an order has sold, in the order they were issued. Not scoped: see `order_get`."""
    return GiftCard.objects.filter(order_line__order_id=order_id).select_related("order_line").order_by("id")


def with_codes(cards: Iterable[GiftCard], *, are_codes_told: bool) -> list[OrderCard]:
    """Return gift cards with their codes, made again from their ids; without, if the caller may not know them."""
    return [OrderCard(card, code_again(card.id, bytes(card.code_digest)) if are_codes_told else None) for card in cards]


def order_of_id(order_id: uuid.UUID) -> Order:
    """Return an order for the worker. Not scoped.

    Raises:
        OrderNotFound: there is none.
    """
    found = _orders().filter(id=order_id).first()
    if found is None:
        raise OrderNotFound
    return found


def order_list(caller: Caller, narrowed: OrderFilter) -> QuerySet[Order]:
    """Return the orders that the caller may see: all for staff with a right on orders, a customer's own.

    Raises:
        NotAuthenticated: a guest, who has no list.
    """
    if caller.is_guest:
        raise NotAuthenticated("Log in to see your orders; a guest reads one order by its token.")
    return filtered(_visible(caller, None), narrowed)


def order_own_list(customer_id: uuid.UUID, narrowed: OrderFilter) -> QuerySet[Order]:
    """Return a customer's own orders, whatever rights they have besides."""
    return filtered(_orders().filter(customer_id=customer_id), narrowed)


def filtered(orders: QuerySet[Order], narrowed: OrderFilter) -> QuerySet[Order]:
    """Return those of the orders that fit. Text is looked for in number, e-mail and the names of the addresses.

    A whole number is found by its index; anything else reads every order that the other conditions leave.
    """
    conditions: dict[str, Any] = {
        "status": narrowed.status,
        "payment_status": narrowed.payment_status,
        "fulfilment_status": narrowed.fulfilment_status,
        "placed_at__gte": narrowed.placed_from,
        "placed_at__lt": narrowed.placed_until,
    }
    orders = orders.filter(**{name: value for name, value in conditions.items() if value is not None})
    if narrowed.q and _WHOLE_NUMBER.match(narrowed.q):
        orders = orders.filter(number=narrowed.q.upper())
    elif narrowed.q:
        orders = orders.filter(
            Q(number__istartswith=narrowed.q)
            | Q(email__icontains=narrowed.q)
            | Q(shipping_address__name__icontains=narrowed.q)
            | Q(billing_address__name__icontains=narrowed.q)
        )
    return orders


def order_history(order: Order, caller: Caller) -> QuerySet[OrderHistory]:
    """Return what happened to an order; who isn't staff gets what is meant for the buyer."""
    history = OrderHistory.objects.filter(order=order)
    return history if caller.may("orders:read") else history.filter(is_public=True)


def fulfilment_list(order: Order) -> QuerySet[Fulfilment]:
    """Return an order's fulfilments with their lines, in the order they left. Two queries."""
    lines = Prefetch("lines", FulfilmentLine.objects.order_by("order_line__position"))
    return Fulfilment.objects.filter(order=order).prefetch_related(lines).order_by("shipped_at", "id")


def order_for_update(order_id: uuid.UUID) -> Order:
    """Return an order with its market, locked. Not scoped: the caller of this has shown that it may be changed.

    Raises:
        OrderNotFound: there is none.
    """
    found = _orders().select_for_update(no_key=True, of=("self",)).filter(id=order_id).first()
    if found is None:
        raise OrderNotFound
    return found


def order_of_cart(cart: Cart) -> Order:
    """Return the order that an ordered cart was made into."""
    return _orders().get(cart=cart)


def order_token(order_id: uuid.UUID) -> str | None:
    """Return an order's guest token again; see `tokens.token_again`."""
    digest = Order.objects.values_list("token_digest", flat=True).get(id=order_id)
    return token_again(order_id, bytes(digest))


def orders_to_sweep(at: datetime, limit: int) -> list[uuid.UUID]:
    """Return orders whose stock is held no longer than until this time, the longest overdue first."""
    overdue = Order.objects.filter(status=Order.Status.PENDING, reserved_until__lte=at)
    return list(overdue.order_by("reserved_until").values_list("id", flat=True)[:limit])


def orders_overdue(at: datetime, limit: int) -> list[Order]:
    """Return orders that wait for money and keep their goods, and that staff haven't been told of, the oldest first.

    Those that were paid in part and should have been paid whole when a reservation would have ended; and accepted ones
    whose bank transfer is open for PAYMENT_OVERDUE_DAYS.
    """
    in_part = Q(
        status=Order.Status.PENDING,
        paid_amount__gt=0,
        reserved_until__isnull=True,  # One that only credit has paid of is cancelled at its end.
        placed_at__lte=at - timedelta(minutes=settings.ORDER_RESERVATION_MINUTES),
    )
    transfers = Payment.objects.filter(
        order=OuterRef("pk"),
        status=Payment.Status.PENDING,
        method="bank_transfer",
        created_at__lte=at - timedelta(days=settings.PAYMENT_OVERDUE_DAYS),
    )
    waiting = Order.objects.filter(in_part | (Q(status=Order.Status.CONFIRMED) & Exists(transfers)))
    return list(waiting.exclude(cases_about("payment_overdue", "order")).order_by("placed_at")[:limit])


def sales_by_day(until: datetime, days: int) -> Mapping[str, list[SalesDay]]:
    """Return the sales of the last days by currency, the day of `until` included; days without sales are there too.

    Days are the shop's own; cancelled orders aren't sales. One query.
    """
    first = timezone.localdate(until) - timedelta(days=days - 1)
    rows = (
        Order.objects.filter(
            placed_at__gte=timezone.make_aware(datetime.combine(first, time.min)), placed_at__lte=until
        )
        .exclude(status=Order.Status.CANCELLED)
        .annotate(day=TruncDate("placed_at"))
        .values_list("currency", "day")
        .annotate(order_count=Count("id"), amount=Sum("total_amount"))
        .order_by("currency")
    )
    sales: dict[str, dict[date, SalesDay]] = {}
    for currency, day, order_count, amount in rows:
        sales.setdefault(currency, {})[day] = SalesDay(day, order_count, int(amount))
    calendar = [first + timedelta(days=number) for number in range(days)]
    return {currency: [by_day.get(day, SalesDay(day, 0, 0)) for day in calendar] for currency, by_day in sales.items()}


def _orders() -> QuerySet[Order]:
    return Order.objects.select_related("market")


def _visible(caller: Caller, token: str | None) -> QuerySet[Order]:
    if caller.rights & _SEEING_ALL:
        return _orders()
    visible = Q(pk__in=[])
    if caller.user_id is not None:
        visible |= Q(customer_id=caller.user_id)
    if token:
        visible |= Q(token_digest=digest_of(token))
    return _orders().filter(visible)


def _named(reference: str) -> Q:
    try:
        return Q(id=uuid.UUID(reference))
    except ValueError:
        return Q(number=reference.upper()) if _NUMBER.match(reference) else Q(pk__in=[])
