"""Money as the API writes it."""

from typing import Any


def eur(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "EUR"}
