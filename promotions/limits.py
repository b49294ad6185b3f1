"""Whose use of a limit is counted, and how far a promotion may be used: plain data."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from core.emails import email_key

EVERYBODY = ""
"""The holder of a limit of all together."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How often a promotion, and the code by which it was entered, may be used, and its budget. None is no limit."""

    uses: int | None = None
    uses_of_buyer: int | None = None
    budget_amount: int | None = None
    code_id: uuid.UUID | None = None
    code: str = ""
    code_uses: int | None = None

    @property
    def is_limited(self) -> bool:
        """Tell whether there is any limit."""
        return any(limit is not None for limit in (self.uses, self.uses_of_buyer, self.budget_amount, self.code_uses))


def holders_of(customer_id: uuid.UUID | None, addresses: Iterable[str]) -> tuple[str, ...]:
    """Return as whom a buyer is counted: by each e-mail address, however it is written, and by the account.

    So neither logging out nor another address on the order begins anew.
    """
    emails = sorted({f"email:{email_key(address)}" for address in addresses if address})
    return (*emails, *([f"customer:{customer_id}"] if customer_id is not None else []))
