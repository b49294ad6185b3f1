"""Gift cards that an order sells: issued once it is paid, and taken back with the money.

Such a line is delivered by being issued: its pieces count as sent, in a fulfilment of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Model

from core.inserting import insert_together
from core.money import Money
from core.problems import Busy
from core.transactions import assert_in_transaction
from events.cases import case_open
from events.services import job_enqueue
from inventory.exceptions import StockNotOnHand
from inventory.services import ShipRequest, stock_ship
from orders.exceptions import GiftCardSpent
from orders.models import Fulfilment, FulfilmentLine, Order, OrderLine
from orders.states import fulfilment_status_of
from promotions.credit.selling import (
    Sale,
    SoldCard,
    sold_cards,
    sold_cards_draft,
    sold_cards_locked,
    sold_cards_take_back,
)


def cards_issue(order: Order, *, actor: str) -> dict[str, Any] | None:
    """Issue the gift cards of an order that is paid, and return what its history tells; None where there are none.

    Each piece once, whatever settles the payment and how often. Cards whose stock is counted and hasn't arrived are
    left to be sent by hand. Part of the transaction that settles, under the order's lock; the caller writes the order.
    One query for orders without such lines.
    """
    assert_in_transaction()
    if order.owed_amount or order.status == Order.Status.CANCELLED:
        return None
    lines = list(order.lines.order_by("position"))
    due = _with_stock(order, unissued(lines), actor=actor)
    if not due:
        return None
    sent = {line: line.quantity - line.fulfilled_quantity for line in due}
    fulfilment = Fulfilment(order=order, actor=actor)
    parts = [
        FulfilmentLine(fulfilment=fulfilment, order_line=line, quantity=quantity) for line, quantity in sent.items()
    ]
    cards = cards_draft(order, sent, actor=actor)
    _claim(due)
    for line in due:
        line.fulfilled_quantity = line.quantity
    order.fulfilment_status = fulfilment_status_of(lines)
    insert_together([fulfilment, *parts, *cards])
    cards_mail(order)
    return {
        "fulfilment_id": str(fulfilment.id),
        "carrier": "",
        "tracking_number": "",
        "tracking_url": "",
        "lines": [{"line_id": str(line.id), "quantity": quantity} for line, quantity in sent.items()],
    }


def unissued(lines: Sequence[OrderLine]) -> list[OrderLine]:
    """Return the lines of gift cards of which some are still to be issued."""
    return [line for line in lines if line.is_gift_card and line.fulfilled_quantity < line.quantity]


def cards_draft(order: Order, sent: Mapping[OrderLine, int], *, actor: str) -> list[Model]:
    """Return the cards of those lines that are gift cards, with entries and events, not yet written.

    `sent` is how many of each line, whose `fulfilled_quantity` doesn't count them yet.
    """
    sales = [
        Sale(line.id, line.fulfilled_quantity, quantity, line.unit_amount)
        for line, quantity in sent.items()
        if line.is_gift_card
    ]
    return list(sold_cards_draft(sales, order_id=order.id, currency=order.currency, actor=actor))


def cards_mail(order: Order) -> None:
    """Let the worker mail an order's codes, which it makes then: none lies in the table of jobs."""
    job_enqueue(kind="gift_cards.mail", payload={"order_id": str(order.id)})


def cards_cancel(order: Order, *, reason: str, actor: str) -> None:
    """Take all the cards of an order that is being cancelled back. Part, under the order's lock.

    Raises:
        GiftCardSpent: something of them was spent.
    """
    cards = sold_cards_locked(order.id)
    _assert_unspent(order, cards)
    sold_cards_take_back([(card, card.worth_amount) for card in cards], order_id=order.id, reason=reason, actor=actor)


def cards_return(order: Order, wanted: Mapping[OrderLine, int], *, reason: str, actor: str) -> None:
    """Take so many cards of each line back, wholly unspent ones. Part, under the order's lock.

    Raises:
        GiftCardSpent: too few of a line's cards are unspent.
    """
    takings: list[tuple[SoldCard, int]] = []
    cards = sold_cards_locked(order.id)
    for line, quantity in wanted.items():
        of_line = [card for card in cards if card.line_id == line.id and card.worth_amount == line.unit_amount]
        unspent = [card for card in of_line if not card.spent_amount]
        if len(unspent) < quantity:
            raise GiftCardSpent(f"Only {len(unspent)} of {line.title} are unspent; the others can't come back.")
        takings.extend((card, card.worth_amount) for card in unspent[:quantity])
    sold_cards_take_back(takings, order_id=order.id, reason=reason, actor=actor)


def cards_refund(order: Order, amount: int, *, reason: str, actor: str) -> None:
    """Take off an order's cards what giving so much money back reaches into; whole cards first.

    What the shop keeps of the order's money must be no less than what it has sold as cards: so nobody gets the money
    and keeps the card. Part, under the order's lock; the order's amounts count the refund already.

    Raises:
        GiftCardSpent: more would go back than is left on the cards; `refundable` says how much could.
    """
    cards = sold_cards_locked(order.id)
    kept = order.paid_amount - order.refunded_amount
    reached = sum(card.worth_amount for card in cards) - kept
    if reached <= 0:
        return
    lacking = reached - sum(card.left_amount for card in cards)
    if lacking > 0:
        refundable = Money(max(amount - lacking, 0), order.currency)
        detail = f"{refundable} can be given back: the rest was spent from the gift cards that {order.number} sold."
        raise GiftCardSpent(detail, refundable={"amount": refundable.amount, "currency": refundable.currency})
    takings = []
    for card in sorted(cards, key=lambda card: (card.spent_amount, -card.left_amount, card.id)):
        taken = min(card.left_amount, reached)
        takings.append((card, taken))
        reached -= taken
    sold_cards_take_back(takings, order_id=order.id, reason=reason, actor=actor)


def cards_ask_for(order: Order, *, actor: str) -> None:
    """Put before staff that an order is paid whose cards were taken back with money that went back before.

    No rule can say what the buyer wants now: the money, or other cards. Part, under the order's lock.
    """
    if order.owed_amount or not order.refunded_amount:
        return
    sold = sum(line.unit_amount * line.fulfilled_quantity for line in order.lines.filter(is_gift_card=True))
    if not sold:
        return
    lacking = Money(sold - sum(card.worth_amount for card in sold_cards(order.id)), order.currency)
    if lacking.amount > 0:
        case_open(
            kind="gift_cards_lacking",
            subject_type="order",
            subject_id=order.id,
            title=f"{order.number} was paid again, and its gift cards were taken back",
            detail=f"{lacking} of the gift cards that order {order.number} sold were taken back with its money. "
            "Give the money back, or issue a card for it.",
            remedy="refund",
            data={"number": order.number, "amount": lacking.amount, "currency": lacking.currency},
            actor=actor,
        )


def has_issued_cards(order: Order) -> bool:
    """Tell whether an order has issued gift cards. One query."""
    return order.lines.filter(is_gift_card=True, fulfilled_quantity__gt=0).exists()


def _assert_unspent(order: Order, cards: Sequence[SoldCard]) -> None:
    spent = sum(card.spent_amount for card in cards)
    if spent:
        money = Money(spent, order.currency)
        raise GiftCardSpent(
            f"{money} of the gift cards that {order.number} sold were spent, so it can't be cancelled; give back what "
            "is left by a refund."
        )


def _claim(lines: Sequence[OrderLine]) -> None:
    """Count the pieces as sent, if nobody has.

    Raises:
        Busy: somebody else is issuing them, although the order is locked.
    """
    open_lines = OrderLine.objects.filter(
        id__in=[line.id for line in lines], is_gift_card=True, fulfilled_quantity__lt=F("quantity")
    )
    if open_lines.update(fulfilled_quantity=F("quantity")) != len(lines):
        raise Busy


def _with_stock(order: Order, lines: list[OrderLine], *, actor: str) -> list[OrderLine]:
    """Let the stock of those that are counted go, and return what can be issued: not those that haven't arrived."""
    counted = [line for line in lines if line.is_stock_tracked]
    if not counted:
        return lines
    requests = [ShipRequest(line.id, line.quantity - line.fulfilled_quantity) for line in counted]
    try:
        with transaction.atomic():
            stock_ship(requests=requests, order_id=order.id, actor=actor)
    except StockNotOnHand:
        return [line for line in lines if not line.is_stock_tracked]
    return lines
