"""Pages of shipping zones and methods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import StackedInline, TabularInline
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core.admin.bases import LedgerAdmin, Readable, ServiceAdmin
from core.admin.columns import NOTHING, money_column, money_text
from core.admin.forms import AmountField, LeavesRulesToServices, MoneyForm, WordListField, fix_choice, named_choices
from core.admin.places import HOW_TO_WRITE, CountryListField
from core.money import Money
from core.places import COUNTRIES, postal_code_key
from markets.models import Market
from shipping.carriers import carrier_names
from shipping.models import MAX_HOLIDAYS, ShippingExclusion, ShippingMethod, ShippingZone, weekdays
from shipping.places import Area
from shipping.rate_lines import RateLineError, text_of, tiers_of
from shipping.services import (
    shipping_method_create,
    shipping_method_delete,
    shipping_method_update,
    shipping_zone_create,
    shipping_zone_delete,
    shipping_zone_update,
)

_DAYS = ((1, "Mon"), (2, "Tue"), (3, "Wed"), (4, "Thu"), (5, "Fri"), (6, "Sat"), (7, "Sun"))
_PRICE_FIELDS = ("rate_by", "amount", "tiers")


class RateLinesField(forms.CharField):
    """A price table, one tier a line; the form reads it, since it knows by what and in which currency."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self, **kwargs: Any) -> None:
        """Keep it small, and optional."""
        super().__init__(
            **({"required": False, "max_length": 4000, "widget": UnfoldAdminTextareaWidget(attrs={"rows": 5})} | kwargs)
        )


class ShippingMethodForm(LeavesRulesToServices, MoneyForm):
    """A method with its prices typed in the market's currency."""

    money_fields = ("amount", "free_from_amount")
    amount = AmountField(label="Price", required=False, help_text="The flat one, in the market's currency: 4.95.")
    tiers = RateLinesField(
        label="Price table",
        help_text="If the price isn't flat, one line for each step: “2 kg: 4.95” (g, kg), “20 l: 4.95” (cm3, l), "
        "“50.00: 4.95” (the market's currency) or “3: 4.95” (pieces). The last may be “more: 12”; without that the "
        "method isn't offered beyond the last step.",
    )
    free_from_amount = AmountField(
        label="Free from", required=False, help_text="Free when the goods come to this much; blank is never."
    )

    carrier = forms.ChoiceField(
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="Ask this carrier for the price of each cart, at the check-out. Nobody: the price above is charged. "
        "Carriers are set up in the settings of the installation (docs/operating.md).",
    )
    carrier_service = forms.CharField(
        max_length=60,
        required=False,
        label="Carrier's service",
        widget=UnfoldAdminTextInputWidget,
        help_text="The carrier's own code, such as express. Blank: whichever of its services is cheapest.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep a stored method in its market: its prices are in that currency."""
        super().__init__(*args, **kwargs)
        if "carrier" in self.fields:
            field = cast(forms.ChoiceField, self.fields["carrier"])
            field.choices = named_choices(carrier_names(), self.instance.carrier)
        if not self.instance._state.adding:  # noqa: SLF001 (Django's documented name)
            fix_choice(self, "market")
            self.initial["tiers"] = text_of(
                self.instance.tiers, rate_by=self.instance.rate_by, currency=self.instance.market.currency
            )

    def stored_currency(self) -> str | None:
        """Return the currency of the stored market."""
        return None if self.instance._state.adding else self.instance.market.currency  # noqa: SLF001

    def chosen_currency(self, cleaned: Mapping[str, Any]) -> str | None:
        """Return the currency of the chosen market, or of the stored one where it can't be chosen."""
        market = cleaned.get("market")
        return market.currency if market else self.stored_currency()

    @cached_property
    def changed_data(self) -> list[str]:
        """Name what makes the price together: a table that is left behind was not typed anew."""
        changed: list[str] = super().changed_data
        return list(dict.fromkeys([*changed, *_PRICE_FIELDS])) if set(changed) & set(_PRICE_FIELDS) else changed

    def clean(self) -> dict[str, Any]:
        """Read the table that the method goes by, and keep none for a flat one."""
        cleaned = super().clean()
        if cleaned.get("carrier") == "" and (cleaned.get("carrier_service") or cleaned.get("carrier_fallback")):
            self.add_error("carrier", "Choose the carrier, or clear its service and the tick below.")
        rate_by, currency = cleaned.get("rate_by"), self.chosen_currency(cleaned)
        text = cleaned.pop("tiers", "")
        if rate_by is None or currency is None:
            return cleaned
        if rate_by == ShippingMethod.RateBy.FLAT:
            cleaned["tiers"] = []
            if cleaned.get("amount") is None and "amount" not in self.errors:
                self.add_error("amount", "Give the flat price, or choose what the price goes by.")
            return cleaned
        cleaned["amount"] = cleaned.get("amount") or 0
        try:
            cleaned["tiers"] = tiers_of(text, rate_by=rate_by, currency=currency)
        except RateLineError as error:
            self.add_error("tiers", str(error))
        return cleaned


class DayListField(WordListField):
    """Days with commas between: 2026-12-25, 2027-01-01."""

    def prepare_value(self, value: Any) -> Any:
        """Write stored days as they are typed."""
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read them."""
        try:
            return sorted({date.fromisoformat(word) for word in super().to_python(value)})
        except ValueError as error:
            message = "Write days with commas between, such as 2026-12-25, 2027-01-01."
            raise forms.ValidationError(message) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare days, so that a space typed more is no change."""
        try:
            return super().has_changed(initial, data)
        except forms.ValidationError:
            return True


class ShippingMethodPageForm(ShippingMethodForm):
    """A method on its own page, where its calendar is typed too."""

    working_days = forms.TypedMultipleChoiceField(
        choices=_DAYS,
        coerce=int,
        initial=weekdays,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="On which it is sent and arrives; the days above are counted in these.",
    )
    holidays = DayListField(
        required=False, help_text="Days that don't count, with commas between: 2026-12-25, 2027-01-01."
    )

    def clean_holidays(self) -> list[date]:
        """Bound them."""
        days: list[date] = self.cleaned_data["holidays"]
        if len(days) > MAX_HOLIDAYS:
            message = f"Name {MAX_HOLIDAYS} days at the most."
            raise forms.ValidationError(message)
        return days


_METHOD_FIELDS = (
    ("name", "code"),
    "description",
    "rate_by",
    "amount",
    "tiers",
    ("free_from_amount", "max_weight_grams"),
    ("min_days", "max_days"),
    ("tax_category", "is_taxed_as_goods"),
    ("carrier", "carrier_service"),
    "carrier_fallback",
    ("position", "is_active"),
)


def method_values(typed: Mapping[str, Any], names: Iterable[str], market: Market) -> dict[str, Any]:
    """Return those of the typed fields as the services take them: codes for rows, money for amounts."""
    values = {name: typed[name] for name in names if name not in {"market", "DELETE"}}
    if "zone" in values:
        values["zone_id"] = values.pop("zone").pk
    if "tax_category" in values:
        values["tax_category"] = values["tax_category"].code if values["tax_category"] else None
    for name, column in (("price", "amount"), ("free_from", "free_from_amount")):
        if column in values:
            amount = values.pop(column)
            values[name] = None if amount is None else Money(amount, market.currency)
    if "tiers" in values:
        values["tiers"] = [
            {"up_to": tier["up_to"], "price": Money(tier["amount"], market.currency)} for tier in values["tiers"]
        ]
    return values


class ShippingExclusionInline(TabularInline):
    """What a method doesn't take: a product or a category a row."""

    model = ShippingExclusion
    extra = 0
    autocomplete_fields = ("product", "category")
    fields = ("product", "category")
    verbose_name = "goods"
    verbose_name_plural = "Goods that it doesn't take (a category with all below it)"


class ShippingMethodInline(StackedInline):
    """The ways to a zone."""

    model = ShippingMethod
    form = ShippingMethodForm
    extra = 0
    fields = ("market", *_METHOD_FIELDS)
    show_change_link = True


class AreaListField(forms.CharField):
    """Areas, one a line: `ES-TF`, `ES 35` or `US-NY 10001..10299`."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self, **kwargs: Any) -> None:
        """Keep it small, and optional."""
        super().__init__(**({"required": False, "widget": UnfoldAdminTextareaWidget(attrs={"rows": 4})} | kwargs))

    def prepare_value(self, value: Any) -> Any:
        """Write stored areas as they are typed."""
        return "\n".join(str(Area(**area)) for area in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read one area a line."""
        return [_area_of(line) for line in str(super().to_python(value) or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare areas, so that a blank line is no change."""
        try:
            return not self.disabled and list(initial or []) != self.to_python(data)
        except forms.ValidationError:
            return True


def _area_of(line: str) -> dict[str, str]:
    """Read `COUNTRY[-REGION] [FIRST[..LAST]]`."""
    place, _, codes = line.strip().partition(" ")
    country, _, region = place.partition("-")
    if country.upper() not in COUNTRIES:
        message = f"Not a country: {country[:20]}. Write lines such as ES-TF, ES 35 or US-NY 10001..10299."
        raise forms.ValidationError(message)
    first, _, last = codes.strip().partition("..")
    return asdict(Area(country.upper(), region.strip(), postal_code_key(first), postal_code_key(last or first)))


class ShippingZoneForm(LeavesRulesToServices, forms.ModelForm):
    """A zone, with places that are checked."""

    countries = CountryListField(
        required=False, help_text=f"Those that it serves as a whole: {HOW_TO_WRITE}, with commas between."
    )
    areas = AreaListField(
        help_text="Parts of countries that it serves, one a line, such as ES-TF (a region), ES 35 (what a postal code "
        "begins with) or US-NY 10001..10299. The most specific zone serves an address."
    )
    excluded_areas = AreaListField(help_text="Parts that it leaves out, written alike: ES 35, the Canary Islands.")


@admin.register(ShippingZone)
class ShippingZoneAdmin(ServiceAdmin):
    """Where is shipped to."""

    form = ShippingZoneForm
    list_display = ("name", "country_list")
    list_filter = ("methods__market",)
    search_fields = ("name", "countries")
    fields = ("name", "countries", ("areas", "excluded_areas"))
    inlines = (ShippingMethodInline,)

    @admin.display(description="places")
    def country_list(self, zone: ShippingZone) -> str:
        """Name the first few."""
        places = [*zone.countries, *(str(Area(**area)) for area in zone.areas)]
        more = len(places) - 8
        return ", ".join(places[:8]) + (f" and {more} more" if more > 0 else "")

    def create(self, request: HttpRequest, values: dict[str, Any]) -> ShippingZone:
        """Make a zone."""
        return shipping_zone_create(values=values)

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change a zone."""
        shipping_zone_update(zone_id=instance.pk, changes=values)

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a zone and its methods."""
        shipping_zone_delete(zone_id=instance.pk)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001 (Django's)
        """Write the zone's methods."""
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        for row in formset.forms:
            if row.has_changed():
                _save_row(row, zone=form.instance)


def _save_row(row: Any, *, zone: ShippingZone) -> None:
    """Write one filled-in method of a zone."""
    typed = row.cleaned_data
    if row.instance._state.adding:  # noqa: SLF001 (Django's documented name)
        names = [name for name in typed if name in row.base_fields and name != "zone"]
        values = method_values(typed, names, typed["market"])
        shipping_method_create(values=values | {"zone_id": zone.pk, "market": typed["market"].code})
    elif typed.get("DELETE"):
        shipping_method_delete(method_id=row.instance.pk)
    else:
        names = [name for name in row.changed_data if name in row.base_fields]
        shipping_method_update(method_id=row.instance.pk, changes=method_values(typed, names, row.instance.market))


@admin.register(ShippingMethod)
class ShippingMethodAdmin(Readable, ServiceAdmin):
    """How is shipped, and for how much."""

    form = ShippingMethodPageForm
    inlines = (ShippingExclusionInline,)
    list_display = ("name", "market", "zone", "price", "free_from", "days", "is_active")
    list_select_related = ("market", "zone")
    list_filter = ("is_active", "market", "zone")
    search_fields = ("name", "code", "zone__name")
    fields = (("market", "zone"), *_METHOD_FIELDS, ("cutoff_time", "holidays"), "working_days")

    conditional_fields: ClassVar[dict[str, str]] = {"amount": "rate_by == 'flat'", "tiers": "rate_by != 'flat'"}
    readable = {"amount": "price", "free_from_amount": "free_from", "tiers": "table"}

    free_from = money_column("free_from_amount", "free from", currency="market.currency")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a method in its market: its prices are in that currency."""
        fixed = super().get_readonly_fields(request, obj)
        return fixed if obj is None else (*fixed, "market")

    def create(self, request: HttpRequest, values: dict[str, Any]) -> ShippingMethod:
        """Make a method."""
        market = values["market"]
        return shipping_method_create(values=method_values(values, values, market) | {"market": market.code})

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change a method, all but its market."""
        shipping_method_update(method_id=instance.pk, changes=method_values(values, values, instance.market))

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a method; orders keep their copy."""
        shipping_method_delete(method_id=instance.pk)

    @admin.display(description="price", ordering="amount")
    def price(self, method: ShippingMethod) -> str:
        """Write the flat price, or the cheapest and the dearest of the table."""
        if method.rate_by == ShippingMethod.RateBy.FLAT:
            return money_text(method.amount, method.market.currency)
        amounts = [tier["amount"] for tier in method.tiers]
        ends = [money_text(amount, method.market.currency) for amount in (min(amounts), max(amounts))]
        return " to ".join(dict.fromkeys(ends))

    @admin.display(description="price table")
    def table(self, method: ShippingMethod) -> str:
        """Write the table as it is typed."""
        currency = method.market.currency
        return text_of(method.tiers, rate_by=method.rate_by, currency=currency).replace("\n", ", ") or NOTHING

    @admin.display(description="days", ordering="min_days")
    def days(self, method: ShippingMethod) -> str:
        """Write the range as people read it."""
        ends = [str(days) for days in (method.min_days, method.max_days) if days is not None]
        return " to ".join(dict.fromkeys(ends)) or NOTHING


@admin.register(ShippingExclusion)
class ShippingExclusionAdmin(LedgerAdmin):
    """Which methods don't take a thing; changed on the method's page."""

    list_display = ("method", "product", "category")
    list_select_related = ("method", "product", "category")
    list_filter = ("method__market",)
    search_fields = ("method__name", "method__code")
    id_search_fields = ("method_id", "product_id", "category_id")
    search_help_text = "Name or code of a method, or the id of a thing."
    fields = ("method", "product", "category")
