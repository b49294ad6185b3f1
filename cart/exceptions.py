"""Refusals of carts."""

import uuid
from collections.abc import Sequence
from typing import Any

from core.problems import Busy, Conflict, NotFound, PreconditionFailed


class AmountTooLarge(Conflict):
    """A line, a tax or a total passes the largest amount that is reckoned with here."""

    code = "amount_too_large"
    title = "An amount in this cart is larger than any taken here; order less of it."


class CartNotFound(NotFound):
    """No cart has this id, or it is somebody else's."""

    code = "cart_not_found"
    title = "There is no such cart."


class CartLineNotFound(NotFound):
    """The cart has no line with this id."""

    code = "cart_line_not_found"
    title = "The cart has no such line."


class CartClosed(Conflict):
    """The cart was ordered, merged into another or has expired; it can be read, not changed."""

    code = "cart_closed"
    title = "This cart can no longer be changed; start a new one."


class CartChanged(PreconditionFailed):
    """If-Match names a version of the cart that is no longer its version."""

    code = "cart_changed"
    title = "The cart was changed since you read it; read it again."


class CartExists(Conflict):
    """The customer has an open cart in this market already."""

    code = "cart_exists"
    title = "You have an open cart in this market; use that one."


class CartEmpty(Conflict):
    """There is nothing in the cart to hold."""

    code = "cart_empty"
    title = "The cart is empty; add something first."


class CartFull(Conflict):
    """A cart takes a bounded number of lines."""

    code = "cart_full"
    title = "The cart has as many lines as it can take."


class VariantUnavailable(Conflict):
    """The variant is not for sale in the cart's market: unknown, not published, or without a price there."""

    code = "variant_unavailable"
    title = "This is not for sale in the cart's market."


class QuantityTooLarge(Conflict):
    """More of a variant than one order may have."""

    code = "quantity_too_large"
    title = "One order can't have that many of this."


class ShippingMethodUnavailable(Conflict):
    """The shipping method isn't offered to the cart's address, or not for its goods; `reason` says which."""

    code = "shipping_method_unavailable"
    title = "This shipping method is not offered there, or not for these goods."


class PickupPointUnavailable(Conflict):
    """The cart's shipping method has no such pick-up point, or it is closed."""

    code = "pickup_point_unavailable"
    title = "This pick-up point is not one of the shipping method's."


class CodeUnknown(Conflict):
    """Nobody has given out such a code."""

    code = "code_unknown"
    title = "There is no such code; look at how it is written."


class CodeRefused(Conflict):
    """The code can't give anything to this cart, whatever is put into it; `reason` says why."""

    code = "code_refused"
    title = "This code can't be used here."


class CodesFull(Conflict):
    """A cart takes a bounded number of codes."""

    code = "cart_codes_full"
    title = "The cart has as many codes as it can take."


class CartUnasked(Busy):
    """Services outside have to be asked about the cart first; who can ask them does, and tries again."""

    code = "cart_unasked"
    title = "The cart changes while its prices are asked for; try again."

    def __init__(self, cart_id: uuid.UUID, questions: Sequence[Any]) -> None:
        """Keep what has to be asked, as outside.py says it."""
        super().__init__()
        self.cart_id = cart_id
        self.questions = questions
