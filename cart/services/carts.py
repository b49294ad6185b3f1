"""Making, describing, dropping, ordering and expiring carts as a whole."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError

from cart.exceptions import CartExists, PickupPointUnavailable, ShippingMethodUnavailable
from cart.facts import facts_for
from cart.models import Cart, CartCode, CartLine, OutsideAnswer
from cart.quoting import CartQuote, quote_with
from cart.selectors import cart_ids_to_expire, cart_lines, email_of, open_cart_id
from cart.sending import destination_of
from cart.services.lines import LineWish, wanted_lines
from cart.services.writing import (
    cart_save,
    customer_cart_expire,
    expiry_of,
    holds_end,
    holds_release,
    lines_check,
    lines_put,
    open_cart,
)
from core import clock
from core.problems import FieldError
from core.transactions import assert_in_transaction, entry
from markets.selectors import language_for, market_for
from shipping.models import PickupPoint, ShippingMethod
from shipping.offering import NotOfferedReason
from shipping.selectors import active_pickup_point, offered_methods
from users.addresses import address_check
from users.callers import Caller
from users.vat_ids import vat_id_check

SWEPT_AT_ONCE = 1000


@entry
def cart_create(
    *,
    caller: Caller,
    market: str | None = None,
    language: str | None = None,
    accepted_languages: str = "",
    email: str = "",
    wishes: Sequence[LineWish] = (),
) -> CartQuote:
    """Open a cart in a market (the default one unless named), with its first lines.

    A customer has one open cart in a market; theirs begins with the e-mail address of the account.

    Raises:
        MarketUnknown, LanguageUnknown: the market or its language doesn't exist.
        CartExists: the customer has an open cart there; `cart_id` names it.
        VariantUnavailable, QuantityTooLarge, StockInsufficient, CartFull, AmountTooLarge: a line can't be had; no cart
            is made.
    """
    at = clock.now()
    found = market_for(market)
    cart = Cart(
        market=found,
        customer_id=caller.user_id,
        language=language_for(found.languages, wanted=language, accepted=accepted_languages),
        email=email or email_of(caller.user_id),
        expires_at=expiry_of(caller.user_id, at),
        created_at=at,
        updated_at=at,
    )
    _insert(cart)
    wanted = wanted_lines(wishes)
    facts = facts_for(cart, [line.variant_id for line in wanted], at)
    lines_check(wanted, facts)
    return quote_with(cart, lines_put(cart, [], wanted, facts, at), facts, at)


@entry
def cart_update(
    *, cart_id: uuid.UUID, caller: Caller, changes: Mapping[str, Any], versions: Collection[int] | None = None
) -> CartQuote:
    """Change what is said of a cart; None clears, an address or the metadata is replaced as a whole.

    `changes` holds any of `email`, `language`, `shipping_address`, `billing_address`, `shipping_method_code`,
    `pickup_point_code`, `vat_id`,
    `use_store_credit`, `note`, `metadata`.
    Another method than that of its point leaves the cart without a point.

    Raises:
        CartNotFound, PermissionRefused, CartClosed, CartChanged: the cart can't be changed so.
        PickupPointUnavailable: the cart's (new) method has no such point.
        AddressInvalid: an address breaks its country's rules.
        VatIdInvalid: the VAT id breaks its country's rules.
        LanguageUnknown: the market isn't kept in the language.
        ShippingMethodUnavailable: the method isn't offered to the cart's (new) address, or not for its goods.
    """
    checked = _checked(changes)
    at = clock.now()
    cart = open_cart(cart_id=cart_id, caller=caller, versions=versions, at=at)
    lines = cart_lines(cart)
    if "language" in checked:
        checked["language"] = language_for(cart.market.languages, wanted=checked["language"])
    code, point_code = checked.pop("shipping_method_code", None), checked.pop("pickup_point_code", None)
    for name, value in checked.items():
        setattr(cart, name, value)
    if "shipping_method_code" in changes:
        cart.shipping_method = None if code is None else _serving(cart, code)
        checked["shipping_method"] = cart.shipping_method
    if "pickup_point_code" in changes or cart.collected_at is None:
        cart.pickup_point = None if point_code is None else _point(cart, point_code)
        checked["pickup_point"] = cart.pickup_point
    cart_save(cart, at, *checked)
    quote = quote_with(cart, lines, facts_for(cart, [line.variant_id for line in lines], at), at)
    if code is not None:
        _assert_offered(quote)
    return quote


@entry
def cart_delete(*, cart_id: uuid.UUID, caller: Caller, versions: Collection[int] | None = None) -> None:
    """Drop an open cart and its lines, as if it had never been.

    Of a cart that has held stock the ledger speaks, so an empty one stays, expired and nobody's.

    Raises:
        CartNotFound, PermissionRefused, CartClosed, CartChanged: the cart can't be dropped.
    """
    at = clock.now()
    cart = open_cart(cart_id=cart_id, caller=caller, versions=versions, at=at)
    try:
        cart.delete()
    except ProtectedError:
        _empty(cart, at, actor=caller.actor)


def cart_mark_ordered(cart: Cart) -> None:
    """Consume a cart: it can be read from now on, and never changed or ordered again. One statement.

    What it holds is for the order to take over. Part: the caller holds the cart's lock, has seen it open
    (`assert_open`), and makes the order in this transaction.
    """
    assert_in_transaction()
    cart.status = Cart.Status.ORDERED
    cart.version += 1
    cart.updated_at = clock.now()
    cart.held_until = None
    cart.save(update_fields=["status", "version", "updated_at", "held_until"])


@entry
def carts_sweep() -> int:
    """Mark carts past their time as expired and return how many; a cart that is being changed is left for next time.

    What they held needs no release: a hold ends with its cart at the latest, and what is past its time is anybody's.
    What services outside said of any cart goes when it has expired, which is long before its cart.
    """
    at = clock.now()
    OutsideAnswer.objects.filter(expires_at__lte=at).delete()
    expired = Cart.objects.filter(id__in=cart_ids_to_expire(at, limit=SWEPT_AT_ONCE))
    return expired.update(status=Cart.Status.EXPIRED, version=F("version") + 1, updated_at=at)


def _empty(cart: Cart, at: datetime, *, actor: str) -> None:
    """Leave of a locked cart what the ledger names: nothing of its buyer, of its lines, and of what it held."""
    held = holds_end(cart)
    CartLine.objects.filter(cart=cart).delete()
    CartCode.objects.filter(cart=cart).delete()
    OutsideAnswer.objects.filter(cart=cart).delete()
    nothing: Mapping[str, Any] = {
        "customer": None,
        "email": "",
        "shipping_address": None,
        "billing_address": None,
        "vat_id": "",
        "shipping_method": None,
        "pickup_point": None,
        "note": "",
        "metadata": {},
        "status": Cart.Status.EXPIRED,
    }
    for name, value in nothing.items():
        setattr(cart, name, value)
    cart_save(cart, at, *nothing)
    holds_release(held, actor=actor)


def _insert(cart: Cart) -> None:
    if cart.customer_id is None:
        cart.save(force_insert=True)
        return
    customer_cart_expire(customer_id=cart.customer_id, market_id=cart.market_id, at=cart.created_at)
    try:
        with transaction.atomic():
            cart.save(force_insert=True)
    except IntegrityError as error:
        held = open_cart_id(customer_id=cart.customer_id, market_id=cart.market_id)
        raise CartExists(cart_id=None if held is None else str(held)) from error


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes as they are stored: nothing is null that can be blank, addresses and VAT ids are checked."""
    checked = dict(changes)
    for name, blank in {"email": "", "vat_id": "", "note": "", "metadata": {}}.items():
        if name in checked and checked[name] is None:
            checked[name] = blank
    if checked.get("vat_id"):
        checked["vat_id"] = vat_id_check(checked["vat_id"], pointer="/vat_id")
    for name in ("shipping_address", "billing_address"):
        if checked.get(name) is not None:
            checked[name] = address_check(checked[name], pointer=f"/{name}")
    return checked


def _serving(cart: Cart, code: str) -> ShippingMethod:
    place = destination_of(cart)
    methods = offered_methods(cart.market, place)
    method = next((method for method in methods if method.code == code), None)
    if method is None:
        known = ", ".join(method.code for method in methods) or "none"
        detail = f"To {place.country} there is no shipping method {code[:40]!r}; offered there: {known}."
        _unavailable(detail, NotOfferedReason.NOT_SERVED)
    return method


def _point(cart: Cart, code: str) -> PickupPoint:
    """Return an active point of the cart's pick-up method."""
    point = active_pickup_point(cart.shipping_method, code)
    if point is None:
        detail = "The cart's shipping method has no such pick-up point: choose one from its shipping options."
        error = FieldError(PickupPointUnavailable.code, detail, "/pickup_point_code")
        raise PickupPointUnavailable(detail, errors=(error,))
    return point


def _assert_offered(quote: CartQuote) -> None:
    """State that the method that was chosen just now is offered for the cart's goods; else nothing is kept."""
    problem = next((problem for problem in quote.problems if problem.code == ShippingMethodUnavailable.code), None)
    if problem is not None:
        _unavailable(problem.detail, problem.facts["reason"])


def _unavailable(detail: str, reason: str) -> NoReturn:
    error = FieldError(ShippingMethodUnavailable.code, detail, "/shipping_method_code")
    raise ShippingMethodUnavailable(detail, errors=(error,), reason=str(reason))
