"""Adding, changing, replacing and removing the lines of a cart. What the cart held for them goes back."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from cart.exceptions import CartLineNotFound
from cart.facts import facts_for
from cart.models import CartLine
from cart.quoting import CartQuote, quote_with
from cart.selectors import cart_lines, variant_ids_of_skus
from cart.services.writing import WantedLine, lines_check, lines_put, lines_remove, lines_save, open_cart
from core import clock
from core.transactions import entry
from users.callers import Caller


@dataclass(frozen=True, slots=True)
class LineWish:
    """So many of a variant, named by its id or its SKU; `pointer` is where the request says so."""

    quantity: int
    variant_id: uuid.UUID | None = None
    sku: str | None = None
    pointer: str = ""


@entry
def cart_line_add(
    *, cart_id: uuid.UUID, caller: Caller, wish: LineWish, versions: Collection[int] | None = None
) -> CartQuote:
    """Put a quantity of a variant into a cart, on top of what it has of it.

    Raises:
        CartNotFound, PermissionRefused, CartClosed, CartChanged: the cart can't be changed so.
        VariantUnavailable, QuantityTooLarge, StockInsufficient, CartFull, AmountTooLarge: it can't be added.
    """
    at = clock.now()
    cart = open_cart(cart_id=cart_id, caller=caller, versions=versions, at=at)
    lines = cart_lines(cart)
    (wanted,) = wanted_lines([wish])
    held = next((line.quantity for line in lines if line.variant_id == wanted.variant_id and wanted.variant_id), 0)
    facts = facts_for(cart, [*_variants(lines), wanted.variant_id], at)
    together = replace(wanted, quantity=held + wanted.quantity)
    lines_check([together], facts)
    lines = lines_put(cart, lines, [together], facts, at)
    lines_save(cart, at, actor=caller.actor)
    return quote_with(cart, lines, facts, at)


@entry
def cart_line_change(
    *,
    cart_id: uuid.UUID,
    line_id: uuid.UUID,
    caller: Caller,
    quantity: int | None = None,
    versions: Collection[int] | None = None,
) -> CartQuote:
    """Give a line another quantity (None leaves it). If its price has changed, the new one counts as seen then.

    Raises:
        CartLineNotFound: the cart has no such line. Else as `cart_line_add`.
    """
    at = clock.now()
    cart = open_cart(cart_id=cart_id, caller=caller, versions=versions, at=at)
    lines = cart_lines(cart)
    line = _line(lines, line_id)
    facts = facts_for(cart, _variants(lines), at)
    wanted = WantedLine(line.variant_id, line.quantity if quantity is None else quantity, name="quantity")
    lines_check([wanted], facts)
    lines = lines_put(cart, lines, [wanted], facts, at)
    lines_save(cart, at, actor=caller.actor)
    return quote_with(cart, lines, facts, at)


@entry
def cart_line_remove(
    *, cart_id: uuid.UUID, line_id: uuid.UUID, caller: Caller, versions: Collection[int] | None = None
) -> CartQuote:
    """Take a line out of a cart.

    Raises:
        CartLineNotFound: the cart has no such line.
        CartNotFound, PermissionRefused, CartClosed, CartChanged: the cart can't be changed.
    """
    at = clock.now()
    cart = open_cart(cart_id=cart_id, caller=caller, versions=versions, at=at)
    lines = cart_lines(cart)
    removed = _line(lines, line_id)
    lines_remove([removed])
    lines = [line for line in lines if line is not removed]
    facts = facts_for(cart, _variants(lines), at)
    lines_save(cart, at, actor=caller.actor)
    return quote_with(cart, lines, facts, at)


@entry
def cart_lines_replace(
    *, cart_id: uuid.UUID, caller: Caller, wishes: Sequence[LineWish], versions: Collection[int] | None = None
) -> CartQuote:
    """Make these the lines of a cart, all of them. A variant that stays keeps its line; wishes of one variant add up.

    Raises:
        As `cart_line_add`; the errors name each wish that can't be had.
    """
    at = clock.now()
    cart = open_cart(cart_id=cart_id, caller=caller, versions=versions, at=at)
    lines = cart_lines(cart)
    wanted = wanted_lines(wishes)
    ids = {line.variant_id for line in wanted}
    kept = [line for line in lines if line.variant_id in ids and line.variant_id is not None]
    lines_remove([line for line in lines if line not in kept])
    facts = facts_for(cart, ids, at)
    lines_check(wanted, facts)
    lines = lines_put(cart, kept, wanted, facts, at)
    lines_save(cart, at, actor=caller.actor)
    return quote_with(cart, lines, facts, at)


def wanted_lines(wishes: Sequence[LineWish]) -> list[WantedLine]:
    """Return what is wanted of which variant: names resolved, wishes of one variant added up, in their order."""
    by_sku = variant_ids_of_skus([wish.sku for wish in wishes if wish.sku is not None])
    wanted: dict[object, WantedLine] = {}
    for wish in wishes:
        variant_id = wish.variant_id if wish.sku is None else by_sku.get(wish.sku)
        name = "variant_id" if wish.sku is None else "sku"
        # What is unknown is kept apart, so that each place of it is named.
        key = wish.pointer if variant_id is None else variant_id
        line = wanted.get(key, WantedLine(variant_id, 0, wish.pointer, name))
        wanted[key] = replace(line, quantity=line.quantity + wish.quantity)
    return list(wanted.values())


def _line(lines: Sequence[CartLine], line_id: uuid.UUID) -> CartLine:
    line = next((line for line in lines if line.id == line_id), None)
    if line is None:
        raise CartLineNotFound
    return line


def _variants(lines: Sequence[CartLine]) -> list[uuid.UUID | None]:
    return [line.variant_id for line in lines]
