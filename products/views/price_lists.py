"""The endpoints of price lists, for staff, and of what a caller pays for a variant."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.pagination import Sort, page_response, paginate
from core.serializers import QuerySerializer
from products import services
from products.models import PriceList
from products.selectors.price_lists import price_list_get, price_list_list, price_list_prices
from products.serializers.price_lists import (
    FillInput,
    FillOutput,
    ListPriceOutput,
    ListPriceQuery,
    ListPricesInput,
    ListPricesOutput,
    PriceListInput,
    PriceListOutput,
    PriceListPatch,
    PriceListQuery,
)
from users.authentication import caller_of
from users.resources import ResourceViewSet, SetUpViewSet, answers, asks, documented

TAGS = ["catalogue"]
_NEW_LIST = {
    "market": "eu",
    "code": "wholesale-eu",
    "name": "Wholesale",
    "priority": 10,
    "is_active": True,
    "valid_from": None,
    "valid_until": None,
    "customer_groups": ["wholesale"],
}
_LIST = {"id": "01941f29-7c00-7a40-8000-5d0b7c1f2a10", **_NEW_LIST, "prices_count": 240}
_PRICES = {
    "prices": [
        {
            "sku": "BAR-MUG-SEA-250",
            "tiers": [
                {"min_quantity": 1, "price": {"amount": 990, "currency": "EUR"}},
                {"min_quantity": 50, "price": {"amount": 890, "currency": "EUR"}},
            ],
        }
    ]
}


@documented(
    "a price list",
    "price lists",
    tags=TAGS,
    asked=_NEW_LIST,
    changed={"valid_until": "2027-01-01T00:00:00Z"},
    answered=_LIST,
    changing="Carts are quoted by it at once, orders keep their prices.",
    deleting="Its prices go with it; orders keep theirs.",
)
class PriceListViewSet(SetUpViewSet):
    """Other prices than the base one, for a group of customers, a quantity or a time."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PriceListQuery, "prices": ListPriceQuery}
    read_right = "catalogue:read"
    write_right = "catalogue:write"
    input_serializer = PriceListInput
    patch_serializer = PriceListPatch
    output_serializer = PriceListOutput
    sort = Sort("code", ("code", "id"))

    def row_list(self) -> QuerySet[PriceList]:
        """Return all, or those of one market."""
        return price_list_list(market=self.query.get("market"))

    def row_get(self, id: uuid.UUID) -> PriceList:
        """Return one."""
        return price_list_get(id)

    def row_create(self, values: dict[str, Any]) -> PriceList:
        """Make one."""
        return services.price_list_create(values=values, actor=caller_of(self.request).actor)

    def row_update(self, id: uuid.UUID, changes: dict[str, Any]) -> PriceList:
        """Change one."""
        actor = caller_of(self.request).actor
        return services.price_list_update(price_list_id=id, changes=changes, actor=actor, precondition=self.check)

    def row_delete(self, id: uuid.UUID) -> None:
        """Delete one."""
        actor = caller_of(self.request).actor
        services.price_list_delete(price_list_id=id, actor=actor, precondition=self.check)

    @extend_schema(
        summary="List the prices of a price list",
        description="Tiers of all variants, oldest first. Needs the right catalogue:read.",
        parameters=[ListPriceQuery],
        responses=ListPriceOutput(many=True),
        tags=TAGS,
    )
    def prices(self, request: Request, id: uuid.UUID) -> Response:
        """Page through them."""
        caller_of(request).require(self.read_right)
        price_list_get(id)
        found = price_list_prices(id, variant=self.query.get("variant"))
        page = paginate(found, self.page((Sort("oldest", ("id",)),)))
        return page_response(request, page, list(ListPriceOutput(page.results, many=True).data))

    @extend_schema(
        summary="Set prices of a price list",
        description="Each variant that is named gets exactly these tiers, all or none of them; without tiers it is "
        "taken off the list. Others stay. Needs the right catalogue:write.",
        request=ListPricesInput,
        responses=ListPricesOutput,
        examples=[asks(_PRICES), answers({"variants_count": 1, "tiers_count": 2})],
        tags=TAGS,
    )
    def set_prices(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Set them."""
        caller = caller_of(request)
        caller.require(self.write_right)
        wanted = [
            services.ListedVariant(
                tiers=[services.TierFields(**tier) for tier in item["tiers"]],
                variant_id=item.get("variant_id"),
                sku=item.get("sku"),
            )
            for item in self.body(ListPricesInput)["prices"]
        ]

        def work() -> Response:
            count = services.price_list_prices_set(price_list_id=id, wanted=wanted, actor=caller.actor)
            return self.tagged({"variants_count": len(wanted), "tiers_count": count})

        return self.once(work)

    @extend_schema(
        summary="Fill a price list from another market",
        description="Gives every variant with a base price in that market the same price in the list's currency, by "
        "the rate of the day that is named, from one piece on. Other tiers stay. They don't follow later changes. "
        "Needs the right catalogue:write.",
        request=FillInput,
        responses=FillOutput,
        examples=[asks({"market": "eu", "date": "2026-11-23", "step": 10}), answers({"variants_count": 171})],
        tags=TAGS,
    )
    def fill(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Fill it."""
        caller = caller_of(request)
        caller.require(self.write_right)
        body = self.body(FillInput)

        def work() -> Response:
            filled = services.price_list_fill(
                price_list_id=id, market=body["market"], day=body["date"], step=body["step"], actor=caller.actor
            )
            return self.tagged({"variants_count": filled.variant_count})

        return self.once(work)


class MarketPricesViewSet(ResourceViewSet):
    """The base prices of a whole market."""

    @extend_schema(
        summary="Fill a market with the prices of another",
        description="Gives every variant that has no price in the market the one that it has now in the other, in the "
        "market's currency, by the rate of the day that is named. What has a price, be it of another time, keeps it. "
        "They don't follow later changes. Needs the right catalogue:write.",
        request=FillInput,
        responses=FillOutput,
        examples=[asks({"market": "eu", "date": "2026-11-23", "step": 10}), answers({"variants_count": 171})],
        tags=TAGS,
    )
    def fill(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Fill it."""
        caller = caller_of(request)
        caller.require("catalogue:write")
        body = self.body(FillInput)

        def work() -> Response:
            filled = services.market_prices_fill(
                market_id=id, source=body["market"], day=body["date"], step=body["step"], actor=caller.actor
            )
            return self.tagged({"variants_count": filled.variant_count})

        return self.once(work)
