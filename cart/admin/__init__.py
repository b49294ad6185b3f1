"""Pages of carts, the one that tries out what a cart would come to, and the market's, which says what it lacks."""

from cart.admin.carts import CartAdmin, CartCodeAdmin, CartLineAdmin, OutsideAnswerAdmin
from cart.admin.markets import SellingMarketAdmin

__all__ = ["CartAdmin", "CartCodeAdmin", "CartLineAdmin", "OutsideAnswerAdmin", "SellingMarketAdmin"]
