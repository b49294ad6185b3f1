"""Pages of carts, and the one that tries out what a cart would come to."""

from cart.admin.carts import CartAdmin, CartCodeAdmin, CartLineAdmin, OutsideAnswerAdmin

__all__ = ["CartAdmin", "CartCodeAdmin", "CartLineAdmin", "OutsideAnswerAdmin"]
