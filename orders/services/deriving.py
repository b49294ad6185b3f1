"""What an order's payments make of its amounts: the one place that derives them."""

from django.db.models import Sum

from orders.models import Order
from orders.states import payment_status_of
from payments.models import Payment


def money_derive(order: Order) -> None:
    """Derive what a locked order was paid and given back from its payments; whoever calls writes it."""
    sums = Payment.objects.filter(order_id=order.id).aggregate(
        paid=Sum("captured_amount", default=0), refunded=Sum("refunded_amount", default=0)
    )
    order.paid_amount, order.refunded_amount = int(sums["paid"]), int(sums["refunded"])
    order.payment_status = payment_status_of(
        total=order.total_amount, paid=order.paid_amount, refunded=order.refunded_amount
    )
