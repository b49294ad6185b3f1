"""The promotions of one cart: what is known of them before the arithmetic, and what is told of them after it.

Loads in a fixed number of queries, whatever the number of promotions and lines. Which of them are taken, and what they
take off, is amounts/discounting.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from cart.amounts import PromotionUse, Quote
from cart.models import Cart, CartLine
from cart.selectors import codes_of, email_of, entered_codes, is_first_order
from inventory.selectors import StockOffer
from products.selectors import SellableVariant, tags_of_products
from promotions.limits import Limits, holders_of
from promotions.rules import NONE, Gift, Occasion, Reason, Refusal, Rule
from promotions.selectors import Entered, Standing, standing_of, standing_promotions, used_of
from promotions.wording import sentence_of
from users.selectors import group_ids_of


@dataclass(frozen=True, slots=True)
class Promoted:
    """What is known of a cart's promotions: how they stand, the codes entered, the buyer, and the goods' tags."""

    occasion: Occasion
    standing: tuple[Standing, ...] = ()
    entered: tuple[Entered, ...] = ()
    tags: Mapping[uuid.UUID, frozenset[uuid.UUID]] | None = None

    @property
    def gift_ids(self) -> list[uuid.UUID]:
        """Return the variants that may come along for nothing."""
        return [gift.variant_id for one in self.standing if isinstance(gift := one.rule.benefit, Gift)]

    @property
    def refused(self) -> tuple[Refusal, ...]:
        """Return what gives nothing whatever the cart holds."""
        return tuple(one.refusal for one in self.standing if one.refusal is not None)

    def tags_of(self, variant: SellableVariant) -> frozenset[uuid.UUID]:
        """Return what a promotion can ask of a variant."""
        return frozenset({variant.id, variant.product_id}) | (self.tags or {}).get(variant.product_id, NONE)

    def limits_of(self, uses: Iterable[PromotionUse]) -> list[tuple[Rule, Limits, int]]:
        """Return promotions that gave something, each with its limits and how much it gave."""
        limits = {one.rule.id: one.limits for one in self.standing}
        return [(use.rule, limits[use.rule.id], use.amount) for use in uses]


@dataclass(frozen=True, slots=True)
class PromotionState:
    """What is told of a code, or of a promotion within reach. What is missing is told where it can be mended."""

    code: str
    label: str
    is_applied: bool
    reason: str | None
    detail: str
    missing_quantity: int | None
    missing_amount: int | None


def promoted_for(cart: Cart, country: str, at: datetime) -> Promoted:
    """Return how promotions stand for a cart, without its goods' tags. One query where the shop has no promotion.

    Else three, one each for what is limited, for the buyer's groups, address and earlier orders where some promotion
    asks for them.
    """
    local = at.astimezone(ZoneInfo(settings.SHOP_TIME_ZONE))
    occasion = Occasion(at=local, market=cart.market_id, country=country)
    promotions = standing_promotions(
        market_id=cart.market_id, currency=cart.market.currency, at=at, entered=entered_codes(cart)
    )
    if not promotions:
        return Promoted(occasion)
    entered = codes_of(cart)
    is_personal = any(one.customer_use_limit is not None or one.is_first_order_only for one in promotions)
    addresses = [cart.email, email_of(cart.customer_id) if is_personal else ""]
    holders = holders_of(cart.customer_id, addresses)
    used = used_of(promotions, entered, holders)
    by_promotion = {code.promotion_id: code for code in entered}
    if any(one.group_ids for one in promotions):  # type: ignore[attr-defined]  # Annotated.
        occasion = replace(occasion, groups=group_ids_of(cart.customer_id))
    if any(one.is_first_order_only for one in promotions):
        occasion = replace(occasion, is_first_order=is_first_order(cart.customer_id, addresses))
    standing = tuple(
        standing_of(one, by_promotion.get(one.id), currency=cart.market.currency, used=used, holders=holders)
        for one in promotions
    )
    return Promoted(occasion, standing, tuple(entered))


def tagged(promoted: Promoted, variants: Collection[SellableVariant], at: datetime) -> Promoted:
    """Return the same with the tags of goods. Two queries where a promotion asks for categories or collections."""
    categories = frozenset[uuid.UUID]().union(*(one.category_ids for one in promoted.standing))
    collections = frozenset[uuid.UUID]().union(*(one.collection_ids for one in promoted.standing))
    if not categories and not collections:
        return promoted
    tags = tags_of_products(
        {variant.product_id for variant in variants},
        categories=categories,
        collections=collections,
        market_id=promoted.occasion.market,
        at=at,
    )
    return replace(promoted, tags=tags)


def rules_of(
    promoted: Promoted,
    lines: Sequence[CartLine],
    variants: Mapping[uuid.UUID, SellableVariant],
    offers: Mapping[uuid.UUID, StockOffer],
) -> tuple[Rule, ...]:
    """Return the rules that may give something; what lines want of a thing is no gift any more. No query."""
    wanted: dict[uuid.UUID, int] = {}
    for line in lines:
        if line.variant_id is not None:
            wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
    rules = []
    for one in promoted.standing:
        if one.refusal is not None:
            continue
        rule, gift = one.rule, one.rule.benefit
        if isinstance(gift, Gift):
            variant, offer = variants.get(gift.variant_id), offers.get(gift.variant_id, StockOffer(0, 0))
            taken = wanted.get(gift.variant_id, 0)
            available = None if offer.available is None else offer.available - taken
            wanted[gift.variant_id] = taken + gift.quantity
            # Money is never given along: a card that cost nothing would pay for something all the same.
            is_there = variant is not None and not variant.is_gift_card
            unit_amount = variant.price_of(gift.quantity).amount if variant is not None and is_there else None
            rule = replace(rule, benefit=replace(gift, unit_amount=unit_amount, available_quantity=available))
        rules.append(rule)
    return tuple(rules)


def states_of_codes(promoted: Promoted, amounts: Quote, currency: str) -> tuple[PromotionState, ...]:
    """Return what became of each code in the cart."""
    applied = {use.rule.id: use.rule for use in amounts.uses}
    refused = {refusal.rule.id: refusal for refusal in amounts.refusals}
    labels = {one.rule.id: one.rule.label for one in promoted.standing}
    states = []
    for code in promoted.entered:
        rule = applied.get(code.promotion_id)
        if rule is not None and rule.code == code.code:
            states.append(PromotionState(code.code, rule.label, True, None, "", None, None))  # noqa: FBT003 (a fact)
            continue
        refusal = refused.get(code.promotion_id)
        if refusal is None:  # Another code of the same promotion took its place.
            held = next(one.rule for one in promoted.standing if one.rule.id == code.promotion_id)
            refusal = Refusal(held, Reason.ANOTHER_IS_BETTER)
        states.append(_refused(code.code, labels[code.promotion_id], refusal, currency))
    return tuple(states)


def within_reach(amounts: Quote, currency: str) -> tuple[PromotionState, ...]:
    """Return promotions without a code that some more goods would bring."""
    return tuple(
        _refused("", refusal.rule.label, refusal, currency)
        for refusal in amounts.refusals
        if not refusal.rule.code
        and refusal.missing is not None
        and refusal.reason in {Reason.AMOUNT_TOO_LOW, Reason.QUANTITY_TOO_LOW}
    )


def _refused(code: str, label: str, refusal: Refusal, currency: str) -> PromotionState:
    is_amount = refusal.reason is Reason.AMOUNT_TOO_LOW
    return PromotionState(
        code=code,
        label=label,
        is_applied=False,
        reason=str(refusal.reason),
        detail=sentence_of(refusal, currency),
        missing_quantity=None if is_amount else refusal.missing,
        missing_amount=refusal.missing if is_amount else None,
    )
