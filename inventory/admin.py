"""Pages of stock. Counters are changed through the services, with a reason, so that the ledger stays their sum."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from core.admin.bases import LedgerAdmin, ModelAdmin, ReadOnlyAdmin, ServiceAdmin
from core.admin.columns import NOTHING, ActorColumn, label_column
from core.admin.forms import fix_choice
from core.problems import Conflict
from inventory.models import (
    MAX_PIECES,
    Location,
    StockLevel,
    StockMovement,
    StockReservation,
    StockTake,
    StockTakeLine,
    StockTransfer,
    StockTransferLine,
)
from inventory.selectors import LOW, is_low
from inventory.services import location_create, location_update, stock_level_create, stock_level_update
from products.admin.inlines import OfProduct
from products.admin.product import ProductAdmin
from products.models import Product
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
        chosen = {"low": tracked.filter(LOW), "out": tracked.filter(on_hand__lte=F("reserved") + F("safety_stock"))}
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


@admin.register(StockMovement)
class StockMovementAdmin(ActorColumn, LedgerAdmin):
    """The ledger of stock."""

    list_display = (
        "created_at",
        "variant",
        "location",
        "state",
        "on_hand_change",
        "reserved_change",
        "incoming_change",
        "order",
        "reason",
        "who",
    )
    list_select_related = ("level__variant__product", "level__location", "order")
    list_filter = ("kind", "level__location", "created_at")
    search_fields = ("level__variant__sku__istartswith", "level__variant__product__title", "order__number", "reason")
    search_help_text = "Start of an SKU, a part of a title or reason, or an order number."
    id_search_fields = ("level_id", "level__variant_id", "order_id")
    ordering = ("-id",)
    fields = (
        "level",
        ("kind", "on_hand_delta", "reserved_delta", "incoming_delta"),
        "order",
        "transfer",
        "take",
        "reason",
        ("who", "created_at"),
    )
    readonly_fields = ("who",)

    state = label_column(
        "kind",
        "what",
        {
            "received": "success",
            "returned": "success",
            "reserved": "info",
            "released": "info",
            "adjusted": "warning",
            "counted": "warning",
        },
    )

    @display(description="variant", ordering="level__variant__sku")
    def variant(self, movement: StockMovement) -> str:
        """Name product and variant."""
        return f"{movement.level.variant.product.title} · {movement.level.variant}"

    @display(description="location", ordering="level__location__position")
    def location(self, movement: StockMovement) -> str:
        """Name the location."""
        return movement.level.location.name

    @display(description="on hand", ordering="on_hand_delta")
    def on_hand_change(self, movement: StockMovement) -> str:
        """Write the change with its sign."""
        return f"{movement.on_hand_delta:+d}" if movement.on_hand_delta else ""

    @display(description="reserved", ordering="reserved_delta")
    def reserved_change(self, movement: StockMovement) -> str:
        """Write the change with its sign."""
        return f"{movement.reserved_delta:+d}" if movement.reserved_delta else ""

    @display(description="incoming", ordering="incoming_delta")
    def incoming_change(self, movement: StockMovement) -> str:
        """Write the change with its sign."""
        return f"{movement.incoming_delta:+d}" if movement.incoming_delta else ""


@admin.register(StockReservation)
class StockReservationAdmin(ReadOnlyAdmin):
    """What is held back for which order, or for a cart at its check-out."""

    list_display = ("variant", "location", "quantity", "held_for", "expires_at")
    list_select_related = ("level__variant__product", "level__location", "order")
    list_filter = ("level__location",)
    search_fields = ("level__variant__sku__istartswith", "level__variant__product__title", "order__number")
    search_help_text = "Start of an SKU, a part of a title, or an order number."
    id_search_fields = ("level_id", "level__variant_id", "order_id", "cart_id")
    ordering = ("-id",)
    fields = ("level", "held_for", "order_line", "quantity", "expires_at")

    @display(description="variant", ordering="level__variant__sku")
    def variant(self, reservation: StockReservation) -> str:
        """Name product and variant."""
        return f"{reservation.level.variant.product.title} · {reservation.level.variant}"

    @display(description="location", ordering="level__location__position")
    def location(self, reservation: StockReservation) -> str:
        """Name the location."""
        return reservation.level.location.name

    @display(description="held for", ordering="order__number")
    def held_for(self, reservation: StockReservation) -> str:
        """Give the order's number."""
        return f"order {reservation.order}" if reservation.order else "a cart at its check-out"


@admin.register(StockTransfer)
class StockTransferAdmin(LedgerAdmin):
    """Goods on their way."""

    list_display = ("created_at", "reference", "source", "destination", "status", "expected_on")
    list_select_related = ("source", "destination")
    list_filter = ("status", "source", "destination")
    search_fields = ("reference__istartswith",)
    ordering = ("-created_at",)


@admin.register(StockTransferLine)
class StockTransferLineAdmin(LedgerAdmin):
    """What is on its way."""

    list_display = ("transfer", "variant", "quantity", "received_quantity")
    list_select_related = ("transfer", "variant")
    list_filter = ("transfer__status",)
    search_fields = ("variant__sku__istartswith", "transfer__reference__istartswith")
    ordering = ("-id",)


@admin.register(StockTake)
class StockTakeAdmin(LedgerAdmin):
    """Counts of a location's goods."""

    list_display = ("created_at", "location", "note", "status")
    list_select_related = ("location",)
    list_filter = ("status", "location")
    search_fields = ("note",)
    ordering = ("-created_at",)


@admin.register(StockTakeLine)
class StockTakeLineAdmin(LedgerAdmin):
    """What was counted."""

    list_display = ("take", "variant", "counted", "expected", "counted_at")
    list_select_related = ("take", "level__variant")
    list_filter = ("take__status",)
    search_fields = ("level__variant__sku__istartswith",)
    ordering = ("-id",)

    @display(description="variant", ordering="level__variant__sku")
    def variant(self, line: StockTakeLine) -> str:
        """Name the variant."""
        return str(line.level.variant)


class StockOfProductInline(OfProduct):
    """The stock of all of a product's variants at all locations."""

    model = StockLevel
    form = StockLevelForm
    can_delete = False
    verbose_name_plural = "stock"
    fields = ("variant", "location", "on_hand", "promised", "reason", "low_stock_threshold", "backorder_limit")
    readonly_fields = ("promised",)

    def get_form_queryset(self, obj: Product) -> QuerySet[StockLevel]:
        """Return the product's levels in the order of its variants and the locations."""
        levels = StockLevel.objects.filter(variant__product=obj).select_related("variant", "location")
        return levels.order_by("variant__position", "variant_id", "location__position", "location__code")

    @display(description="reserved")
    def promised(self, level: StockLevel) -> int:
        """Say how many are promised to orders."""
        return level.reserved


@admin.register(Product)
class StockedProductAdmin(ProductAdmin):
    """The product's page with its stock. It is registered here since it touches both apps, and this is the higher."""

    list_display = (*ProductAdmin.list_display[:-1], "in_stock", ProductAdmin.list_display[-1])
    inlines = (*ProductAdmin.inlines[:2], StockOfProductInline, *ProductAdmin.inlines[2:])

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Add what can be sold of each product, over its variants and all active locations."""
        levels = StockLevel.objects.filter(variant__product=OuterRef("pk"), location__is_active=True).order_by()
        free = levels.values("variant__product").annotate(free=Sum(F("on_hand") - F("reserved"))).values("free")
        return super().for_list(queryset).annotate(free=Subquery(free))

    @display(description="in stock", ordering=F("free").asc(nulls_last=True))
    def in_stock(self, product: Any) -> str:
        """Say how many pieces aren't promised."""
        return NOTHING if product.free is None else str(product.free)

    def save_more(self, request: HttpRequest, formset: Any) -> None:
        """Let the service write levels with their movements and events."""
        if formset.model is StockLevel:
            for row in formset.forms:
                if row.has_changed():
                    row.level_save(actor=admin_caller(request).actor)
