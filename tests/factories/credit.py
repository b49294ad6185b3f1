"""Gift cards and store credit, made by the services."""

from typing import Any

from core.money import Money
from promotions.credit.services import gift_card_issue, store_credit_adjust
from promotions.models import GiftCard, StoreCredit
from users.models import User


def gift_card_make(
    amount: int = 5000, *, currency: str = "EUR", customer: User | None = None, **fields: Any
) -> GiftCard:
    """Issue a gift card; `code_of` of its id is its code."""
    customer_id = customer.pk if customer is not None else None
    return gift_card_issue(amount=Money(amount, currency), customer_id=customer_id, actor="system", **fields).card


def store_credit_make(customer: User, amount: int = 5000, *, currency: str = "EUR") -> StoreCredit:
    """Give a customer store credit."""
    return store_credit_adjust(customer_id=customer.pk, amount=Money(amount, currency), reason="Sorry", actor="system")
