"""Promotions and codes: minimal rows, straight into the tables."""

from collections.abc import Iterable
from itertools import count
from typing import Any

from django.db.models import Model

from markets.models import Market
from products.models import Category, Collection, Product
from promotions.models import Code, Promotion, PromotionGoods
from users.models import CustomerGroup

_number = count(1)


def promotion_make(
    benefit: str = "percent",
    *,
    code: str = "",
    goods: Iterable[Model] = (),
    excluded: Iterable[Model] = (),
    reward: Iterable[Model] = (),
    parts: Iterable[tuple[Model, int]] = (),
    markets: Iterable[Market] = (),
    customer_groups: Iterable[CustomerGroup] = (),
    **fields: Any,
) -> Promotion:
    """Make a promotion, of 10 % unless said otherwise; with a code only, where one is named. Amounts are EUR."""
    number = next(_number)
    values: dict[str, Any] = {"name": f"Promotion {number}", "label": f"Promotion {number}", "benefit": benefit}
    if benefit == "percent":
        values["rate_ppm"] = 100_000
    if any(name in fields for name in ("amount", "min_amount", "max_amount", "budget_amount")):
        values["currency"] = "EUR"
    promotion = Promotion.objects.create(**(values | {"requires_code": bool(code)} | fields))
    promotion.markets.set(markets)
    promotion.customer_groups.set(customer_groups)
    rows = [("goods", one, 1) for one in goods] + [("excluded", one, 1) for one in excluded]
    rows += [("reward", one, 1) for one in reward] + [("part", one, quantity) for one, quantity in parts]
    for role, one, quantity in rows:
        kinds: dict[type[Model], str] = {Product: "product", Category: "category", Collection: "collection"}
        kind = kinds.get(type(one), "variant")
        PromotionGoods.objects.create(promotion=promotion, role=role, quantity=quantity, **{kind: one})
    if code:
        code_make(promotion, code)
    return promotion


def code_make(promotion: Promotion, code: str = "", **fields: Any) -> Code:
    """Make a code of a promotion."""
    return Code.objects.create(promotion=promotion, code=code or f"CODE{next(_number)}", **fields)
