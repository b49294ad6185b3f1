"""Gift cards and store credit: paid when the order is placed, by the shop's own ledger, and never opened by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from payments.providers.manual import Method

CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Credit:
    """Gift card and store credit."""

    code: str = CREDIT

    @property
    def methods(self) -> Mapping[str, Method]:
        """Return both."""
        return {method.code: method for method in _METHODS}


_METHODS = (Method("gift_card", "Gift card"), Method("store_credit", "Store credit"))
