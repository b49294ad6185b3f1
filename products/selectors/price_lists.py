"""Every read of price lists: as staff see them, and which of them fit a buyer."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject

from core.ids import as_uuid
from core.problems import NotFound
from markets.models import Market
from products.models import PriceList, PriceListGroup, PriceListPrice
from products.pricing import ListedPrice
from products.selectors.visibility import current_price


def price_list_list(*, market: str | None = None) -> QuerySet[PriceList]:
    """Return price lists with market, groups and `prices_count`; `market` is a code."""
    prices = PriceListPrice.objects.filter(price_list=OuterRef("pk")).order_by().values("price_list")
    count = Subquery(prices.annotate(number=Count("*")).values("number"))
    lists = (
        PriceList.objects.select_related("market")
        .prefetch_related(
            Prefetch("group_links", PriceListGroup.objects.select_related("group").order_by("group__code"))
        )
        .annotate(prices_count=Coalesce(count, 0))
    )
    return lists if market is None else lists.filter(market__code=market)


def price_list_get(price_list_id: uuid.UUID) -> PriceList:
    """Return one price list.

    Raises:
        NotFound: there is none.
    """
    found = price_list_list().filter(pk=price_list_id).first()
    if found is None:
        raise NotFound
    return found


def price_list_prices(price_list_id: uuid.UUID, *, variant: str | None = None) -> QuerySet[PriceListPrice]:
    """Return what stands in a price list, with variants and the list's market; `variant` is an id or a SKU."""
    prices = PriceListPrice.objects.filter(price_list=price_list_id).select_related("variant", "price_list__market")
    if variant is None:
        return prices
    key = as_uuid(variant)
    return prices.filter(Q(variant__sku=variant) if key is None else Q(variant=key))


def listed_for(market: Market, at: datetime, customer_id: uuid.UUID | None) -> ArraySubquery:
    """Return, as an annotation of rows with a `variant`, the list prices that a buyer can get in a market at a time.

    A list without groups is for everybody; one with groups is for those customers who are in one of them.
    """
    links = PriceListGroup.objects.filter(price_list=OuterRef("price_list"))
    fits: Any = ~Exists(links)
    if customer_id is not None:
        fits |= Exists(links.filter(group__memberships__user=customer_id))
    prices = PriceListPrice.objects.filter(
        fits,
        current_price(at, "price_list__"),
        variant=OuterRef("variant"),
        price_list__market=market,
        price_list__is_active=True,
    ).order_by()
    return ArraySubquery(
        prices.values(
            price=JSONObject(
                code="price_list__code",
                priority="price_list__priority",
                min_quantity="min_quantity",
                amount="amount",
            )
        )
    )


def listed_prices(rows: Iterable[dict[str, Any]]) -> tuple[ListedPrice, ...]:
    """Read what `listed_for` has annotated."""
    return tuple(ListedPrice(**row) for row in rows)
