"""The demo shop's price lists: one for the trade, one for everybody who buys more."""

from __future__ import annotations

from core.money import Money
from demo.loader import Content, PriceList
from products.services import (
    ListedVariant,
    TierFields,
    price_list_create,
    price_list_prices_set,
)
from users.callers import SYSTEM_ACTOR
from users.models import CustomerGroup, GroupMembership, User


def price_lists_fill(content: Content) -> None:
    """Make the lists, and the groups that they are for. They come last: no order of the past was sold by them."""
    currencies = {market.code: market.currency for market in content.setup.markets}
    emails = {person.key: person.email for person in content.people}
    for row in content.price_lists:
        if row.group:
            _group_fill(row, [emails[key] for key in row.members])
        made = price_list_create(
            values={
                "market": row.market,
                "code": row.code,
                "name": row.name,
                "priority": row.priority,
                "customer_groups": [row.group] if row.group else [],
            },
            actor=SYSTEM_ACTOR,
        )
        currency = currencies[row.market]
        wanted = [
            ListedVariant(
                [TierFields(int(quantity), Money(amount, currency)) for quantity, amount in tiers.items()], sku=sku
            )
            for sku, tiers in row.prices.items()
        ]
        price_list_prices_set(price_list_id=made.pk, wanted=wanted, actor=SYSTEM_ACTOR)


def _group_fill(row: PriceList, emails: list[str]) -> None:
    group = CustomerGroup.objects.create(code=row.group, name=row.group.title())
    GroupMembership.objects.bulk_create(
        [GroupMembership(group=group, user=user) for user in User.objects.filter(email__in=emails)]
    )
