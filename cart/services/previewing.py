"""What a cart would come to, for staff who set the shop up: a cart that is made, reckoned up and never kept."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from cart.models import Cart, CartLine
from cart.quoting import CartQuote, quote_of
from cart.sending import destination_of
from cart.services.codes import cart_code_add
from cart.services.writing import expiry_of
from core import clock
from core.transactions import try_out
from markets.models import Market
from shipping.models import ShippingMethod
from shipping.offering import ShippingOption, offer_of
from shipping.selectors import offered_methods
from users.callers import GUEST, Caller


@dataclass(frozen=True, slots=True)
class PreviewWish:
    """Who buys how many of what, and where it goes."""

    market: Market
    wanted: Sequence[tuple[uuid.UUID, int]]
    country: str
    region: str = ""
    postal_code: str = ""
    customer_id: uuid.UUID | None = None
    vat_id: str = ""
    """As `vat_id_check` has it."""
    codes: Sequence[str] = ()
    shipping_method_code: str | None = None
    """None takes the first method that is offered."""


def cart_preview(*, wish: PreviewWish) -> CartQuote:
    """Return what a cart of this wish comes to now, by the same function as every quote. Nothing is kept.

    A customer's own open cart in the market is left as it is.

    Raises:
        CodeUnknown, CodeRefused, CodesFull: a code can't be entered.
        AmountTooLarge: a line or a total passes the largest amount that is reckoned with.
    """
    return try_out(partial(_preview, wish))


def _preview(wish: PreviewWish) -> CartQuote:
    at = clock.now()
    # One open cart per customer and market: theirs stands aside until the transaction is rolled back.
    theirs = Cart.objects.filter(customer_id=wish.customer_id, market=wish.market, status=Cart.Status.OPEN)
    if wish.customer_id is not None:
        theirs.update(status=Cart.Status.EXPIRED)
    cart = Cart.objects.create(
        market=wish.market,
        customer_id=wish.customer_id,
        language=wish.market.languages[0],
        email="preview@example.com",
        vat_id=wish.vat_id,
        shipping_address={"country": wish.country, "region": wish.region, "postal_code": wish.postal_code},
        expires_at=expiry_of(wish.customer_id, at),
    )
    CartLine.objects.bulk_create(
        CartLine(cart=cart, variant_id=variant_id, quantity=quantity, seen_unit_amount=0)
        for variant_id, quantity in wish.wanted
    )
    buyer = GUEST if wish.customer_id is None else Caller(user_id=wish.customer_id)
    for code in wish.codes:
        cart_code_add(cart_id=cart.id, caller=buyer, code=code)
    cart.shipping_method = _chosen(wish, quote_of(cart, at))
    cart.save(update_fields=["shipping_method"])
    return quote_of(cart, at)


def _chosen(wish: PreviewWish, quote: CartQuote) -> ShippingMethod | None:
    """Return the wanted method, whether or not it takes these goods; else the first that does."""
    methods = offered_methods(wish.market, destination_of(quote.cart))
    if wish.shipping_method_code is not None:
        return next((method for method in methods if method.code == wish.shipping_method_code), None)
    return next((method for method in methods if isinstance(offer_of(method, quote.goods), ShippingOption)), None)
