"""Entering codes in a cart and taking them out again. What a code gives is asked each time the cart is reckoned up."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from cart.crediting import why_not
from cart.exceptions import CodeRefused, CodesFull, CodeUnknown
from cart.models import MAX_CODES, Cart, CartCode
from cart.quoting import CartQuote, quote_of
from cart.selectors import codes_of
from cart.services.writing import cart_save, open_cart
from core import clock
from core.transactions import assert_in_transaction, entry
from promotions.credit.exceptions import GiftCardNotFound
from promotions.credit.selectors import gift_card_by_code
from promotions.exceptions import CodeNotFound
from promotions.models import Code
from promotions.selectors import code_of
from promotions.wording import LASTING
from users.callers import Caller


@entry
def cart_code_add(
    *, cart_id: uuid.UUID, caller: Caller, code: str, versions: Collection[int] | None = None
) -> CartQuote:
    """Enter a promotion's or a gift card's code in a cart, however it is written; one that is in it already stays.

    A code that gives nothing yet is taken: what it waits for is told with it. One that can't give anything to this
    cart whatever is put into it is refused.

    Raises:
        CartNotFound, PermissionRefused, CartClosed, CartChanged: the cart can't be changed so.
        CodeUnknown: there is no such code.
        CodeRefused: it is a gift card's that can't pay here, or it has expired, is used up, or is for another market
            or no first order; `reason` says which.
        CodesFull: the cart has as many codes as it takes.
    """
    at = clock.now()
    cart = open_cart(cart_id=cart_id, caller=caller, versions=versions, at=at)
    found = code_of(code)
    if found is None:
        return _card_add(cart, code, at)
    entered = codes_of(cart)
    if any(one.code_id == found.id for one in entered):
        return quote_of(cart, at)
    if len(entered) >= MAX_CODES:
        raise CodesFull(f"A cart takes {MAX_CODES} codes at the most.", maximum_codes=MAX_CODES)
    if any(one.promotion_id == found.promotion_id for one in entered):
        raise CodeRefused("Another code of the same promotion is in the cart already.", reason="another_is_better")
    CartCode.objects.create(cart=cart, code=found)
    cart_save(cart, at)
    quote = quote_of(cart, at)
    state = next(state for state in quote.codes if state.code == found.code)
    if state.reason in LASTING:
        raise CodeRefused(state.detail, reason=state.reason)
    return quote


@entry
def cart_code_remove(
    *, cart_id: uuid.UUID, caller: Caller, code: str, versions: Collection[int] | None = None
) -> CartQuote:
    """Take a code out of a cart.

    Raises:
        CodeNotFound: it isn't in the cart.
        CartNotFound, PermissionRefused, CartClosed, CartChanged: the cart can't be changed.
    """
    at = clock.now()
    cart = open_cart(cart_id=cart_id, caller=caller, versions=versions, at=at)
    removed, _ = CartCode.objects.filter(cart=cart, code__code=code.strip().upper()).delete()
    if not removed:
        raise CodeNotFound("This code is not in the cart.")
    cart_save(cart, at)
    return quote_of(cart, at)


@entry
def cart_gift_card_remove(
    *, cart_id: uuid.UUID, caller: Caller, card_id: uuid.UUID, versions: Collection[int] | None = None
) -> CartQuote:
    """Take a gift card out of a cart.

    Raises:
        GiftCardNotFound: it isn't in the cart.
        CartNotFound, PermissionRefused, CartClosed, CartChanged: the cart can't be changed.
    """
    at = clock.now()
    cart = open_cart(cart_id=cart_id, caller=caller, versions=versions, at=at)
    if card_id not in cart.gift_card_ids:
        raise GiftCardNotFound("This gift card is not in the cart.")
    cart.gift_card_ids = [known for known in cart.gift_card_ids if known != card_id]
    cart_save(cart, at, "gift_card_ids")
    return quote_of(cart, at)


def _card_add(cart: Cart, code: str, at: datetime) -> CartQuote:
    """Let a gift card pay for a locked cart, if the code is one's and it can; one that is in it already stays."""
    card = gift_card_by_code(code)
    if card is None:
        raise CodeUnknown
    if card.id in cart.gift_card_ids:
        return quote_of(cart, at)
    reason = why_not(card, cart.market.currency, at)
    if reason is not None:
        raise CodeRefused(reason[1], reason=reason[0])
    if len(cart.gift_card_ids) >= MAX_CODES:
        raise CodesFull(f"A cart takes {MAX_CODES} gift cards at the most.", maximum_codes=MAX_CODES)
    cart.gift_card_ids = [*cart.gift_card_ids, card.id]
    cart_save(cart, at, "gift_card_ids")
    return quote_of(cart, at)


def codes_move(guest: Cart, own: Cart) -> None:
    """Let a cart have another one's codes, as many as it takes, one of each promotion. Two statements.

    Part: the caller holds both carts' locks.
    """
    assert_in_transaction()
    room = max(MAX_CODES - CartCode.objects.filter(cart=own).count(), 0)
    known = Code.objects.filter(id__in=CartCode.objects.filter(cart=own).values("code_id")).values("promotion_id")
    moved = CartCode.objects.filter(cart=guest).exclude(code__promotion_id__in=known).order_by("id").values("id")
    CartCode.objects.filter(id__in=moved[:room]).update(cart=own)
