"""How a cart is sent: where to, what is to be carried, and the chosen method as it is offered to these goods.

What a method asks of goods is shipping/offering.py; the arithmetic is amounts/. Nothing is read or written here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from cart.amounts import ShippingInput
from cart.models import Cart
from cart.outside import Answers, AskedTaxes, Bought, Priced, parcel_of, priced
from core import clock
from core.places import Place
from inventory.selectors import StockOffer
from products.selectors import SellableVariant
from shipping.models import ShippingMethod
from shipping.offering import Goods, NotOffered, NotOfferedReason, ShippingOption

MAX_LABEL = 120
"""Of a row of an order."""


def place_of(cart: Cart) -> Place:
    """Return the place that taxes the cart: where it is sent or collected, else who pays, else the market's first."""
    if cart.collected_at is not None:
        return cart.collected_at.place
    address = cart.shipping_address or cart.billing_address
    return Place.of_address(address) if address else Place(cart.market.countries[0])


def destination_of(cart: Cart) -> Place:
    """Return where the cart is sent or collected; until there is an address, the market's first country."""
    if cart.collected_at is not None:
        return cart.collected_at.place
    address = cart.shipping_address
    return Place.of_address(address) if address else Place(cart.market.countries[0])


def shipping_country(cart: Cart) -> str:
    """Return the country that the cart is sent to; until there is an address, the market's first."""
    return destination_of(cart).country


def goods_of(
    bought: Iterable[tuple[Bought, StockOffer]],
    *,
    amount: int,
    categories: Mapping[uuid.UUID, frozenset[uuid.UUID]],
    at: datetime,
) -> Goods:
    """Return what is to be carried of what is bought, beside each what the stock offers.

    `amount` is what all of it costs, `categories` those of products that some method doesn't take.
    """
    sent = [(one.quantity, one.variant, offer) for one, offer in bought if one.variant.requires_shipping]
    today = clock.day_of(at)
    awaited = [day for quantity, variant, offer in sent for day in _awaited(variant, offer, quantity, today)]
    return Goods(
        amount=amount,
        quantity=sum(quantity for quantity, _, _ in sent),
        weight_grams=sum(
            (quantity * (variant.weight_grams or Decimal(0)) for quantity, variant, _ in sent), Decimal(0)
        ),
        volume_mm3=sum(quantity * (variant.volume_mm3 or 0) for quantity, variant, _ in sent),
        products={variant.product_id: variant.product_title for _, variant, _ in sent},
        categories=categories,
        ordered_at=clock.shop_time(at),
        ready_on=max((day for day in awaited if day is not None), default=None),
        is_ready_known=None not in awaited,
    )


def promised_on(variant: SellableVariant, offer: StockOffer, quantity: int, today: date) -> date | None:
    """Return when the goods come or the variant is released, the later of both; days that are over say nothing."""
    return max((day for day in _awaited(variant, offer, quantity, today) if day is not None), default=None)


def _awaited(variant: SellableVariant, offer: StockOffer, quantity: int, today: date) -> list[date | None]:
    """Return what so many of a variant wait for: its release, the goods; None for a day that nobody knows."""
    awaited: list[date | None] = []
    if variant.released_on is not None and variant.released_on > today:
        awaited.append(variant.released_on)
    if offer.backordered_of(quantity):
        awaited.append(offer.expected_on if offer.expected_on is not None and offer.expected_on >= today else None)
    return awaited


def chosen_of(cart: Cart, methods: Iterable[ShippingMethod]) -> ShippingMethod | None:
    """Return the method that the cart has chosen, if it is one of those by which its destination is served."""
    return next((method for method in methods if method.id == cart.shipping_method_id), None)


def offer_to(
    cart: Cart,
    methods: Iterable[ShippingMethod],
    goods: Goods,
    *,
    bought: Iterable[Bought],
    answers: Answers,
    at: datetime,
) -> Priced | None:
    """Return the method that the cart has chosen as it is offered to these goods, or why it isn't; None without one.

    `methods` are those by which the cart's destination is served, `answers` what carriers have said.
    """
    chosen = cart.shipping_method
    if chosen is None:
        return None
    method = chosen_of(cart, methods)
    if method is not None:
        return priced(method, goods, parcel_of(cart, bought) if method.carrier else None, answers, at)
    detail = f"{chosen.name} is not offered there any more."
    return Priced(NotOffered(chosen.code, chosen.name, NotOfferedReason.NOT_SERVED, detail))


def shipping_input(option: ShippingOption, taxes: AskedTaxes) -> ShippingInput:
    """Return what is to be reckoned up of an offer."""
    live = option.live
    return ShippingInput(
        label=option.name if live is None else f"{option.name} ({live.name})"[:MAX_LABEL],
        source=f"shipping-method:{option.code}" if live is None else f"carrier-rate:{option.carrier}:{live.service}",
        amount=option.regular_amount,
        free_from_amount=option.free_from_amount,
        rates=taxes.of_shipping(option),
        code=option.code,
    )
