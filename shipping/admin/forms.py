"""How methods are filled in: prices and tables as people write them, days, and goods that are left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar, cast

from django import forms
from django.utils.functional import cached_property
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from core.admin.bases import add_refusal
from core.admin.forms import AmountField, LeavesRulesToServices, MoneyForm, WordListField, fix_choice, named_choices
from core.admin.places import CountryField
from core.money import Money
from markets.models import Market
from shipping.carriers import carrier_names
from shipping.models import MAX_HOLIDAYS, PickupPoint, ShippingMethod, weekdays
from shipping.rate_lines import RateLineError, text_of, tiers_of
from users.addresses import address_check
from users.exceptions import AddressInvalid

_DAYS = ((1, "Mon"), (2, "Tue"), (3, "Wed"), (4, "Thu"), (5, "Fri"), (6, "Sat"), (7, "Sun"))
_ADDRESS_PARTS = ("line1", "city", "postal_code", "region", "country")
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


METHOD_FIELDS = (
    ("name", "code"),
    ("description", "kind"),
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


POINT_FIELDS = (
    ("name", "code"),
    ("line1", "city"),
    ("postal_code", "region", "country"),
    "opening_hours",
    ("position", "is_active"),
)


class PickupPointForm(forms.ModelForm):
    """A point with its address, which is checked as a buyer's is."""

    line1 = forms.CharField(max_length=200, label="Street and number", widget=UnfoldAdminTextInputWidget)
    city = forms.CharField(max_length=120, required=False, widget=UnfoldAdminTextInputWidget)
    postal_code = forms.CharField(max_length=20, required=False, widget=UnfoldAdminTextInputWidget)
    region = forms.CharField(max_length=120, required=False, widget=UnfoldAdminTextInputWidget)
    country = CountryField()

    class Meta:
        """The address is written by `clean`."""

        model = PickupPoint
        exclude: ClassVar = ("address",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the stored address."""
        super().__init__(*args, **kwargs)
        for name in _ADDRESS_PARTS:
            self.initial.setdefault(name, (self.instance.address or {}).get(name, ""))

    def clean(self) -> dict[str, Any]:
        """Check the address by the rules of its country."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            parts = {name: cleaned.get(name, "") for name in _ADDRESS_PARTS}
            try:
                self.instance.address = address_check(parts | {"name": cleaned["name"]})
            except AddressInvalid as refusal:
                add_refusal(self, refusal)
        return cleaned
