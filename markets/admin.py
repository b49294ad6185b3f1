"""Pages of markets and taxes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, cast

from babel import Locale
from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.admin.bases import ModelAdmin
from core.admin.columns import NOTHING
from core.admin.forms import WordListField, named_choices
from core.money import CURRENCIES
from core.places import COUNTRIES
from core.problems import InvalidInput
from markets.models import CurrencyRate, Market, TaxCategory, TaxRate
from markets.services import postal_code_ends
from markets.tax_services import tax_service_names

PPM_PER_PERCENT = 10_000
_CURRENCY_CHOICES = [("", "Select value"), *((code, code) for code in sorted(CURRENCIES))]


def country_name(code: str) -> str:
    """Return a country's name in English, or the code of one that nobody knows."""
    return Locale("en").territories.get(code, code)


class CountryListField(WordListField):
    """Countries by their ISO codes."""

    def to_python(self, value: Any) -> Any:
        """Take lower case too; name what is no country."""
        codes = [code.upper() for code in super().to_python(value)]
        unknown = [code for code in codes if code not in COUNTRIES]
        if unknown:
            message = f"Not a country: {', '.join(unknown[:5])}. Write two-letter codes such as ES, FR, DE."
            raise forms.ValidationError(message)
        return codes


class LanguageListField(WordListField):
    """Languages by their BCP 47 tags."""

    def to_python(self, value: Any) -> Any:
        """Name what is no language."""
        codes = super().to_python(value)
        unknown = [code for code in codes if code.split("-")[0].lower() not in Locale("en").languages]
        if unknown:
            message = f"Not a language: {', '.join(unknown[:5])}. Write tags such as en, es, pt-BR."
            raise forms.ValidationError(message)
        return codes


class CountryField(forms.CharField):
    """One country by its ISO code."""

    widget = UnfoldAdminTextInputWidget

    def clean(self, value: Any) -> str:
        """Take lower case too."""
        code = str(super().clean(value)).upper()
        if code and code not in COUNTRIES:
            message = f"{code} is not a country. Write a two-letter code such as ES."
            raise forms.ValidationError(message)
        return code


class MarketForm(forms.ModelForm):
    """A market, with codes that are checked."""

    currency = forms.ChoiceField(
        choices=_CURRENCY_CHOICES,
        widget=UnfoldAdminSelect2Widget,
        help_text="ISO 4217. It can't be changed once the market has prices or orders.",
    )
    countries = CountryListField(help_text="Two-letter codes with commas between; the first is the default.")
    languages = LanguageListField(help_text="Tags such as en, es, pt-BR; the first is the default.")
    tax_country = CountryField(
        max_length=2,
        required=False,
        label="Seller's VAT country",
        help_text="Where you are registered for VAT, such as ES: businesses of other EU countries then pay by reverse "
        "charge. Blank: never.",
    )
    tax_service = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Ask this service which taxes a cart pays. Nobody: the tax rates that are entered here hold, as they "
        "do whenever the service gives no answer. Services are set up in the settings of the installation "
        "(docs/operating.md).",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the services that there are."""
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["tax_service"])
        field.choices = named_choices(tax_service_names(), self.instance.tax_service)


@admin.register(Market)
class MarketAdmin(ModelAdmin):
    """Where sales happen."""

    form = MarketForm
    list_display = ("name", "code", "currency", "country_list", "prices_include_tax", "is_default", "is_active")
    list_filter = ("is_active", "currency", "prices_include_tax")
    search_fields = ("name", "code")
    fields = (
        ("name", "code"),
        "currency",
        "prices_include_tax",
        ("rounding", "rounding_place"),
        "cash_step",
        ("tax_country", "tax_service"),
        "countries",
        "languages",
        ("is_default", "is_active"),
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
        more = len(market.countries) - 4
        return ", ".join(market.countries[:4]) + (f" and {more} more" if more > 0 else "")


class TaxRateForm(forms.ModelForm):
    """A rate typed in percent and stored in millionths, exactly."""

    percent = forms.DecimalField(
        label="Rate in %", min_value=0, max_value=100, decimal_places=4, max_digits=7, widget=UnfoldAdminTextInputWidget
    )
    country = CountryField(max_length=2, help_text="Two-letter code.")

    class Meta:
        """The millionths are written by `clean`."""

        model = TaxRate
        fields: ClassVar = (
            "category",
            "country",
            "region",
            "postal_code_from",
            "postal_code_until",
            "name",
            "rate_ppm",
            "is_compound",
            "position",
            "valid_from",
            "valid_until",
        )
        widgets: ClassVar = {"rate_ppm": forms.HiddenInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the stored rate in percent."""
        super().__init__(*args, **kwargs)
        if "rate_ppm" in self.fields:
            self.fields["rate_ppm"].required = False
        if self.instance.rate_ppm is not None:
            self.initial["percent"] = f"{Decimal(self.instance.rate_ppm) / PPM_PER_PERCENT:f}"

    def clean(self) -> dict[str, Any]:
        """Turn percent into millionths, and postal codes into how they are compared."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("percent") is not None:
            cleaned["rate_ppm"] = int(cleaned["percent"] * PPM_PER_PERCENT)
        try:
            ends = postal_code_ends(cleaned.get("postal_code_from") or "", cleaned.get("postal_code_until") or "")
        except InvalidInput as refusal:
            self.add_error("postal_code_until", refusal.errors[0].detail)
        else:
            cleaned["postal_code_from"], cleaned["postal_code_until"] = ends
        return cleaned


class TaxRateInline(TabularInline):
    """The rates of a category."""

    model = TaxRate
    form = TaxRateForm
    extra = 0
    hide_title = True
    fields = (
        "country",
        "region",
        "postal_code_from",
        "postal_code_until",
        "name",
        "percent",
        "is_compound",
        "position",
        "valid_from",
        "valid_until",
        "rate_ppm",
    )


@admin.register(TaxCategory)
class TaxCategoryAdmin(ModelAdmin):
    """Kinds of goods that are taxed alike."""

    list_display = ("name", "code", "is_default")
    list_filter = ("is_default",)
    search_fields = ("name", "code")
    fields = (("name", "code"), "is_default")
    inlines = (TaxRateInline,)


@admin.register(TaxRate)
class TaxRateAdmin(ModelAdmin):
    """Rates of all places."""

    form = TaxRateForm
    list_display = ("place", "postal_code_list", "name", "percent", "category", "valid_from", "valid_until")
    list_select_related = ("category",)
    list_filter = ("category", "country", "name")
    search_fields = ("country", "region", "name", "postal_code_from")
    fields = (
        "category",
        ("country", "region"),
        ("postal_code_from", "postal_code_until"),
        "name",
        "percent",
        ("is_compound", "position"),
        ("valid_from", "valid_until"),
        "rate_ppm",
    )

    @admin.display(description="place", ordering="country")
    def place(self, rate: TaxRate) -> str:
        """Name country and region."""
        return f"{country_name(rate.country)} ({rate.region})" if rate.region else country_name(rate.country)

    @admin.display(description="postal codes", ordering="postal_code_from")
    def postal_code_list(self, rate: TaxRate) -> str:
        """Write the range as people read it."""
        return " to ".join(dict.fromkeys(filter(None, (rate.postal_code_from, rate.postal_code_until)))) or NOTHING

    @admin.display(description="rate", ordering="rate_ppm")
    def percent(self, rate: TaxRate) -> str:
        """Write it as people read it."""
        return f"{rate.rate_ppm / PPM_PER_PERCENT:g} %"


class CurrencyRateForm(forms.ModelForm):
    """A rate of two currencies that there are."""

    base = forms.ChoiceField(choices=_CURRENCY_CHOICES, widget=UnfoldAdminSelect2Widget, help_text="One unit of this")
    quote = forms.ChoiceField(
        choices=_CURRENCY_CHOICES, widget=UnfoldAdminSelect2Widget, help_text="was worth so many units of this."
    )


@admin.register(CurrencyRate)
class CurrencyRateAdmin(ModelAdmin):
    """What currencies were worth, day by day."""

    form = CurrencyRateForm
    list_display = ("valid_on", "base", "quote", "rate", "source")
    list_filter = ("valid_on", "base", "quote")
    search_fields = ("base", "quote", "source")
    fields = (("base", "quote"), ("rate", "valid_on"), "source")
