"""Writing events and jobs in the transaction that causes them, and a job's way from there. worker.py runs them."""

import random
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from structlog.contextvars import get_contextvars

from core import clock
from core.copying import copy_rows, new_row
from core.transactions import assert_in_transaction, entry
from events.models import Event, IdempotencyKey, Job
from events.selectors import job_due


def event_draft(
    *,
    type: str,
    aggregate_type: str,
    aggregate_id: uuid.UUID,
    data: Mapping[str, Any],
    actor: str,
) -> Event:
    """Return an event that isn't written yet, for who inserts it together with the rows that it tells of."""
    return Event(
        type=type,
        aggregate_type=aggregate_type,
        aggregate_id=aggregate_id,
        data=dict(data),
        actor=actor,
        request_id=str(get_contextvars().get("request_id", "")),
    )


def event_record(
    *,
    type: str,
    aggregate_type: str,
    aggregate_id: uuid.UUID,
    data: Mapping[str, Any],
    actor: str,
) -> Event:
    """Write an event beside the change that it tells of; part of the caller's transaction."""
    assert_in_transaction()
    event = event_draft(type=type, aggregate_type=aggregate_type, aggregate_id=aggregate_id, data=data, actor=actor)
    event.save(force_insert=True)
    return event


def events_record(
    *,
    type: str,
    aggregate_type: str,
    events: Sequence[tuple[uuid.UUID, Mapping[str, Any]]],
    actor: str,
) -> None:
    """Write many events of one type, each of an aggregate and with its data, in one statement; else as above."""
    assert_in_transaction()
    request_id, now = str(get_contextvars().get("request_id", "")), clock.now()
    rows = [
        new_row(
            Event,
            type=type,
            aggregate_type=aggregate_type,
            aggregate_id=aggregate_id,
            data=dict(data),
            actor=actor,
            request_id=request_id,
            occurred_at=now,
        )
        for aggregate_id, data in events
    ]
    if rows:
        copy_rows(rows)


def job_enqueue(*, kind: str, payload: Mapping[str, Any], run_at: datetime | None = None) -> Job:
    """Ask for work after the commit; a roll-back takes the request back too. Part of the caller's transaction."""
    assert_in_transaction()
    return Job.objects.create(kind=kind, payload=dict(payload), run_at=run_at or clock.now())


@entry
def job_take(*, kinds: Collection[str], lease: timedelta) -> Job | None:
    """Take the job of these kinds that has been due for longest, and hold it until the lease ends.

    A running job whose lease has ended is due again: whoever ran it is taken for dead. `leased_until` is the holder's
    ticket for everything below; who lost the lease has the wrong one.
    """
    job = job_due(kinds=kinds)
    if job is None:
        return None
    job.status = Job.Status.RUNNING
    job.attempts += 1
    # One column says when to look at a job, waiting or running, so that one index finds both.
    job.leased_until = job.run_at = clock.now() + lease
    job.save(update_fields=["status", "attempts", "leased_until", "run_at"])
    return job


def job_renew(*, job: Job, lease: timedelta) -> bool:
    """Hold a job for longer; False if it is no longer the caller's."""
    until = clock.now() + lease
    is_held = _of_holder(job, leased_until=until, run_at=until)
    if is_held:
        job.leased_until = until
    return is_held


def job_finish(*, job: Job) -> bool:
    """Write that a job is done; False if it is no longer the caller's."""
    return _of_holder(job, status=Job.Status.DONE, leased_until=None, last_error="", finished_at=clock.now())


def job_repeat(*, job: Job, after: timedelta, error: str = "") -> bool:
    """Let a periodic job wait for its next turn, whether this one went well or not."""
    return _of_holder(
        job,
        status=Job.Status.WAITING,
        attempts=0,
        leased_until=None,
        run_at=clock.now() + after,
        last_error=error[-MAX_ERROR:],
    )


def job_fail(*, job: Job, error: str, is_final: bool = False) -> bool:
    """Write that an attempt went wrong: the next one comes later each time, and after the last one it has failed."""
    if is_final or job.attempts >= settings.JOB_ATTEMPTS:
        return _of_holder(
            job,
            status=Job.Status.FAILED,
            leased_until=None,
            last_error=error[-MAX_ERROR:],
            finished_at=clock.now(),
        )
    return _of_holder(
        job,
        status=Job.Status.WAITING,
        leased_until=None,
        run_at=clock.now() + backoff(job.attempts),
        last_error=error[-MAX_ERROR:],
    )


def job_give_back(*, job: Job) -> bool:
    """Let a job that is stopped midway be taken again at once, as if this attempt had not been."""
    return _of_holder(job, status=Job.Status.WAITING, leased_until=None, run_at=clock.now(), attempts=F("attempts") - 1)


def jobs_schedule(*, kinds: Collection[str]) -> None:
    """Make sure that each periodic job is there, once for all workers; a new one is due now."""
    Job.objects.bulk_create([Job(id=uuid.uuid5(_PERIODIC, kind), kind=kind) for kind in kinds], ignore_conflicts=True)


def jobs_clear() -> int:
    """Delete jobs that were done more than a week ago, and return how many; failed ones are left for people."""
    return Job.objects.filter(status=Job.Status.DONE, finished_at__lt=clock.now() - timedelta(days=7)).delete()[0]


def idempotency_keys_clear() -> int:
    """Delete idempotency keys whose time is over, and return how many."""
    return IdempotencyKey.objects.filter(expires_at__lt=clock.now()).delete()[0]


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: 10 s doubled each time up to an hour, give or take a quarter."""
    seconds = min(10 * 2 ** (attempts - 1), 3600)
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311 (spreads load, keeps no secret)


MAX_ERROR = 4000
_PERIODIC = uuid.UUID("6f1d3c55-0d0a-4f6e-9a0e-1f3c6b8f2d71")


def _of_holder(job: Job, **values: Any) -> bool:
    """Change a job if it is still held by the ticket in `job`."""
    held = Job.objects.filter(id=job.id, status=Job.Status.RUNNING, leased_until=job.leased_until)
    return held.update(**values) == 1
