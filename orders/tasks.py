"""What the worker does for orders besides sweeping: send their mails."""

from __future__ import annotations

import uuid

from orders.mails import gift_cards_mail_of


def gift_cards_mail(*, order_id: str) -> None:
    """Mail the codes of an order's gift cards. A worker that dies between sending and noting it sends twice."""
    message = gift_cards_mail_of(uuid.UUID(order_id))
    if message is not None:
        message.send()
