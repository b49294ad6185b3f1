"""Recording, giving back and giving up money for an order: the payment changes, then the order follows from it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction

from core.money import Money
from core.transactions import entry
from inventory.exceptions import StockInsufficient
from orders.exceptions import CurrencyMismatch, NothingOwed, StoreCreditNeedsCustomer
from orders.models import Order
from orders.selectors import order_for_update
from orders.services.cancelling import cancel_locked
from orders.services.changing import order_write
from orders.services.deriving import money_derive
from orders.services.issuing import cards_ask_for, cards_issue, cards_refund, has_issued_cards
from orders.services.money_cases import money_cases_keep
from orders.services.securing import order_secure
from orders.states import advance
from payments.exceptions import PaymentNotOpen, PaymentTooLarge, RefundTooLarge
from payments.models import Payment
from payments.providers import CREDIT, method_name, method_of
from payments.selectors import payment_for_update, payment_get, payments_for_update
from payments.services import IF_IT_CAME, payment_cancel, payment_capture, payment_create, payment_refund
from promotions.credit.services import store_credit_refund
from promotions.credit.spending import credits_give_back

ORIGINAL, STORE_CREDIT = "original", "store_credit"
"""Where a refund goes: back to where the money came from, or to the customer's credit."""


@entry
def order_payment_create(
    *, order_id: uuid.UUID, provider: str, method: str, amount: Money | None = None, actor: str
) -> Payment:
    """Open a payment, by default of all that is owed and not covered by another open one.

    A method on account confirms a pending order, unless its time was over and its goods are gone. Money for a cancelled
    order is recorded too: it is a fact, and to be given back.

    Raises:
        OrderNotFound: there is none.
        PaymentMethodUnknown: the shop doesn't take the method.
        CurrencyMismatch: the amount is not in the order's currency.
        NothingOwed, PaymentTooLarge: open payments cover what is owed, or would cover more than that.
        StockInsufficient: on account, after the reservation's end, when others have the goods.
    """
    order = order_for_update(order_id)
    is_on_account = method_of(provider, method).is_on_account
    left = Money(order.owed_amount - _open_amount(payments_for_update(order.id)), order.currency)
    if left.amount <= 0:
        raise NothingOwed
    amount = _in_currency_of(order, amount or left)
    if amount.amount > left.amount:
        raise PaymentTooLarge(f"Only {left} are owed and not covered by an open payment.")
    payment = payment_create(order_id=order.id, provider=provider, method=method, amount=amount, actor=actor)
    if is_on_account and order.status == Order.Status.PENDING and amount == left:
        advance(order, is_on_account=True)
        order_secure(order, actor=actor)
    message = f"{amount} by {method_name(provider, method).lower()} are expected."
    order_write(order, "payment_expected", message, is_event=False, actor=actor)
    return payment


@entry
def order_payment_capture(
    *,
    payment_id: uuid.UUID,
    amount: Money | None = None,
    reference: str = "",
    is_unexpected: bool = False,
    actor: str,
) -> Payment:
    """Record that a payment has come in, by default all that was still to come of it; the order follows.

    One that was given up may come all the same. An order whose time is over takes its goods again. If others have
    them, it is cancelled; the money stays recorded, and a case asks for its refund.

    More than is expected is taken for a mistake, or for money that somebody else has recorded. If it really came it
    `is_unexpected`: then any amount is recorded of any payment, and a case asks for the refund of what is too much.

    Raises:
        PaymentNotFound: there is none.
        CurrencyMismatch: the amount is not in the order's currency.
        PaymentNotOpen, PaymentTooLarge: the payment has come in, or less is still to come of it or owed.
    """
    order, payment = _locked(payment_id)
    if payment.provider == CREDIT:
        raise PaymentNotOpen("Gift cards and store credit pay when the order is placed, and no more than that.")
    # Of one that has come in whole, as much again.
    to_come = payment.amount - payment.captured_amount or payment.amount
    wanted = _in_currency_of(order, amount or Money(to_come, payment.currency))
    _capture(order, [(payment, wanted)], reference=reference, is_unexpected=is_unexpected, actor=actor)
    return payment


@entry
def order_payment_refund(
    *, payment_id: uuid.UUID, amount: Money | None = None, reason: str, to: str = ORIGINAL, actor: str
) -> Payment:
    """Record that money was given back, by default all that came in by the payment; the order follows.

    A case that asked for it is resolved in the same transaction, or asks for the rest.
    It goes back to where it came from, which for a gift card or store credit happens here, or becomes store credit of
    the order's customer. What it reaches into of gift cards that the order sold is taken off those. Locks: the order,
    the payment, the balances.

    Raises:
        GiftCardSpent: it reaches into gift cards that were spent.
        StoreCreditNeedsCustomer: it is to become store credit, and the order is a guest's.
        CreditInsufficient: a store credit would be more than can be counted.
        PaymentNotFound: there is none.
        CurrencyMismatch: the amount is not in the order's currency.
        RefundTooLarge: more than came in and was not given back yet.
    """
    order, payment = _locked(payment_id)
    left = Money(payment.captured_amount - payment.refunded_amount, payment.currency)
    if left.amount == 0:
        raise RefundTooLarge("Nothing is left of this payment that could be given back.")
    amount = _in_currency_of(order, amount or left)
    payment = payment_refund(payment_id=payment.id, amount=amount.amount, reason=reason, actor=actor)
    money_derive(order)
    advance(order)
    data = {"payment_id": str(payment.id), "amount": amount.amount, "reason": reason, "to": to}
    where = " as store credit" if to == STORE_CREDIT else ""
    order_write(order, "refunded", f"{amount} given back{where}. {reason}".strip(), data=data, actor=actor)
    money_cases_keep(order, actor=actor)
    if has_issued_cards(order):
        cards_refund(order, amount.amount, reason=reason, actor=actor)
    if to == STORE_CREDIT:
        if order.customer_id is None:
            raise StoreCreditNeedsCustomer
        store_credit_refund(
            customer_id=order.customer_id,
            amount=amount,
            order_id=order.id,
            payment_id=payment.id,
            reason=reason,
            actor=actor,
        )
    elif payment.provider == CREDIT:
        credits_give_back([(payment.id, amount.amount)], order_id=order.id, reason=reason, actor=actor)
    return payment


@entry
def order_payment_cancel(*, payment_id: uuid.UUID, actor: str) -> Payment:
    """Give up what has not come in of a payment.

    Raises:
        PaymentNotFound: there is none.
        PaymentNotOpen: it has come in, or was cancelled.
    """
    order, payment = _locked(payment_id)
    payment = payment_cancel(payment_id=payment.id, actor=actor)
    message = f"A payment by {method_name(payment.provider, payment.method).lower()} is no longer expected."
    order_write(order, "payment_cancelled", message, is_event=False, actor=actor)
    return payment


@entry
def order_mark_paid(*, order_id: uuid.UUID, method: str = "bank_transfer", reference: str = "", actor: str) -> Order:
    """Record that all that is owed has come in by one method.

    As `order_payment_capture` does. An open payment of this method is captured, open ones of other methods are given
    up, and a new one is made for whatever is owed beyond.

    Raises:
        OrderNotFound: there is none.
        PaymentMethodUnknown: the shop doesn't take the method.
        NothingOwed: it is paid.
    """
    order = order_for_update(order_id)
    method_of("manual", method)
    if order.owed_amount == 0:
        raise NothingOwed
    captures: list[tuple[Payment, Money]] = []
    left = order.owed_amount
    for payment in payments_for_update(order.id):
        if payment.status != Payment.Status.PENDING:
            continue
        to_come = payment.amount - payment.captured_amount
        if payment.method == method and payment.provider == "manual" and to_come <= left:
            captures.append((payment, Money(to_come, order.currency)))
            left -= to_come
        else:
            payment_cancel(payment_id=payment.id, actor=actor)
    if left:
        amount = Money(left, order.currency)
        payment = payment_create(order_id=order.id, provider="manual", method=method, amount=amount, actor=actor)
        captures.append((payment, amount))
    _capture(order, captures, reference=reference, actor=actor)
    return order


def _capture(
    order: Order,
    captures: Sequence[tuple[Payment, Money]],
    *,
    reference: str,
    is_unexpected: bool = False,
    actor: str,
) -> None:
    """Write what came in, under the order's lock, and what it makes of the order.

    Money that came in is written down whatever has become of the order. If its time was over and others have its goods
    now, if it was cancelled before, or if it is more than is owed, the money has to go back: a case says so.
    """
    for payment, amount in captures:
        is_to_come = payment.status in {Payment.Status.PENDING, Payment.Status.CANCELLED}
        if amount.amount > order.owed_amount and is_to_come and not is_unexpected:
            raise PaymentTooLarge(f"Only {Money(order.owed_amount, order.currency)} are owed. {IF_IT_CAME}")
        payment_capture(
            payment_id=payment.id,
            amount=amount.amount,
            reference=reference,
            is_unexpected=is_unexpected,
            actor=actor,
        )
        money_derive(order)
    was_cancelled = order.status == Order.Status.CANCELLED
    is_secured = was_cancelled or _is_secured(order, actor=actor)
    issued = None if was_cancelled or not is_secured else cards_issue(order, actor=actor)
    if is_secured:
        advance(order)
    for index, (payment, amount) in enumerate(captures, start=1):
        message = f"{amount} came in by {method_name(payment.provider, payment.method).lower()}."
        if was_cancelled:
            message += " The order is cancelled: give it back."
        is_paid = index == len(captures) and order.payment_status == Order.PaymentStatus.PAID
        data = {"payment_id": str(payment.id), "amount": amount.amount, "method": payment.method}
        order_write(order, "paid", message, data=data, is_event=is_paid, actor=actor)
    if issued:
        count = sum(line["quantity"] for line in issued["lines"])
        message = f"{count} gift {'card' if count == 1 else 'cards'} issued."
        order_write(order, "fulfilled", message, data=issued, actor=actor)
    if is_secured:
        if not was_cancelled:
            cards_ask_for(order, actor=actor)
        money_cases_keep(order, kind="paid_after_cancelling" if was_cancelled else "overpaid", actor=actor)
    else:
        reason = "Its goods were sold before the money came."
        cancel_locked(order, reason=reason, money_case="paid_without_stock", actor=actor)


def _is_secured(order: Order, *, actor: str) -> bool:
    """Make an order's stock its own; False if its time was over and others have taken some of it."""
    if order.reserved_until is None:
        return True
    try:
        # What could be had of it goes back with the savepoint; the capture before it stays.
        with transaction.atomic():
            order_secure(order, actor=actor)
    except StockInsufficient:
        return False
    return True


def _locked(payment_id: uuid.UUID) -> tuple[Order, Payment]:
    """Return a payment and its order, locked: the order first, as everywhere."""
    order = order_for_update(payment_get(payment_id).order_id)
    return order, payment_for_update(payment_id)


def _open_amount(payments: Sequence[Payment]) -> int:
    return sum(
        payment.amount - payment.captured_amount for payment in payments if payment.status == Payment.Status.PENDING
    )


def _in_currency_of(order: Order, amount: Money) -> Money:
    if amount.currency != order.currency:
        raise CurrencyMismatch(f"This order is in {order.currency}, not in {amount.currency}.")
    return amount
