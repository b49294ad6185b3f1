"""What staff fill in to do something with an order."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
    UnfoldBooleanSwitchWidget,
)

from core.admin.forms import AmountField
from core.money import Money, MoneyError, parse_decimal, to_decimal_text
from orders.admin.page import refundable_payments
from orders.services import FulfilLine
from payments.providers.manual import Manual
from users.admin.acting import ActionForm


class MarkPaidForm(ActionForm):
    """How the money came."""

    method = forms.ChoiceField(
        choices=[(method.code, method.name) for method in Manual().methods.values()], widget=UnfoldAdminSelectWidget
    )
    reference = forms.CharField(
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text="What the bank statement or receipt says; kept in the ledger.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with the way that the buyer chose."""
        super().__init__(*args, **kwargs)
        chosen = [payment.method for payment in self.row.payments.all() if payment.status == "pending"]
        self.initial["method"] = next(iter(chosen), None)


class RefundForm(ActionForm):
    """What is given back, of which payment, and why."""

    payment = forms.ChoiceField(widget=UnfoldAdminSelectWidget)
    amount = AmountField()
    reason = forms.CharField(
        max_length=200, widget=UnfoldAdminTextInputWidget, help_text="The buyer may read this in the order's history."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the payments that something came in by, and all of the first."""
        super().__init__(*args, **kwargs)
        self.left = {
            str(payment.pk): Money(payment.captured_amount - payment.refunded_amount, payment.currency)
            for payment in refundable_payments(self.row)
        }
        self.fields["payment"].choices = [  # type: ignore[attr-defined]
            (str(payment.pk), f"{payment.method.replace('_', ' ').capitalize()}, {self.left[str(payment.pk)]} left")
            for payment in refundable_payments(self.row)
        ]
        first = next(iter(self.left.values()), None)
        if first is not None:
            self.initial["amount"] = to_decimal_text(first.amount, first.currency)
            cast(AmountField, self.fields["amount"]).show_currency(first.currency)

    def clean(self) -> dict[str, Any]:
        """Read the amount in the order's currency."""
        cleaned = super().clean() or self.cleaned_data
        left = self.left.get(cleaned.get("payment", ""))
        if left is None or not cleaned.get("amount"):
            return cleaned
        try:
            cleaned["amount"] = Money(parse_decimal(cleaned["amount"], left.currency), left.currency)
        except MoneyError as error:
            self.add_error("amount", str(error))
            return cleaned
        if not 0 < cleaned["amount"].amount <= left.amount:
            self.add_error("amount", f"Give back more than nothing, and {left} at the most.")
        return cleaned


class CancelForm(ActionForm):
    """Why the order is cancelled."""

    reason = forms.CharField(
        max_length=200, widget=UnfoldAdminTextInputWidget, help_text="The buyer may read this in the order's history."
    )


class NoteForm(ActionForm):
    """Something worth remembering about the order."""

    message = forms.CharField(max_length=500, widget=UnfoldAdminTextareaWidget({"rows": 4}))
    is_public = forms.BooleanField(required=False, label="The buyer sees it too", widget=UnfoldBooleanSwitchWidget)


class FulfilForm(ActionForm):
    """What is in the parcel, and how it travels."""

    carrier = forms.CharField(required=False, max_length=60, widget=UnfoldAdminTextInputWidget)
    tracking_number = forms.CharField(required=False, max_length=100, widget=UnfoldAdminTextInputWidget)
    tracking_url = forms.URLField(
        required=False, max_length=500, assume_scheme="https", label="Tracking link", widget=UnfoldAdminURLInputWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for a quantity of every line that isn't sent whole, and offer all that is left."""
        super().__init__(*args, **kwargs)
        self.lines = {
            f"quantity_{line.pk.hex}": line for line in self.row.lines.all() if line.quantity > line.fulfilled_quantity
        }
        for name, line in self.lines.items():
            left = line.quantity - line.fulfilled_quantity
            self.fields[name] = forms.IntegerField(
                min_value=0,
                max_value=left,
                initial=left,
                label=" · ".join(part for part in (line.title, line.variant_title) if part),
                help_text=f"{line.sku or 'no SKU'}; {left} of {line.quantity} left to send",
                widget=UnfoldAdminIntegerFieldWidget({"class": "tnd-quantity", "inputmode": "numeric"}),
            )

    def quantity_fields(self) -> list[Any]:
        """Return the lines' fields, for the template."""
        return [self[name] for name in self.lines]

    def clean(self) -> dict[str, Any]:
        """Refuse an empty parcel."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not any(cleaned[name] for name in self.lines):
            message = "Say how many of at least one line are in the parcel."
            raise forms.ValidationError(message)
        return cleaned

    def sent(self) -> list[FulfilLine]:
        """Return how many of which line are in the parcel."""
        typed = self.cleaned_data
        return [FulfilLine(line.pk, typed[name]) for name, line in self.lines.items() if typed[name]]
