"""Tables of gift cards and store credit. A balance is the sum of its entries, which are only ever added to."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from core import clock
from core.ids import uuid7
from core.money import Money
from users.models import User


class GiftCard(models.Model):
    """Money for whoever knows the code. Only the code's digest is kept; `codes.py` makes it again for its buyer."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code_digest = models.BinaryField(max_length=32, editable=False)
    last_characters = models.CharField(max_length=4, editable=False, help_text="Of the code, to tell cards apart.")
    currency = models.CharField(max_length=3)
    issued_amount = models.BigIntegerField(help_text="Minor units that were ever put on it.")
    balance_amount = models.BigIntegerField(help_text="What is left of them.")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="From then on it pays nothing; blank is never.")
    is_active = models.BooleanField(default=True, help_text="Whether it pays.")
    customer = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="Whom it was given to."
    )
    order_line = models.ForeignKey(
        "orders.OrderLine", on_delete=models.PROTECT, null=True, blank=True, related_name="gift_cards", editable=False
    )
    piece = models.PositiveSmallIntegerField(
        null=True, blank=True, editable=False, help_text="Of a card that was sold: which one of its line."
    )
    note = models.CharField(max_length=500, blank=True, help_text="For staff.")
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """A code opens one card, and no card holds less than nothing or more than was put on it."""

        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("code_digest",), name="promotions_giftcard_code"),
            models.UniqueConstraint(fields=("order_line", "piece"), name="promotions_giftcard_piece"),
            models.CheckConstraint(
                condition=Q(order_line__isnull=True, piece__isnull=True)
                | Q(order_line__isnull=False, piece__isnull=False, piece__gt=0),
                name="promotions_giftcard_sold",
            ),
            models.CheckConstraint(
                condition=Q(balance_amount__gte=0) & Q(balance_amount__lte=F("issued_amount")),
                name="promotions_giftcard_balance",
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="promotions_giftcard_currency"),
        )
        indexes = (
            models.Index(fields=("expires_at",), condition=Q(balance_amount__gt=0), name="promotions_giftcard_expiry"),
        )

    def __str__(self) -> str:
        """Write how people tell it from others."""
        return f"Gift card ···· {self.last_characters}"

    @property
    def balance(self) -> Money:
        """Return what is left."""
        return Money(self.balance_amount, self.currency)


class StoreCredit(models.Model):
    """What the shop owes one customer in one currency, to be spent by them alone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="store_credits")
    currency = models.CharField(max_length=3)
    balance_amount = models.BigIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """One per customer and currency, and never below zero."""

        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("customer", "currency"), name="promotions_storecredit_once"),
            models.CheckConstraint(condition=Q(balance_amount__gte=0), name="promotions_storecredit_balance"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="promotions_storecredit_currency"),
        )

    def __str__(self) -> str:
        """Write how much it is."""
        return f"Store credit, {Money(self.balance_amount, self.currency)}"


class CreditEntry(models.Model):
    """One change of a gift card's or a store credit's balance: immutable, signed by who did it."""

    class Kind(models.TextChoices):
        """What happened.

        Given back is what an order had spent; refunded is other money that became credit; taken back is what an order
        had sold, when its money goes back.
        """

        ISSUED = "issued"
        SPENT = "spent"
        GIVEN_BACK = "given_back", "Given back"
        REFUNDED = "refunded"
        TAKEN_BACK = "taken_back", "Taken back"
        EXPIRED = "expired"
        ADJUSTED = "adjusted"

    id = models.BigAutoField(primary_key=True)
    card = models.ForeignKey(GiftCard, on_delete=models.PROTECT, null=True, blank=True, related_name="entries")
    store_credit = models.ForeignKey(
        StoreCredit, on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount = models.BigIntegerField(help_text="Minor units; below zero is less to spend.")
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    actor = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        """Of one balance, with the sign of its kind; a payment is spent once."""

        ordering = ("id",)
        verbose_name_plural = "credit entries"
        constraints = (
            models.CheckConstraint(
                condition=Q(card__isnull=False, store_credit__isnull=True)
                | Q(card__isnull=True, store_credit__isnull=False),
                name="promotions_creditentry_of_one",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("issued", "given_back", "refunded"), amount__gt=0)
                | Q(kind__in=("spent", "taken_back", "expired"), amount__lt=0)
                | (Q(kind="adjusted") & ~Q(amount=0)),
                name="promotions_creditentry_sign",
            ),
            models.CheckConstraint(
                condition=(~Q(kind__in=("spent", "given_back")) | Q(order__isnull=False, payment__isnull=False))
                & (~Q(kind="taken_back") | Q(order__isnull=False, card__isnull=False)),
                name="promotions_creditentry_cause",
            ),
            models.UniqueConstraint(
                fields=("payment",), condition=Q(kind="spent"), name="promotions_creditentry_spent_once"
            ),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        """Write kind and amount."""
        return f"{self.kind} {self.amount}"
