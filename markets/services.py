"""Every write of markets and taxes. Product pages follow by their triggers, carts look anew each time."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import IntegrityError, connection, transaction
from django.db.models import Model, ProtectedError

from core.places import postal_code_key
from core.problems import FieldError, InvalidInput, NotFound, Problem
from core.transactions import assert_in_transaction, entry
from markets.exceptions import (
    CurrencyRateTaken,
    MarketCodeTaken,
    MarketHasPrices,
    MarketInUse,
    TaxCategoryCodeTaken,
    TaxCategoryInUse,
    TaxRateOverlap,
)
from markets.models import CurrencyRate, Market, TaxCategory, TaxRate
from markets.tax_services import tax_service_names

M = TypeVar("M", bound=Model)
Precondition = Callable[[Any], None]

MAX_POSTAL_CODE = 12
_DEFAULT_LOCK = 0x7469_656E_6461_0002

_REFUSALS: Mapping[str, type[Problem]] = {
    "markets_market_code": MarketCodeTaken,
    "markets_taxcategory_code": TaxCategoryCodeTaken,
    "markets_taxrate_overlap": TaxRateOverlap,
    "markets_currencyrate_once": CurrencyRateTaken,
}
_FIELDS: Mapping[type[Problem], str] = {TaxRateOverlap: "/valid_from", CurrencyRateTaken: "/valid_on"}
"""Which field a refusal is about; those that aren't here are about the code."""


@entry
def market_create(*, values: Mapping[str, Any]) -> Market:
    """Make a market; one that is the default takes that from the one that was.

    Raises:
        MarketCodeTaken: another has the code.
        InvalidInput: its tax service isn't one of the shop's.
    """
    _default_lock(values)
    _check_tax_service(values)
    market = Market(**values)
    _save(market)
    return market


@entry
def market_update(
    *, market_id: uuid.UUID, changes: Mapping[str, Any], precondition: Precondition | None = None
) -> Market:
    """Change a market. `precondition` sees it under its lock and refuses by raising (If-Match).

    Raises:
        NotFound: there is none.
        MarketCodeTaken: another has the code.
        MarketHasPrices: the currency would change under prices, methods or orders that are amounts of it.
    """
    _default_lock(changes)
    _check_tax_service(changes)
    market = _locked(Market, market_id, precondition)
    has_amounts = (
        market.prices.exists()
        or market.price_lists.exists()
        or market.shipping_methods.exists()
        or market.orders.exists()
    )
    if changes.get("currency", market.currency) != market.currency and has_amounts:
        raise MarketHasPrices
    for name, value in changes.items():
        setattr(market, name, value)
    _save(market)
    return market


@entry
def market_delete(*, market_id: uuid.UUID, precondition: Precondition | None = None) -> None:
    """Delete a market in which nothing was ever priced, carted or sold, and that no promotion names.

    Raises:
        NotFound: there is none.
        MarketInUse: something belongs to it; it can be made inactive.
    """
    market = _locked(Market, market_id, precondition)
    # Prices and methods would go with it, and nobody deletes those by deleting a market; a promotion that is for this
    # market alone would be for all of them.
    if market.prices.exists() or market.shipping_methods.exists() or market.promotions.exists():
        raise MarketInUse
    _delete(market, MarketInUse)


@entry
def tax_category_create(*, values: Mapping[str, Any]) -> TaxCategory:
    """Make a tax category; one that is the default takes that from the one that was.

    Raises:
        TaxCategoryCodeTaken: another has the code.
    """
    _default_lock(values)
    category = TaxCategory(**values)
    _save(category)
    return category


@entry
def tax_category_update(
    *, category_id: uuid.UUID, changes: Mapping[str, Any], precondition: Precondition | None = None
) -> TaxCategory:
    """Change a tax category.

    Raises:
        NotFound: there is none.
        TaxCategoryCodeTaken: another has the code.
    """
    _default_lock(changes)
    category = _locked(TaxCategory, category_id, precondition)
    for name, value in changes.items():
        setattr(category, name, value)
    _save(category)
    return category


@entry
def tax_category_delete(*, category_id: uuid.UUID, precondition: Precondition | None = None) -> None:
    """Delete a tax category that nothing names.

    Raises:
        NotFound: there is none.
        TaxCategoryInUse: rates, products or shipping methods name it.
    """
    category = _locked(TaxCategory, category_id, precondition)
    if category.rates.exists():
        raise TaxCategoryInUse
    _delete(category, TaxCategoryInUse)


@entry
def tax_rate_create(*, values: Mapping[str, Any]) -> TaxRate:
    """Make a tax rate. `category` is a tax category's code.

    Raises:
        InvalidInput: there is no such category, its postal codes are no range, or it ends before it begins.
        TaxRateOverlap: another rate of category, place and name holds at that time.
    """
    rate = TaxRate()
    _fill_rate(rate, values)
    return rate


@entry
def tax_rate_update(
    *, rate_id: uuid.UUID, changes: Mapping[str, Any], precondition: Precondition | None = None
) -> TaxRate:
    """Change a tax rate; orders that were placed keep what they were taxed.

    Raises:
        NotFound: there is none. Else as `tax_rate_create`.
    """
    rate = _locked(TaxRate, rate_id, precondition)
    _fill_rate(rate, changes)
    return rate


@entry
def tax_rate_delete(*, rate_id: uuid.UUID, precondition: Precondition | None = None) -> None:
    """Delete a tax rate; orders that were placed keep what they were taxed.

    Raises:
        NotFound: there is none.
    """
    _locked(TaxRate, rate_id, precondition).delete()


def postal_code_ends(first: str, last: str) -> tuple[str, str]:
    """Return both ends of a range of postal codes as they are stored; a blank end is the same as the other.

    Raises:
        InvalidInput: the last is before the first, or longer than any country's.
    """
    first, last = postal_code_key(first), postal_code_key(last)
    first, last = first or last, last or first
    if max(len(first), len(last)) > MAX_POSTAL_CODE:
        detail = f"A postal code has {MAX_POSTAL_CODE} letters and digits at the most."
        raise InvalidInput.at("/postal_code_from", detail)
    if first[: len(last)] > last:
        raise InvalidInput.at("/postal_code_until", "The last postal code must not come before the first.")
    return first, last


def _fill_rate(rate: TaxRate, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(rate, name, _category(value) if name == "category" else value)
    if "postal_code_from" in values and "postal_code_until" not in values:
        rate.postal_code_until = rate.postal_code_from
    rate.postal_code_from, rate.postal_code_until = postal_code_ends(rate.postal_code_from, rate.postal_code_until)
    begins, ends = rate.valid_from, rate.valid_until
    if begins is not None and ends is not None and begins >= ends:
        raise InvalidInput.at("/valid_until", "A rate must end after it begins.")
    _save(rate)


@entry
def currency_rate_create(*, values: Mapping[str, Any]) -> CurrencyRate:
    """Enter what a currency was worth in another on a day.

    Raises:
        InvalidInput: both are one currency.
        CurrencyRateTaken: there is one for the day.
    """
    rate = CurrencyRate()
    _fill_currency_rate(rate, values)
    return rate


@entry
def currency_rate_update(
    *, rate_id: uuid.UUID, changes: Mapping[str, Any], precondition: Precondition | None = None
) -> CurrencyRate:
    """Correct a currency rate; prices that were reckoned by it stay.

    Raises:
        NotFound: there is none. Else as `currency_rate_create`.
    """
    rate = _locked(CurrencyRate, rate_id, precondition)
    _fill_currency_rate(rate, changes)
    return rate


@entry
def currency_rate_delete(*, rate_id: uuid.UUID, precondition: Precondition | None = None) -> None:
    """Delete a currency rate; prices that were reckoned by it stay.

    Raises:
        NotFound: there is none.
    """
    _locked(CurrencyRate, rate_id, precondition).delete()


def _fill_currency_rate(rate: CurrencyRate, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(rate, name, value)
    if rate.base == rate.quote:
        raise InvalidInput.at("/quote", "A rate is of two currencies.")
    _save(rate)


def _category(code: str) -> TaxCategory:
    category = TaxCategory.objects.filter(code=code).first()
    if category is None:
        raise InvalidInput.at(
            "/category", "There is no such tax category; GET /tax-categories lists them.", code="unknown"
        )
    return category


def _locked(model: type[M], pk: uuid.UUID, precondition: Precondition | None) -> M:
    row = model._default_manager.select_for_update(of=("self",)).filter(pk=pk).first()  # noqa: SLF001 (any model's)
    if row is None:
        raise NotFound
    if precondition is not None:
        precondition(row)
    return row


def _check_tax_service(values: Mapping[str, Any]) -> None:
    name = values.get("tax_service")
    if name and name not in tax_service_names():
        known = ", ".join(tax_service_names()) or "none"
        detail = f"There is no such tax service in the shop's settings; known there: {known}."
        raise InvalidInput.at("/tax_service", detail, code="unknown")


def _default_lock(values: Mapping[str, Any]) -> None:
    """Let one transaction at a time choose a default: it must see the one that it takes that from."""
    assert_in_transaction()
    if values.get("is_default"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_DEFAULT_LOCK])


def _save(row: Market | TaxCategory | TaxRate | CurrencyRate) -> None:
    """Write a row; a default one takes that from the one that was, in one transaction."""
    assert_in_transaction()
    if isinstance(row, Market) and row.is_default:
        Market.objects.exclude(pk=row.pk).filter(is_default=True).update(is_default=False)
    if isinstance(row, TaxCategory) and row.is_default:
        TaxCategory.objects.exclude(pk=row.pk).filter(is_default=True).update(is_default=False)
    with _refusals():
        row.save()


def _delete(row: Model, in_use: type[Problem]) -> None:
    try:
        with transaction.atomic():
            row.delete()
    except (ProtectedError, IntegrityError) as error:
        raise in_use from error


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        for constraint, refusal in _REFUSALS.items():
            if constraint in str(error):
                field = _FIELDS.get(refusal, "/code")
                raise refusal(
                    refusal.title, errors=(FieldError(code=refusal.code, detail=refusal.title, pointer=field),)
                ) from error
        raise
