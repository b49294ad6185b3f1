"""What a cart is like."""

from typing import Any

from cart.models import Cart


def state(cart: Cart) -> dict[str, Any]:
    """Return every column of a cart, to see that a refusal changed nothing."""
    return dict(Cart.objects.filter(id=cart.id).values().get())
