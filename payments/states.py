"""What a payment's amounts make of its status. Pure; the order's own payment status belongs to orders."""

from payments.models import Payment


def status_of(*, amount: int, captured_amount: int, refunded_amount: int, is_cancelled: bool = False) -> Payment.Status:
    """Return the status: open while some of its amount may still come, whatever was given back of the rest.

    A payment that is cancelled midway stands for what came in until then, so its amount is that.
    """
    if is_cancelled and captured_amount == 0:
        return Payment.Status.CANCELLED
    if captured_amount < amount:
        return Payment.Status.PENDING
    return Payment.Status.REFUNDED if refunded_amount == captured_amount else Payment.Status.CAPTURED
