"""Gift cards as goods: what tests of selling them share."""

from typing import Any

from orders.models import Order
from orders.services import order_mark_paid, order_place
from products.models import Variant
from promotions.models import CreditEntry, GiftCard
from tests.factories.carts import cart_make
from tests.factories.catalogue import product_make, variant_of
from tests.factories.orders import total_of
from users.callers import GUEST, Caller
from users.models import User

PRICE = 5000


def card_variant(price: int = PRICE, *, stock: int | None = None, **fields: Any) -> Variant:
    """Return a gift card for sale, its stock not counted unless said otherwise."""
    return variant_of(product_make("Gift card", price=price, stock=stock, is_gift_card=True, **fields))


def sold_make(
    quantity: int = 1, *, variant: Variant | None = None, customer: User | None = None, is_paid: bool = True
) -> Order:
    """Return an order of nothing but gift cards of 50.00, paid unless said otherwise."""
    cart = cart_make({variant or card_variant(): quantity}, customer=customer, email="ada@example.com")
    caller = GUEST if customer is None else Caller(user_id=customer.id)
    order = order_place(
        cart_id=cart.id, expected_total=total_of(cart), payment_method="bank_transfer", caller=caller
    ).order
    if is_paid:
        order_mark_paid(order_id=order.id, actor="system")
        order.refresh_from_db()
    return order


def entries_of(card: GiftCard) -> list[tuple[str, int]]:
    return list(CreditEntry.objects.filter(card=card).order_by("id").values_list("kind", "amount"))
