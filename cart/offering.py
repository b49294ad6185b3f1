"""How a cart can be shipped, and what can't be had and why. Nobody outside is asked here, and nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cart.models import Cart
from cart.outside import Question, parcel_of, priced
from cart.quoting import CartQuote
from cart.selectors import outside_answers
from cart.sending import destination_of
from shipping.offering import NotOffered, ShippingOption
from shipping.selectors import excluded_categories, offered_methods


@dataclass(frozen=True, slots=True)
class Offers:
    """All ways to ship a cart to a country, those that can't be had, and what has to be asked before that is so."""

    country: str
    options: tuple[ShippingOption, ...]
    not_offered: tuple[NotOffered, ...]
    unasked: tuple[Question, ...]


def offers_of(quote: CartQuote) -> Offers:
    """Return how a quoted cart can be shipped, in the shop's order; of one position by price, free or not.

    One query; one more where a carrier says what a method costs, and one where some method doesn't take goods of some
    category.
    """
    cart = quote.cart
    place = destination_of(cart)
    methods = offered_methods(cart.market, place)
    goods = replace(quote.goods, categories=excluded_categories(methods, quote.goods.products))
    is_carried = any(method.carrier for method in methods)
    answers = outside_answers(cart) if is_carried else {}
    parcel = parcel_of(cart, quote.bought) if is_carried else None
    found = [(method, priced(method, goods, parcel, answers, quote.at)) for method in methods]
    options = [(method.position, one.offer) for method, one in found if isinstance(one.offer, ShippingOption)]
    if is_carried:
        options.sort(key=lambda placed: (placed[0], placed[1].regular_amount))
    questions = (one.question for _, one in found if one.question is not None)
    return Offers(
        country=place.country,
        options=tuple(option for _, option in options),
        not_offered=tuple(one.offer for _, one in found if isinstance(one.offer, NotOffered)),
        unasked=tuple(dict.fromkeys(questions)) if cart.status_at(quote.at) == Cart.Status.OPEN else (),
    )
