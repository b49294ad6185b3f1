"""Giving a market its first prices, out of those of another market."""

from __future__ import annotations

import uuid
from datetime import date

from core.problems import InvalidInput, NotFound
from core.transactions import entry
from events.services import events_record
from markets.models import Market
from products.models import Price, Product
from products.services.conflicts import conflicts
from products.services.prices import history_by
from products.services.reckoning import Filled, prices_reckoned

_AT_ONCE = 5000


@entry
def market_prices_fill(*, market_id: uuid.UUID, source: str, day: date, step: int, actor: str) -> Filled:
    """Give every variant that has no price in a market the one that it has in another, by a day's currency rate.

    `source` is the other market's code. Rounded half up to a multiple of `step` minor units. What has a price in the
    market, be it of another time, keeps it. They are figures of now: they follow neither the other market nor the rate.

    Raises:
        NotFound: there is no such market.
        InvalidInput: the other market is the same, or as `prices_reckoned`.
        CurrencyRateUnknown: there is no rate of the two currencies for that very day.
        PriceOverlap: somebody else has priced one of them in this moment.
    """
    market = Market.objects.filter(pk=market_id).first()
    if market is None:
        raise NotFound
    if source == market.code:
        raise InvalidInput.at("/market", "Name another market, from which the prices come.", code="unknown")
    reckoned = prices_reckoned(source=source, target=market, day=day, step=step, is_gap_filled=True)
    history_by(actor)
    with conflicts():
        Price.objects.bulk_create(
            [Price(variant_id=variant_id, market=market, amount=amount) for variant_id, amount in reckoned.amounts],
            batch_size=_AT_ONCE,
        )
    _tell([variant_id for variant_id, _ in reckoned.amounts], actor)
    return Filled(len(reckoned.amounts), reckoned.rate)


def _tell(variant_ids: list[uuid.UUID], actor: str) -> None:
    """Write one event for each product, as if somebody had priced them one by one."""
    products = Product.objects.filter(variants__in=variant_ids).distinct().order_by("pk")
    events = [
        (pk, {"slug": slug, "title": title, "status": status, "changed": ["prices"]})
        for pk, slug, title, status in products.values_list("pk", "slug", "title", "status")
    ]
    if events:
        events_record(type="product.updated", aggregate_type="product", events=events, actor=actor)
