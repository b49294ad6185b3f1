"""Orders, made the way that buyers make them: through the service that places a ready cart."""

from collections.abc import Mapping
from typing import Any

from cart.models import Cart
from cart.quoting import quote_of
from core import clock
from core.money import Money
from orders.models import Order
from orders.services import order_place
from products.models import Variant
from tests.factories.carts import ready_cart_make
from tests.factories.catalogue import product_make, variant_of
from users.callers import GUEST, Caller
from users.models import User


def total_of(cart: Cart) -> Money:
    """Return what a cart comes to."""
    return quote_of(Cart.objects.select_related("market").get(id=cart.id), clock.now()).total


def order_make(
    lines: Mapping[Variant, int] | None = None,
    *,
    customer: User | None = None,
    payment_method: str | None = None,
    **cart: Any,
) -> Order:
    """Place an order: of two of a new product at 19.99, ten in stock, shipping 4.95, unless said otherwise."""
    made = ready_cart_make(lines or {variant_of(product_make()): 2}, customer=customer, **cart)
    caller = GUEST if customer is None else Caller(user_id=customer.id)
    return order_place(
        cart_id=made.id, expected_total=total_of(made), payment_method=payment_method, caller=caller
    ).order
