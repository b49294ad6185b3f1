"""Refusals of payments."""

from core.problems import Conflict, InvalidInput, NotFound


class PaymentNotFound(NotFound):
    """There is no such payment."""

    code = "payment_not_found"
    title = "There is no such payment."


class PaymentMethodUnknown(InvalidInput):
    """No provider of this shop takes this method."""

    code = "payment_method_unknown"
    title = "This shop does not take that payment method."


class PaymentTooLarge(Conflict):
    """More money than is owed, or than the payment is for."""

    code = "payment_too_large"
    title = "That is more than is owed."


class PaymentNotOpen(Conflict):
    """Nothing more can be captured or cancelled of this payment."""

    code = "payment_not_open"
    title = "This payment is no longer open."


class RefundTooLarge(Conflict):
    """More money than came in, less what was given back already."""

    code = "refund_too_large"
    title = "That is more than came in by this payment and was not given back yet."
