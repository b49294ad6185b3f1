"""Placing an order: a cart becomes an order once, in one transaction and a fixed number of statements."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connection

from cart.exceptions import CartUnasked
from cart.explaining import not_applied
from cart.models import Cart
from cart.quoting import CartQuote, quote_of
from cart.selectors import assert_open, cart_for_update, email_of
from cart.sending import shipping_country
from cart.services import cart_mark_ordered
from core import clock
from core.ids import uuid7
from core.inserting import insert_together
from core.money import Money
from core.transactions import entry, run_last
from inventory.exceptions import Shortage, StockInsufficient
from inventory.services import ReserveRequest, stock_reserve
from orders.exceptions import CartNotReady, CreditChanged, PriceChanged
from orders.models import Order, OrderAdjustment, OrderLine
from orders.selectors import OrderDetail, detail_of, order_of_cart
from orders.services.changing import history_draft, order_event_draft
from orders.services.crediting import credit_paid, paid_event
from orders.states import advance, payment_status_of
from orders.tokens import digest_of, token_again, token_of
from payments.models import Payment, PaymentEvent
from payments.providers import method_of
from payments.services import payment_draft
from promotions.credit.exceptions import CreditInsufficient
from promotions.credit.spending import Spending, credits_spend
from promotions.limits import holders_of
from promotions.services import LimitRequest, claims_of, limits_claim
from users.callers import Caller

PROVIDER = "manual"


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The order of a cart, the token by which a guest reads it, and whether this call made it."""

    detail: OrderDetail
    token: str | None
    is_new: bool

    @property
    def order(self) -> Order:
        """Return the order alone."""
        return self.detail.order


@entry
def order_place(
    *,
    cart_id: uuid.UUID,
    expected_total: Money,
    caller: Caller,
    payment_method: str | None = None,
    expected_payable: Money | None = None,
) -> PlacedOrder:
    """Make an order of a cart and hold its stock; a cart that has become one already answers that one.

    Nothing is there if it is refused. The order is pending until it is paid, or confirmed at once when nothing is to
    be paid, credit has paid it all, or the method is on account. Locks: the cart, then (new rows aside) limits that
    are used, gift cards and store credit, then the stock by primary key, by the last statement before the commit, so
    that buyers of one thing wait for each other no longer than a round trip.

    Raises:
        CartNotFound, PermissionRefused, CartClosed: the cart can't be ordered by this caller, or at all.
        CartUnasked: a carrier or tax service has to be asked first, outside of this transaction.
        CartNotReady: something is missing, with the cart's problems.
        PriceChanged: it comes to another total than the buyer saw, with the quote.
        CreditChanged: credits pay less than the buyer saw, or than a moment ago, with the quote.
        LimitReached: the customer has ordered as many of something as one may, or a code or a promotion is used up.
        StockInsufficient: less is left than the cart wants of something.
        PaymentMethodUnknown: the shop doesn't take the method.
    """
    cart = cart_for_update(cart_id, caller)
    if cart.status == Cart.Status.ORDERED:
        known = order_of_cart(cart)
        return PlacedOrder(detail_of(known), token_again(known.id, bytes(known.token_digest)), is_new=False)
    now = clock.now()
    assert_open(cart, now)
    quote = quote_of(cart, now)
    if quote.unasked:
        raise CartUnasked(cart.id, quote.unasked)
    _assert_as_expected(quote, expected_total, expected_payable)

    order = _order_of(quote, caller)
    lines, adjustments = _parts_of(quote, order)
    credit = credit_paid(order, quote.credits, actor=caller.actor)
    payments = _payment_of(order, payment_method, caller.actor)
    insert_together(
        [
            order,
            *lines,
            *adjustments,
            *payments,
            history_draft(order, "placed", "Order placed.", actor=caller.actor),
            order_event_draft(order, "placed", actor=caller.actor, data={"email": order.email}),
            *credit.rows,
            *paid_event(order, actor=caller.actor),
        ]
    )
    cart_mark_ordered(cart)
    limits = _limits_of(quote, order)
    if limits:
        run_last(partial(limits_claim, limits, order_id=order.id))
    if credit.spendings:
        run_last(partial(_spend, credit.spendings, order=order, cart=cart, at=now, actor=caller.actor))
    for requests in _reservations_of(lines):
        reserve = partial(
            stock_reserve,
            requests=requests,
            order_id=order.id,
            cart_id=cart.id,
            country=shipping_country(cart),
            expires_at=order.reserved_until,
            actor=caller.actor,
        )
        run_last(reserve)
    attempts = [*credit.payments, *(payment for payment in payments if isinstance(payment, Payment))]
    return PlacedOrder(OrderDetail(order, lines, adjustments, (), attempts), token_of(order.id), is_new=True)


def _assert_as_expected(quote: CartQuote, expected_total: Money, expected_payable: Money | None) -> None:
    """State that the cart can be ordered, and comes to what the buyer expects."""
    blocking = [problem for problem in quote.problems if problem.is_blocking]
    if blocking and all(problem.code == "stock_insufficient" for problem in blocking):
        # What the quote has seen, the reservation would find too; this spares the work before it.
        short = {problem.line_id: problem.facts["available_quantity"] for problem in blocking}
        raise StockInsufficient(
            [
                Shortage(index, line.variant_id, line.quantity, short[line.id])
                for index, line in enumerate(quote.lines)
                if line.id in short and line.variant_id
            ]
        )
    if blocking:
        raise CartNotReady(quote)
    if quote.total != expected_total:
        raise PriceChanged(quote)
    if expected_payable is not None and quote.payable != expected_payable:
        raise CreditChanged(quote)


def _order_of(quote: CartQuote, caller: Caller) -> Order:
    """Return the cart's order, not yet written: all that it says is copied from the quote."""
    cart, amounts = quote.cart, quote.amounts
    order_id = uuid7()
    # Whoever is logged in as a customer and orders a guest's cart finds the order among their own.
    customer_id = cart.customer_id or (None if caller.is_staff else caller.user_id)
    return Order(
        id=order_id,
        number=_next_number(),
        cart=cart,
        market=cart.market,
        customer_id=customer_id,
        token_digest=digest_of(token_of(order_id)),
        email=cart.email,
        language=cart.language,
        payment_status=payment_status_of(total=amounts.total_amount, paid=0, refunded=0),
        currency=quote.currency,
        prices_include_tax=amounts.prices_include_tax,
        subtotal_amount=amounts.subtotal_amount,
        discount_amount=amounts.discount_amount,
        shipping_amount=amounts.shipping_amount,
        tax_amount=amounts.tax_amount,
        rounding_amount=amounts.rounding_amount,
        total_amount=amounts.total_amount,
        not_applied=not_applied(amounts.refusals, quote.currency),
        **_addresses(cart),
        shipping_method_code=quote.shipping.code if quote.shipping else "",
        shipping_method_name=quote.shipping.name if quote.shipping else "",
        delivery_earliest_on=quote.shipping.earliest_on if quote.shipping else None,
        delivery_latest_on=quote.shipping.latest_on if quote.shipping else None,
        vat_id=cart.vat_id,
        tax_decision=quote.tax_decision.told(),
        note=cart.note,
        metadata=cart.metadata,
        reserved_until=quote.at + timedelta(minutes=settings.ORDER_RESERVATION_MINUTES),
        placed_at=quote.at,
        updated_at=quote.at,
    )


def _addresses(cart: Cart) -> dict[str, dict[str, str] | None]:
    """Return where it goes and who pays; what is collected goes to its point, in the buyer's name if that is known."""
    point = cart.collected_at
    if point is None:
        return {
            "shipping_address": cart.shipping_address,
            "billing_address": cart.billing_address,
            "pickup_point": None,
        }
    buyer = cart.shipping_address or cart.billing_address or {}
    return {
        "shipping_address": point.address
        | {"name": buyer.get("name") or point.name, "company": point.name, "phone": buyer.get("phone", "")},
        "billing_address": cart.billing_address or cart.shipping_address,
        "pickup_point": {"code": point.code, "name": point.name, "opening_hours": point.opening_hours},
    }


def _parts_of(quote: CartQuote, order: Order) -> tuple[list[OrderLine], list[OrderAdjustment]]:
    """Return the order's lines and the rows that explain its total, not yet written."""
    lines = {
        line.id: OrderLine(
            order=order,
            position=position,
            variant_id=line.variant_id,
            sku=line.sku,
            title=line.title,
            variant_title=line.variant_title,
            requires_shipping=line.requires_shipping,
            is_stock_tracked=line.is_stock_tracked,
            is_gift=line.is_gift,
            is_gift_card=line.is_gift_card,
            quantity=line.quantity,
            backordered_quantity=line.backordered_quantity,
            promised_on=line.promised_on,
            unit_amount=line.unit_amount,
            price_list=line.price_list or "",
            subtotal_amount=line.subtotal_amount,
            discount_amount=line.discount_amount,
            tax_amount=line.tax_amount,
            total_amount=line.total_amount,
        )
        for position, line in enumerate(quote.lines)
    }
    adjustments = [
        OrderAdjustment(
            order=order,
            line=lines[row.line] if row.line else None,
            kind=row.kind,
            label=row.label,
            source=row.source,
            amount=row.amount,
            is_included=row.is_included,
            rate_ppm=row.rate_ppm,
        )
        for row in quote.rows
    ]
    return list(lines.values()), adjustments


def _payment_of(order: Order, method: str | None, actor: str) -> Sequence[Payment | PaymentEvent]:
    """Return the payment that the buyer has chosen, not yet written, and bring the order as far as that goes."""
    is_on_account = method is not None and method_of(PROVIDER, method).is_on_account
    advance(order, is_on_account=is_on_account)
    if order.status != Order.Status.PENDING:
        order.reserved_until = None
    if method is None or order.owed_amount == 0:
        return ()
    amount = Money(order.owed_amount, order.currency)
    return payment_draft(order_id=order.id, provider=PROVIDER, method=method, amount=amount, actor=actor)


def _spend(spendings: Sequence[Spending], *, order: Order, cart: Cart, at: datetime, actor: str) -> None:
    """Take what credits pay; if somebody was faster, refuse with what they can pay now."""
    try:
        credits_spend(spendings, order_id=order.id, actor=actor)
    except CreditInsufficient as error:
        # The refusal leaves the cart as it was.
        cart.status = Cart.Status.OPEN
        raise CreditChanged(quote_of(cart, at)) from error


def _reservations_of(lines: Sequence[OrderLine]) -> list[list[ReserveRequest]]:
    """Return what is to be held, in as many statements as one variant stands in lines: one, but for gifts.

    A gift of what is bought too comes second: it asks for rows that the first statement has locked already.
    """
    statements: list[dict[uuid.UUID, ReserveRequest]] = [{}]
    for line in lines:
        if line.variant_id is None:
            continue
        of_one = next((of for of in statements if line.variant_id not in of), None)
        if of_one is None:
            of_one = {}
            statements.append(of_one)
        of_one[line.variant_id] = ReserveRequest(
            line.id, line.variant_id, line.quantity, is_tracked=line.is_stock_tracked
        )
    return [list(of.values()) for of in statements]


def _limits_of(quote: CartQuote, order: Order) -> list[LimitRequest]:
    """Return what the order uses of limits per customer, and of those of its promotions.

    Counted for the account and for each e-mail address, the order's and the account's, so that neither logging out nor
    another address on the order begins anew. One query, for a customer who orders something limited.
    """
    promotions = quote.promoted.limits_of(quote.amounts.uses)
    limited = [
        (position, line)
        for position, line in enumerate(quote.lines)
        if line.variant_id is not None and line.max_customer_quantity is not None
    ]
    is_personal = bool(limited) or any(limits.uses_of_buyer is not None for _, limits, _ in promotions)
    addresses = (order.email, email_of(order.customer_id) if is_personal else "")
    holders = holders_of(order.customer_id, addresses)
    of_promotions = claims_of(promotions, holders)
    return of_promotions + [
        LimitRequest(
            scope="variant",
            subject_id=line.variant_id,
            holder=holder,
            quantity=line.quantity,
            allowed=line.max_customer_quantity,
            pointer=f"/lines/{position}",
            title=line.title,
        )
        for position, line in limited
        if line.variant_id is not None and line.max_customer_quantity is not None
        for holder in holders
    ]


def _next_number() -> str:
    """Return the next order number. A refused order leaves a gap: numbers without gaps are an invoice's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('orders_order_number_seq')")
        return f"T{cursor.fetchone()[0]}"
