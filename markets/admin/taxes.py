"""Pages of tax categories and tax rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from unfold.admin import TabularInline

from core.admin.bases import ServiceAdmin
from core.admin.columns import NOTHING
from core.admin.forms import (
    PPM_PER_PERCENT,
    CodeField,
    DayAndTimeField,
    LeavesRulesToServices,
    PercentField,
    percent_text,
    ppm_of,
)
from core.admin.places import CountryField, country_name
from core.problems import InvalidInput
from markets.models import TaxCategory, TaxRate
from markets.selectors import taxes_taken_too
from markets.services import (
    postal_code_ends,
    tax_category_create,
    tax_category_delete,
    tax_category_update,
    tax_rate_create,
    tax_rate_delete,
    tax_rate_update,
)


class TaxRateForm(LeavesRulesToServices, forms.ModelForm):
    """A rate typed in percent and stored in millionths, exactly."""

    percent = PercentField(label="Rate in %", help_text="Such as 21 or 8.875.")
    country = CountryField()

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
            self.initial["percent"] = percent_text(self.instance.rate_ppm)

    def clean(self) -> dict[str, Any]:
        """Turn percent into millionths, and postal codes into how they are compared."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("percent") is not None:
            cleaned["rate_ppm"] = ppm_of(cleaned["percent"])
        try:
            ends = postal_code_ends(cleaned.get("postal_code_from") or "", cleaned.get("postal_code_until") or "")
        except InvalidInput as refusal:
            self.add_error("postal_code_until", refusal.errors[0].detail)
        else:
            cleaned["postal_code_from"], cleaned["postal_code_until"] = ends
        return cleaned


def _rate_values(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed as the services take it."""
    values = {name: value for name, value in typed.items() if name in TaxRateForm.Meta.fields}
    if "category" in values:
        values["category"] = values["category"].code
    return values


def _rate_changes(form: forms.ModelForm) -> dict[str, Any]:
    """Return the fields that were typed anew; a percentage counts as what it is stored as."""
    names = {"rate_ppm" if name == "percent" else name for name in form.changed_data}
    if "postal_code_from" in names:
        names.add("postal_code_until")
    return _rate_values({name: form.cleaned_data[name] for name in names})


class TaxRateInline(TabularInline):
    """The rates of a category."""

    model = TaxRate
    form = TaxRateForm
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateTimeField: {"form_class": DayAndTimeField}}
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


class TaxCategoryForm(LeavesRulesToServices, forms.ModelForm):
    """A tax category."""

    code = CodeField(max_length=30, help_text="A short name that never changes, such as books: imports name it.")


@admin.register(TaxCategory)
class TaxCategoryAdmin(ServiceAdmin):
    """Kinds of goods that are taxed alike."""

    form = TaxCategoryForm
    list_display = ("name", "code", "is_default")
    list_filter = ("is_default",)
    search_fields = ("name", "code")
    fields = (("name", "code"), "is_default")
    inlines = (TaxRateInline,)

    def create(self, request: HttpRequest, values: dict[str, Any]) -> TaxCategory:
        """Make a category."""
        return tax_category_create(values=values)

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change a category."""
        tax_category_update(category_id=instance.pk, changes=values)

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a category that nothing names."""
        tax_category_delete(category_id=instance.pk)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001 (Django's)
        """Write the category's rates; those that go first make room for the others."""
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        rows = [row for row in formset.forms if row.has_changed()]
        for row in sorted(rows, key=lambda row: (not row.cleaned_data.get("DELETE"), row.instance._state.adding)):  # noqa: SLF001 (Django's documented name)
            if row.cleaned_data.get("DELETE"):
                if not row.instance._state.adding:  # noqa: SLF001 (see above)
                    tax_rate_delete(rate_id=row.instance.pk)
                continue
            if row.instance._state.adding:  # noqa: SLF001 (see above)
                rate = tax_rate_create(values=_rate_values(row.cleaned_data) | {"category": form.instance.code})
            else:
                rate = tax_rate_update(rate_id=row.instance.pk, changes=_rate_changes(row))
            _tell_of_others(request, rate)


@admin.register(TaxRate)
class TaxRateAdmin(ServiceAdmin):
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
        ("name", "percent"),
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

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the default category."""
        default = TaxCategory.objects.filter(is_default=True).first()
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        return initial if default is None else {"category": default.pk} | initial

    def create(self, request: HttpRequest, values: dict[str, Any]) -> TaxRate:
        """Make a rate."""
        rate = tax_rate_create(values=_rate_values(values))
        _tell_of_others(request, rate)
        return rate

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change a rate."""
        changes = dict(values)
        if "percent" in changes:
            changes["rate_ppm"] = ppm_of(changes["percent"])
        if "postal_code_from" in changes:
            # Both ends, since the service takes the first one alone for a range of one code.
            changes["postal_code_until"] = instance.postal_code_until
        _tell_of_others(request, tax_rate_update(rate_id=instance.pk, changes=_rate_values(changes)))

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a rate; orders keep what they were taxed."""
        tax_rate_delete(rate_id=instance.pk)


def _tell_of_others(request: HttpRequest, rate: TaxRate) -> None:
    """Tell of rates of other names that are taken of the same goods too, in case that isn't meant."""
    others = [f"{other.name} {percent_text(other.rate_ppm)} %" for other in taxes_taken_too(rate)]
    if others:
        place = country_name(rate.country)
        text = f"{place} has {', '.join(others)} too. Rates of different names are taken together: is that meant?"
        messages.warning(request, text)
