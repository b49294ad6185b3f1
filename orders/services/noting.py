"""Writing something into an order's history by hand."""

from __future__ import annotations

import uuid

from core.transactions import entry
from orders.models import OrderHistory
from orders.selectors import order_for_update
from orders.services.changing import order_write


@entry
def order_note_add(*, order_id: uuid.UUID, message: str, is_public: bool = False, actor: str) -> OrderHistory:
    """Add a note, for staff only unless it is public.

    Raises:
        OrderNotFound: there is none.
    """
    order = order_for_update(order_id)
    order_write(order, "note", message, is_public=is_public, is_event=False, actor=actor)
    # Read back for its id, which the database has given; nobody else writes history under the order's lock.
    return order.history.latest("id")
