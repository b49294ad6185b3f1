"""Beginning imports. Running one is running.py's work, from the command line or from a job."""

from __future__ import annotations

import uuid
from functools import partial

from django.core.files import File
from django.db import transaction

from core.transactions import entry
from events.selectors import job_failed, jobs_open
from events.services import event_record, job_enqueue
from markets.models import Market
from products.importing.ledger import finished
from products.importing.models import Import, private_storage

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
def import_give_up(*, import_id: uuid.UUID) -> None:
    """Write that an uploaded import failed whose job is no more: nobody will ever go on with it."""
    row = Import.objects.select_for_update(no_key=True).get(pk=import_id)
    payload = {"import_id": str(import_id)}
    if row.status not in {Import.Status.WAITING, Import.Status.RUNNING} or _has_job(payload):
        return
    job = job_failed(kind=JOB, payload=payload)
    reason = "Nobody is doing this import any more."
    if job is not None:
        last = (job.last_error.strip().splitlines() or ["its worker was stopped"])[-1]
        reason = f"The import was given up after {job.attempts} attempts: {last[:500]}"
    finished(row, failure=f"{reason} What it has brought in stays; import the file again for the rest.")


def _has_job(payload: dict[str, str]) -> bool:
    return jobs_open(kind=JOB).filter(payload=payload).exists()


@entry
def import_continue(*, import_id: uuid.UUID) -> None:
    """Ask the worker to go on with an import that a slice of work has brought nearer to its end."""
    job_enqueue(kind=JOB, payload={"import_id": str(import_id)})


@entry
def import_close(*, row: Import) -> None:
    """Tell whoever listens that an import has come to its end, and throw an uploaded file away.

    What is in the file is in the catalogue or the report now. That it is still kept says that this is yet to be done:
    so it is done once, though the job is killed in the middle.
    """
    if row.file:
        name = Import.objects.select_for_update(no_key=True).values_list("file", flat=True).get(pk=row.pk)
        if not name:
            return
        row.file = ""
        row.save(update_fields=["file"])
        transaction.on_commit(partial(private_storage().delete, name))
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
