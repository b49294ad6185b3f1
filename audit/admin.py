"""Pages of audits: read only, with a button that asks the worker for one; and the start page's alarm."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from audit.models import AuditDifference, AuditRun
from audit.selectors import alarm_at
from audit.services import audit_soon
from core import clock
from core.admin.bases import LedgerAdmin, ReadOnlyAdmin, ReadOnlyInline, sentences_of
from core.admin.columns import NOTHING, ActorColumn
from core.problems import Problem
from orders.admin import start
from users.admin.caller import admin_caller

OUTCOMES = {"adds up": "success", "differs": "danger", "not finished": "warning"}


def start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add to the start page what is wrong with the books, for those who may see it."""
    if admin_caller(request).may("audit:read"):
        context["audit_alarm"] = alarm_at(clock.now())
    return start.start_page(request, context)


class DifferenceInline(ReadOnlyInline):
    """What the run found."""

    model = AuditDifference
    tab = False
    per_page = 50
    fields = ("check_name", "kind", "label", "field", "stored", "recomputed", "row_id")
    readonly_fields = fields
    show_change_link = False
    hide_title = True


@admin.register(AuditRun)
class AuditRunAdmin(ActorColumn, ReadOnlyAdmin):
    """Audits, the newest first."""

    change_list_template = "admin/audit/auditrun/change_list.html"
    list_display = ("started_at", "outcome", "difference_count", "rows", "took", "since", "who")
    list_filter = ("started_at",)
    search_fields = ("actor__exact",)
    search_help_text = "A whole id or actor."
    ordering = ("-started_at", "-id")
    fields = (("outcome", "difference_count"), ("started_at", "took", "since"), "who", "checks_table")
    readonly_fields = ("outcome", "took", "who", "checks_table")
    inlines = (DifferenceInline,)

    def get_urls(self) -> list[URLPattern]:
        """Add the button's address."""
        run = path("run/", self.admin_site.admin_view(self.run_view), name="audit_auditrun_run")
        return [run, *super().get_urls()]

    def run_view(self, request: HttpRequest) -> HttpResponse:
        """Ask the worker for an audit."""
        caller = admin_caller(request)
        if request.method != "POST" or not caller.may("audit:read"):
            raise PermissionDenied
        try:
            audit_soon(actor=caller.actor)
        except Problem as problem:
            for sentence in sentences_of(problem):
                messages.warning(request, sentence)
        else:
            messages.success(request, "The worker will audit everything in a moment; come back to see what it found.")
        return HttpResponseRedirect(reverse("admin:audit_auditrun_changelist"))

    @display(description="outcome", label=OUTCOMES)
    def outcome(self, run: AuditRun) -> str:
        """Say whether the books added up."""
        return {True: "adds up", False: "differs", None: "not finished"}[run.is_clean]

    @display(description="rows", ordering="row_count")
    def rows(self, run: AuditRun) -> str:
        """Say how many rows were looked at."""
        return f"{run.row_count:,}"

    @display(description="took")
    def took(self, run: AuditRun) -> str:
        """Say how long it took."""
        return f"{(run.finished_at - run.started_at).total_seconds():.1f} s" if run.finished_at else NOTHING

    @display(description="checks")
    def checks_table(self, run: AuditRun) -> str:
        """Show how each check went."""
        rows = format_html_join(
            "",
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            (
                (
                    check["promise"],
                    f"{check['row_count']:,}",
                    f"{check['difference_count']:,}",
                    f"{check['seconds']:.2f}",
                )
                for check in run.checks
            ),
        )
        return format_html(
            '<table class="tnd-checks"><tr><th>What holds</th><th>Rows</th><th>Differences</th><th>Seconds</th></tr>'
            "{}</table>",
            rows,
        )


@admin.register(AuditDifference)
class AuditDifferenceAdmin(LedgerAdmin):
    """What audits found, over all of them."""

    list_display = ("run", "check_name", "kind", "label", "field", "stored", "recomputed")
    list_display_links = ("run",)
    list_select_related = ("run",)
    list_filter = ("run__started_at",)
    search_fields = ("label__startswith", "check_name__exact")
    id_search_fields = ("row_id", "run_id")
    search_help_text = "Start of a label (an order's number, an SKU), a whole id of a row, or the name of a check."
    ordering = ("-id",)
    fields = ("run", ("check_name", "kind"), ("label", "row_id"), ("field", "stored", "recomputed"))
