"""Every read of carts, scoped to the caller. What a cart comes to is quoting.py."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Lower

from cart.exceptions import CartClosed, CartNotFound
from cart.models import Cart, CartCode, CartLine, OutsideAnswer
from core import clock
from core.emails import email_spellings
from core.problems import PermissionRefused
from products.models import Variant
from promotions.models import Code
from promotions.selectors import Entered
from shipping.models import ShippingMethod
from users.callers import Caller
from users.models import User


def cart_get(cart_id: uuid.UUID, caller: Caller) -> Cart:
    """Return a cart with its market, whatever its status. One query.

    A guest's cart is for whoever holds its id, a customer's for the customer, any for a caller with `orders:read`.

    Raises:
        CartNotFound: there is none, or it is somebody else's.
    """
    return _readable(_carts(), cart_id, caller)


def cart_for_update(cart_id: uuid.UUID, caller: Caller) -> Cart:
    """Return a cart like `cart_get`, with its row locked until the transaction ends. One query.

    Its lines are changed under this lock only, so they stay as they are too. Whether it is still open is asked by
    `assert_open`.

    Raises:
        CartNotFound: there is none, or it is somebody else's.
        PermissionRefused: the caller may read this customer's cart and not change it.
    """
    cart = _readable(_carts().select_for_update(no_key=True, of=("self",)), cart_id, caller)
    if not _is_own(cart, caller):
        raise PermissionRefused("Only the customer can change or order this cart.")
    return cart


def carts_for_update(cart_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Cart]:
    """Return carts by id, locked in the order of their ids so that two callers never wait for each other. One query.

    Not scoped: the caller of this has shown already that the carts are theirs.
    """
    carts = _carts().select_for_update(no_key=True, of=("self",)).filter(id__in=cart_ids).order_by("id")
    return {cart.id: cart for cart in carts}


def cart_list(caller: Caller) -> QuerySet[Cart]:
    """Return the customer's own open carts, one a market at the most, each with `line_count` and `quantity`."""
    carts = _carts().annotate(line_count=Count("lines"), quantity=Sum("lines__quantity", default=0))
    if caller.user_id is None:
        return carts.none()
    return carts.filter(customer_id=caller.user_id, status=Cart.Status.OPEN, expires_at__gt=clock.now())


def open_cart_id(*, customer_id: uuid.UUID, market_id: uuid.UUID) -> uuid.UUID | None:
    """Return the customer's cart in a market that has the status open, expired or not. Not locked."""
    carts = Cart.objects.filter(customer_id=customer_id, market_id=market_id, status=Cart.Status.OPEN)
    return carts.values_list("id", flat=True).first()


def cart_lines(cart: Cart) -> list[CartLine]:
    """Return the cart's lines in the order they were added, and load its method and pick-up point. One query.

    The method is read beside the lines, after the lock: joined to the locking statement itself, it would be as old as
    that statement's snapshot, which was taken before the wait for the lock (PostgreSQL re-reads the locked row only).
    """
    lines = list(CartLine.objects.filter(cart=cart).select_related("cart__shipping_method", "cart__pickup_point"))
    if lines:
        cart.shipping_method = lines[0].cart.shipping_method
        cart.pickup_point = lines[0].cart.pickup_point
    elif cart.shipping_method_id is not None:
        cart.shipping_method = ShippingMethod.objects.get(id=cart.shipping_method_id)
    return lines


def cart_ids_to_expire(at: datetime, *, limit: int) -> list[uuid.UUID]:
    """Return ids of carts that are open past their time, locked; one that somebody is changing is passed over."""
    carts = Cart.objects.select_for_update(skip_locked=True).filter(status=Cart.Status.OPEN, expires_at__lte=at)
    return list(carts.order_by("expires_at").values_list("id", flat=True)[:limit])


def variant_ids_of_skus(skus: Collection[str]) -> dict[str, uuid.UUID]:
    """Return the variants of SKUs; unknown ones are left out. One query, or none without SKUs."""
    return dict(Variant.objects.filter(sku__in=set(skus)).values_list("sku", "id")) if skus else {}


def email_of(user_id: uuid.UUID | None) -> str:
    """Return a customer's address for a new cart; blank for a guest. One query, or none for a guest."""
    found = None if user_id is None else User.objects.filter(id=user_id).values_list("email", flat=True).first()
    return found or ""


def entered_codes(cart: Cart) -> QuerySet[Code]:
    """Return the codes in a cart, to be asked for within another query."""
    return Code.objects.filter(id__in=CartCode.objects.filter(cart=cart).values("code_id"))


def codes_of(cart: Cart) -> list[Entered]:
    """Return the codes in a cart in the order they were entered. One query."""
    rows = CartCode.objects.filter(cart=cart).select_related("code").order_by("id")
    return [Entered(row.code_id, row.code.code, row.code.promotion_id, row.code.use_limit) for row in rows]


def outside_answers(cart: Cart) -> dict[tuple[str, str], OutsideAnswer]:
    """Return what services outside answered last about a cart, by kind and service. One query."""
    return {(kept.kind, kept.service): kept for kept in OutsideAnswer.objects.filter(cart=cart)}


def is_first_order(customer_id: uuid.UUID | None, addresses: Iterable[str]) -> bool:
    """Tell whether nobody of this account or these addresses has an order that isn't cancelled. One query.

    Until there is either it would be the first.
    """
    ordered = Cart.objects.filter(status=Cart.Status.ORDERED).exclude(order__status="cancelled").order_by()
    emails = {spelling for address in addresses if address for spelling in email_spellings(address)}
    by_address = ordered.annotate(lowered=Lower("email")).filter(lowered__in=emails)
    by_account = ordered.filter(order__customer_id=customer_id)
    if customer_id is None:
        return not (emails and by_address.exists())
    return not by_account.values("id").union(by_address.values("id"), all=True).exists()


def assert_open(cart: Cart, at: datetime) -> None:
    """State that the cart can still be changed.

    Raises:
        CartClosed: it was ordered (`order_id` names the order), merged (`merged_into`, the cart) or has expired.
    """
    status = cart.status_at(at)
    if status == Cart.Status.OPEN:
        return
    detail = {
        Cart.Status.ORDERED: "This cart has been ordered; start a new one.",
        Cart.Status.MERGED: "This cart was merged into another one; go on with that.",
        Cart.Status.EXPIRED: "This cart has expired; start a new one.",
    }[Cart.Status(status)]
    facts = {"order_id": order_id_of(cart), "merged_into": cart.merged_into_id}
    known: dict[str, Any] = {name: str(value) for name, value in facts.items() if value is not None}
    raise CartClosed(detail, cart_status=str(status), **known)


def order_id_of(cart: Cart) -> uuid.UUID | None:
    """Return the id of the order that a cart was made into. One query for an ordered cart, none for others."""
    if cart.status != Cart.Status.ORDERED:
        return None
    return Cart.objects.filter(id=cart.id).values_list("order__id", flat=True).first()


def _carts() -> QuerySet[Cart]:
    return Cart.objects.select_related("market")


def _readable(carts: QuerySet[Cart], cart_id: uuid.UUID, caller: Caller) -> Cart:
    if not caller.may("orders:read"):
        carts = carts.filter(Q(customer=None) | Q(customer_id=caller.user_id))
    cart = carts.filter(id=cart_id).first()
    if cart is None:
        raise CartNotFound
    return cart


def _is_own(cart: Cart, caller: Caller) -> bool:
    return cart.customer_id is None or cart.customer_id == caller.user_id
