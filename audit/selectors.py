"""Every read of the audit: the checks themselves, all at one moment, and the runs that were written down."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from audit.checks import CHECKS, Check
from audit.exceptions import AuditRunNotFound
from audit.models import AuditRun
from core import clock

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
"""Every statement of the transaction sees the shop as it was at the first one, and holds up nobody who writes."""
BATCH = 500
CLOCKS_APART = timedelta(minutes=1)
"""How far the clocks of the shop's machines may differ: a reservation that ends within it may have been taken."""
STALE_AFTER = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Difference:
    """One stored value that isn't what its ledger says; None where there is no value."""

    check: str
    kind: str
    row_id: str
    label: str
    field: str
    stored: str | None
    recomputed: str | None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How one check went."""

    check: str
    promise: str
    row_count: int
    difference_count: int
    seconds: float


def audit(
    *,
    checks: Sequence[Check] = CHECKS,
    since: datetime | None = None,
    tell: Callable[[Difference], None],
    done: Callable[[CheckResult], None] = lambda _result: None,
) -> list[CheckResult]:
    """Recompute the books and tell of every difference, as it is found; nothing is changed.

    All checks see one moment, however long they take and whatever is sold meanwhile. Differences come from a cursor
    of the server in batches, so that no number of them fills the memory. With `since` only what changed from then on
    is looked at: orders, payments and carts by their own time, stock by its movements.

    Raises:
        RuntimeError: called inside a transaction, which couldn't be made to see one moment.
    """
    results = []
    with _one_moment():
        parameters = {"since": since, "now": clock.now() + CLOCKS_APART}
        for check in checks:
            results.append(_run(check, parameters, is_partial=since is not None, tell=tell))
            done(results[-1])
    return results


def _run(
    check: Check, parameters: dict[str, datetime | None], *, is_partial: bool, tell: Callable[[Difference], None]
) -> CheckResult:
    began = time.monotonic()
    difference_count = 0
    with connection.cursor() as cursor:
        cursor.execute(check.rows(is_partial=is_partial), parameters)
        row_count = int(cursor.fetchone()[0])
    for row in _rows(check.differences(is_partial=is_partial), parameters):
        difference_count += 1
        tell(Difference(check.name, *row))
    return CheckResult(check.name, check.promise, row_count, difference_count, time.monotonic() - began)


@contextmanager
def _one_moment() -> Iterator[None]:
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(SNAPSHOT)
            # The moment is that of the first statement, and has to lie before the time that is taken as now.
            cursor.execute("SELECT 1")
        yield


def _rows(statement: str, parameters: dict[str, datetime | None]) -> Iterator[tuple[str, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(BATCH):
            yield from rows


def audit_run_list() -> QuerySet[AuditRun]:
    """Return the runs, without what they found."""
    return AuditRun.objects.all()


def audit_run_get(run_id: uuid.UUID) -> AuditRun:
    """Return one run with what it found.

    Raises:
        AuditRunNotFound: there is none.
    """
    run = AuditRun.objects.prefetch_related("differences").filter(id=run_id).first()
    if run is None:
        raise AuditRunNotFound
    return run


def last_finished(**where: object) -> AuditRun | None:
    """Return the newest run that came to its end, and is as is asked."""
    return AuditRun.objects.filter(finished_at__isnull=False, **where).order_by("-started_at", "-id").first()


def first_of_the_alarm(run: AuditRun) -> AuditRun:
    """Return the first of the runs that found something, one after the other, up to this one."""
    clean = last_finished(difference_count=0, started_at__lt=run.started_at)
    since = {} if clean is None else {"started_at__gt": clean.started_at}
    wrong = AuditRun.objects.filter(difference_count__gt=0, started_at__lte=run.started_at, **since)
    return wrong.order_by("started_at", "id").first() or run


@dataclass(frozen=True, slots=True)
class Alarm:
    """What staff should know of the audit: one sentence, and the run that it is about, if there is one."""

    text: str
    run: AuditRun | None


def alarm_at(at: datetime) -> Alarm | None:
    """Return what is wrong with the books, or with their audit; None when all is well. One query."""
    run = last_finished()
    if run is not None and run.difference_count:
        number = f"{run.difference_count} difference{'s' if run.difference_count > 1 else ''}"
        return Alarm(f"The books don't add up: the last audit found {number}.", run)
    if run is None:
        return Alarm("The books have not been audited yet. Does the worker run?", None)
    if run.started_at <= at - STALE_AFTER:
        return Alarm(
            f"The books have not been audited for {(at - run.started_at).days} days. Does the worker run?", run
        )
    return None
