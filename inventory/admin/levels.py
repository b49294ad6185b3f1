"""Pages of stock. Counters are changed through the services, with a reason, so that the ledger stays their sum."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from core.admin.bases import ModelAdmin, ServiceAdmin
from core.admin.forms import fix_choice
from core.problems import Conflict
from inventory.models import (
    MAX_PIECES,
    Location,
    StockLevel,
)
from inventory.selectors import LOW, is_low
from inventory.services import location_create, location_update, stock_level_create, stock_level_update
from users.admin.caller import admin_caller

_COUNTERS = ("on_hand", "safety_stock", "backorder_limit", "expected_on", "low_stock_threshold")
LEVEL_COLOURS = {"ok": "success", "low": "warning", "out": "danger", "untracked": "info"}


def stock_state(level: StockLevel) -> tuple[str, str]:
    """Return what a level's label says: its colour's key and its word."""
    if not level.variant.is_stock_tracked:
        return "untracked", "not tracked"
    if level.on_hand - level.safety_stock <= level.reserved:
        return "out", "sold out"
    return ("low", "low") if is_low(level) else ("ok", "in stock")


class StockLevelForm(forms.ModelForm):
    """A level with its count and limits; a new count needs a reason, and must be made from the newest one."""

    # The hidden copy of what the page showed tells a new count from a page left open while goods were sold.
    on_hand = forms.IntegerField(
        label="On hand",
        min_value=0,
        max_value=MAX_PIECES,
        show_hidden_initial=True,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    reason = forms.CharField(
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget({"placeholder": "delivery, count, damage …"}),
        help_text="Why the count changes; the ledger keeps it.",
    )

    class Meta:
        """What can be typed; what is reserved follows orders."""

        model = StockLevel
        fields = ("variant", "location", *_COUNTERS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Keep a stored level where it is; its movements are there."""
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:  # noqa: SLF001 (Django's documented name)
            fix_choice(self, "variant", "location")

    def clean(self) -> dict[str, Any]:
        """Ask for a reason when the count changes."""
        cleaned = super().clean() or self.cleaned_data
        if "on_hand" in self.changed_data and "on_hand" in cleaned and not cleaned.get("reason"):
            self.add_error("reason", "Say why the count changes.")
        return cleaned

    def level_save(self, *, actor: str) -> StockLevel:
        """Write the change through the service, and return the level as it then is."""
        values = {name: self.cleaned_data[name] for name in _COUNTERS if name in self.changed_data}
        reason = self.cleaned_data.get("reason", "")
        if self.instance._state.adding:  # noqa: SLF001
            return stock_level_create(
                variant_id=self.cleaned_data["variant"].pk,
                location_id=self.cleaned_data["location"].pk,
                values=values,
                reason=reason,
                actor=actor,
            )
        return stock_level_update(
            level_id=self.instance.pk,
            changes=values,
            reason=reason,
            actor=actor,
            precondition=partial(_was_seen, seen=self._seen_on_hand()) if "on_hand" in values else None,
        )

    def _seen_on_hand(self) -> int | None:
        try:
            return int(self.data.get(self["on_hand"].html_initial_name, ""))
        except ValueError:
            return None


def _was_seen(level: StockLevel, *, seen: int | None) -> None:
    """Refuse a count made from another number than the one that stands now."""
    if level.on_hand != seen:
        detail = f"The count of {level.variant} at {level.location} is {level.on_hand} by now, not {seen}. Look again."
        raise Conflict(detail)


class LowFilter(admin.SimpleListFilter):
    """Levels that need goods."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        """Offer the labels."""
        return (("low", "Low or sold out"), ("out", "Sold out"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is tracked and low."""
        tracked = queryset.filter(variant__is_stock_tracked=True)
        chosen = {"low": tracked.filter(LOW), "out": tracked.filter(reserved__gte=F("on_hand") - F("safety_stock"))}
        return chosen.get(self.value() or "", queryset)


@admin.register(Location)
class LocationAdmin(ServiceAdmin):
    """Places that hold stock."""

    list_display = ("name", "code", "country", "is_active", "position")
    list_filter = ("is_active", "country")
    search_fields = ("name", "code")
    fields = (("name", "code"), "country", "is_active", "position")

    def create(self, request: HttpRequest, values: dict[str, Any]) -> Location:
        """Add a place."""
        return location_create(values=values)

    def update(self, request: HttpRequest, instance: Any, values: dict[str, Any]) -> None:
        """Change a place."""
        location_update(location_id=instance.pk, changes=values)

    def remove(self, request: HttpRequest, instance: Any) -> None:
        """Delete a place that holds nothing; the schema keeps the others."""
        instance.delete()


@admin.register(StockLevel)
class StockLevelAdmin(ModelAdmin):
    """How much there is of everything."""

    form = StockLevelForm
    list_display = (
        "product",
        "variant",
        "location",
        "on_hand",
        "reserved",
        "available",
        "state",
        "low_stock_threshold",
    )
    list_select_related = ("variant__product", "location")
    list_filter = (LowFilter, "location", "variant__is_stock_tracked")
    search_fields = ("variant__sku__istartswith", "variant__barcode__exact", "variant__product__title")
    search_help_text = "Start of an SKU, a whole barcode, or a part of a title."
    id_search_fields = ("id", "variant_id", "variant__product_id")
    ordering = ("variant__product__title", "variant__position", "location__position", "id")
    autocomplete_fields = ("variant", "location")
    fields = (
        ("variant", "location"),
        "on_hand",
        "reason",
        ("reserved", "available", "incoming"),
        ("safety_stock", "low_stock_threshold"),
        ("backorder_limit", "expected_on"),
    )

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Compute what can be promised, so that it can be sorted by."""
        return queryset.annotate(free=F("on_hand") - F("safety_stock") - F("reserved"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep a level where it is; its movements are there."""
        counters = ("reserved", "available", "incoming")
        return counters if obj is None else ("variant", "location", *counters)

    @display(description="product", ordering="variant__product__title")
    def product(self, level: StockLevel) -> str:
        """Name the product."""
        return level.variant.product.title

    @display(description="available", ordering="free")
    def available(self, level: Any) -> str:
        """Say what can be promised now, before back-orders."""
        return str(level.on_hand - level.safety_stock - level.reserved)

    @display(description="state", label=LEVEL_COLOURS)
    def state(self, level: StockLevel) -> tuple[str, str]:
        """Label the level."""
        return stock_state(level)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        """Let the service write counter, movement and event together."""
        obj.pk = form.level_save(actor=admin_caller(request).actor).pk
