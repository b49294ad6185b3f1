"""What a promotion would have cost: past orders reckoned once more by the engine of quotes. Nothing is written."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Min
from django.db.models.functions import Lower

from cart.amounts import LineInput, QuoteInput, ShippingInput, quote
from cart.quoting import policy_of
from core.emails import email_key, email_spellings
from orders.models import Order, OrderLine
from products.models import Variant
from products.selectors import tags_of_products
from promotions.limits import Limits, holders_of
from promotions.rules import NONE, Gift, Occasion, Rule
from promotions.selectors import Standing, standing_alone
from users.models import GroupMembership

MAX_ORDERS = 5_000


@dataclass(slots=True)
class Simulated:
    """What became of the orders of one currency; revenue is goods and shipping after discounts, as prices are."""

    currency: str
    order_count: int = 0
    promoted_count: int = 0
    discount_amount: int = 0
    revenue_before_amount: int = 0

    @property
    def revenue_after_amount(self) -> int:
        """Return what would have been left."""
        return self.revenue_before_amount - self.discount_amount


@dataclass(frozen=True, slots=True)
class Simulation:
    """The answer, and whether there were more orders than are looked at."""

    is_truncated: bool
    results: Sequence[Simulated]


@dataclass(slots=True)
class _Past:
    """All that is known of the orders, read in a fixed number of queries for each market."""

    lines: Mapping[uuid.UUID, Sequence[OrderLine]]
    products: Mapping[uuid.UUID, uuid.UUID]
    tags: Mapping[tuple[uuid.UUID, uuid.UUID], frozenset[uuid.UUID]]
    groups: Mapping[uuid.UUID, frozenset[uuid.UUID]]
    first_at: Mapping[str, datetime]
    used_by: Counter[str] = field(default_factory=Counter)
    used: int = 0
    spent_amount: int = 0


def promotion_simulate(*, promotion_id: uuid.UUID, begins_at: datetime, ends_at: datetime) -> Simulation:
    """Return what a promotion would have given to the orders of a period, the oldest MAX_ORDERS of them.

    As if it had held all that time, with its limits and its budget from the first order on, every buyer had had its
    code, and the orders had kept their other discounts, whatever combines with what. Cancelled orders and gifts count
    for nothing; what goods are in is asked as it is now. It takes no more off an order than was paid for it.

    Raises:
        PromotionNotFound: there is none.
    """
    standing = standing_alone(promotion_id)
    orders = list(
        Order.objects.filter(placed_at__gte=begins_at, placed_at__lt=ends_at)
        .exclude(status=Order.Status.CANCELLED)
        .select_related("market")
        .order_by("placed_at", "id")[: MAX_ORDERS + 1]
    )
    is_truncated, orders = len(orders) > MAX_ORDERS, orders[:MAX_ORDERS]
    past = _past_of(orders, standing)
    results: dict[str, Simulated] = {}
    for order in orders:
        result = results.setdefault(order.currency, Simulated(order.currency))
        result.order_count += 1
        left = order.subtotal_amount + order.discount_amount + order.shipping_amount
        result.revenue_before_amount += left
        if standing.currency in {"", order.currency}:
            given = _given(order, standing, past)
            if given is not None:
                result.promoted_count += 1
                result.discount_amount += min(given, left)
    return Simulation(is_truncated, [results[currency] for currency in sorted(results)])


def _given(order: Order, standing: Standing, past: _Past) -> int | None:
    """Return what the promotion would have taken off an order; None when it would have given nothing."""
    holders = holders_of(order.customer_id, [order.email])
    lines = tuple(_line(line, order, past) for line in past.lines.get(order.id, ()))
    if not lines:
        return None
    of = QuoteInput(
        policy=replace(policy_of(order.market), cash_step=1),
        lines=lines,
        shipping=_shipping(order),
        occasion=_occasion(order, holders, past),
        rules=(_rule(standing.rule, standing.limits, holders, past),),
    )
    uses = quote(of).uses
    if not uses:
        return None
    past.used += 1
    past.used_by.update(holders)
    past.spent_amount += uses[0].amount
    return uses[0].amount


def _rule(rule: Rule, limits: Limits, holders: Sequence[str], past: _Past) -> Rule:
    """Return the rule as it would have stood then; a gift would have been there, and takes nothing off the rest."""
    used_by = max((past.used_by[holder] for holder in holders), default=0)
    return replace(
        rule,
        benefit=replace(rule.benefit, unit_amount=0) if isinstance(rule.benefit, Gift) else rule.benefit,
        starts_at=None,
        ends_at=None,
        uses_left=None if limits.uses is None else limits.uses - past.used,
        uses_left_of_buyer=None if limits.uses_of_buyer is None else limits.uses_of_buyer - used_by,
        budget_left=None if limits.budget_amount is None else limits.budget_amount - past.spent_amount,
    )


def _occasion(order: Order, holders: Sequence[str], past: _Past) -> Occasion:
    address = order.shipping_address or {}
    groups = NONE if order.customer_id is None else past.groups.get(order.customer_id, NONE)
    return Occasion(
        at=order.placed_at.astimezone(ZoneInfo(settings.SHOP_TIME_ZONE)),
        market=order.market_id,
        country=address.get("country") or order.market.countries[0],
        groups=groups,
        is_first_order=all(past.first_at.get(holder, order.placed_at) >= order.placed_at for holder in holders),
    )


def _line(line: OrderLine, order: Order, past: _Past) -> LineInput:
    tags = NONE
    product_id = None if line.variant_id is None else past.products.get(line.variant_id)
    if line.variant_id is not None and product_id is not None:
        tags = frozenset({line.variant_id, product_id}) | past.tags.get((order.market_id, product_id), NONE)
    return LineInput(key=line.id, quantity=line.quantity, unit_amount=line.unit_amount, tags=tags)


def _shipping(order: Order) -> ShippingInput | None:
    if not order.shipping_method_code:
        return None
    code = order.shipping_method_code
    return ShippingInput(order.shipping_method_name, f"shipping-method:{code}", order.shipping_amount, code=code)


def _past_of(orders: Sequence[Order], standing: Standing) -> _Past:
    lines: dict[uuid.UUID, list[OrderLine]] = defaultdict(list)
    for line in OrderLine.objects.filter(order__in=[order.id for order in orders]):
        # What was free already was a gift.
        if line.subtotal_amount + line.discount_amount or not line.subtotal_amount:
            lines[line.order_id].append(line)
    variant_ids = {line.variant_id for of in lines.values() for line in of if line.variant_id is not None}
    products = dict(Variant.objects.filter(id__in=variant_ids).order_by().values_list("id", "product_id"))
    tags: dict[tuple[uuid.UUID, uuid.UUID], frozenset[uuid.UUID]] = {}
    for market_id, at in {order.market_id: order.placed_at for order in orders}.items():
        found = tags_of_products(
            set(products.values()),
            categories=standing.category_ids,
            collections=standing.collection_ids,
            market_id=market_id,
            at=at,
        )
        tags |= {(market_id, product_id): of for product_id, of in found.items()}
    return _Past(lines, products, tags, _groups_of(orders, standing), _first_orders_of(orders, standing))


def _groups_of(orders: Sequence[Order], standing: Standing) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """Return the groups of the customers, of those that the promotion asks for."""
    groups: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    if standing.rule.groups:
        customers = {order.customer_id for order in orders if order.customer_id is not None}
        members = GroupMembership.objects.filter(group_id__in=standing.rule.groups, user_id__in=customers)
        for user_id, group_id in members.order_by().values_list("user_id", "group_id"):
            groups[user_id].add(group_id)
    return {user_id: frozenset(of) for user_id, of in groups.items()}


def _first_orders_of(orders: Sequence[Order], standing: Standing) -> dict[str, datetime]:
    """Return when each buyer, by address and by account, ordered first; nothing where the promotion doesn't ask."""
    if not standing.rule.is_first_order_only:
        return {}
    sold = Order.objects.exclude(status=Order.Status.CANCELLED).order_by()
    emails = {spelling for order in orders for spelling in email_spellings(order.email)}
    customers = {order.customer_id for order in orders if order.customer_id is not None}
    by_email = sold.annotate(lowered=Lower("email")).filter(lowered__in=emails).values_list("lowered")
    by_customer = sold.filter(customer_id__in=customers).values_list("customer_id")
    first = {f"customer:{customer}": at for customer, at in by_customer.annotate(at=Min("placed_at"))}
    for email, at in by_email.annotate(at=Min("placed_at")):
        holder = f"email:{email_key(email)}"
        first[holder] = min(at, first.get(holder, at))
    return first
