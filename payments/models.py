"""Tables of money. A payment's amounts are sums of its events; what is owed belongs to the order."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from core import clock
from core.ids import uuid7
from core.money import Money


class Payment(models.Model):
    """One attempt to pay for an order through one provider, in the order's currency."""

    class Status(models.TextChoices):
        """Derived from the amounts and events, never set by hand."""

        PENDING = "pending"
        CAPTURED = "captured"
        REFUNDED = "refunded"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="payments")
    provider = models.CharField(max_length=30, help_text="Such as manual.")
    method = models.CharField(max_length=30, help_text="Such as bank_transfer or cash_on_delivery.")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    amount = models.BigIntegerField(help_text="Minor units that the buyer means to pay.")
    currency = models.CharField(max_length=3)
    captured_amount = models.BigIntegerField(default=0)
    refunded_amount = models.BigIntegerField(default=0)
    provider_reference = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """Nothing is given back that did not come in."""

        ordering = ("created_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_payment_amount"),
            models.CheckConstraint(
                condition=Q(captured_amount__gte=0) & Q(captured_amount__lte=F("amount")),
                name="payments_payment_captured",
            ),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0) & Q(refunded_amount__lte=F("captured_amount")),
                name="payments_payment_refunded",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("pending", "captured", "refunded", "cancelled")),
                name="payments_payment_status",
            ),
        )

    def __str__(self) -> str:
        """Name the method and the amount, as people read it."""
        return f"{self.method.replace('_', ' ').capitalize()}, {Money(self.amount, self.currency)}"


class PaymentEvent(models.Model):
    """One thing that happened to a payment's money: immutable, signed by who did it.

    What a payment captured is the sum of its captures, what it refunded that of its refunds, and its amount what it
    was created with less what a cancellation gave up of one that something came in of. What came beyond that was
    created just then.
    """

    class Kind(models.TextChoices):
        """What happened."""

        CREATED = "created"
        CAPTURED = "captured"
        REFUNDED = "refunded"
        CANCELLED = "cancelled"

    id = models.BigAutoField(primary_key=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount = models.BigIntegerField(default=0)
    reference = models.CharField(max_length=200, blank=True, help_text="The provider's or the bank's.")
    note = models.CharField(max_length=500, blank=True)
    actor = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """In the order it happened."""

        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(amount__gte=0), name="payments_paymentevent_amount"),
            models.CheckConstraint(
                condition=Q(kind__in=("created", "captured", "refunded", "cancelled")),
                name="payments_paymentevent_kind",
            ),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        """Write kind and amount."""
        return f"{self.kind} {self.amount}"
