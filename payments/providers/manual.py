"""Money that people see: staff record the bank transfer, or what the carrier collected. Nothing is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Method:
    """A way to pay. `is_on_account`: the shop delivers before it has the money, so the order is accepted at once."""

    code: str
    name: str
    is_on_account: bool = False


@dataclass(frozen=True, slots=True)
class Manual:
    """Bank transfer and cash on delivery."""

    code: str = "manual"

    @property
    def methods(self) -> Mapping[str, Method]:
        """Return both."""
        return {method.code: method for method in _METHODS}


_METHODS = (
    Method("bank_transfer", "Bank transfer"),
    Method("cash_on_delivery", "Cash on delivery", is_on_account=True),
)
