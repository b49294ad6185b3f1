"""Who takes the money: a protocol, and the providers of this shop by their code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from django.conf import settings

from payments.exceptions import PaymentMethodUnknown
from payments.providers.credit import CREDIT as CREDIT
from payments.providers.credit import Credit
from payments.providers.manual import Manual, Method


class Provider(Protocol):
    """A way to take money. One that calls a service elsewhere does so outside any transaction."""

    @property
    def code(self) -> str:
        """Return the name that payments carry."""

    @property
    def methods(self) -> Mapping[str, Method]:
        """Return the methods that it takes, by code."""


PROVIDERS: Mapping[str, Provider] = {provider.code: provider for provider in (Manual(), Credit())}


def method_of(provider: str, method: str) -> Method:
    """Return a provider's method.

    Raises:
        PaymentMethodUnknown: this shop doesn't take it; the problem lists what it takes.
    """
    # Nobody opens a payment by credit: it is there when the order is placed, or not at all.
    methods = PROVIDERS[provider].methods if provider in PROVIDERS and provider != CREDIT else {}
    if method not in methods or method not in settings.PAYMENT_METHODS:
        raise PaymentMethodUnknown(payment_methods=list(settings.PAYMENT_METHODS))
    return methods[method]


def method_name(provider: str, method: str) -> str:
    """Return how people call a method, even one that the shop doesn't take any more."""
    known = PROVIDERS[provider].methods.get(method) if provider in PROVIDERS else None
    return known.name if known else method
