"""Every read of events, jobs and cases."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from core import clock
from events.exceptions import CaseNotFound
from events.models import Case, Job


def jobs_open(*, kind: str) -> QuerySet[Job]:
    """Return the jobs of a kind that somebody does or will do."""
    return Job.objects.filter(kind=kind, status__in=(Job.Status.WAITING, Job.Status.RUNNING))


def job_failed(*, kind: str, payload: Mapping[str, Any]) -> Job | None:
    """Return the last job of this kind and payload that was given up, None when there is none."""
    return Job.objects.filter(kind=kind, payload=dict(payload), status=Job.Status.FAILED).first()


def job_due(*, kinds: Collection[str]) -> Job | None:
    """Return the job of these kinds that is due for longest and that nobody is just taking, locked."""
    return (
        Job.objects.select_for_update(skip_locked=True)
        .filter(status__in=(Job.Status.WAITING, Job.Status.RUNNING), run_at__lte=clock.now(), kind__in=kinds)
        .order_by("run_at")
        .first()
    )


@dataclass(frozen=True, slots=True)
class QueueState:
    """How many jobs are due, at work, or to be done later, and since when the oldest of those that are due is."""

    due: int
    running: int
    later: int
    oldest_due_at: datetime | None


def queue_state() -> QueueState:
    """Return how the worker's queue is now. One query."""
    waiting, running = Q(status=Job.Status.WAITING), Q(status=Job.Status.RUNNING)
    due = waiting & Q(run_at__lte=clock.now())
    return QueueState(
        **Job.objects.filter(waiting | running).aggregate(
            due=Count("id", filter=due),
            running=Count("id", filter=running),
            later=Count("id", filter=waiting & ~due),
            oldest_due_at=Min("run_at", filter=due),
        )
    )


def jobs_to_tell(*, limit: int) -> list[Job]:
    """Return jobs that have failed for good and that staff haven't been told of."""
    failed = Job.objects.filter(status=Job.Status.FAILED).exclude(cases_about("job_failed", "job"))
    return list(failed.order_by("created_at")[:limit])


def case_list(
    *,
    status: str | None = None,
    kind: str | None = None,
    subject_type: str | None = None,
    subject_id: uuid.UUID | None = None,
) -> QuerySet[Case]:
    """Return cases, narrowed to what is given. Who may see them is asked by the views."""
    wanted: Mapping[str, Any] = {
        "status": status,
        "kind": kind,
        "subject_type": subject_type,
        "subject_id": subject_id,
    }
    return Case.objects.filter(**{name: value for name, value in wanted.items() if value is not None})


def cases_open_count() -> dict[str, int]:
    """Return how many cases of each kind are open."""
    open_cases = Case.objects.filter(status=Case.Status.OPEN)
    return dict(open_cases.order_by("kind").values_list("kind").annotate(count=Count("id")))


def case_get(case_id: uuid.UUID) -> Case:
    """Return one case.

    Raises:
        CaseNotFound: there is none.
    """
    return _one(Case.objects.filter(id=case_id))


def case_for_update(case_id: uuid.UUID) -> Case:
    """Return one case, locked.

    Raises:
        CaseNotFound: there is none.
    """
    return _one(Case.objects.select_for_update(no_key=True).filter(id=case_id))


def cases_open_for_update(*, subject_type: str, subject_id: uuid.UUID, kinds: Collection[str]) -> list[Case]:
    """Return the open cases of these kinds about a subject, locked."""
    cases = Case.objects.select_for_update(no_key=True).filter(status=Case.Status.OPEN, kind__in=kinds)
    return list(cases.filter(subject_type=subject_type, subject_id=subject_id).order_by("id"))


def cases_about(kind: str, subject_type: str) -> Exists:
    """Return the condition that a row, by its id, has had a case of a kind, open or resolved.

    For sweepers: what somebody has looked at and resolved isn't told of again because it is still as it was.
    """
    return Exists(Case.objects.filter(kind=kind, subject_type=subject_type, subject_id=OuterRef("pk")))


def _one(cases: QuerySet[Case]) -> Case:
    found = cases.first()
    if found is None:
        raise CaseNotFound
    return found
