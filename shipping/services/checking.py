"""What a method must be like, column beside column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.problems import InvalidInput
from shipping.carriers import carrier_names
from shipping.models import ShippingMethod


def tiers_check(tiers: Sequence[Mapping[str, Any]]) -> None:
    """State that bounds rise, and that only the last tier has none.

    Raises:
        InvalidInput: they don't, with the place.
    """
    last = 0
    for place, tier in enumerate(tiers):
        up_to = tier["up_to"]
        if up_to is None:
            if place != len(tiers) - 1:
                detail = "Only the last tier can be without a bound; nothing would ever come to the ones after it."
                raise InvalidInput.at(f"/tiers/{place}/up_to", detail, code="tiers_open")
            return
        if up_to <= last:
            detail = f"Bounds rise from tier to tier: give more than {last}."
            raise InvalidInput.at(f"/tiers/{place}/up_to", detail, code="tiers_order")
        last = up_to


def method_check(method: ShippingMethod, *, is_price_known: bool) -> None:
    """State that a method isn't at odds with itself; `is_price_known` says that its flat price was given for good.

    Raises:
        InvalidInput: it arrives before it is sent, is taxed in two ways, lacks its price, or has a table that it
            doesn't go by.
    """
    if method.kind == ShippingMethod.Kind.PICKUP and method.carrier:
        raise InvalidInput.at("/carrier", "No carrier is asked what a pick-up costs; send a blank.", code="pickup")
    _rates_check(method, is_price_known=is_price_known)
    if method.min_days is not None and method.max_days is not None and method.min_days > method.max_days:
        detail = "It can't take more days at the least than at the most."
        raise InvalidInput.at("/min_days", detail, code="days_order")
    if method.is_taxed_as_goods and method.tax_category_id is not None:
        detail = "What is taxed as the goods are has no tax category of its own; send null for that."
        raise InvalidInput.at("/tax_category", detail, code="taxed_as_goods")


def carrier_check(method: ShippingMethod, *, is_new: bool) -> None:
    """State that its carrier, if it has one, is among the shop's; one that no longer is may stay.

    Raises:
        InvalidInput: it isn't, or there is none that the rest of it could be about.
    """
    if is_new and method.carrier and method.carrier not in carrier_names():
        known = ", ".join(carrier_names()) or "none"
        detail = f"There is no such carrier in the shop's settings; known there: {known}."
        raise InvalidInput.at("/carrier", detail, code="unknown")
    if not method.carrier and (method.carrier_service or method.carrier_fallback):
        detail = "What no carrier is asked about has neither a service of one nor a price for when it is silent."
        raise InvalidInput.at("/carrier", detail, code="required")


def _rates_check(method: ShippingMethod, *, is_price_known: bool) -> None:
    if method.rate_by == ShippingMethod.RateBy.FLAT and method.tiers:
        detail = "A flat method has no table: say by what it goes (rate_by), or send an empty list."
        raise InvalidInput.at("/tiers", detail, code="rate_flat")
    if method.rate_by == ShippingMethod.RateBy.FLAT and not is_price_known:
        detail = "Give the flat price, or say by what it goes (rate_by, tiers)."
        raise InvalidInput.at("/price", detail, code="flat_price")
    if method.rate_by != ShippingMethod.RateBy.FLAT and not method.tiers:
        detail = f"Give the prices by {method.rate_by}: one tier at the least."
        raise InvalidInput.at("/tiers", detail, code="rate_table")
