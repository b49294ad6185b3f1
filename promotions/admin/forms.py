"""How a promotion is filled in: money and percent as people write them, and only what its benefit needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminTextInputWidget,
)

from core.admin.forms import AmountField, MoneyForm, PercentField, WordListField, percent_text, ppm_of
from core.admin.places import HOW_TO_WRITE, CountryListField
from markets.models import Market
from promotions.benefits import columns_of, missing_of
from promotions.models import MAX_AT_ONCE, Code, Promotion
from promotions.selectors import code_of

DAYS = ((1, "Mon"), (2, "Tue"), (3, "Wed"), (4, "Thu"), (5, "Fri"), (6, "Sat"), (7, "Sun"))
_CODE_LETTERS = "Use the letters A to Z, digits, dashes and underscores only, such as SUMMER10."
_TYPED = {"rate_ppm": "percent"}
"""What the form calls columns."""


class PromotionForm(MoneyForm):
    """A promotion. What its benefit hasn't is left out, whatever was typed there before the benefit was changed."""

    money_fields = ("amount", "min_amount", "max_amount", "budget_amount")
    currency = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelect2Widget,
        help_text="Of the amounts below. With any amount, the promotion holds only in markets of this currency.",
    )
    percent = PercentField(label="Percent off", required=False, help_text="Such as 10; 100 is for nothing.")
    amount = AmountField(required=False, label="Amount", help_text="What it takes off, or what the bundle costs.")
    min_amount = AmountField(
        required=False, label="From an amount of", help_text="Of the goods it is about, before promotions; blank: any."
    )
    max_amount = AmountField(required=False, label="At the most", help_text="What one order gets; blank: any amount.")
    budget_amount = AmountField(
        required=False, label="Budget", help_text="What all orders together get; blank: any amount."
    )
    weekdays = forms.TypedMultipleChoiceField(
        choices=DAYS,
        coerce=int,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None is every day.",
    )
    countries = CountryListField(
        required=False, label="Sent to", help_text=f"{HOW_TO_WRITE}, with commas between; blank: everywhere."
    )
    method_codes = WordListField(
        required=False, label="Shipping methods", help_text="Their codes with commas between; blank: any of them."
    )
    new_code = forms.RegexField(
        regex=r"^[A-Za-z0-9][A-Za-z0-9_-]*$",
        error_messages={"invalid": _CODE_LETTERS},
        label="Add a code",
        required=False,
        max_length=32,
        widget=UnfoldAdminTextInputWidget,
        help_text="What buyers enter, such as SUMMER10. Letters, digits, dashes.",
    )
    code_count = forms.IntegerField(
        label="Generate codes",
        required=False,
        min_value=1,
        max_value=MAX_AT_ONCE,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="So many that nobody can guess, each good for one order.",
    )
    code_prefix = forms.RegexField(
        regex=r"^[A-Za-z0-9][A-Za-z0-9_-]*$",
        error_messages={"invalid": _CODE_LETTERS},
        label="Beginning with",
        required=False,
        max_length=18,
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        """The millionths are written by `clean`."""

        model = Promotion
        exclude: ClassVar = ("rate_ppm",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the stored rate in percent, and offer the currencies that the shop sells in."""
        super().__init__(*args, **kwargs)
        if "currency" in self.fields:
            currencies = sorted(set(Market.objects.order_by().values_list("currency", flat=True)))
            choices = [("", "—"), *((code, code) for code in currencies)]
            self.fields["currency"].choices = choices  # type: ignore[attr-defined]  # Of a choice field.
        if self.instance.rate_ppm is not None:
            self.initial["percent"] = percent_text(self.instance.rate_ppm)
        if not self.instance.min_amount:
            self.initial["min_amount"] = ""

    def stored_currency(self) -> str | None:
        """Return the currency of its amounts."""
        return self.instance.currency or None

    def chosen_currency(self, cleaned: Mapping[str, Any]) -> str | None:
        """Return the currency of what was typed."""
        return cleaned.get("currency") or None

    def clean(self) -> dict[str, Any]:
        """Keep of what was typed what the benefit is made of, and say what it lacks."""
        typed_amounts = [name for name in self.money_fields if self.cleaned_data.get(name)]
        if typed_amounts and not self.cleaned_data.get("currency"):
            self.add_error("currency", "Choose the currency of the amounts.")
        cleaned = super().clean()
        percent = cleaned.get("percent")
        if percent == 0:
            self.add_error("percent", "Take more than nothing off: up to 100 %.")
        cleaned["rate_ppm"] = None if percent is None else ppm_of(percent)
        cleaned["min_amount"] = cleaned.get("min_amount") or 0
        starts, ends = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts and ends and starts >= ends:
            self.add_error("ends_at", "It must end after it starts.")
        if (cleaned.get("new_code") or cleaned.get("code_count")) and not cleaned.get("requires_code"):
            self.add_error("requires_code", "Turn this on, or everybody gets it without entering the code.")
        benefit = cleaned.get("benefit")
        if not benefit:
            return cleaned
        for name in missing_of(benefit, cleaned):
            field = _TYPED.get(name, name)
            is_told = field in self.errors or (field in self.money_fields and "currency" in self.errors)
            if field in self.fields and not is_told:
                self.add_error(field, "This benefit needs it.")
        columns = columns_of(benefit, cleaned)
        cleaned |= columns
        self.instance.rate_ppm = columns["rate_ppm"]
        # An amount that is hidden again is no amount, and asks for no currency.
        if cleaned["amount"] is None and not any(cleaned.get(name) for name in self.money_fields):
            cleaned["currency"] = ""
        return cleaned

    def clean_new_code(self) -> str:
        """Refuse a code that exists."""
        code = str(self.cleaned_data["new_code"] or "").upper()
        if code and code_of(code) is not None:
            message = "This code exists already; choose another one."
            raise ValidationError(message)
        return code


class CodeForm(forms.ModelForm):
    """A code, in capitals however it is typed."""

    class Meta:
        """What can be said of one."""

        model = Code
        fields: ClassVar = ("promotion", "code", "use_limit")

    def clean_code(self) -> str:
        """Write it in capitals."""
        return str(self.cleaned_data["code"]).strip().upper()
