"""Gift cards and store credit, made by the services."""

from typing import Any

from core.money import Money
from orders.models import Order
from orders.services import order_mark_paid, order_place
from products.models import Variant
from promotions.credit.services import gift_card_issue, store_credit_adjust
from promotions.models import GiftCard, StoreCredit
from tests.factories.carts import cart_make
from tests.factories.catalogue import product_make, variant_of
from tests.factories.orders import total_of
from users.callers import GUEST, Caller
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


def card_variant_make(price: int = 5000, *, stock: int | None = None, **fields: Any) -> Variant:
    """Make a gift card for sale, its stock not counted unless said otherwise."""
    return variant_of(product_make("Gift card", price=price, stock=stock, is_gift_card=True, **fields))


def sold_cards_make(
    quantity: int = 1,
    *,
    variant: Variant | None = None,
    customer: User | None = None,
    is_paid: bool = True,
    **cart: Any,
) -> Order:
    """Place an order of nothing but gift cards, of 50.00 and paid unless said otherwise."""
    made = cart_make({variant or card_variant_make(): quantity}, customer=customer, email="ada@example.com", **cart)
    caller = GUEST if customer is None else Caller(user_id=customer.id)
    order = order_place(
        cart_id=made.id, expected_total=total_of(made), payment_method="bank_transfer", caller=caller
    ).order
    if is_paid:
        order_mark_paid(order_id=order.id, actor="system")
        order.refresh_from_db()
    return order
