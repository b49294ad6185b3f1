"""The promotions as they stand for one cart: read in a fixed number of queries, and turned into rules of rules.py."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from promotions.exceptions import PromotionNotFound
from promotions.limits import EVERYBODY, Limits
from promotions.models import Code, LimitUse, Promotion, PromotionGoods
from promotions.rules import (
    AmountOff,
    Benefit,
    BundlePart,
    BundlePrice,
    BuyGet,
    FreeShipping,
    Gift,
    Goods,
    PercentOff,
    Reason,
    Refusal,
    Rule,
)

Used = Mapping[tuple[str, uuid.UUID, str], int]
"""By scope, subject and holder, how much of a limit is used."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A code in a cart."""

    code_id: uuid.UUID
    code: str
    promotion_id: uuid.UUID
    use_limit: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A promotion as it stands: its rule, its limits, and if it gives nothing whatever the cart holds, why."""

    rule: Rule
    limits: Limits
    refusal: Refusal | None
    currency: str
    category_ids: frozenset[uuid.UUID]
    collection_ids: frozenset[uuid.UUID]


def standing_promotions(
    *, market_id: uuid.UUID, currency: str, at: datetime, entered: QuerySet[Code]
) -> list[Promotion]:
    """Return what a cart of a market may get at a time: what needs no code, and what codes in the cart ask for.

    `entered` are the cart's codes. Each promotion carries them as `entered`, and the ids of its markets and groups.
    Two queries for any number of promotions; one where there are none.
    """
    markets = Promotion.markets.through.objects.filter(promotion=OuterRef("pk"))
    automatic = (
        Q(is_active=True, requires_code=False, currency__in=("", currency))
        & (Q(starts_at=None) | Q(starts_at__lte=at))
        & (Q(ends_at=None) | Q(ends_at__gt=at))
        & (~Exists(markets) | Exists(markets.filter(market_id=market_id)))
    )
    return list(_whole(Promotion.objects.filter(automatic | Q(id__in=entered.values("promotion_id")))))


def standing_alone(promotion_id: uuid.UUID) -> Standing:
    """Return a promotion as if nobody had used it yet. Two queries.

    Raises:
        PromotionNotFound: there is none.
    """
    promotion = _whole(Promotion.objects.filter(id=promotion_id)).first()
    if promotion is None:
        raise PromotionNotFound
    return standing_of(promotion, None, currency=promotion.currency, used={}, holders=())


def _whole(promotions: QuerySet[Promotion]) -> QuerySet[Promotion]:
    """Return promotions with what rules are made of."""
    markets = Promotion.markets.through.objects.filter(promotion=OuterRef("pk"))
    groups = Promotion.customer_groups.through.objects.filter(promotion=OuterRef("pk"))
    return promotions.annotate(
        market_ids=ArraySubquery(markets.values("market_id")),
        group_ids=ArraySubquery(groups.values("customergroup_id")),
    ).prefetch_related(Prefetch("goods", PromotionGoods.objects.order_by("id")))


def used_of(promotions: Iterable[Promotion], entered: Iterable[Entered], holders: Collection[str]) -> Used:
    """Return what is used up of the limits of promotions and codes. One query; none where nothing is limited."""
    subjects = [promotion.id for promotion in promotions if limits_of(promotion, None).is_limited]
    subjects += [code.code_id for code in entered if code.use_limit is not None]
    if not subjects:
        return {}
    uses = LimitUse.objects.filter(
        scope__in=("promotion", "code", "budget"), subject_id__in=subjects, holder__in=[EVERYBODY, *holders]
    )
    return {(use.scope, use.subject_id, use.holder): use.used for use in uses}


def limits_of(promotion: Promotion, entered: Entered | None) -> Limits:
    """Return how far a promotion may be used. A first order is had once: two at the same moment aren't both first."""
    of_buyer = promotion.customer_use_limit
    if promotion.is_first_order_only:
        of_buyer = 1
    return Limits(
        uses=promotion.use_limit,
        uses_of_buyer=of_buyer,
        budget_amount=promotion.budget_amount,
        code_id=None if entered is None else entered.code_id,
        code="" if entered is None else entered.code,
        code_uses=None if entered is None else entered.use_limit,
    )


def standing_of(
    promotion: Promotion, entered: Entered | None, *, currency: str, used: Used, holders: Sequence[str]
) -> Standing:
    """Return a promotion of `standing_promotions` as it stands for the buyer that the holders name. No query."""
    limits = limits_of(promotion, entered)
    rows = list(promotion.goods.all())
    rule = rule_of(promotion, rows, limits, used, holders)
    refusal = None
    if not promotion.is_active:
        refusal = Refusal(rule, Reason.INACTIVE)
    elif promotion.currency not in {"", currency}:
        refusal = Refusal(rule, Reason.WRONG_MARKET)
    return Standing(
        rule=rule,
        limits=limits,
        refusal=refusal,
        currency=promotion.currency,
        category_ids=frozenset(row.category_id for row in rows if row.category_id is not None),
        collection_ids=frozenset(row.collection_id for row in rows if row.collection_id is not None),
    )


def rule_of(
    promotion: Promotion, rows: Sequence[PromotionGoods], limits: Limits, used: Used, holders: Sequence[str]
) -> Rule:
    """Return a promotion as the engine takes it; a gift as if there were none of it: what there is, the cart knows."""

    def left(limit: int | None, scope: str, *of: str, subject: uuid.UUID = promotion.id) -> int | None:
        """Return what is left of a limit to whoever has used most of it."""
        return (
            None if limit is None else limit - max((used.get((scope, subject, holder), 0) for holder in of), default=0)
        )

    uses = [left(limits.uses, "promotion", EVERYBODY)]
    if limits.code_id is not None:
        uses.append(left(limits.code_uses, "code", EVERYBODY, subject=limits.code_id))
    return Rule(
        id=promotion.id,
        label=promotion.label,
        benefit=_benefit(promotion, rows),
        code=limits.code,
        priority=promotion.priority,
        group=promotion.group,
        is_exclusive=promotion.is_exclusive,
        goods=_goods(rows, PromotionGoods.Role.GOODS, PromotionGoods.Role.EXCLUDED),
        starts_at=promotion.starts_at,
        ends_at=promotion.ends_at,
        weekdays=frozenset(promotion.weekdays),
        markets=frozenset(promotion.market_ids),  # type: ignore[attr-defined]  # Annotated by standing_promotions.
        countries=frozenset(promotion.countries),
        groups=frozenset(promotion.group_ids),  # type: ignore[attr-defined]  # As above.
        is_first_order_only=promotion.is_first_order_only,
        min_quantity=promotion.min_quantity,
        min_amount=promotion.min_amount,
        max_amount=promotion.max_amount,
        uses_left=min((limit for limit in uses if limit is not None), default=None),
        uses_left_of_buyer=left(limits.uses_of_buyer, "promotion", *holders),
        budget_left=left(limits.budget_amount, "budget", EVERYBODY),
    )


def _goods(rows: Iterable[PromotionGoods], role: str, excluded: str | None = None) -> Goods:
    return Goods(
        any_of=frozenset(row.tag for row in rows if row.role == role),
        none_of=frozenset(row.tag for row in rows if row.role == excluded),
    )


def _benefit(promotion: Promotion, rows: Sequence[PromotionGoods]) -> Benefit:
    """Return what it gives; the schema sees that what each needs is there."""
    amount, rate_ppm, quantity = promotion.amount or 0, promotion.rate_ppm or 0, promotion.get_quantity or 1
    match promotion.benefit:
        case Promotion.Benefit.PERCENT:
            return PercentOff(rate_ppm)
        case Promotion.Benefit.AMOUNT:
            return AmountOff(amount, promotion.is_per_unit)
        case Promotion.Benefit.FREE_SHIPPING:
            return FreeShipping(frozenset(promotion.method_codes))
        case Promotion.Benefit.BUY_GET:
            reward = _goods(rows, PromotionGoods.Role.REWARD, PromotionGoods.Role.EXCLUDED)
            return BuyGet(
                promotion.buy_quantity or 1,
                quantity,
                rate_ppm,
                reward=reward if reward.any_of else None,
                max_times=promotion.max_times,
            )
        case Promotion.Benefit.BUNDLE:
            excluded = _goods(rows, "", PromotionGoods.Role.EXCLUDED).none_of
            parts = (row for row in rows if row.role == PromotionGoods.Role.PART)
            return BundlePrice(
                tuple(BundlePart(Goods(frozenset({row.tag}), excluded), row.quantity) for row in parts),
                amount,
                max_times=promotion.max_times,
            )
        case _:
            return Gift(promotion.gift_variant_id or promotion.id, quantity, unit_amount=None)
