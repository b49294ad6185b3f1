"""The ledger of stock and what is held back: found and read, never changed."""

from __future__ import annotations

from django.contrib import admin
from unfold.decorators import display

from core.admin.bases import LedgerAdmin, ReadOnlyAdmin
from core.admin.columns import ActorColumn, label_column
from inventory.models import StockMovement, StockReservation


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
    id_search_fields = ("level_id", "level__variant_id", "order_id", "transfer_id", "take_id")
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
