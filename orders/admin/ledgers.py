"""Pages of an order's parts, each only to be read: what changes them is done on the order's page."""

from django.contrib import admin

from core.admin.bases import LedgerAdmin, ReadOnlyAdmin, ReadOnlyInline
from core.admin.columns import ActorColumn, money_column
from core.admin.filters import one_of
from orders.admin.page import HISTORY_ICONS
from orders.models import Fulfilment, FulfilmentLine, OrderAdjustment, OrderHistory, OrderLine

HISTORY_KINDS = [(kind, kind.replace("_", " ").capitalize()) for kind in HISTORY_ICONS]


@admin.register(OrderLine)
class OrderLineAdmin(LedgerAdmin):
    """Single lines: who bought what."""

    list_display = ("order", "sku", "title", "variant_title", "quantity", "fulfilled_quantity", "unit_price", "total")
    list_select_related = ("order",)
    list_filter = ("order__status", "requires_shipping", "order__placed_at")
    search_fields = ("order__number", "sku__startswith", "title")
    search_help_text = "Order number, start of an SKU, or a part of a title."
    id_search_fields = ("id", "order_id", "variant_id")
    ordering = ("-order__placed_at", "position")
    fields = (
        "order",
        ("sku", "title", "variant_title"),
        ("quantity", "fulfilled_quantity", "returned_quantity", "requires_shipping"),
        ("unit_price", "subtotal", "discount", "tax", "total"),
        "variant",
    )
    readonly_fields = ("unit_price", "subtotal", "discount", "tax", "total")

    unit_price = money_column("unit_amount", "unit price", currency="order.currency")
    subtotal = money_column("subtotal_amount", "subtotal", currency="order.currency")
    discount = money_column("discount_amount", "discount", currency="order.currency")
    tax = money_column("tax_amount", "tax", currency="order.currency")
    total = money_column("total_amount", "total", currency="order.currency")


@admin.register(OrderAdjustment)
class OrderAdjustmentAdmin(LedgerAdmin):
    """Why totals are what they are."""

    list_display = ("order", "kind", "label", "money", "is_included", "source")
    list_select_related = ("order",)
    list_filter = ("kind", "is_included", "order__placed_at")
    search_fields = ("order__number", "label", "source__startswith")
    search_help_text = "Order number, a part of a label, or the start of a source."
    id_search_fields = ("order_id",)
    ordering = ("-id",)
    fields = ("order", "line", ("kind", "label"), ("money", "is_included"), "source")
    readonly_fields = ("money",)

    money = money_column("amount", "amount", currency="order.currency")


class FulfilmentLineInline(ReadOnlyInline):
    """What is in the parcel."""

    model = FulfilmentLine
    fields = ("order_line", "quantity")
    readonly_fields = fields
    hide_title = True


@admin.register(Fulfilment)
class FulfilmentAdmin(ActorColumn, ReadOnlyAdmin):
    """Parcels."""

    list_display = ("shipped_at", "order", "carrier", "tracking_number", "who")
    list_select_related = ("order",)
    list_filter = ("shipped_at",)
    search_fields = ("order__number", "tracking_number__istartswith")
    search_help_text = "Order number, or start of a tracking number."
    id_search_fields = ("id", "order_id")
    ordering = ("-shipped_at",)
    fields = ("order", ("carrier", "tracking_number"), "tracking_url", ("who", "shipped_at"))
    readonly_fields = ("who",)
    inlines = (FulfilmentLineInline,)


@admin.register(FulfilmentLine)
class FulfilmentLineAdmin(LedgerAdmin):
    """Which line is in which parcel."""

    list_display = ("order_line", "quantity", "fulfilment", "shipped_at")
    list_select_related = ("order_line", "fulfilment")
    list_filter = ("fulfilment__shipped_at",)
    search_fields = ("order_line__order__number", "order_line__sku__startswith", "fulfilment__tracking_number")
    search_help_text = "Order number, start of an SKU, or tracking number."
    id_search_fields = ("fulfilment_id", "order_line_id", "order_line__order_id")
    ordering = ("-id",)
    fields = ("order_line", "quantity", "fulfilment")

    @admin.display(description="shipped at", ordering="fulfilment__shipped_at")
    def shipped_at(self, line: FulfilmentLine) -> object:
        """Say when the parcel left."""
        return line.fulfilment.shipped_at


@admin.register(OrderHistory)
class OrderHistoryAdmin(ActorColumn, LedgerAdmin):
    """What happened to orders."""

    list_display = ("created_at", "order", "kind", "message", "is_public", "who")
    list_select_related = ("order",)
    list_filter = (one_of("kind", HISTORY_KINDS, title="what"), "is_public", "created_at")
    search_fields = ("order__number", "message")
    search_help_text = "Order number, or a part of a message."
    id_search_fields = ("order_id",)
    ordering = ("-id",)
    fields = ("order", ("kind", "message"), "data", ("is_public", "who", "created_at"))
    readonly_fields = ("who",)
