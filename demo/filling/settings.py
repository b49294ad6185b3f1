"""Markets, taxes, locations and shipping of the demo shop."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.money import Money
from demo.loader import Setup, ShippingMethod, TaxRate
from inventory.services import location_create
from markets import models
from shipping.services import pickup_point_create, shipping_method_create, shipping_zone_create


def settings_fill(setup: Setup) -> Mapping[str, uuid.UUID]:
    """Make what a shop needs before its first product; return the locations' ids by their codes."""
    models.Market.objects.bulk_create(
        models.Market(**asdict(market), position=position) for position, market in enumerate(setup.markets)
    )
    categories = {
        row.code: models.TaxCategory.objects.create(code=row.code, name=row.name, is_default=row.is_default)
        for row in setup.tax_categories
    }
    models.TaxRate.objects.bulk_create(
        models.TaxRate(
            category=category, country=rate.country, region=rate.region, name=rate.name, rate_ppm=_share(rate, code)
        )
        for rate in setup.tax_rates
        for code, category in categories.items()
    )
    _shipping_fill(setup)
    return {
        row.code: location_create(values={**asdict(row), "position": position}).pk
        for position, row in enumerate(setup.locations)
    }


def _share(rate: TaxRate, category: str) -> int:
    return {"standard": rate.standard, "reduced": rate.reduced, "books": rate.books}[category]


def _shipping_fill(setup: Setup) -> None:
    currencies = {market.code: market.currency for market in setup.markets}
    for zone in setup.shipping_zones:
        made = shipping_zone_create(values={"name": zone.name, "countries": list(zone.countries)})
        for position, method in enumerate(zone.methods):
            values = _method_values(method, currencies[method.market])
            created = shipping_method_create(values=values | {"zone_id": made.pk, "position": position})
            for point in method.pickup_points:
                pickup_point_create(values={**point, "method_id": created.pk})


def _method_values(method: ShippingMethod, currency: str) -> dict[str, Any]:
    """Return a method as its service takes it."""
    free_from = method.free_from_amount
    values = {
        "market": method.market,
        "code": method.code,
        "name": method.name,
        "description": method.description,
        "kind": method.kind,
        "free_from": None if free_from is None else Money(free_from, currency),
        "min_days": method.min_days,
        "max_days": method.max_days,
    }
    if method.amount is not None:
        return values | {"price": Money(method.amount, currency)}
    tiers = [{"up_to": tier["up_to"], "price": Money(tier["amount"] or 0, currency)} for tier in method.tiers]
    return values | {"rate_by": method.rate_by, "tiers": tiers}
