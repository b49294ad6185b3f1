"""What staff see of promotions and codes."""

from __future__ import annotations

import uuid

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Prefetch, QuerySet
from django.db.models.functions import JSONObject

from promotions.exceptions import CodeNotFound, PromotionNotFound
from promotions.models import Code, LimitUse, Promotion, PromotionGoods


def promotion_list(*, is_active: bool | None = None, requires_code: bool | None = None) -> QuerySet[Promotion]:
    """Return promotions with all that is shown of them, narrowed where asked for."""
    markets = Promotion.markets.through.objects.filter(promotion=OuterRef("pk")).order_by("market__code")
    groups = Promotion.customer_groups.through.objects.filter(promotion=OuterRef("pk")).order_by("customergroup__code")
    used = LimitUse.objects.filter(subject_id=OuterRef("pk"), holder="", scope__in=("promotion", "budget"))
    promotions = Promotion.objects.annotate(
        market_codes=ArraySubquery(markets.values("market__code")),
        group_codes=ArraySubquery(groups.values("customergroup__code")),
        used=ArraySubquery(used.values(use=JSONObject(scope=F("scope"), used=F("used")))),
    ).prefetch_related(Prefetch("goods", PromotionGoods.objects.order_by("id")))
    if is_active is not None:
        promotions = promotions.filter(is_active=is_active)
    return promotions if requires_code is None else promotions.filter(requires_code=requires_code)


def promotion_get(promotion_id: uuid.UUID) -> Promotion:
    """Return one promotion with all that is shown of it.

    Raises:
        PromotionNotFound: there is none.
    """
    promotion = promotion_list().filter(id=promotion_id).first()
    if promotion is None:
        raise PromotionNotFound
    return promotion


def promotion_for_update(promotion_id: uuid.UUID) -> Promotion:
    """Return one promotion like `promotion_get`, with its row locked until the transaction ends.

    Raises:
        PromotionNotFound: there is none.
    """
    if not Promotion.objects.select_for_update(no_key=True).filter(id=promotion_id).exists():
        raise PromotionNotFound
    return promotion_get(promotion_id)


def code_list(promotion_id: uuid.UUID, *, batch: uuid.UUID | None = None) -> QuerySet[Code]:
    """Return a promotion's codes, each with its promotion and `used` (0 where it has no limit), of one batch if named.

    Raises:
        PromotionNotFound: there is no such promotion.
    """
    if not Promotion.objects.filter(id=promotion_id).exists():
        raise PromotionNotFound
    codes = _codes().filter(promotion_id=promotion_id)
    return codes if batch is None else codes.filter(batch=batch)


def code_get(promotion_id: uuid.UUID, code: str) -> Code:
    """Return one code of a promotion, however it is written.

    Raises:
        CodeNotFound: the promotion has no such code.
    """
    found = _codes().filter(promotion_id=promotion_id, code=code.strip().upper()).first()
    if found is None:
        raise CodeNotFound
    return found


def code_of(text: str) -> Code | None:
    """Return the code that a buyer means, with its promotion, however it is written; None if there is none."""
    return Code.objects.select_related("promotion").filter(code=text.strip().upper()).first()


def _codes() -> QuerySet[Code]:
    used = LimitUse.objects.filter(subject_id=OuterRef("pk"), holder="", scope="code")
    return Code.objects.annotate(used=ArraySubquery(used.values("used")))
