"""Every read of events and jobs."""

from collections.abc import Collection

from core import clock
from events.models import Job


def job_due(*, kinds: Collection[str]) -> Job | None:
    """Return the job of these kinds that is due for longest and that nobody is just taking, locked."""
    return (
        Job.objects.select_for_update(skip_locked=True)
        .filter(status__in=(Job.Status.WAITING, Job.Status.RUNNING), run_at__lte=clock.now(), kind__in=kinds)
        .order_by("run_at")
        .first()
    )
