"""The piles of orders that wait for staff: the same on the start page and in the list's filter."""

from django.db.models import Q

TO_PAY = Q(status__in=("pending", "confirmed"), payment_status__in=("unpaid", "partially_paid"))
"""Their money has not come in whole."""

TO_SHIP = Q(status="confirmed", fulfilment_status__in=("unfulfilled", "partially_fulfilled"))
"""Their goods may leave and have not."""
