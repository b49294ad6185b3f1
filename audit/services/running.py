"""Auditing in the background: what is looked at, when, and writing down what was found."""

from __future__ import annotations

import logging
import uuid
from dataclasses import asdict
from datetime import datetime, timedelta

from audit.exceptions import AuditAsked
from audit.models import AuditDifference, AuditRun
from audit.selectors import CheckResult, Difference, audit, first_of_the_alarm, last_finished
from core import clock
from core.transactions import entry
from events.cases import case_open
from events.models import Job
from events.services import job_enqueue
from users.callers import SYSTEM_ACTOR

logger = logging.getLogger(__name__)

JOB = "audit"
KEPT = 1000
"""Differences that a run keeps. Whoever has more of them asks `manage.py audit`."""
OVERLAP = timedelta(hours=6)
"""What began before an audit may have been committed after it."""
FULL_EVERY = timedelta(days=7)
RUNS_KEPT_FOR = timedelta(days=365)


def audit_record(*, since: datetime | None = None, actor: str = SYSTEM_ACTOR) -> AuditRun:
    """Audit the books and write down how it went; the run's row is there from the start, and ended at the end.

    Not a transaction of its own: the reading is one, and the writing before and after it others. A worker that is
    killed in between leaves a run without an end, which counts for nothing.
    """
    run = _begin(since=since, actor=actor)
    kept: list[Difference] = []

    def keep(difference: Difference) -> None:
        if len(kept) < KEPT:
            kept.append(difference)

    results = audit(since=since, tell=keep)
    _finish(run=run, results=results, differences=kept)
    if run.difference_count:
        logger.error("The books don't add up: differences found by audit %s: %s.", run.id, run.difference_count)
    return run


def audit_periodic() -> AuditRun:
    """Audit what changed since the last time, and everything once a week or as long as something is wrong.

    Something that is wrong and doesn't change would be out of sight otherwise, and the alarm with it.
    """
    now = clock.now()
    last = last_finished()
    full = last_finished(since__isnull=True)
    is_partial = (
        last is not None and not last.difference_count and full is not None and full.started_at > now - FULL_EVERY
    )
    audit_runs_clear()
    return audit_record(since=last.started_at - OVERLAP if last is not None and is_partial else None)


@entry
def audit_soon(*, actor: str) -> Job:
    """Have the worker audit everything, now.

    Raises:
        AuditAsked: one waits or is at work already.
    """
    if Job.objects.filter(kind=JOB, status__in=(Job.Status.WAITING, Job.Status.RUNNING)).exists():
        raise AuditAsked
    return job_enqueue(kind=JOB, payload={"actor": actor})


def audit_runs_clear() -> int:
    """Delete runs, and what they found, after a year; return how many rows that were."""
    return AuditRun.objects.filter(started_at__lt=clock.now() - RUNS_KEPT_FOR).delete()[0]


@entry
def _begin(*, since: datetime | None, actor: str) -> AuditRun:
    return AuditRun.objects.create(since=since, actor=actor)


@entry
def _finish(*, run: AuditRun, results: list[CheckResult], differences: list[Difference]) -> None:
    run.finished_at = clock.now()
    run.checks = [asdict(result) | {"seconds": round(result.seconds, 3)} for result in results]
    run.row_count = sum(result.row_count for result in results)
    run.difference_count = sum(result.difference_count for result in results)
    run.save(update_fields=["finished_at", "checks", "row_count", "difference_count"])
    AuditDifference.objects.bulk_create([_kept(run.id, difference) for difference in differences], batch_size=500)
    if run.difference_count:
        _put_before_staff(run)


def _put_before_staff(run: AuditRun) -> None:
    """Open a case, about the first run that found something: later ones tell the same until the books add up again."""
    wrong = ", ".join(check["check"] for check in run.checks if check["difference_count"])
    case_open(
        kind="books_differ",
        subject_type="audit_run",
        subject_id=first_of_the_alarm(run).id,
        title="The books don't add up",
        detail=f"The last audit found {run.difference_count} differences: {wrong}.",
        data={"audit_run_id": run.id, "difference_count": run.difference_count},
        actor=run.actor,
    )


def _kept(run_id: uuid.UUID, difference: Difference) -> AuditDifference:
    return AuditDifference(
        run_id=run_id,
        check_name=difference.check,
        kind=difference.kind,
        row_id=difference.row_id,
        label=difference.label[:300],
        field=difference.field,
        stored=difference.stored,
        recomputed=difference.recomputed,
    )
