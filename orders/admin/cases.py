"""Pages of cases: what staff have to look at, read here and marked as resolved in the list."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.decorators import action, display

from core.admin.bases import LedgerAdmin
from core.admin.columns import label_column, link
from events.cases import case_resolve
from events.models import Case
from users.admin.caller import admin_caller

CASE_COLOURS = {"open": "warning", "resolved": "success"}
_PAGES = {
    "order": "orders_order",
    "payment": "payments_payment",
    "job": "events_job",
    "cart": "cart_cart",
    "audit_run": "audit_auditrun",
}


@admin.register(Case)
class CaseAdmin(LedgerAdmin):
    """What no rule can settle."""

    list_display = ("title", "state", "remedy", "subject", "opened_at", "resolved_at")
    list_filter = ("status", "opened_at")
    search_fields = ("kind__startswith", "title")
    search_help_text = "Start of a kind, a part of a title, or the whole id of what it is about."
    id_search_fields = ("id", "subject_id")
    ordering = ("-opened_at", "-id")
    actions = ("resolve",)  # type: ignore[assignment]  # The only thing to be done here.
    fields = (
        ("title", "status"),
        "detail",
        ("kind", "remedy", "subject"),
        "data",
        ("opened_at", "resolved_at", "resolved_by"),
        "resolution",
    )
    readonly_fields = ("subject",)

    state = label_column("status", "status", CASE_COLOURS)

    @display(description="about")
    def subject(self, case: Case) -> str:
        """Lead to what it is about."""
        page = _PAGES.get(case.subject_type)
        return link(reverse(f"admin:{page}_change", args=[case.subject_id]), case.subject_type) if page else ""

    @action(description="Mark as resolved", permissions=["resolve"])
    def resolve(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Resolve the chosen ones that are open."""
        cases = list(queryset.filter(status=Case.Status.OPEN))
        for case in cases:
            case_resolve(case_id=case.pk, actor=admin_caller(request).actor)
        messages.success(request, f"{len(cases)} resolved.")

    def has_resolve_permission(self, request: HttpRequest) -> bool:
        """Ask for the right."""
        return admin_caller(request).may("cases:write")
