"""Carriers outside that say what a parcel costs: what they are asked, what they answer, and one over HTTP.

When they are asked, and how long an answer holds, is the cart's to say. Nothing here knows the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from django.conf import settings

from core.money import MAX_AMOUNT
from core.outside import JsonEndpoint, service_named
from core.outside.reading import integer_of, list_of, object_of, refuse, text_of
from core.places import Place

MAX_RATES = 100
MAX_DAYS = 365


@dataclass(frozen=True, slots=True)
class ParcelItem:
    """So many of a thing; what isn't known of one piece is None. `value_amount` is what all of them cost together."""

    sku: str
    quantity: int
    value_amount: int
    weight_grams: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None


@dataclass(frozen=True, slots=True)
class ParcelQuestion:
    """What is to be sent where. Amounts are minor units of the currency, in which the answer must be too."""

    destination: Place
    origin: Place | None
    currency: str
    items: tuple[ParcelItem, ...]

    @property
    def value_amount(self) -> int:
        """Return what all of it costs."""
        return sum(item.value_amount for item in self.items)


@dataclass(frozen=True, slots=True)
class CarrierRate:
    """One service of the carrier and its price for the question, in minor units, net or gross as the market's are."""

    service: str
    name: str
    amount: int
    currency: str
    min_days: int | None = None
    max_days: int | None = None


class Carrier(Protocol):
    """Somebody who knows what a parcel costs."""

    def rates(self, question: ParcelQuestion, *, seconds: float) -> Sequence[CarrierRate]:
        """Return the services that can be had, within so many seconds; none if the carrier doesn't go there.

        Raises:
            ServiceFailed: there is no answer that can be used.
        """


@dataclass(frozen=True, slots=True)
class HttpCarrier:
    """Asks a small service of the shop's own, which may speak with any carrier: see docs/money.md."""

    endpoint: JsonEndpoint

    def __init__(self, *, url: str, secret: str = "") -> None:
        """Keep the address and the bearer token."""
        object.__setattr__(self, "endpoint", JsonEndpoint(url, secret))

    def rates(self, question: ParcelQuestion, *, seconds: float) -> Sequence[CarrierRate]:
        """Post the question as JSON."""
        answer = object_of(self.endpoint.post(parcel_json(question), seconds=seconds), "the answer")
        return [
            _rate_of(object_of(rate, "a rate")) for rate in list_of(answer.get("rates"), "rates", maximum=MAX_RATES)
        ]


def carrier_names() -> tuple[str, ...]:
    """Return the carriers that this shop has."""
    return tuple(settings.CARRIERS)


def carrier_of(name: str) -> Carrier:
    """Return a carrier by its name.

    Raises:
        ServiceFailed: it is not among the settings any more.
    """
    carrier: Carrier = service_named(name, settings.CARRIERS)
    return carrier


def parcel_json(question: ParcelQuestion) -> dict[str, Any]:
    """Return the question as a carrier over HTTP gets it: all that an answer may depend on."""
    return {
        "question": "rates",
        "origin": None if question.origin is None else asdict(question.origin),
        "destination": asdict(question.destination),
        "value": {"amount": question.value_amount, "currency": question.currency},
        "items": [asdict(item) for item in question.items],
    }


def rates_checked(rates: Sequence[CarrierRate], currency: str) -> list[dict[str, Any]]:
    """Return an answer as it is kept, if every rate in it can be charged.

    Raises:
        ServiceFailed: one is below zero, in another currency, or not what it should be.
    """
    kept = [asdict(rate) for rate in list_of(rates, "rates", maximum=MAX_RATES)]
    for rate in kept:
        if rate["currency"] != currency:
            refuse(f"a price is not in {currency}")
        _check(rate)
    return kept


def rates_of(kept: Sequence[Mapping[str, Any]]) -> tuple[CarrierRate, ...]:
    """Return a kept answer."""
    return tuple(CarrierRate(**rate) for rate in kept)


def rate_for(rates: Sequence[CarrierRate], service: str) -> CarrierRate | None:
    """Return the rate of a service, the cheapest of all for a blank one; None if it isn't among them."""
    wanted = [rate for rate in rates if service in {"", rate.service}]
    return min(wanted, key=lambda rate: (rate.amount, rate.service), default=None)


def _rate_of(rate: Mapping[str, Any]) -> CarrierRate:
    price = object_of(rate.get("price"), "price")
    return CarrierRate(
        service=rate.get("service", ""),
        name=rate.get("name", ""),
        amount=price.get("amount", -1),
        currency=price.get("currency", ""),
        min_days=rate.get("min_days"),
        max_days=rate.get("max_days"),
    )


def _check(rate: dict[str, Any]) -> None:
    rate["service"] = text_of(rate["service"], "service", maximum=60)
    rate["name"] = text_of(rate["name"], "name", maximum=80)
    integer_of(rate["amount"], "amount", maximum=MAX_AMOUNT)
    days = [
        integer_of(rate[name], name, maximum=MAX_DAYS) for name in ("min_days", "max_days") if rate[name] is not None
    ]
    if days != sorted(days):
        refuse("min_days is more than max_days")
