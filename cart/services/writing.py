"""Parts that every write of a cart is made of: locking it, writing its lines, making its next version."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db.models import F

from cart.exceptions import CartChanged, CartFull, QuantityTooLarge, VariantUnavailable
from cart.facts import CartFacts
from cart.models import MAX_LINES, MAX_QUANTITY, Cart, CartLine
from cart.selectors import assert_open, cart_for_update
from core.problems import FieldError
from core.transactions import assert_in_transaction, run_last
from inventory.exceptions import Shortage, StockInsufficient
from inventory.services import stock_release_carts
from users.callers import Caller

GUEST_LIFETIME = timedelta(days=30)
CUSTOMER_LIFETIME = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class WantedLine:
    """A variant (None: what was asked for is unknown) and the quantity that its line is to have.

    `pointer` is where the request speaks of the line, `name` the field that names the variant there.
    """

    variant_id: uuid.UUID | None
    quantity: int
    pointer: str = ""
    name: str = "variant_id"


def open_cart(*, cart_id: uuid.UUID, caller: Caller, versions: Collection[int] | None, at: datetime) -> Cart:
    """Lock a cart that is to be changed. `versions` are those that the client may have seen, None being any.

    Raises:
        CartNotFound, PermissionRefused, CartClosed: as the selectors say.
        CartChanged: the cart's version is none of them.
    """
    assert_in_transaction()
    cart = cart_for_update(cart_id, caller)
    assert_open(cart, at)
    if versions is not None and cart.version not in versions:
        raise CartChanged
    return cart


def lines_check(wanted: Sequence[WantedLine], facts: CartFacts) -> None:
    """State that every wanted line can be had in full. Nothing is lowered in silence.

    Raises:
        VariantUnavailable, QuantityTooLarge, StockInsufficient: with the place of each such line.
    """
    unavailable = [line for line in wanted if line.variant_id not in facts.variants]
    if unavailable:
        raise VariantUnavailable(
            errors=tuple(
                FieldError(VariantUnavailable.code, VariantUnavailable.title, f"{line.pointer}/{line.name}")
                for line in unavailable
            )
        )
    limits = [(line, maximum_of(line.variant_id, facts)) for line in wanted]
    excessive = [(line, maximum) for line, maximum in limits if line.quantity > maximum]
    if excessive:
        errors = tuple(
            FieldError(
                QuantityTooLarge.code, f"One order can have {maximum} of this at the most.", f"{line.pointer}/quantity"
            )
            for line, maximum in excessive
        )
        raise QuantityTooLarge(errors[0].detail, errors=errors, maximum_quantity=excessive[0][1])
    shortages = [
        Shortage(index, line.variant_id, line.quantity, available, f"{line.pointer}/quantity")
        for index, line in enumerate(wanted)
        if line.variant_id is not None
        and (available := facts.available_of(line.variant_id)) is not None
        and line.quantity > available
    ]
    if shortages:
        raise StockInsufficient(shortages)


def maximum_of(variant_id: uuid.UUID | None, facts: CartFacts) -> int:
    """Return how many of a variant one order can have, whatever the stock."""
    variant = None if variant_id is None else facts.variants.get(variant_id)
    maximum = variant.max_quantity if variant is not None else None
    return MAX_QUANTITY if maximum is None else min(maximum, MAX_QUANTITY)


def lines_put(
    cart: Cart, lines: Sequence[CartLine], wanted: Iterable[WantedLine], facts: CartFacts, at: datetime
) -> list[CartLine]:
    """Give checked variants their quantity and the price of now, and return all lines. One statement.

    Part: the caller holds the cart's lock and has checked `wanted` with `lines_check`.
    """
    by_variant = {line.variant_id: line for line in lines}
    written = []
    for index, wish in enumerate(wanted):
        line = by_variant.get(wish.variant_id)
        if line is None:
            # Lines of one request keep its order: no two of them have the same time.
            line = CartLine(cart=cart, variant_id=wish.variant_id, created_at=at + timedelta(microseconds=index))
        variant = facts.variant_of(line)
        if variant is not None:
            line.quantity, line.seen_unit_amount = wish.quantity, variant.price_of(wish.quantity).amount
            line.title = variant.product_title
            written.append(line)
    return lines_write(lines, written)


def lines_write(lines: Sequence[CartLine], written: Sequence[CartLine]) -> list[CartLine]:
    """Store new and changed lines and return all lines in order. One statement; none if nothing is written.

    Raises:
        CartFull: the cart would have more lines than it can take.
    """
    assert_in_transaction()
    known = {line.id for line in lines}
    together = [*lines, *(line for line in written if line.id not in known)]
    if len(together) > MAX_LINES:
        raise CartFull(f"A cart takes {MAX_LINES} lines at the most.", maximum_lines=MAX_LINES)
    if written:
        CartLine.objects.bulk_create(
            written,
            update_conflicts=True,
            unique_fields=["cart", "variant"],
            update_fields=["quantity", "seen_unit_amount", "title"],
        )
    return together


def lines_remove(lines: Sequence[CartLine]) -> None:
    """Delete lines of a locked cart. One statement; none if there are no lines."""
    assert_in_transaction()
    if lines:
        CartLine.objects.filter(id__in=[line.id for line in lines]).delete()


def cart_save(cart: Cart, at: datetime, *fields: str) -> None:
    """Store changed fields as the cart's next version, and give the cart a new lease of life. One statement."""
    assert_in_transaction()
    cart.version += 1
    cart.updated_at = at
    cart.expires_at = expiry_of(cart.customer_id, at)
    cart.save(update_fields=["version", "updated_at", "expires_at", "held_until", *fields])


def lines_save(cart: Cart, at: datetime, *, actor: str) -> None:
    """Store the next version of a cart whose lines have changed: what was held for them goes back, as the last step."""
    held = holds_end(cart)
    cart_save(cart, at)
    holds_release(held, actor=actor)


def holds_end(*carts: Cart) -> list[uuid.UUID]:
    """Let locked carts hold nothing from their next version on; return those that have something to release."""
    held = [cart.id for cart in carts if cart.held_until is not None]
    for cart in carts:
        cart.held_until = None
    return held


def holds_release(cart_ids: Sequence[uuid.UUID], *, actor: str) -> None:
    """Give back what carts held, after everything else is written. One statement; none if there are no such carts."""
    if cart_ids:
        run_last(partial(stock_release_carts, cart_ids=cart_ids, reason="Held for a cart no more.", actor=actor))


def customer_cart_expire(*, customer_id: uuid.UUID, market_id: uuid.UUID, at: datetime) -> None:
    """Mark a customer's cart that is past its time, so that it doesn't stand in a new one's way. One statement.

    What it held needs no release: a hold ends with its cart at the latest, and what is past its time is anybody's.
    """
    assert_in_transaction()
    over = Cart.objects.filter(
        customer_id=customer_id, market_id=market_id, status=Cart.Status.OPEN, expires_at__lte=at
    )
    over.update(status=Cart.Status.EXPIRED, version=F("version") + 1, updated_at=at)


def expiry_of(customer_id: uuid.UUID | None, at: datetime) -> datetime:
    """Return when a cart that was changed now expires: a guest's sooner than a customer's."""
    return at + (GUEST_LIFETIME if customer_id is None else CUSTOMER_LIFETIME)
