"""The worker: takes jobs that are due, one per thread, and runs each until it is done, at least once.

It can be killed at any time: a job is held by a lease, renewed while its worker lives, and taken over when that ends.
A job that has cost its worker's life as often as it may be tried is given up, and a case tells staff of it.
What jobs do belongs to the apps; which there are, to the settings JOB_HANDLERS and PERIODIC_JOBS.

Threads look for work every second rather than listening for a NOTIFY: the look is one probe of a small partial index,
while a NOTIFY makes all commits of the database queue at one lock. Periodic jobs are rows like the others, taken under
their row lock, so that one worker runs each at a time, and none is forgotten when that worker dies. A session's
advisory lock would do neither behind a connection pool.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils.module_loading import import_string
from structlog.contextvars import bound_contextvars

from core.problems import Problem
from events.cases import job_tell
from events.models import Job
from events.services import (
    job_fail,
    job_finish,
    job_give_back,
    job_renew,
    job_repeat,
    job_take,
    jobs_schedule,
)

logger = logging.getLogger(__name__)

Handler = Callable[..., Any]

LEASE = timedelta(seconds=60)
POLL_SECONDS = 1.0
GRACE_SECONDS = 10.0
_GLANCE_SECONDS = 0.1


class Worker:
    """Runs jobs. `handlers` and `periodic` map kinds to dotted paths; a job's payload becomes keyword arguments.

    A handler opens its own transactions and must bear being run again: it may have been cut off after its effect and
    before the job was marked done. A `Problem` that isn't retryable fails the job at once; anything else that it
    raises is tried again later.
    """

    def __init__(
        self,
        *,
        handlers: Mapping[str, str],
        periodic: Mapping[str, tuple[str, timedelta]],
        lease: timedelta = LEASE,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        """Import every handler now, so that a wrong path stops the worker at its start and not a job at night."""
        self._handlers: dict[str, Handler] = {kind: import_string(path) for kind, path in handlers.items()}
        self._handlers |= {kind: import_string(path) for kind, (path, _) in periodic.items()}
        self._every = {kind: every for kind, (_, every) in periodic.items()}
        self._lease = lease
        self._poll_seconds = poll_seconds
        self._is_stopping = False
        self._stop = threading.Event()
        self._held: dict[Job, threading.Lock] = {}

    def stop(self) -> None:
        """Take no more jobs. Only sets a mark, since a signal handler may not wait for an Event's lock."""
        self._is_stopping = True

    def run(self, *, threads: int = 2, grace_seconds: float = GRACE_SECONDS) -> None:
        """Run jobs until `stop` is called; then wait for those at work, and give back what takes longer.

        A job that is given back is still at work in a thread here, so the process must end right after this.
        """
        crew = [threading.Thread(target=self._loop, name=f"worker-{number}", daemon=True) for number in range(threads)]
        for thread in crew:
            thread.start()
        logger.info("Worker %s is running %s jobs at a time.", os.getpid(), threads)
        renewed = time.monotonic()
        while not self._is_stopping:
            time.sleep(_GLANCE_SECONDS)
            if time.monotonic() - renewed > self._lease.total_seconds() / 3:
                self._guarded(self._renew)
                renewed = time.monotonic()
        self._stop.set()
        deadline = time.monotonic() + grace_seconds
        for thread in crew:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._guarded(self._give_back)
        connection.close()

    def run_due(self) -> int:
        """Run what is due now in this thread, and what becomes due meanwhile; return how many jobs that were."""
        jobs_schedule(kinds=self._every)
        count = 0
        while self._run_next():
            count += 1
        return count

    def _loop(self) -> None:
        pause = 0.0
        is_scheduled = False
        while not self._stop.wait(pause):
            close_old_connections()
            try:
                if not is_scheduled:
                    jobs_schedule(kinds=self._every)
                    is_scheduled = True
                pause = 0.0 if self._run_next() else self._poll_seconds
            except DatabaseError:
                logger.warning("The database can't be reached; looking again in a moment.", exc_info=True)
                connection.close()
                pause = min(max(pause, 0.5) * 2, 30.0)
        connection.close()

    def _run_next(self) -> bool:
        """Take a job and run it; False if none is due."""
        job = job_take(kinds=list(self._handlers), lease=self._lease)
        if job is None:
            return False
        if job.attempts > settings.JOB_ATTEMPTS:
            self._give_up(job)
            return True
        self._held[job] = threading.Lock()
        try:
            with bound_contextvars(request_id=f"job:{job.id}", job_kind=job.kind):
                self._run(job)
        finally:
            del self._held[job]
        return True

    def _run(self, job: Job) -> None:
        started = time.monotonic()
        error, is_final = "", False
        try:
            self._handlers[job.kind](**job.payload)
        except Exception as exception:
            error = traceback.format_exc()
            is_final = isinstance(exception, Problem) and not exception.retryable
            logger.exception("Job %s failed at attempt %s.", job.kind, job.attempts)
            if isinstance(exception, DatabaseError):
                # It may have failed because its connection did; the job is settled over a new one.
                connection.close()
        with self._held[job]:
            is_ours = self._settle(job, error=error, is_final=is_final)
        if not is_ours:
            logger.warning("Job %s took longer than its lease, and another worker has it.", job.kind)
        elif not error:
            # The periodic ones would fill the log with the news that there is none.
            level = logging.DEBUG if job.kind in self._every else logging.INFO
            logger.log(level, "Job %s is done after %.2f s.", job.kind, time.monotonic() - started)

    def _give_up(self, job: Job) -> None:
        """Run no more what never came to an end: each attempt was the last thing that its worker did."""
        error = f"Its worker died at each of {job.attempts - 1} attempts, so it was not run again."
        logger.error("Job %s (%s) is given up. %s", job.id, job.kind, error)
        if self._settle(job, error=error, is_final=True):
            job_tell(job=job, reason=error)

    def _settle(self, job: Job, *, error: str, is_final: bool) -> bool:
        if job.kind in self._every:
            return job_repeat(job=job, after=self._every[job.kind], error=error)
        if error:
            return job_fail(job=job, error=error, is_final=is_final)
        return job_finish(job=job)

    def _renew(self) -> None:
        for job, lock in list(self._held.items()):
            with lock:
                job_renew(job=job, lease=self._lease)

    def _give_back(self) -> None:
        for job, lock in list(self._held.items()):
            with lock:
                if job_give_back(job=job):
                    logger.warning("Job %s is stopped midway and given back.", job.kind)

    @staticmethod
    def _guarded(act: Callable[[], None]) -> None:
        try:
            close_old_connections()
            act()
        except DatabaseError:
            logger.warning("The database can't be reached; leases may end.", exc_info=True)
            connection.close()
