"""Whether goods can go by a method, and for how much: pure. Whether it goes to a place is shipping/places.py.

Gifts of promotions count for nothing here, so that no promotion makes shipping dearer.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from shipping.amounts import shipping_amount, table_amount
from shipping.carriers import CarrierRate
from shipping.models import ShippingMethod
from shipping.windows import Calendar, delivery_window

_CM3 = 1000
"""Cubic millimetres of one."""
_KG = 1000
_NAMED = 3


class NotOfferedReason(StrEnum):
    """Why a method isn't offered to a cart."""

    NOT_SERVED = "not_served"
    GOODS_EXCLUDED = "goods_excluded"
    TOO_HEAVY = "too_heavy"
    BEYOND_RATES = "beyond_rates"
    ADDRESS_MISSING = "address_missing"
    NOT_ASKED = "not_asked"
    CARRIER_DECLINES = "carrier_declines"
    CARRIER_UNAVAILABLE = "carrier_unavailable"


@dataclass(frozen=True, slots=True)
class Goods:
    """What is to be sent: pieces, weight and volume of what is shipped, and what all goods cost before promotions.

    A variant without a weight or without one of its three lengths counts as 0 there.
    """

    amount: int
    quantity: int = 0
    weight_grams: Decimal = Decimal(0)
    volume_mm3: int = 0
    products: Mapping[uuid.UUID, str] = field(default_factory=dict)
    """What is shipped, by name."""
    categories: Mapping[uuid.UUID, frozenset[uuid.UUID]] = field(default_factory=dict)
    """Of the products, those categories that some method doesn't take."""
    ordered_at: datetime | None = None
    """The shop's own time; None asks for no days of arrival."""
    ready_on: date | None = None
    """When the last of what is promised ahead has come; None is at once."""
    is_ready_known: bool = True

    def measured_by(self, rate_by: str) -> Decimal:
        """Return what a rate table asks for: grams, cubic centimetres, minor units or pieces."""
        match ShippingMethod.RateBy(rate_by):
            case ShippingMethod.RateBy.WEIGHT:
                return self.weight_grams
            case ShippingMethod.RateBy.VOLUME:
                return Decimal(self.volume_mm3) / _CM3
            case ShippingMethod.RateBy.QUANTITY:
                return Decimal(self.quantity)
            case _:
                return Decimal(self.amount)


@dataclass(frozen=True, slots=True)
class ShippingOption:
    """A method as it is offered beside some goods: `amount` is what it costs with them, `regular_amount` if not free.

    Its price can depend on weight, volume, price or number of the goods: `regular_amount` is the one for these.
    """

    method_id: uuid.UUID
    code: str
    name: str
    description: str
    amount: int
    regular_amount: int
    free_from_amount: int | None
    kind: str
    min_days: int | None
    max_days: int | None
    earliest_on: date | None
    latest_on: date | None
    tax_category_id: uuid.UUID | None
    is_taxed_as_goods: bool
    pickup_points: Sequence[Mapping[str, Any]] = ()
    """Where it can be collected: codes, names, addresses, opening hours."""
    carrier: str = ""
    live: CarrierRate | None = None
    """What the carrier says of these goods, where it is asked; else the price is the method's own."""

    @property
    def is_free(self) -> bool:
        """Tell whether it costs nothing beside these goods."""
        return self.amount == 0


@dataclass(frozen=True, slots=True)
class NotOffered:
    """A method that goods can't go by, and why."""

    code: str
    name: str
    reason: NotOfferedReason
    detail: str


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What a method doesn't take, by ids."""

    product_ids: Collection[uuid.UUID] = ()
    category_ids: Collection[uuid.UUID] = ()


def exclusions_of(method: Any) -> Exclusions:
    """Return what a method doesn't take, as the selectors have loaded it."""
    return Exclusions(method.excluded_product_ids, method.excluded_category_ids)


def offer_of(method: ShippingMethod, goods: Goods, live: CarrierRate | None = None) -> ShippingOption | NotOffered:
    """Return a method, with its exclusions, as it is offered beside these goods, or why it isn't.

    Whether it goes to the place isn't asked here. `live` is what its carrier says of the goods, in place of its own
    price and days.
    """
    refusal = goods_refusal(method, goods)
    if refusal is not None:
        return refusal
    amount = regular_amount_of(method, goods) if live is None else live.amount
    if amount is None:
        return not_offered(method, NotOfferedReason.BEYOND_RATES, "has no price for so much.")
    days: tuple[int | None, int | None] = (method.min_days, method.max_days)
    if live is not None and (live.min_days is not None or live.max_days is not None):
        days = (live.min_days, live.max_days)
    earliest_on, latest_on = _window(method, goods, *days)
    return ShippingOption(
        method_id=method.id,
        code=method.code,
        name=method.name,
        description=method.description,
        amount=shipping_amount(amount=amount, free_from_amount=method.free_from_amount, goods_amount=goods.amount),
        regular_amount=amount,
        free_from_amount=method.free_from_amount,
        kind=method.kind,
        min_days=days[0],
        max_days=days[1],
        earliest_on=earliest_on,
        latest_on=latest_on,
        tax_category_id=method.tax_category_id,
        is_taxed_as_goods=method.is_taxed_as_goods,
        pickup_points=method.points if method.kind == ShippingMethod.Kind.PICKUP else (),  # type: ignore[attr-defined]  # Annotated.
        carrier=method.carrier,
        live=live,
    )


def goods_refusal(method: ShippingMethod, goods: Goods) -> NotOffered | None:
    """Return why a method doesn't take goods, whatever it costs: what they are, or their weight; None when it does."""
    excluded = _excluded(exclusions_of(method), goods)
    if excluded:
        return not_offered(method, NotOfferedReason.GOODS_EXCLUDED, f"doesn't take {_listed(excluded)}.")
    if method.max_weight_grams is None or goods.weight_grams <= method.max_weight_grams:
        return None
    weighs, carries = _kilos(goods.weight_grams), _kilos(Decimal(method.max_weight_grams))
    fact = f"carries {carries} kg at the most; these goods weigh {weighs} kg."
    return not_offered(method, NotOfferedReason.TOO_HEAVY, fact)


def regular_amount_of(method: ShippingMethod, goods: Goods) -> int | None:
    """Return what a method costs with these goods, free or not: flat, or by its table; None beyond the table."""
    if method.rate_by == ShippingMethod.RateBy.FLAT:
        return method.amount
    return table_amount(method.tiers, goods.measured_by(method.rate_by))


def _window(
    method: ShippingMethod, goods: Goods, min_days: int | None, max_days: int | None
) -> tuple[date | None, date | None]:
    if goods.ordered_at is None or not goods.is_ready_known:
        return None, None
    calendar = Calendar(method.working_days, method.holidays, method.cutoff_time)
    return delivery_window(calendar, goods.ordered_at, min_days=min_days, max_days=max_days, ready_on=goods.ready_on)


def _excluded(exclusions: Exclusions, goods: Goods) -> list[str]:
    """Return the names of goods that a method doesn't take."""
    categories = frozenset(exclusions.category_ids)
    return [
        title
        for product_id, title in goods.products.items()
        if product_id in exclusions.product_ids or categories & goods.categories.get(product_id, frozenset())
    ]


def _listed(titles: Sequence[str]) -> str:
    """Write the first few names."""
    more = len(titles) - _NAMED
    return ", ".join(titles[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def not_offered(method: ShippingMethod, reason: NotOfferedReason, fact: str) -> NotOffered:
    """Return that a method isn't offered, with a fact that goes on from its name."""
    return NotOffered(method.code, method.name, reason, f"{method.name} {fact}")


def _kilos(grams: Decimal) -> str:
    """Write grams as kilograms, without zeros at the end."""
    text = f"{(grams / _KG):.6f}"
    return text.rstrip("0").rstrip(".")
