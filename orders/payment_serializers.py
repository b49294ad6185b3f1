"""What goes into the endpoints of payments. What it means is services/paying.py."""

from __future__ import annotations

from rest_framework import serializers

from core.serializers import BooleanField, PaidMoneyField, StrictSerializer, TextField


class PaymentInput(StrictSerializer):
    """How the order is going to be paid."""

    provider = TextField(max_length=30, required=False, default="manual")
    method = TextField(max_length=30, help_text="bank_transfer or cash_on_delivery.")
    amount = PaidMoneyField(required=False, help_text="All that is owed unless said otherwise.")


class CaptureInput(StrictSerializer):
    """Money that came in."""

    amount = PaidMoneyField(required=False, help_text="All that was still to come unless said otherwise.")
    reference = TextField(max_length=200, required=False, default="", allow_blank=True, help_text="The bank's.")
    is_unexpected = BooleanField(
        required=False, default=False, help_text="It came although less, or nothing more, was expected."
    )


class RefundInput(StrictSerializer):
    """Money that was given back."""

    amount = PaidMoneyField(required=False, help_text="All that came in unless said otherwise.")
    reason = TextField(max_length=300)
    to = serializers.ChoiceField(
        choices=["original", "store_credit"],
        required=False,
        default="original",
        help_text="Back to where it came from (a gift card or store credit at once), or the customer's store credit.",
    )
