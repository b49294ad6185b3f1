"""Every write of methods. Carts look at them anew each time, so nothing else has to be told."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from django.db import IntegrityError, transaction

from core.money import Money
from core.problems import FieldError, InvalidInput
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


@entry
def shipping_method_create(*, values: Mapping[str, Any]) -> ShippingMethod:
    """Make a method. `market` and `tax_category` are codes, `price` and `free_from` money of the market's currency.

    Raises:
        ShippingReferenceUnknown: the zone, market or tax category doesn't exist.
        ShippingCurrencyMismatch: an amount is in another currency.
        ShippingMethodCodeTaken: another method of market and zone has the code.
        InvalidInput: it arrives before it is sent, or is taxed in two ways.
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
    columns = dict(values)
    if "zone_id" in columns and not ShippingZone.objects.filter(id=columns["zone_id"]).exists():
        _unknown("zone_id", "There is no such shipping zone.")
    if "tax_category" in columns:
        columns["tax_category"] = _tax_category(columns["tax_category"])
    for name, column in (("price", "amount"), ("free_from", "free_from_amount")):
        if name in columns:
            columns[column] = _amount(method.market, columns.pop(name), name)
    for name, value in columns.items():
        setattr(method, name, value)
    if method.min_days is not None and method.max_days is not None and method.min_days > method.max_days:
        detail = "It can't take more days at the least than at the most."
        raise InvalidInput(detail, errors=(FieldError(code="days_order", detail=detail, pointer="/min_days"),))
    if method.is_taxed_as_goods and method.tax_category_id is not None:
        detail = "What is taxed as the goods are has no tax category of its own; send null for that."
        raise InvalidInput.at("/tax_category", detail, code="taxed_as_goods")
    try:
        with transaction.atomic():
            method.save()
    except IntegrityError as error:
        if "shipping_shippingmethod_code" not in str(error):
            raise
        raise ShippingMethodCodeTaken from error


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


def _unknown(name: str, detail: str) -> NoReturn:
    error = FieldError(ShippingReferenceUnknown.code, detail, f"/{name}")
    raise ShippingReferenceUnknown(detail, errors=(error,))
