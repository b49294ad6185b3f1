"""Pages of shipping zones and methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from unfold.admin import StackedInline

from core.admin.bases import ModelAdmin
from core.admin.columns import NOTHING, money_column
from core.admin.forms import AmountField, MoneyForm
from markets.admin import CountryListField
from shipping.models import ShippingMethod, ShippingZone


class ShippingMethodForm(MoneyForm):
    """A method with its prices typed in the market's currency."""

    money_fields = ("amount", "free_from_amount")
    amount = AmountField(label="price", help_text="In the market's currency, such as 4.95.")
    free_from_amount = AmountField(
        label="free from", required=False, help_text="Free when the goods come to this much; blank is never."
    )

    def stored_currency(self) -> str | None:
        """Return the currency of the stored market."""
        return None if self.instance._state.adding else self.instance.market.currency  # noqa: SLF001

    def chosen_currency(self, cleaned: Mapping[str, Any]) -> str | None:
        """Return the currency of the chosen market."""
        market = cleaned.get("market")
        return market.currency if market else None


_METHOD_FIELDS = (
    ("name", "code"),
    "description",
    ("amount", "free_from_amount"),
    ("min_days", "max_days"),
    "tax_category",
    ("position", "is_active"),
)


class ShippingMethodInline(StackedInline):
    """The ways to a zone."""

    model = ShippingMethod
    form = ShippingMethodForm
    extra = 0
    fields = ("market", *_METHOD_FIELDS)
    show_change_link = True


class ShippingZoneForm(forms.ModelForm):
    """A zone, with countries that are checked."""

    countries = CountryListField(help_text="Two-letter codes with commas between.")


@admin.register(ShippingZone)
class ShippingZoneAdmin(ModelAdmin):
    """Where is shipped to."""

    form = ShippingZoneForm
    list_display = ("name", "country_list")
    list_filter = ("methods__market",)
    search_fields = ("name", "countries")
    fields = ("name", "countries")
    inlines = (ShippingMethodInline,)

    @admin.display(description="countries")
    def country_list(self, zone: ShippingZone) -> str:
        """Name the first few."""
        more = len(zone.countries) - 8
        return ", ".join(zone.countries[:8]) + (f" and {more} more" if more > 0 else "")


@admin.register(ShippingMethod)
class ShippingMethodAdmin(ModelAdmin):
    """How is shipped, and for how much."""

    form = ShippingMethodForm
    list_display = ("name", "market", "zone", "price", "free_from", "days", "is_active")
    list_select_related = ("market", "zone")
    list_filter = ("is_active", "market", "zone")
    search_fields = ("name", "code", "zone__name")
    fields = (("market", "zone"), *_METHOD_FIELDS)

    price = money_column("amount", "price", currency="market.currency")
    free_from = money_column("free_from_amount", "free from", currency="market.currency")

    @admin.display(description="days", ordering="min_days")
    def days(self, method: ShippingMethod) -> str:
        """Write the range as people read it."""
        ends = [str(days) for days in (method.min_days, method.max_days) if days is not None]
        return " to ".join(dict.fromkeys(ends)) or NOTHING
