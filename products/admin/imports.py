"""Pages of imports and their reports, only to be read: imports are started by command or over the API."""

from django.contrib import admin
from unfold.decorators import display

from core.admin.bases import LedgerAdmin, ReadOnlyAdmin
from core.admin.columns import ActorColumn, label_column
from core.admin.filters import one_of
from products.importing.models import Import, ImportProblem

STATUS_COLOURS = {"waiting": "info", "running": "warning", "done": "success", "failed": "danger"}
SEVERITY_COLOURS = {"error": "danger", "skipped": "warning", "warning": "warning", "note": "info"}


@admin.register(Import)
class ImportAdmin(ActorColumn, ReadOnlyAdmin):
    """Product files on their way into the catalogue."""

    list_display = (
        "created_at",
        "file_name",
        "format",
        "market",
        "state",
        "created_count",
        "changed_count",
        "error_count",
        "who",
    )
    list_select_related = ("market",)
    list_filter = ("status", "format", "market", "is_dry_run", "created_at")
    search_fields = ("file_name", "sha256__startswith")
    search_help_text = "A part of a file's name, or the start of its SHA-256."
    fields = (
        ("file_name", "format"),
        ("market", "location"),
        ("status", "is_dry_run"),
        ("line", "line_count"),
        ("created_count", "changed_count", "unchanged_count"),
        ("skipped_count", "failed_count"),
        ("error_count", "warning_count"),
        "failure",
        ("size", "sha256"),
        ("who", "created_at"),
        ("started_at", "finished_at"),
    )
    readonly_fields = ("who",)

    state = label_column("status", "status", STATUS_COLOURS)


@admin.register(ImportProblem)
class ImportProblemAdmin(LedgerAdmin):
    """What imports found wrong, line by line."""

    list_display = ("owner", "level", "line", "column", "handle", "code", "reason")
    list_select_related = ("owner",)
    list_filter = (one_of("severity", [(one, one) for one in SEVERITY_COLOURS]),)
    search_fields = ("owner__file_name", "handle__startswith", "reason")
    search_help_text = "A part of a file's name or of a reason, or the start of a handle."
    id_search_fields = ("owner_id",)
    ordering = ("-owner__created_at", "id")
    fields = ("owner", ("severity", "code"), ("line", "column", "handle"), "reason", "value")

    @display(description="severity", ordering="severity", label=SEVERITY_COLOURS)
    def level(self, problem: ImportProblem) -> str:
        """Say how bad it is."""
        return problem.severity
