"""The page of markets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from babel import Locale
from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminSelectWidget

from core.admin.bases import ServiceAdmin
from core.admin.forms import AmountField, CodeField, LeavesRulesToServices, MoneyForm, WordListField, named_choices
from core.admin.places import HOW_TO_WRITE, CountryField, CountryListField, country_name
from markets.admin.currency_rates import CURRENCY_CHOICES
from markets.models import MAX_CASH_STEP, Market
from markets.services import market_create, market_delete, market_update
from markets.tax_services import tax_service_names

SHOWN_COUNTRIES = 4


class LanguageListField(WordListField):
    """Languages by their BCP 47 tags."""

    def to_python(self, value: Any) -> Any:
        """Name what is no language."""
        codes = super().to_python(value)
        unknown = [code for code in codes if code.split("-")[0].lower() not in Locale("en").languages]
        if unknown:
            message = f"Not a language: {', '.join(unknown[:5])}. Write codes such as en, es, pt-BR."
            raise forms.ValidationError(message)
        return codes


class MarketForm(LeavesRulesToServices, MoneyForm):
    """A market, with codes that are checked."""

    money_fields = ("cash_step",)
    code = CodeField(max_length=30, help_text="A short name that never changes, such as eu: front ends ask by it.")
    currency = forms.ChoiceField(
        choices=CURRENCY_CHOICES,
        widget=UnfoldAdminSelect2Widget,
        help_text="All prices and orders of the market are in it. It can't be changed once there are any.",
    )
    countries = CountryListField(
        help_text=f"Where it sells to: {HOW_TO_WRITE}, with commas between. The first is taken for a buyer whose "
        "address isn't known yet."
    )
    languages = LanguageListField(
        help_text="Codes such as en, es, pt-BR with commas between; the first is the default."
    )
    tax_country = CountryField(
        required=False,
        label="Seller's VAT country",
        help_text="Where you are registered for VAT, such as Spain: businesses of other EU countries then pay by "
        "reverse charge. Blank: never.",
    )
    tax_service = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Ask this service which taxes a cart pays. Nobody: the tax rates that are entered here hold, as they "
        "do whenever the service gives no answer. Services are set up in the settings of the installation "
        "(docs/operating.md).",
    )
    cash_step = AmountField(
        required=False,
        label="Smallest coin",
        help_text="Totals are rounded to a multiple of it, such as 0.05 in Switzerland. Blank: they are not rounded.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the tax services that there are, and leave the coin blank where totals are not rounded."""
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["tax_service"])
        field.choices = named_choices(tax_service_names(), self.instance.tax_service)
        if self.instance.cash_step == 1:
            self.initial["cash_step"] = ""

    def stored_currency(self) -> str | None:
        """Return the market's currency."""
        return self.instance.currency or None

    def chosen_currency(self, cleaned: Mapping[str, Any]) -> str | None:
        """Return the chosen currency, or the stored one where it can't be chosen."""
        return cleaned.get("currency") or self.stored_currency()

    def clean(self) -> dict[str, Any]:
        """Turn the smallest coin into minor units; none is one of them."""
        cleaned = super().clean()
        if "cash_step" not in self.errors and "cash_step" in self.fields:
            step = cleaned.get("cash_step")
            if step is not None and not 0 < step <= MAX_CASH_STEP:
                self.add_error("cash_step", "Write an amount such as 0.05, or nothing where totals aren't rounded.")
            cleaned["cash_step"] = 1 if step is None else step
        return cleaned


class MarketAdmin(ServiceAdmin):
    """Where sales happen."""

    form = MarketForm
    list_display = ("name", "code", "currency", "country_list", "prices_include_tax", "is_default", "is_active")
    list_filter = ("is_active", "currency", "prices_include_tax")
    search_fields = ("name", "code")
    fields: Any = (
        ("name", "code"),
        "countries",
        ("currency", "languages"),
        "prices_include_tax",
        ("tax_country", "tax_service"),
        ("rounding", "rounding_place"),
        "cash_step",
        ("is_active", "is_default"),
        "position",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep the currency of a market in use: stored amounts would change their meaning."""
        is_used = obj is not None and (
            obj.prices.exists() or obj.price_lists.exists() or obj.orders.exists() or obj.shipping_methods.exists()
        )
        return ("currency",) if is_used else ()

    @admin.display(description="countries")
    def country_list(self, market: Market) -> str:
        """Name the first few."""
        more = len(market.countries) - SHOWN_COUNTRIES
        names = ", ".join(country_name(code) for code in market.countries[:SHOWN_COUNTRIES])
        return names + (f" and {more} more" if more > 0 else "")

    def create(self, request: HttpRequest, values: dict[str, Any]) -> Market:
        """Make a market."""
        return market_create(values=values)

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change a market; one that becomes the default takes that from the one that was."""
        market_update(market_id=instance.pk, changes=values)

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a market in which nothing was ever priced, carted or sold."""
        market_delete(market_id=instance.pk)
