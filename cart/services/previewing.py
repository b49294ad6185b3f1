"""What a cart would come to, for staff who set the shop up: a cart that is made, reckoned up and never kept."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

from cart.models import Cart, CartLine
from cart.offering import Offers, offers_of
from cart.outside import Question
from cart.quoting import CartQuote, quote_of
from cart.sending import destination_of
from cart.services.asking import ATTEMPTS, Asked, answers_keep, asked
from cart.services.codes import cart_code_add
from cart.services.writing import expiry_of
from core import clock
from core.transactions import try_out
from markets.models import Market
from shipping.models import ShippingMethod
from shipping.selectors import offered_methods, pickup_point_list
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

    A customer's own open cart in the market is left as it is. Carriers and tax services are asked as for any cart:
    between two tries, so that no transaction waits for them.

    Raises:
        CodeUnknown, CodeRefused, CodesFull: a code can't be entered.
        AmountTooLarge: a line or a total passes the largest amount that is reckoned with.
    """
    answers: dict[tuple[str, str], Asked] = {}
    for _ in range(ATTEMPTS):
        quote, unasked = try_out(partial(_preview, wish, answers.values()))
        if not unasked:
            break
        answers |= {(one.question.kind, one.question.service): one for one in asked(unasked)}
    return quote


def _preview(wish: PreviewWish, answers: Collection[Asked]) -> tuple[CartQuote, tuple[Question, ...]]:
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
    if answers:
        answers_keep(cart.id, answers)
    offers = offers_of(quote_of(cart, clock.now()))
    cart.shipping_method = _chosen(wish, cart, offers)
    if cart.shipping_method is not None:
        cart.pickup_point = pickup_point_list(method_id=cart.shipping_method_id).filter(is_active=True).first()
    cart.save(update_fields=["shipping_method", "pickup_point"])
    quote = quote_of(cart, clock.now())
    return quote, tuple(dict.fromkeys((*quote.unasked, *offers.unasked)))


def _chosen(wish: PreviewWish, cart: Cart, offers: Offers) -> ShippingMethod | None:
    """Return the wanted method, whether or not it takes these goods; else the first that does."""
    first = next((option.code for option in offers.options if option.kind == ShippingMethod.Kind.DELIVERY), None)
    wanted = first if wish.shipping_method_code is None else wish.shipping_method_code
    return next((one for one in offered_methods(wish.market, destination_of(cart)) if one.code == wanted), None)
