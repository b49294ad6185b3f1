"""Pages of money: payments and their ledger, only to be read. Money is recorded on the order's page."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.bases import LedgerAdmin, ReadOnlyAdmin, ReadOnlyInline
from core.admin.columns import ActorColumn, actor_names, label_column, money_column
from core.admin.filters import one_of
from payments.models import Payment, PaymentEvent
from payments.providers import PROVIDERS

STATUS_COLOURS = {"pending": "warning", "captured": "success", "refunded": "info", "cancelled": "danger"}


METHODS = [(method.code, method.name) for provider in PROVIDERS.values() for method in provider.methods.values()]


class PaymentEventInline(ReadOnlyInline):
    """What happened to the payment's money."""

    model = PaymentEvent
    tab = False
    fields = ("created_at", "kind", "money", "reference", "note", "who")
    readonly_fields = fields
    show_change_link = False
    hide_title = True
    verbose_name_plural = "ledger"

    money = money_column("amount", "amount", currency="payment.currency")
    names: Mapping[str, str] | None = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Load the payment with its events."""
        return super().get_queryset(request).select_related("payment")

    @admin.display(description="by")
    def who(self, event: PaymentEvent) -> str:
        """Name who did it; the names of all the payment's actors are read once."""
        if self.names is None:
            self.names = actor_names(event.payment.events.values_list("actor", flat=True))
        return self.names.get(event.actor, event.actor)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Attempts to pay."""

    list_display = ("created_at", "order", "provider", "method", "state", "money", "captured", "refunded")
    list_display_links = ("created_at",)
    list_select_related = ("order",)
    list_filter = ("status", one_of("method", METHODS), "created_at")
    search_fields = ("order__number", "order__email", "provider_reference")
    id_search_fields = ("id", "order_id")
    search_help_text = "Order number, e-mail, the provider's reference, or a whole id."
    ordering = ("-created_at",)
    fields = (
        "order",
        ("provider", "method", "status"),
        ("money", "captured", "refunded"),
        "provider_reference",
        ("created_at", "updated_at"),
    )
    readonly_fields = ("money", "captured", "refunded")
    inlines = (PaymentEventInline,)

    state = label_column("status", "status", STATUS_COLOURS)
    money = money_column("amount", "amount")
    captured = money_column("captured_amount", "captured")
    refunded = money_column("refunded_amount", "refunded")


@admin.register(PaymentEvent)
class PaymentEventAdmin(ActorColumn, LedgerAdmin):
    """The ledger of money."""

    list_display = ("created_at", "order_number", "state", "money", "reference", "who")
    list_select_related = ("payment__order",)
    list_filter = ("kind", "created_at")
    search_fields = ("payment__order__number", "reference", "actor__exact")
    id_search_fields = ("payment_id", "payment__order_id")
    search_help_text = "Order number, reference, or a whole actor."
    ordering = ("-id",)
    fields = ("payment", ("kind", "money"), ("reference", "note"), ("who", "created_at"))
    readonly_fields = ("money", "who")

    state = label_column(
        "kind", "what", {"created": "", "captured": "success", "refunded": "info", "cancelled": "danger"}
    )
    money = money_column("amount", "amount", currency="payment.currency")

    @admin.display(description="order", ordering="payment__order__number")
    def order_number(self, event: PaymentEvent) -> str:
        """Name the order that the money is for."""
        return event.payment.order.number
