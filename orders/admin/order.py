"""The order's list and page: everything is read here, and changed only by the actions, which call the services."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from core.admin.bases import ReadOnlyAdmin
from core.admin.columns import count_of, label_column, money_column
from orders.admin.actions import ACTIONS
from orders.admin.page import FULFILMENT_COLOURS, PAYMENT_COLOURS, STATUS_COLOURS, order_for_page, page_of
from orders.admin.piles import TO_PAY, TO_SHIP
from orders.models import Order, OrderLine
from users.admin.acting import ActingAdmin


class ToDoFilter(admin.SimpleListFilter):
    """Orders that wait for staff."""

    title = "to do"
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        """Offer the same piles as the start page."""
        return (("pay", "To be paid"), ("ship", "To be shipped"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the chosen pile."""
        piles = {"pay": TO_PAY, "ship": TO_SHIP}
        return queryset.filter(piles.get(self.value() or "", Q()))


@admin.register(Order)
class OrderAdmin(ActingAdmin, ReadOnlyAdmin):
    """Sales."""

    acts = ACTIONS
    page_template = "admin/orders/order/page.html"
    too_late = "{row} has moved on; this is no longer possible."
    list_display = ("number", "placed_at", "buyer", "state", "payment_state", "fulfilment_state", "pieces", "total")
    list_select_related = ("customer", "market")
    list_filter = (ToDoFilter, "status", "payment_status", "fulfilment_status", "market", "placed_at")
    search_fields = (
        "number__istartswith",
        "email__istartswith",
        "customer__name",
        "payments__provider_reference__exact",
    )
    search_help_text = "Start of a number or e-mail, a part of a name, or a payment's reference."
    id_search_fields = ("id", "cart_id", "customer_id")
    ordering = ("-placed_at", "-id")

    state = label_column("status", "status", STATUS_COLOURS)
    payment_state = label_column("payment_status", "payment", PAYMENT_COLOURS)
    fulfilment_state = label_column("fulfilment_status", "shipping", FULFILMENT_COLOURS)
    total = money_column("total_amount", "total")

    def for_list(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Count the lines of the page's orders."""
        return queryset.annotate(lines_count=count_of(OrderLine, "order"))

    @display(description="buyer", ordering="email", header=True)
    def buyer(self, order: Order) -> tuple[str, str]:
        """Give name and e-mail."""
        address = order.shipping_address or order.billing_address or {}
        name = (order.customer.name if order.customer else "") or str(address.get("name", ""))
        return (name, order.email) if name else (order.email, "")

    @display(description="lines")
    def pieces(self, order: Any) -> int:
        """Say how many lines it has."""
        return int(order.lines_count)

    def load(self, row_id: uuid.UUID) -> Order:
        """Return the order with all that its page shows."""
        return order_for_page(row_id)

    def page_of(self, row: Order) -> dict[str, Any]:
        """Return its lines, sums, payments, parcels and history."""
        return page_of(row)

    def title_of(self, row: Order) -> str:
        """Name it by its number."""
        return f"Order {row.number}"
