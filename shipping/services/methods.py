"""Every write of methods. Carts look at them anew each time, so nothing else has to be told."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from django.db import IntegrityError, transaction

from core.money import Money
from core.problems import FieldError
from core.transactions import entry
from markets.models import Market, TaxCategory
from shipping.exceptions import (
    ShippingCurrencyMismatch,
    ShippingMethodCodeTaken,
    ShippingReferenceUnknown,
)
from shipping.models import ShippingMethod, ShippingZone
from shipping.selectors import (
    shipping_method_for_update,
    shipping_method_get,
)
from shipping.services.checking import carrier_check, method_check, tiers_check
from shipping.services.excluding import exclusions_taken, exclusions_write


@entry
def shipping_method_create(*, values: Mapping[str, Any]) -> ShippingMethod:
    """Make a method. `market` and `tax_category` are codes, `price` and `free_from` money of the market's currency.

    `tiers` are mappings of `up_to` and `price`, for a method whose `rate_by` isn't flat; a flat one needs a `price`.
    `excluded_product_ids` and `excluded_category_ids` are what it doesn't take.

    Raises:
        ShippingReferenceUnknown: the zone, market or tax category doesn't exist, or something that it doesn't take.
        ShippingCurrencyMismatch: an amount is in another currency.
        ShippingMethodCodeTaken: another method of market and zone has the code.
        InvalidInput: it arrives before it is sent, is taxed in two ways, lacks its price, its table isn't one, or its
            carrier isn't the shop's.
    """
    method = ShippingMethod(market=_market(values["market"]))
    _fill(method, {name: value for name, value in values.items() if name != "market"})
    return shipping_method_get(method.id)


@entry
def shipping_method_update(
    *,
    method_id: uuid.UUID,
    changes: Mapping[str, Any],
    precondition: Callable[[ShippingMethod], None] | None = None,
) -> ShippingMethod:
    """Change a method, all but its market; carts that chose it are quoted by what it is then.

    `precondition` sees the method under its lock and refuses by raising (If-Match).

    Raises:
        ShippingMethodNotFound: there is none. Else as `shipping_method_create`.
    """
    method = shipping_method_for_update(method_id)
    if precondition is not None:
        precondition(method)
    _fill(method, changes)
    return shipping_method_get(method.id)


@entry
def shipping_method_delete(
    *, method_id: uuid.UUID, precondition: Callable[[ShippingMethod], None] | None = None
) -> None:
    """Delete a method; carts that chose it have none then, orders keep their copy.

    Raises:
        ShippingMethodNotFound: there is none.
    """
    method = shipping_method_for_update(method_id)
    if precondition is not None:
        precondition(method)
    method.delete()


def _fill(method: ShippingMethod, values: Mapping[str, Any]) -> None:
    columns = _columns_of(method, values)
    exclusions = exclusions_taken(columns)
    # A price that stood still while a table said it is old news; it isn't taken up again unasked.
    was_flat = not method._state.adding and method.rate_by == ShippingMethod.RateBy.FLAT  # noqa: SLF001 (Django's name)
    for name, value in columns.items():
        setattr(method, name, value)
    method_check(method, is_price_known=was_flat or "amount" in columns)
    carrier_check(method, is_new="carrier" in columns)
    try:
        with transaction.atomic():
            method.save()
    except IntegrityError as error:
        if "shipping_shippingmethod_code" not in str(error):
            raise
        raise ShippingMethodCodeTaken from error
    exclusions_write(method, exclusions)


def _columns_of(method: ShippingMethod, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was given as it is stored: rows for codes, amounts for money."""
    columns = dict(values)
    if "zone_id" in columns and not ShippingZone.objects.filter(id=columns["zone_id"]).exists():
        _unknown("zone_id", "There is no such shipping zone.")
    if "tax_category" in columns:
        columns["tax_category"] = _tax_category(columns["tax_category"])
    for name, column in (("price", "amount"), ("free_from", "free_from_amount")):
        if name in columns:
            columns[column] = _amount(method.market, columns.pop(name), name)
    if "tiers" in columns:
        columns["tiers"] = _tiers(method.market, columns["tiers"])
    return columns


def _market(code: str) -> Market:
    market = Market.objects.filter(code=code).first()
    if market is None:
        _unknown("market", "There is no such market.")
    return market


def _tax_category(code: str | None) -> TaxCategory | None:
    category = None if code is None else TaxCategory.objects.filter(code=code).first()
    if category is None and code is not None:
        _unknown("tax_category", "There is no such tax category.")
    return category


def _amount(market: Market, money: Money | None, name: str) -> int | None:
    if money is not None and money.currency != market.currency:
        detail = f"The market {market.code} sells in {market.currency}, not in {money.currency}."
        error = FieldError(ShippingCurrencyMismatch.code, detail, f"/{name}/currency")
        raise ShippingCurrencyMismatch(detail, errors=(error,))
    return None if money is None else money.amount


def _tiers(market: Market, given: Sequence[Mapping[str, Any]]) -> list[dict[str, int | None]]:
    """Return tiers as they are stored."""
    tiers_check(given)
    return [
        {"up_to": tier["up_to"], "amount": _amount(market, tier["price"], f"tiers/{place}/price")}
        for place, tier in enumerate(given)
    ]


def _unknown(name: str, detail: str) -> NoReturn:
    error = FieldError(ShippingReferenceUnknown.code, detail, f"/{name}")
    raise ShippingReferenceUnknown(detail, errors=(error,))
