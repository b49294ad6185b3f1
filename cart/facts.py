"""What has to be known of a cart to quote it: the catalogue, the stock, the taxes, the ways of shipping.

Loaded in a fixed number of queries; what it comes to is quoting.py. Nothing is written here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cart.crediting import Credits, credits_for
from cart.models import Cart, CartLine
from cart.outside import Answers, TaxFacts
from cart.promoting import Promoted, promoted_for, tagged
from cart.selectors import outside_answers
from cart.sending import destination_of, place_of, shipping_country
from cart.tax_decisions import tax_decision
from cart.taxes import tax_table
from core import clock
from inventory.selectors import StockOffer, stock_offers
from markets.selectors import tax_category_codes
from products.selectors import SellableVariant, sellable_variants
from shipping.models import ShippingMethod
from shipping.selectors import excluded_categories, offered_methods
from users.selectors import tax_exemption_of

_NOTHING = StockOffer(0, 0)


@dataclass(frozen=True, slots=True)
class CartFacts:
    """What the catalogue, the stock, the taxes and the ways of shipping say of a cart at one time."""

    variants: Mapping[uuid.UUID, SellableVariant]
    offers: Mapping[uuid.UUID, StockOffer]
    taxes: TaxFacts
    promoted: Promoted
    methods: Sequence[ShippingMethod] = ()
    """The ways to where the cart is sent; none are looked up until one is chosen."""
    excluded_categories: Mapping[uuid.UUID, frozenset[uuid.UUID]] = field(default_factory=dict)
    """Of products, those categories that some of these ways don't take."""
    credits: Credits = field(default_factory=Credits)
    answers: Answers = field(default_factory=dict)
    """What services outside have said; none are looked up where nobody is to be asked."""

    def variant_of(self, line: CartLine) -> SellableVariant | None:
        """Return what the line can buy; None if that is gone, unpublished or without a price."""
        return None if line.variant_id is None else self.variants.get(line.variant_id)

    def available_of(self, variant_id: uuid.UUID | None) -> int | None:
        """Return how many can be had, None for any number; none at all of what the stock doesn't know."""
        return self.offer_of(variant_id).available

    def offer_of(self, variant_id: uuid.UUID | None) -> StockOffer:
        """Return what the stock offers; nothing of what it doesn't know."""
        return _NOTHING if variant_id is None else self.offers.get(variant_id, _NOTHING)


def facts_for(cart: Cart, variant_ids: Iterable[uuid.UUID | None], at: datetime) -> CartFacts:
    """Return what has to be known of variants to quote a cart that holds them, gifts that may come along among it.

    Four queries where the shop has no promotion; one more with a shipping method, and for a customer's; one where a
    method doesn't take goods of some category.
    """
    promoted = promoted_for(cart, shipping_country(cart), at)
    ids = [variant_id for variant_id in (*variant_ids, *promoted.gift_ids) if variant_id is not None]
    variants = (
        sellable_variants(ids, cart.market, at, language=cart.language, customer_id=cart.customer_id) if ids else {}
    )
    methods = () if cart.shipping_method_id is None else offered_methods(cart.market, destination_of(cart))
    is_carried = any(method.carrier and method.id == cart.shipping_method_id for method in methods)
    return CartFacts(
        variants=variants,
        offers=stock_offers(ids, at=at, cart_id=cart.id) if ids else {},
        taxes=_tax_facts(cart, at),
        promoted=tagged(promoted, variants.values(), at),
        methods=methods,
        excluded_categories=excluded_categories(methods, {variant.product_id for variant in variants.values()}),
        credits=credits_for(cart, at),
        answers=outside_answers(cart) if is_carried or cart.market.tax_service else {},
    )


def _tax_facts(cart: Cart, at: datetime) -> TaxFacts:
    place = place_of(cart)
    return TaxFacts(
        table=tax_table(place, at),
        decision=tax_decision(
            place,
            seller_country=cart.market.tax_country,
            vat_id=cart.vat_id,
            exemption=tax_exemption_of(cart.customer_id, country=place.country, day=clock.day_of(at)),
        ),
        codes=tax_category_codes() if cart.market.tax_service else {},
    )
