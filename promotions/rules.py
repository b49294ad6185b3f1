"""What a promotion is, as plain data: whom and what it is for, and what it gives. No database, no arithmetic.

Amounts are minor units of the market's currency; rates are millionths. Ids of variants, products, categories (with
those above them) and collections are all UUIDs, so one set of them says what a line is, and what a promotion is about.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

NONE: frozenset[uuid.UUID] = frozenset()


class PricedLine(Protocol):
    """What a promotion wants to know of a line of a cart."""

    @property
    def quantity(self) -> int:
        """How many, above zero."""

    @property
    def unit_amount(self) -> int:
        """What one costs before any promotion."""

    @property
    def tags(self) -> frozenset[uuid.UUID]:
        """Its variant, its product, its categories with those above them, its collections."""

    @property
    def is_discountable(self) -> bool:
        """Whether promotions may touch it: a gift card is money, and isn't sold for less."""


@dataclass(frozen=True, slots=True)
class Goods:
    """Which goods are meant: those that carry any of these tags (none named: all), and none of the excluded ones."""

    any_of: frozenset[uuid.UUID] = NONE
    none_of: frozenset[uuid.UUID] = NONE

    def holds(self, line: PricedLine) -> bool:
        """Tell whether a line is of them."""
        is_meant = not self.any_of or not self.any_of.isdisjoint(line.tags)
        return line.is_discountable and is_meant and self.none_of.isdisjoint(line.tags)


@dataclass(frozen=True, slots=True)
class Occasion:
    """When, where and for whom a cart is reckoned up. `at` is in the shop's own time zone, for days of the week."""

    at: datetime
    market: uuid.UUID
    country: str
    groups: frozenset[uuid.UUID] = NONE
    is_first_order: bool = False


@dataclass(frozen=True, slots=True)
class PercentOff:
    """A share of each of the goods."""

    rate_ppm: int


@dataclass(frozen=True, slots=True)
class AmountOff:
    """An amount off all of the goods together, or off each single one."""

    amount: int
    is_per_unit: bool = False


@dataclass(frozen=True, slots=True)
class FreeShipping:
    """The shipping, by any method or by those of these codes."""

    method_codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BuyGet:
    """For each so many of the goods, so many more for less, the cheapest of them: 2 + 1 free is 3 for 2.

    `reward` are the goods that come for less; None is the goods themselves. 1,000,000 is free.
    """

    buy_quantity: int
    get_quantity: int = 1
    rate_ppm: int = 1_000_000
    reward: Goods | None = None
    max_times: int | None = None


@dataclass(frozen=True, slots=True)
class BundlePart:
    """So many of some goods."""

    goods: Goods
    quantity: int


@dataclass(frozen=True, slots=True)
class BundlePrice:
    """These parts together for one price, as often as the cart holds them all; the dearest go into it first.

    A thing belongs to the first part that wants it.
    """

    parts: tuple[BundlePart, ...]
    amount: int
    max_times: int | None = None


@dataclass(frozen=True, slots=True)
class Gift:
    """A thing that comes along for nothing: a line of its own, whose discount is all of its price.

    `unit_amount` is None when the market has no price for it, or it isn't published; `available_quantity` is None when
    there are any number.
    """

    variant_id: uuid.UUID
    quantity: int
    unit_amount: int | None
    available_quantity: int | None = None


Benefit = PercentOff | AmountOff | FreeShipping | BuyGet | BundlePrice | Gift


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One promotion as it stands for one cart.

    Every condition that is set must hold; `min_quantity` and `min_amount` count the promotion's goods at their prices
    before any promotion. The higher priority takes first. Of one `group` the one that helps most is taken; an
    exclusive one is taken alone, if it helps more than the others together.
    """

    id: uuid.UUID
    label: str
    benefit: Benefit
    code: str = ""
    priority: int = 0
    group: str = ""
    is_exclusive: bool = False
    goods: Goods = field(default_factory=Goods)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    weekdays: frozenset[int] = frozenset()
    """Days of ISO 8601: Monday is 1, Sunday 7; none named is every day."""
    markets: frozenset[uuid.UUID] = NONE
    countries: frozenset[str] = frozenset()
    groups: frozenset[uuid.UUID] = NONE
    """Customer groups, of which the buyer must be in one; none named is everybody."""
    is_first_order_only: bool = False
    min_quantity: int = 0
    min_amount: int = 0
    max_amount: int | None = None
    """The most that one order gets of it."""
    uses_left: int | None = None
    uses_left_of_buyer: int | None = None
    budget_left: int | None = None

    @property
    def source(self) -> str:
        """Return the name under which rows and refusals speak of it."""
        return f"promotion:{self.id}"


class Reason(StrEnum):
    """Why a promotion gives nothing to a cart."""

    INACTIVE = "inactive"
    NOT_STARTED = "not_started"
    ENDED = "ended"
    WRONG_DAY = "wrong_day"
    WRONG_MARKET = "wrong_market"
    WRONG_COUNTRY = "wrong_country"
    WRONG_GROUP = "wrong_group"
    NOT_FIRST_ORDER = "not_first_order"
    USED_UP = "used_up"
    USED_UP_BY_BUYER = "used_up_by_buyer"
    BUDGET_SPENT = "budget_spent"
    NO_GOODS = "no_goods"
    QUANTITY_TOO_LOW = "quantity_too_low"
    AMOUNT_TOO_LOW = "amount_too_low"
    NOTHING_TO_SHIP = "nothing_to_ship"
    GIFT_UNAVAILABLE = "gift_unavailable"
    NOTHING_OFF = "nothing_off"
    ANOTHER_IS_BETTER = "another_is_better"
    NOTHING_LEFT = "nothing_left"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A promotion that gives nothing, and why. `missing` is how many, or how much, would have to be added."""

    rule: Rule
    reason: Reason
    missing: int | None = None
