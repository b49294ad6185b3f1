"""Holding a cart's goods while its buyer is at the check-out."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings

from cart.exceptions import CartEmpty
from cart.facts import facts_for
from cart.models import Cart
from cart.quoting import CartQuote, quote_of, quote_with
from cart.selectors import cart_lines
from cart.sending import shipping_country
from cart.services.writing import (
    WantedLine,
    cart_save,
    expiry_of,
    holds_end,
    holds_release,
    lines_check,
    open_cart,
)
from core import clock
from core.transactions import entry, run_last
from inventory.exceptions import StockInsufficient
from inventory.services import ReserveRequest, stock_reserve
from users.callers import Caller


@entry
def cart_hold(*, cart_id: uuid.UUID, caller: Caller, versions: Collection[int] | None = None) -> CartQuote:
    """Keep the goods of all lines for the buyer for CART_HOLD_MINUTES from now; holding again begins anew.

    With the gifts that promotions add; all of them or none. Any change of the lines gives them back, the cart's order
    takes them over, and past the end they are anybody's without a job having run. Locks: the cart, then the stock by
    primary key, as the last step.

    Raises:
        CartNotFound, PermissionRefused, CartClosed, CartChanged: the cart can't be changed so.
        CartEmpty: there is nothing to hold.
        VariantUnavailable, QuantityTooLarge, StockInsufficient: a line can't be had; what was held before stays held.
    """
    at = clock.now()
    cart = open_cart(cart_id=cart_id, caller=caller, versions=versions, at=at)
    lines = cart_lines(cart)
    if not lines:
        raise CartEmpty
    facts = facts_for(cart, [line.variant_id for line in lines], at)
    lines_check(
        [WantedLine(line.variant_id, line.quantity, f"/lines/{index}") for index, line in enumerate(lines)], facts
    )
    # No longer than the cart itself, which may then expire without a look at the stock.
    cart.held_until = min(at + timedelta(minutes=settings.CART_HOLD_MINUTES), expiry_of(cart.customer_id, at))
    cart_save(cart, at)
    quote = quote_with(cart, lines, facts, at)
    requests = _requests_of(quote)
    run_last(lambda: _reserve(cart, requests, until=cart.held_until, actor=caller.actor))
    return quote


@entry
def cart_hold_end(*, cart_id: uuid.UUID, caller: Caller, versions: Collection[int] | None = None) -> CartQuote:
    """Give back what a cart holds; one that holds nothing stays as it is.

    Raises:
        CartNotFound, PermissionRefused, CartClosed, CartChanged: the cart can't be changed.
    """
    at = clock.now()
    cart = open_cart(cart_id=cart_id, caller=caller, versions=versions, at=at)
    quote = quote_of(cart, at)
    held = holds_end(cart)
    if held:
        cart_save(cart, at)
        holds_release(held, actor=caller.actor)
    return quote


def _requests_of(quote: CartQuote) -> list[ReserveRequest]:
    """Return what is to be held, each variant once: lines in their order, then gifts of what no line is of."""
    requests: dict[uuid.UUID, ReserveRequest] = {}
    for line in quote.lines:
        if line.variant_id is None:
            continue
        known = requests.get(line.variant_id)
        requests[line.variant_id] = (
            replace(known, quantity=known.quantity + line.quantity)
            if known is not None
            else ReserveRequest(line.id, line.variant_id, line.quantity, is_tracked=line.is_stock_tracked)
        )
    return list(requests.values())


def _reserve(cart: Cart, requests: Sequence[ReserveRequest], *, until: datetime | None, actor: str) -> None:
    try:
        stock_reserve(requests=requests, cart_id=cart.id, country=shipping_country(cart), expires_at=until, actor=actor)
    except StockInsufficient as refusal:
        # Somebody was faster than this transaction could see; told as the check of the lines would have.
        # Of a gift too: its place is behind the cart's own lines, where the answer's lines have it.
        shortages = [replace(shortage, pointer=f"/lines/{shortage.index}/quantity") for shortage in refusal.shortages]
        raise StockInsufficient(shortages) from refusal
