"""The endpoints of markets and taxes: markets are public, the rest is for staff."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db.models import QuerySet

from core.pagination import Sort
from core.serializers import QuerySerializer
from markets import services
from markets.models import CurrencyRate, Market, TaxCategory, TaxRate
from markets.selectors import (
    currency_rate_get,
    currency_rate_list,
    market_get,
    market_list,
    tax_category_get,
    tax_category_list,
    tax_rate_get,
    tax_rate_list,
)
from markets.serializers import (
    CurrencyRateInput,
    CurrencyRateOutput,
    CurrencyRatePatch,
    CurrencyRateQuery,
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
from users.resources import SetUpViewSet, documented

TAGS = ["settings"]
_NEW_MARKET = {
    "code": "eu",
    "name": "European Union",
    "currency": "EUR",
    "countries": ["ES", "PT"],
    "languages": ["en", "es"],
    "prices_include_tax": True,
    "tax_country": "ES",
    "tax_service": "",
    "rounding": "half_up",
    "rounding_place": "line",
    "cash_step": 1,
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
    "postal_code_from": "",
    "postal_code_until": "",
    "name": "IVA",
    "rate_ppm": 40000,
    "is_compound": False,
    "position": 0,
    "valid_from": "2026-01-01T00:00:00Z",
    "valid_until": None,
}
_RATE = {"id": "01941f29-7c00-7a22-8000-5d0b7c1f2a10", **_NEW_RATE}

_NEW_CURRENCY_RATE = {"base": "EUR", "quote": "USD", "rate": "1.0876", "valid_on": "2026-11-23", "source": "ECB"}
_CURRENCY_RATE = {"id": "01941f29-7c00-7a23-8000-5d0b7c1f2a10", **_NEW_CURRENCY_RATE}


@documented(
    "a market",
    "markets",
    tags=TAGS,
    asked=_NEW_MARKET,
    changed={"name": "Europe"},
    answered=_MARKET,
    reading="Everybody sees the active ones; the right settings:read shows all.",
    changing="The currency can't change once there are prices in it. Carts are rounded as it says at once, orders "
    "keep their amounts.",
    deleting="One that has prices, methods, carts or orders is made inactive instead.",
)
class MarketViewSet(SetUpViewSet):
    """Where a sale happens."""

    guest_actions = frozenset({"list", "retrieve"})
    input_serializer = MarketInput
    patch_serializer = MarketPatch
    output_serializer = MarketOutput
    sort = Sort("position", ("position", "id"))

    def row_list(self) -> QuerySet[Market]:
        """Return the active ones, or all."""
        return market_list(caller_of(self.request))

    def row_get(self, id: uuid.UUID) -> Market:
        """Return one, if it is active or the caller sees all."""
        return market_get(id, caller_of(self.request))

    def row_create(self, values: dict[str, Any]) -> Market:
        """Make one."""
        return services.market_create(values=values)

    def row_update(self, id: uuid.UUID, changes: dict[str, Any]) -> Market:
        """Change one."""
        return services.market_update(market_id=id, changes=changes, precondition=self.check)

    def row_delete(self, id: uuid.UUID) -> None:
        """Delete one that nothing hangs on."""
        services.market_delete(market_id=id, precondition=self.check)


@documented(
    "a tax category",
    "tax categories",
    tags=TAGS,
    asked=_NEW_CATEGORY,
    changed={"name": "Printed books"},
    answered=_CATEGORY,
    changing="Carts are taxed by it at once, orders keep theirs.",
    deleting="One that rates, products or shipping methods name stays.",
)
class TaxCategoryViewSet(SetUpViewSet):
    """Kinds of goods that are taxed alike."""

    input_serializer = TaxCategoryInput
    patch_serializer = TaxCategoryPatch
    output_serializer = TaxCategoryOutput
    sort = Sort("code", ("code", "id"))

    def row_list(self) -> QuerySet[TaxCategory]:
        """Return all."""
        return tax_category_list()

    def row_get(self, id: uuid.UUID) -> TaxCategory:
        """Return one."""
        return tax_category_get(id)

    def row_create(self, values: dict[str, Any]) -> TaxCategory:
        """Make one."""
        return services.tax_category_create(values=values)

    def row_update(self, id: uuid.UUID, changes: dict[str, Any]) -> TaxCategory:
        """Change one."""
        return services.tax_category_update(category_id=id, changes=changes, precondition=self.check)

    def row_delete(self, id: uuid.UUID) -> None:
        """Delete one that nothing names."""
        services.tax_category_delete(category_id=id, precondition=self.check)


@documented(
    "a tax rate",
    "tax rates",
    tags=TAGS,
    asked=_NEW_RATE,
    changed={"valid_until": "2027-01-01T00:00:00Z"},
    answered=_RATE,
    changing="Carts are taxed by it at once, orders keep theirs.",
    deleting="Orders keep what they were taxed.",
)
class TaxRateViewSet(SetUpViewSet):
    """What places take, and when."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": TaxRateQuery}
    input_serializer = TaxRateInput
    patch_serializer = TaxRatePatch
    output_serializer = TaxRateOutput
    sort = Sort("country", ("country", "region", "id"))

    def row_list(self) -> QuerySet[TaxRate]:
        """Return those of a place or a category, or all."""
        return tax_rate_list(
            country=self.query.get("country"),
            region=self.query.get("region"),
            postal_code=self.query.get("postal_code"),
            category=self.query.get("category"),
        )

    def row_get(self, id: uuid.UUID) -> TaxRate:
        """Return one."""
        return tax_rate_get(id)

    def row_create(self, values: dict[str, Any]) -> TaxRate:
        """Make one."""
        return services.tax_rate_create(values=values)

    def row_update(self, id: uuid.UUID, changes: dict[str, Any]) -> TaxRate:
        """Change one."""
        return services.tax_rate_update(rate_id=id, changes=changes, precondition=self.check)

    def row_delete(self, id: uuid.UUID) -> None:
        """Delete one."""
        services.tax_rate_delete(rate_id=id, precondition=self.check)


@documented(
    "a currency rate",
    "currency rates",
    tags=TAGS,
    asked=_NEW_CURRENCY_RATE,
    changed={"rate": "1.0881"},
    answered=_CURRENCY_RATE,
    changing="Prices that were reckoned by it stay.",
    deleting="Prices that were reckoned by it stay.",
)
class CurrencyRateViewSet(SetUpViewSet):
    """What currencies were worth, day by day, as somebody has entered it."""

    query_serializers: ClassVar[dict[str, type[QuerySerializer]]] = {"list": CurrencyRateQuery}
    input_serializer = CurrencyRateInput
    patch_serializer = CurrencyRatePatch
    output_serializer = CurrencyRateOutput
    sort = Sort("newest", ("valid_on", "id"), is_descending=True)

    def row_list(self) -> QuerySet[CurrencyRate]:
        """Return those of a currency, or all."""
        return currency_rate_list(base=self.query.get("base"), quote=self.query.get("quote"))

    def row_get(self, id: uuid.UUID) -> CurrencyRate:
        """Return one."""
        return currency_rate_get(id)

    def row_create(self, values: dict[str, Any]) -> CurrencyRate:
        """Make one."""
        return services.currency_rate_create(values=values)

    def row_update(self, id: uuid.UUID, changes: dict[str, Any]) -> CurrencyRate:
        """Change one."""
        return services.currency_rate_update(rate_id=id, changes=changes, precondition=self.check)

    def row_delete(self, id: uuid.UUID) -> None:
        """Delete one."""
        services.currency_rate_delete(rate_id=id, precondition=self.check)
