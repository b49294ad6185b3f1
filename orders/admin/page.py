"""What an order's page shows, read in a fixed number of queries. What can be done there is in actions.py."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from core.admin.columns import actor_names, money_text
from core.problems import NotFound
from orders.explaining import order_steps
from orders.models import Fulfilment, FulfilmentLine, Order, OrderLine
from payments.admin import STATUS_COLOURS as MONEY_COLOURS
from payments.models import Payment
from payments.providers import CREDIT
from products.admin.pictures import first_picture_url
from products.models import Media, Variant
from promotions.credit.selectors import gift_cards_of
from users.labels import address_lines

STATUS_COLOURS = {"pending": "warning", "confirmed": "info", "completed": "success", "cancelled": "danger"}
PAYMENT_COLOURS = {
    "unpaid": "warning",
    "partially_paid": "warning",
    "paid": "success",
    "partially_refunded": "info",
    "refunded": "info",
}
FULFILMENT_COLOURS = {"unfulfilled": "warning", "partially_fulfilled": "info", "fulfilled": "success"}
_GIFT_CARD = re.compile(r"gift-card:([0-9a-f-]{36})")
HISTORY_ICONS = {
    "placed": "shopping_bag",
    "paid": "payments",
    "fulfilled": "local_shipping",
    "cancelled": "cancel",
    "refunded": "undo",
    "payment_cancelled": "money_off",
    "note": "edit_note",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list of amounts, as people read it."""

    label: str
    text: str
    is_strong: bool = False


def order_for_page(order_id: uuid.UUID) -> Order:
    """Return an order with all that its page shows; the number of queries doesn't depend on how much that is.

    Raises:
        NotFound: there is none.
    """
    pictures: QuerySet[Media] = Media.objects.exclude(file="")
    variants = Variant.objects.select_related("product").prefetch_related(
        Prefetch("media", pictures), Prefetch("product__media", pictures)
    )
    fulfilments = Fulfilment.objects.prefetch_related(
        Prefetch("lines", FulfilmentLine.objects.select_related("order_line"))
    )
    order = (
        Order.objects.select_related("market", "customer", "cart")
        .prefetch_related(
            Prefetch("lines", OrderLine.objects.prefetch_related(Prefetch("variant", variants))),
            "adjustments",
            Prefetch("payments", Payment.objects.prefetch_related("events")),
            Prefetch("fulfilments", fulfilments),
            "history",
        )
        .filter(pk=order_id)
        .first()
    )
    if order is None:
        raise NotFound
    return order


def page_of(order: Order) -> dict[str, Any]:
    """Return the page's parts, ready for the template."""
    history = list(order.history.all())
    fulfilments = list(order.fulfilments.all())
    names = actor_names([*(entry.actor for entry in history), *(parcel.actor for parcel in fulfilments)])
    return {
        "order": order,
        "labels": [
            (order.get_status_display(), STATUS_COLOURS[order.status]),
            (order.get_payment_status_display(), PAYMENT_COLOURS[order.payment_status]),
            (order.get_fulfilment_status_display(), FULFILMENT_COLOURS[order.fulfilment_status]),
        ],
        "lines": [_line(line, order.currency) for line in order.lines.all()],
        "totals": _totals(order),
        "steps": _steps(order),
        "money": _money(order),
        "payments": _payments(order),
        "fulfilments": [(parcel, names.get(parcel.actor, parcel.actor)) for parcel in fulfilments],
        "history": [
            (entry, HISTORY_ICONS.get(entry.kind, "circle"), names.get(entry.actor, entry.actor))
            for entry in reversed(history)
        ],
        "shipping_address": address_lines(order.shipping_address),
        "billing_address": address_lines(order.billing_address),
        "taxed": order.tax_decision.get("detail", ""),
        "is_billed_elsewhere": bool(order.billing_address) and order.billing_address != order.shipping_address,
    }


def picture_of(variant: Variant | None) -> str | None:
    """Return the address of a picture of a variant, else of its product."""
    return first_picture_url(() if variant is None else (*variant.media.all(), *variant.product.media.all()))


def _line(line: OrderLine, currency: str) -> dict[str, Any]:
    return {
        "line": line,
        "picture": picture_of(line.variant),
        "unit": money_text(line.unit_amount, currency),
        "discount": money_text(line.discount_amount, currency) if line.discount_amount else "",
        "total": money_text(line.total_amount, currency),
        "remaining": line.quantity - line.fulfilled_quantity,
    }


def _totals(order: Order) -> list[Row]:
    """List what the total is made of; taxes by name, as the adjustments tell them."""

    def text(amount: int) -> str:
        return money_text(amount, order.currency)

    rows = [Row("Goods", text(order.subtotal_amount))]
    if order.discount_amount:
        rows.append(Row("Discounts", text(order.discount_amount)))
    rows.append(
        Row(
            f"Shipping: {order.shipping_method_name}" if order.shipping_method_name else "Shipping",
            text(order.shipping_amount),
        )
    )
    taxes: dict[tuple[str, bool], int] = {}
    for adjustment in order.adjustments.all():
        if adjustment.kind == "tax":
            key = (adjustment.label, adjustment.is_included)
            taxes[key] = taxes.get(key, 0) + adjustment.amount
    added = [Row(label, text(amount)) for (label, is_included), amount in taxes.items() if not is_included]
    included = [Row(f"incl. {label}", text(amount)) for (label, is_included), amount in taxes.items() if is_included]
    if order.rounding_amount:
        added.append(Row("Rounding", text(order.rounding_amount)))
    return [*rows, *added, Row("Total", text(order.total_amount), is_strong=True), *included]


def _steps(order: Order) -> list[tuple[str, str, str]]:
    """List the steps to the total in sentences: text, amount, and the sum to there (blank for what is inside)."""
    return [
        (
            step.text,
            money_text(step.amount, order.currency),
            "" if step.so_far is None else money_text(step.so_far, order.currency),
        )
        for step in order_steps(order, order.lines.all(), order.adjustments.all())
    ]


def owed_amount(order: Order) -> int:
    """Return what is still to come in for an order; nothing for one that is over, whatever was given back."""
    is_over = order.status in {Order.Status.CANCELLED, Order.Status.COMPLETED}
    return 0 if is_over else max(order.total_amount - order.paid_amount + order.refunded_amount, 0)


def refundable_payments(order: Order) -> list[Payment]:
    """Return the payments of which something can be given back."""
    return [payment for payment in order.payments.all() if payment.captured_amount > payment.refunded_amount]


def _money(order: Order) -> list[Row]:
    rows = [Row("Captured", money_text(order.paid_amount, order.currency))]
    if order.refunded_amount:
        rows.append(Row("Refunded", money_text(order.refunded_amount, order.currency)))
    return [*rows, Row("Owed", money_text(owed_amount(order), order.currency), is_strong=True)]


def _payments(order: Order) -> list[dict[str, Any]]:
    """List the payments; a gift card that paid is told by its last characters, as everywhere, not by its id."""
    references = {payment: _references(payment) for payment in order.payments.all()}
    ids = [
        uuid.UUID(known[1])
        for payment, told in references.items()
        for text in told
        if payment.provider == CREDIT and (known := _GIFT_CARD.fullmatch(text))
    ]
    cards = {f"gift-card:{card_id}": str(card) for card_id, card in gift_cards_of(ids).items()} if ids else {}
    return [
        _payment(payment, ", ".join(cards.get(text, text) for text in told)) for payment, told in references.items()
    ]


def _references(payment: Payment) -> list[str]:
    if payment.provider_reference:
        return [payment.provider_reference]
    return [event.reference for event in payment.events.all() if event.reference]


def _payment(payment: Payment, reference: str) -> dict[str, Any]:
    return {
        "payment": payment,
        "amount": money_text(payment.amount, payment.currency),
        "refunded": money_text(payment.refunded_amount, payment.currency) if payment.refunded_amount else "",
        "reference": reference,
        "colour": MONEY_COLOURS[payment.status],
        "method": payment.method.replace("_", " ").capitalize(),
    }
