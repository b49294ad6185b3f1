"""What stands between a cart and an order, told at every look at the cart instead of at the payment.

These are statements inside an answer, each with a code, a sentence, its line and its facts; refusals of a request are
exceptions.py. Pure: what is known is given.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cart.models import Cart, CartLine
from core.money import Money
from products.selectors import SellableVariant
from shipping.models import ShippingMethod
from shipping.offering import NotOffered


@dataclass(frozen=True, slots=True)
class CartProblem:
    """One thing that the buyer should know or mend. A problem that isn't blocking is news only."""

    code: str
    detail: str
    line_id: uuid.UUID | None = None
    is_blocking: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


def problems_of_line(
    line: CartLine, variant: SellableVariant | None, available: int | None, currency: str
) -> Iterator[CartProblem]:
    """Yield what is wrong with a line; `available` None is any number."""
    if line.variant_id is None:
        yield CartProblem("variant_gone", f"{line.title} no longer exists; remove it.", line.id)
    elif variant is None:
        yield CartProblem("variant_unavailable", f"{line.title} is not for sale here any more; remove it.", line.id)
    else:
        yield from _quantity_problems(line, variant, available)
        unit_amount = variant.price_of(line.quantity).amount
        if variant.is_gift_card and not unit_amount:
            yield CartProblem("variant_unavailable", f"{line.title} has no price to be put on a card.", line.id)
        if unit_amount != line.seen_unit_amount:
            seen, now = Money(line.seen_unit_amount, currency), Money(unit_amount, currency)
            yield CartProblem(
                "price_changed",
                f"{variant.product_title} costs {now} now; it was {seen}.",
                line.id,
                is_blocking=False,
                facts={"seen_unit_price": seen, "unit_price": now},
            )


def _quantity_problems(line: CartLine, variant: SellableVariant, available: int | None) -> Iterator[CartProblem]:
    maximum = variant.max_quantity
    if maximum is not None and line.quantity > maximum:
        detail = f"One order can have {maximum} of {variant.product_title} at the most."
        yield CartProblem("quantity_too_large", detail, line.id, facts={"maximum_quantity": maximum})
    if available is not None and line.quantity > available:
        title = variant.product_title
        detail = f"Only {available} of {title} left." if available else f"{title} is sold out."
        yield CartProblem("stock_insufficient", detail, line.id, facts={"available_quantity": available})


def problems_of_cart(
    cart: Cart, *, is_empty: bool, requires_shipping: bool, not_offered: NotOffered | None
) -> Iterator[CartProblem]:
    """Yield what is wrong with a cart as a whole; `not_offered` says why the chosen shipping method can't be had."""
    if is_empty:
        yield CartProblem("cart_empty", "The cart is empty; add something.")
    if not cart.market.is_active:
        yield CartProblem("market_closed", "The shop sells nothing in this market at present.")
    if not cart.email:
        yield CartProblem("email_missing", "Give an e-mail address for the confirmation.")
    if requires_shipping:
        yield from _shipping_problems(cart, not_offered)


def _shipping_problems(cart: Cart, not_offered: NotOffered | None) -> Iterator[CartProblem]:
    method = cart.shipping_method
    country = (cart.shipping_address or {}).get("country")
    if method is not None and method.kind == ShippingMethod.Kind.PICKUP:
        yield from _pickup_problems(cart)
    elif country is None:
        yield CartProblem("shipping_address_missing", "Give the address to send it to.")
    elif country not in cart.market.countries:
        yield CartProblem(
            "shipping_country_not_served",
            f"This market does not send to {country}.",
            facts={"country": country, "countries": list(cart.market.countries)},
        )
    if cart.shipping_method is None:
        yield CartProblem("shipping_method_missing", "Choose a shipping method.")
    elif not_offered is not None:
        yield CartProblem(
            "shipping_method_unavailable",
            f"{not_offered.detail.removesuffix('.')}; choose another shipping method.",
            facts={"shipping_method": not_offered.code, "reason": str(not_offered.reason)},
        )


def _pickup_problems(cart: Cart) -> Iterator[CartProblem]:
    point = cart.collected_at
    if point is None:
        yield CartProblem("pickup_point_missing", "Choose the point where you will collect it.")
    elif not point.is_active:
        yield CartProblem(
            "pickup_point_unavailable",
            f"{point.name} is closed; choose another pick-up point.",
            facts={"pickup_point": point.code},
        )
