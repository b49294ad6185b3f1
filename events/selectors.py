"""Every read of events and jobs."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import QuerySet

from core import clock
from events.models import Job


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
