"""The order's list and page: everything is read here, and changed only by the actions, which call the services."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import display

from core.admin.bases import ReadOnlyAdmin, add_refusal, refusal_of
from core.admin.columns import count_of, label_column, money_column
from core.problems import Problem
from orders.admin.actions import ACTIONS, OrderAction
from orders.admin.page import FULFILMENT_COLOURS, PAYMENT_COLOURS, STATUS_COLOURS, order_for_page, page_of
from orders.admin.piles import TO_PAY, TO_SHIP
from orders.models import Order, OrderLine
from users.admin.caller import admin_caller


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
class OrderAdmin(ReadOnlyAdmin):
    """Sales."""

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

    def get_urls(self) -> list[URLPattern]:
        """Add the actions' pages."""
        act = self.admin_site.admin_view(self.action_view)
        return [
            path(f"<uuid:order_id>/{name}/", act, {"action": action}, name=f"orders_order_{name.replace('-', '_')}")
            for name, action in ACTIONS.items()
        ] + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the order; there is nothing to post here."""
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        order = self._order(request, object_id)
        if order is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        caller = admin_caller(request)
        context = {
            **self._context(request, order),
            **page_of(order),
            "actions": [
                action for action in ACTIONS.values() if caller.may(action.right) and action.is_possible(order)
            ],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/orders/order/page.html", context)

    def action_view(self, request: HttpRequest, order_id: uuid.UUID, action: OrderAction) -> HttpResponse:
        """Ask, then call the action's service; what it refuses is shown in the form."""
        order = self._order(request, str(order_id))
        if order is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(order_id))
        caller = admin_caller(request)
        if not caller.may(action.right):
            raise PermissionDenied
        page = reverse("admin:orders_order_change", args=[order.pk])
        if not action.is_possible(order):
            messages.warning(request, f"Order {order.number} has moved on; this is no longer possible.")
            return HttpResponseRedirect(page)
        form = action.form(request.POST if request.method == "POST" else None, order=order)
        if form.is_valid():
            refusal = _run(action, order, form, actor=caller.actor)
            if refusal is None:
                messages.success(request, action.done)
                return HttpResponseRedirect(page)
            add_refusal(form, refusal)
        context = {
            **self._context(request, order),
            "title": action.title,
            "action": action,
            "question": action.question(order),
            "form": form,
            "page": page,
        }
        return TemplateResponse(request, "admin/orders/order/action.html", context)

    def _order(self, request: HttpRequest, object_id: str) -> Order | None:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return order_for_page(uuid.UUID(object_id))
        except ValueError:
            return None

    def _context(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": f"Order {order.number}",
            "opts": self.opts,
            "original": order,
            "object": order,
            "media": self.media,
        }


def _run(action: OrderAction, order: Order, form: Any, *, actor: str) -> Problem | None:
    """Call the action's service and return what it refused for, if it did."""
    try:
        action.run(order, form, actor)
    except (Problem, DatabaseError) as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        return refusal
    return None
