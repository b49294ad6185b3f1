"""Taking a guest's cart over into a customer's account, by a stated rule."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from cart.exceptions import CartNotFound
from cart.facts import CartFacts, facts_for
from cart.models import MAX_LINES, Cart, CartLine
from cart.quoting import CartQuote, MergedLine, quote_of, quote_with
from cart.selectors import assert_open, cart_get, cart_lines, carts_for_update, email_of, open_cart_id
from cart.services.codes import codes_move
from cart.services.writing import (
    cart_save,
    customer_cart_expire,
    holds_end,
    holds_release,
    lines_write,
    maximum_of,
)
from core import clock
from core.problems import Busy, NotAuthenticated
from core.transactions import entry
from users.callers import Caller

_TAKEN_OVER = (
    "email",
    "shipping_address",
    "billing_address",
    "shipping_method",
    "pickup_point",
    "vat_id",
    "gift_card_ids",
    "use_store_credit",
    "note",
    "metadata",
)


@entry
def cart_claim(*, cart_id: uuid.UUID, caller: Caller) -> tuple[CartQuote, tuple[MergedLine, ...]]:
    """Make a guest's cart the customer's own, and return the customer's cart and what became of each line.

    Without an open cart of their own in that market the customer gets the guest's as it is. Otherwise its lines are
    added to the customer's: quantities are summed, then capped by stock and by the limit of an order, never below what
    the customer had; what isn't for sale any more is left out. What the customer's cart lacks (addresses, method, note)
    comes from the guest's, which is closed as merged. What either held is given back then, while a cart that is taken
    over as it is keeps its hold. Claiming again changes nothing.

    Raises:
        NotAuthenticated: nobody is logged in as a person.
        CartNotFound: there is no such cart, or it is another customer's.
        CartClosed: the guest's cart was ordered or has expired.
        Busy: the customer opened another cart at the same moment; try again.
    """
    if caller.user_id is None:
        raise NotAuthenticated("Only a customer's account can take a cart over: log in and send the access token.")
    at = clock.now()
    found = cart_get(cart_id, caller)
    own_id = open_cart_id(customer_id=caller.user_id, market_id=found.market_id)
    locked = carts_for_update([cart_id] if own_id is None else [cart_id, own_id])
    guest = locked.get(cart_id)
    if guest is None or guest.customer_id not in {None, caller.user_id}:
        raise CartNotFound
    if guest.customer_id == caller.user_id:
        return quote_of(_led_to(guest, caller), at), ()
    assert_open(guest, at)
    own = None if own_id is None else locked.get(own_id)
    if own is None or own.status_at(at) != Cart.Status.OPEN:
        return _take_over(guest, caller.user_id, at), ()
    return _merge(guest, own, at, actor=caller.actor)


def _led_to(cart: Cart, caller: Caller) -> Cart:
    """Return where a cart that was claimed before went: into another one, or nowhere."""
    return cart if cart.merged_into_id is None else cart_get(cart.merged_into_id, caller)


def _take_over(guest: Cart, customer_id: uuid.UUID, at: datetime) -> CartQuote:
    lines = cart_lines(guest)
    customer_cart_expire(customer_id=customer_id, market_id=guest.market_id, at=at)
    guest.customer_id = customer_id
    guest.email = guest.email or email_of(customer_id)
    try:
        with transaction.atomic():
            cart_save(guest, at, "customer", "email")
    except IntegrityError as error:
        raise Busy("You opened another cart at this very moment; claim this one again.") from error
    return quote_with(guest, lines, facts_for(guest, [line.variant_id for line in lines], at), at)


def _merge(guest: Cart, own: Cart, at: datetime, *, actor: str) -> tuple[CartQuote, tuple[MergedLine, ...]]:
    guest_lines, lines = cart_lines(guest), cart_lines(own)
    taken = {name: getattr(guest, name) for name in _TAKEN_OVER if not getattr(own, name) and getattr(guest, name)}
    for name, value in taken.items():
        setattr(own, name, value)
    codes_move(guest, own)
    facts = facts_for(own, [line.variant_id for line in (*lines, *guest_lines)], at)
    merged = _merged(guest_lines, lines, facts)
    lines = lines_write(lines, _lines_of(own, lines, guest_lines, merged))
    held = holds_end(own, guest)
    cart_save(own, at, *taken)
    guest.status, guest.customer_id, guest.merged_into = Cart.Status.MERGED, own.customer_id, own
    cart_save(guest, at, "status", "customer", "merged_into")
    holds_release(held, actor=actor)
    return quote_with(own, lines, facts, at), merged


def _merged(guest_lines: Sequence[CartLine], lines: Sequence[CartLine], facts: CartFacts) -> tuple[MergedLine, ...]:
    held = {line.variant_id: line.quantity for line in lines}
    room = MAX_LINES - len(lines)
    merged = []
    for line in guest_lines:
        own_quantity = held.get(line.variant_id, 0) if line.variant_id is not None else 0
        quantity, reason = _capped(line, own_quantity, facts)
        if quantity and not own_quantity:
            quantity, reason, room = (quantity, reason, room - 1) if room else (0, "cart_full", 0)
        merged.append(
            MergedLine(
                variant_id=line.variant_id,
                title=line.title,
                guest_quantity=line.quantity,
                own_quantity=own_quantity,
                quantity=quantity,
                reason=reason,
            )
        )
    return tuple(merged)


def _capped(line: CartLine, own_quantity: int, facts: CartFacts) -> tuple[int, str | None]:
    """Return how many there are of a line's variant after the merge, and why not all of both."""
    if facts.variant_of(line) is None:
        return own_quantity, "variant_unavailable"
    together = own_quantity + line.quantity
    maximum, available = maximum_of(line.variant_id, facts), facts.available_of(line.variant_id)
    cap = maximum if available is None else min(maximum, available)
    if together <= cap:
        return together, None
    return max(own_quantity, cap), "stock_insufficient" if cap == available else "quantity_too_large"


def _lines_of(
    own: Cart, lines: Sequence[CartLine], guest_lines: Sequence[CartLine], merged: Sequence[MergedLine]
) -> list[CartLine]:
    """Return the lines that the merge makes or changes. A new one keeps the price that the guest saw."""
    by_variant: Mapping[uuid.UUID | None, CartLine] = {line.variant_id: line for line in lines}
    written = []
    for guest_line, result in zip(guest_lines, merged, strict=True):
        if result.quantity in {0, result.own_quantity}:
            continue
        line = by_variant.get(guest_line.variant_id) or CartLine(
            cart=own,
            variant_id=guest_line.variant_id,
            seen_unit_amount=guest_line.seen_unit_amount,
            title=guest_line.title,
            created_at=guest_line.created_at,
        )
        line.quantity = result.quantity
        written.append(line)
    return written
