"""Pages of the outbox, of kept answers and of jobs: all written by services, so only to be read here."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.bases import LedgerAdmin, ReadOnlyAdmin
from core.admin.columns import ActorColumn, label_column
from events.models import Event, IdempotencyKey, Job


@admin.register(Event)
class EventAdmin(ActorColumn, LedgerAdmin):
    """What happened, as integrations read it."""

    list_display = ("id", "type", "aggregate_type", "aggregate_id", "who", "occurred_at")
    list_filter = ("occurred_at",)
    search_fields = ("type__startswith", "actor__exact", "request_id__exact")
    id_search_fields = ("aggregate_id",)
    search_help_text = "Start of a type, or a whole id, actor or request id."
    ordering = ("-id",)
    fields = ("type", "aggregate_type", "aggregate_id", "data", "who", "request_id", "occurred_at")


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(LedgerAdmin):
    """Which requests were answered under which key. The kept answers may hold tokens, so they aren't shown."""

    list_display = ("key", "scope", "status", "created_at", "expires_at")
    list_filter = ("created_at",)
    search_fields = ("key__startswith", "scope__contains")
    search_help_text = "Start of a key, or a part of caller, method and path."
    ordering = ("-id",)
    fields = ("key", "scope", "status", "created_at", "expires_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave the kept bodies in the database."""
        return super().get_queryset(request).defer("body", "headers", "body_digest")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """What workers have to do, do and did."""

    list_display = ("kind", "state", "attempts", "run_at", "leased_until", "finished_at", "created_at")
    list_filter = ("status", "created_at")
    search_fields = ("kind__startswith", "last_error")
    search_help_text = "Start of a kind, a whole id, or a part of an error."
    fields = (
        ("kind", "status"),
        "payload",
        ("attempts", "run_at", "leased_until"),
        "last_error",
        ("created_at", "finished_at"),
    )

    state = label_column(
        "status", "status", {"waiting": "info", "running": "warning", "done": "success", "failed": "danger"}
    )
