"""Pages of shipping zones, with their methods."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import StackedInline
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
)

from core.admin.bases import ServiceAdmin
from core.admin.forms import LeavesRulesToServices
from core.admin.places import HOW_TO_WRITE, CountryListField
from core.places import COUNTRIES, postal_code_key
from shipping.admin.forms import METHOD_FIELDS, ShippingMethodForm, method_values
from shipping.models import ShippingMethod, ShippingZone
from shipping.places import Area
from shipping.services import (
    shipping_method_create,
    shipping_method_delete,
    shipping_method_update,
    shipping_zone_create,
    shipping_zone_delete,
    shipping_zone_update,
)


class ShippingMethodInline(StackedInline):
    """The ways to a zone."""

    model = ShippingMethod
    form = ShippingMethodForm
    extra = 0
    fields = ("market", *METHOD_FIELDS)
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
