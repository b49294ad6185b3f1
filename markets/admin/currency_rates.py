"""The page of currency rates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelect2Widget

from core.admin.bases import ServiceAdmin
from core.admin.forms import LeavesRulesToServices
from core.money import CURRENCIES
from markets.models import CurrencyRate
from markets.services import currency_rate_create, currency_rate_delete, currency_rate_update

CURRENCY_CHOICES = [("", "Select value"), *((code, code) for code in sorted(CURRENCIES))]


class CurrencyRateForm(LeavesRulesToServices, forms.ModelForm):
    """A rate of two currencies that there are."""

    base = forms.ChoiceField(choices=CURRENCY_CHOICES, widget=UnfoldAdminSelect2Widget, help_text="One unit of this")
    quote = forms.ChoiceField(
        choices=CURRENCY_CHOICES, widget=UnfoldAdminSelect2Widget, help_text="was worth so many units of this."
    )


@admin.register(CurrencyRate)
class CurrencyRateAdmin(ServiceAdmin):
    """What currencies were worth, day by day."""

    form = CurrencyRateForm
    list_display = ("valid_on", "base", "quote", "rate", "source")
    list_filter = ("valid_on", "base", "quote")
    search_fields = ("base", "quote", "source")
    fields = (("base", "quote"), ("rate", "valid_on"), "source")

    def create(self, request: HttpRequest, values: dict[str, Any]) -> CurrencyRate:
        """Enter a rate."""
        return currency_rate_create(values=values)

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Correct a rate."""
        currency_rate_update(rate_id=instance.pk, changes=values)

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a rate."""
        currency_rate_delete(rate_id=instance.pk)
