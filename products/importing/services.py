"""Beginning imports. Running one is running.py's work, from the command line or from a job."""

from __future__ import annotations

import uuid

from django.core.files import File

from core.transactions import entry
from events.services import event_record, job_enqueue
from markets.models import Market
from products.importing.models import Import

JOB = "import"
"""The kind of the jobs that run imports; settings name their handler."""


@entry
def import_begin(*, file_name: str, file_format: str, market: Market, location: str, actor: str) -> Import:
    """Write down an import of a file that lies where the caller will read it; nobody else runs it."""
    return Import.objects.create(file_name=file_name, format=file_format, market=market, location=location, actor=actor)


@entry
def import_upload(
    *, file: File[bytes], file_format: str, market: Market, location: str, is_dry_run: bool, actor: str
) -> Import:
    """Keep a file and ask the worker to import it."""
    row = Import(
        file_name=(file.name or "upload")[:255],
        format=file_format,
        market=market,
        location=location,
        is_dry_run=is_dry_run,
        size=file.size,
        actor=actor,
    )
    row.file.save(f"{row.id}.{'jsonl' if file_format == Import.Format.TIENDA else 'csv'}", file, save=False)
    row.save(force_insert=True)
    job_enqueue(kind=JOB, payload={"import_id": str(row.id)})
    return row


@entry
def import_continue(*, import_id: uuid.UUID) -> None:
    """Ask the worker to go on with an import that a slice of work has brought nearer to its end."""
    job_enqueue(kind=JOB, payload={"import_id": str(import_id)})


@entry
def import_close(*, row: Import) -> None:
    """Tell whoever listens that an import has come to its end."""
    event_record(
        type="import.finished",
        aggregate_type="import",
        aggregate_id=row.id,
        data={
            "status": row.status,
            "is_dry_run": row.is_dry_run,
            "created_count": row.created_count,
            "changed_count": row.changed_count,
            "unchanged_count": row.unchanged_count,
            "skipped_count": row.skipped_count,
            "failed_count": row.failed_count,
        },
        actor=row.actor,
    )
