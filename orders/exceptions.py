"""Refusals of orders."""

from __future__ import annotations

from cart.quoting import CartQuote
from core.problems import Conflict, InvalidInput, NotFound


class OrderNotFound(NotFound):
    """No order has this id or number, or it is somebody else's."""

    code = "order_not_found"
    title = "There is no such order."


class OrderLineUnknown(InvalidInput):
    """The order has no line with this id."""

    code = "order_line_unknown"
    title = "The order has no such line."


class PriceChanged(Conflict):
    """The cart comes to another total than the buyer expects; the view adds the quote."""

    code = "price_changed"
    title = "The total has changed; look at the cart again and place the order with its new total."

    def __init__(self, quote: CartQuote) -> None:
        """Keep the quote that holds now."""
        super().__init__(f"The total is {quote.total} now; show it to the buyer and send it as `expected_total`.")
        self.quote = quote


class CreditChanged(Conflict):
    """Gift cards or store credit pay less than the buyer saw; the view adds the quote."""

    code = "credit_changed"
    title = "What gift cards and store credit pay has changed; look at the cart again."

    def __init__(self, quote: CartQuote) -> None:
        """Keep the quote that holds now."""
        super().__init__(f"{quote.payable} of {quote.total} are to be paid besides credit now; show it to the buyer.")
        self.quote = quote


class StoreCreditNeedsCustomer(Conflict):
    """The order is a guest's, to whom no store credit can belong."""

    code = "store_credit_needs_customer"
    title = "This order is a guest's; give the money back to where it came from."


class GiftCardSpent(Conflict):
    """Money would go back for gift cards that the order sold and that were spent; nothing was changed."""

    code = "gift_card_spent"
    title = "Gift cards that this order sold were spent, so their money can't be given back."


class GiftCardUnpaid(Conflict):
    """Gift cards are to be sent that nobody has paid."""

    code = "gift_card_unpaid"
    title = "Gift cards are issued by themselves once the order is paid."


class CartNotReady(Conflict):
    """Something is missing or wrong in the cart; the view adds its problems."""

    code = "cart_not_ready"
    title = "The cart can't be ordered as it is."

    def __init__(self, quote: CartQuote) -> None:
        """Keep the quote that names the problems."""
        super().__init__(next(problem.detail for problem in quote.problems if problem.is_blocking))
        self.quote = quote


class OrderMoveRefused(Conflict):
    """The order can't come from its status to that one."""

    code = "order_move_refused"
    title = "The order's status does not allow this."


class OrderShipped(Conflict):
    """Some of the goods have left; what has left comes back as a return."""

    code = "order_shipped"
    title = "Some of this order has been shipped, so it can't be cancelled."


class OrderAccepted(Conflict):
    """The buyer wants to cancel what is paid or accepted already."""

    code = "order_accepted"
    title = "The shop has accepted this order already; ask the shop to cancel it."


class FulfilmentTooLarge(Conflict):
    """More of a line than is left to fulfil."""

    code = "fulfilment_too_large"
    title = "That is more than is left to fulfil."


class ReturnTooLarge(Conflict):
    """More of a line comes back than was sent."""

    code = "return_too_large"
    title = "That is more than was sent and hasn't come back."


class NotReleased(Conflict):
    """A preorder is to be sent before its day."""

    code = "variant_not_released"
    title = "Some of this is not released yet; send the rest without it, or change its day of release."


class NothingToFulfil(Conflict):
    """Everything has been fulfilled."""

    code = "nothing_to_fulfil"
    title = "Everything of this order has been fulfilled."


class NothingOwed(Conflict):
    """The order is paid, or open payments cover it."""

    code = "nothing_owed"
    title = "Nothing more is owed for this order."


class CurrencyMismatch(InvalidInput):
    """Money of another currency than the order's."""

    code = "currency_mismatch"
    title = "The amount must be in the order's currency."
