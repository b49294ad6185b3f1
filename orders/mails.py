"""The mails about orders: who gets which, and its text. They are sent by the worker (orders/tasks.py)."""

from __future__ import annotations

import uuid

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from orders.selectors import order_card_list, order_of_id, with_codes


def gift_cards_mail_of(order_id: uuid.UUID) -> EmailMessage | None:
    """Return the mail with the codes of an order's gift cards; None if none of them pays, or can be told, any more.

    Codes are made here, at the moment of sending, so that none lies in a table of jobs.
    """
    order = order_of_id(order_id)
    told = with_codes(order_card_list(order_id), are_codes_told=True)
    cards = [one for one in told if one.code is not None and one.card.is_active and one.card.balance_amount]
    if not cards:
        return None
    text = render_to_string("orders/mail/gift_cards.txt", {"order": order, "cards": cards})
    subject, _, body = text.strip().partition("\n")
    return EmailMessage(subject=subject.removeprefix("Subject: ").strip(), body=body.strip() + "\n", to=[order.email])
