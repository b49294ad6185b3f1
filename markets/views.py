"""The endpoints of markets and taxes: markets are public, the rest is for staff."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.pagination import Sort, page_response, paginate
from core.serializers import QuerySerializer
from core.views import PageQuery
from markets import services
from markets.selectors import (
    market_get,
    market_list,
    tax_category_get,
    tax_category_list,
    tax_rate_get,
    tax_rate_list,
)
from markets.serializers import (
    MarketInput,
    MarketOutput,
    MarketPatch,
    TaxCategoryInput,
    TaxCategoryOutput,
    TaxCategoryPatch,
    TaxRateInput,
    TaxRateOutput,
    TaxRatePatch,
    TaxRateQuery,
)
from users.authentication import caller_of
from users.resources import ResourceViewSet, answers, asks

TAGS = ["settings"]
_NEW_MARKET = {
    "code": "eu",
    "name": "European Union",
    "currency": "EUR",
    "countries": ["ES", "PT"],
    "languages": ["en", "es"],
    "prices_include_tax": True,
    "is_default": True,
    "is_active": True,
    "position": 0,
}
_MARKET = {"id": "01941f29-7c00-7a20-8000-5d0b7c1f2a10", **_NEW_MARKET}
_NEW_CATEGORY = {"code": "books", "name": "Books", "is_default": False}
_CATEGORY = {"id": "01941f29-7c00-7a21-8000-5d0b7c1f2a10", **_NEW_CATEGORY}
_NEW_RATE = {
    "category": "books",
    "country": "ES",
    "region": "",
    "name": "IVA",
    "rate_ppm": 40000,
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_until": None,
}
_RATE = {"id": "01941f29-7c00-7a22-8000-5d0b7c1f2a10", **_NEW_RATE}


class MarketViewSet(ResourceViewSet):
    """Where a sale happens."""

    guest_actions = frozenset({"list", "retrieve"})
    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PageQuery}

    def render(self, row: Any) -> dict[str, Any]:
        """Return a row as it is answered."""
        return dict(MarketOutput(row).data)

    @extend_schema(
        summary="List markets",
        description="Everybody sees the active ones; the right settings:read shows all.",
        parameters=[PageQuery],
        responses=MarketOutput(many=True),
        examples=[answers(_MARKET)],
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through them."""
        page = paginate(market_list(caller_of(request)), self.page((Sort("position", ("position", "id")),)))
        return page_response(request, page, [self.render(row) for row in page.results])

    @extend_schema(
        summary="Make a market",
        description="Needs the right settings:write.",
        request=MarketInput,
        responses={201: MarketOutput},
        examples=[asks(_NEW_MARKET), answers(_MARKET)],
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Make one."""
        caller_of(request).require("settings:write")
        values = self.body(MarketInput)
        return self.once(lambda: self.answer(services.market_create(values=values), 201))

    @extend_schema(
        summary="Read a market",
        description="Everybody sees the active ones; the right settings:read shows all.",
        responses=MarketOutput,
        examples=[answers(_MARKET)],
        tags=TAGS,
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Answer one."""
        return self.answer(market_get(id, caller_of(request)))

    @extend_schema(
        summary="Change a market",
        description="Needs the right settings:write and If-Match. The currency can't change once "
        "there are prices in it.",
        request=MarketPatch,
        responses=MarketOutput,
        examples=[asks({"name": "Europe"}), answers(_MARKET)],
        tags=TAGS,
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Change one."""
        caller_of(request).require("settings:write")
        changes = self.body(MarketPatch)
        return self.once(
            lambda: self.answer(services.market_update(market_id=id, changes=changes, precondition=self.check))
        )

    @extend_schema(
        summary="Delete a market",
        description="Needs the right settings:write and If-Match. One that has prices, methods, "
        "carts or orders is made inactive instead.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Delete one."""
        caller_of(request).require("settings:write")
        return self.gone(lambda: services.market_delete(market_id=id, precondition=self.check))


class TaxCategoryViewSet(ResourceViewSet):
    """Kinds of goods that are taxed alike."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": PageQuery}

    def render(self, row: Any) -> dict[str, Any]:
        """Return a row as it is answered."""
        return dict(TaxCategoryOutput(row).data)

    @extend_schema(
        summary="List tax categories",
        description="Needs the right settings:read.",
        parameters=[PageQuery],
        responses=TaxCategoryOutput(many=True),
        examples=[answers(_CATEGORY)],
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through them."""
        caller_of(request).require("settings:read")
        page = paginate(tax_category_list(), self.page((Sort("code", ("code", "id")),)))
        return page_response(request, page, [self.render(row) for row in page.results])

    @extend_schema(
        summary="Make a tax category",
        description="Needs the right settings:write.",
        request=TaxCategoryInput,
        responses={201: TaxCategoryOutput},
        examples=[asks(_NEW_CATEGORY), answers(_CATEGORY)],
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Make one."""
        caller_of(request).require("settings:write")
        values = self.body(TaxCategoryInput)
        return self.once(lambda: self.answer(services.tax_category_create(values=values), 201))

    @extend_schema(
        summary="Read a tax category",
        description="Needs the right settings:read.",
        responses=TaxCategoryOutput,
        examples=[answers(_CATEGORY)],
        tags=TAGS,
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Answer one."""
        caller_of(request).require("settings:read")
        return self.answer(tax_category_get(id))

    @extend_schema(
        summary="Change a tax category",
        description="Needs the right settings:write and If-Match. Carts are taxed by it at once, orders keep theirs.",
        request=TaxCategoryPatch,
        responses=TaxCategoryOutput,
        examples=[asks({"name": "Printed books"}), answers(_CATEGORY)],
        tags=TAGS,
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Change one."""
        caller_of(request).require("settings:write")
        changes = self.body(TaxCategoryPatch)
        return self.once(
            lambda: self.answer(services.tax_category_update(category_id=id, changes=changes, precondition=self.check))
        )

    @extend_schema(
        summary="Delete a tax category",
        description="Needs the right settings:write and If-Match. One that rates, products or "
        "shipping methods name stays.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Delete one."""
        caller_of(request).require("settings:write")
        return self.gone(lambda: services.tax_category_delete(category_id=id, precondition=self.check))


class TaxRateViewSet(ResourceViewSet):
    """What places take, and when."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": TaxRateQuery}

    def render(self, row: Any) -> dict[str, Any]:
        """Return a row as it is answered."""
        return dict(TaxRateOutput(row).data)

    @extend_schema(
        summary="List tax rates",
        description="Needs the right settings:read.",
        parameters=[TaxRateQuery],
        responses=TaxRateOutput(many=True),
        examples=[answers(_RATE)],
        tags=TAGS,
    )
    def list(self, request: Request) -> Response:
        """Page through them."""
        caller_of(request).require("settings:read")
        page = paginate(
            tax_rate_list(country=self.query.get("country"), category=self.query.get("category")),
            self.page((Sort("country", ("country", "region", "id")),)),
        )
        return page_response(request, page, [self.render(row) for row in page.results])

    @extend_schema(
        summary="Make a tax rate",
        description="Needs the right settings:write.",
        request=TaxRateInput,
        responses={201: TaxRateOutput},
        examples=[asks(_NEW_RATE), answers(_RATE)],
        tags=TAGS,
    )
    def create(self, request: Request) -> HttpResponseBase:
        """Make one."""
        caller_of(request).require("settings:write")
        values = self.body(TaxRateInput)
        return self.once(lambda: self.answer(services.tax_rate_create(values=values), 201))

    @extend_schema(
        summary="Read a tax rate",
        description="Needs the right settings:read.",
        responses=TaxRateOutput,
        examples=[answers(_RATE)],
        tags=TAGS,
    )
    def retrieve(self, request: Request, id: uuid.UUID) -> Response:
        """Answer one."""
        caller_of(request).require("settings:read")
        return self.answer(tax_rate_get(id))

    @extend_schema(
        summary="Change a tax rate",
        description="Needs the right settings:write and If-Match. Carts are taxed by it at once, orders keep theirs.",
        request=TaxRatePatch,
        responses=TaxRateOutput,
        examples=[asks({"valid_until": "2027-01-01T00:00:00Z"}), answers(_RATE)],
        tags=TAGS,
    )
    def partial_update(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Change one."""
        caller_of(request).require("settings:write")
        changes = self.body(TaxRatePatch)
        return self.once(
            lambda: self.answer(services.tax_rate_update(rate_id=id, changes=changes, precondition=self.check))
        )

    @extend_schema(
        summary="Delete a tax rate",
        description="Needs the right settings:write and If-Match. Orders keep what they were taxed.",
        responses={204: None},
        tags=TAGS,
    )
    def destroy(self, request: Request, id: uuid.UUID) -> HttpResponseBase:
        """Delete one."""
        caller_of(request).require("settings:write")
        return self.gone(lambda: services.tax_rate_delete(rate_id=id, precondition=self.check))
