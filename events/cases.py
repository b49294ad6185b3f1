"""Opening and resolving cases: what a person has to look at. What led to one is told by who opens it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import connection

from core import clock
from core.ids import uuid7
from core.transactions import assert_in_transaction, entry
from events.exceptions import CaseResolved
from events.models import Case, Job
from events.selectors import case_for_update, jobs_to_tell
from events.services import event_record

AT_ONCE = 500

_OPEN = """
INSERT INTO events_case AS c
    (id, kind, subject_type, subject_id, title, detail, remedy, data, status, opened_at, resolved_by, resolution)
VALUES (%(id)s, %(kind)s, %(subject_type)s, %(subject_id)s, %(title)s, %(detail)s, %(remedy)s, %(data)s::jsonb, 'open',
        %(now)s, '', '')
ON CONFLICT (kind, subject_type, subject_id) WHERE status = 'open'
DO UPDATE SET title = EXCLUDED.title, detail = EXCLUDED.detail, remedy = EXCLUDED.remedy, data = EXCLUDED.data
RETURNING c.id
"""


def case_open(
    *,
    kind: str,
    subject_type: str,
    subject_id: uuid.UUID,
    title: str,
    detail: str = "",
    remedy: str = "",
    data: Mapping[str, Any] | None = None,
    actor: str,
) -> uuid.UUID:
    """Put something before staff, and return the case's id.

    While a case of this kind about this subject is open, it only takes over what is told now. Part of the caller's
    transaction: whatever led to the case stands or falls together with it.
    """
    assert_in_transaction()
    new_id = uuid7()
    with connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "id": new_id,
                "kind": kind,
                "subject_type": subject_type,
                "subject_id": subject_id,
                "title": title[:200],
                "detail": detail,
                "remedy": remedy,
                "data": json.dumps(dict(data or {}), default=str),
                "now": clock.now(),
            },
        )
        case_id: uuid.UUID = cursor.fetchone()[0]
    if case_id == new_id:
        told = {"kind": kind, "subject_type": subject_type, "subject_id": str(subject_id), "remedy": remedy}
        event_record(type="case.opened", aggregate_type="case", aggregate_id=case_id, data=told, actor=actor)
    return case_id


@entry
def case_resolve(*, case_id: uuid.UUID, resolution: str = "", actor: str) -> Case:
    """Write that a case is settled, by whom and how. If the same happens again, that is a new case.

    Raises:
        CaseNotFound: there is none.
        CaseResolved: somebody was first.
    """
    case = case_for_update(case_id)
    if case.status == Case.Status.RESOLVED:
        raise CaseResolved
    case_settle(case, resolution=resolution, actor=actor)
    return case


def case_settle(case: Case, *, resolution: str, actor: str) -> None:
    """Resolve an open case that the caller has locked, in the transaction that does what it asked for."""
    assert_in_transaction()
    case.status = Case.Status.RESOLVED
    case.resolved_at = clock.now()
    case.resolved_by = actor
    case.resolution = resolution[:500]
    case.save(update_fields=["status", "resolved_at", "resolved_by", "resolution"])
    told = {"kind": case.kind, "subject_type": case.subject_type, "subject_id": str(case.subject_id)}
    event_record(type="case.resolved", aggregate_type="case", aggregate_id=case.id, data=told, actor=actor)


def jobs_tell() -> int:
    """Open a case for each job that has failed for good, and return how many; each is told of once."""
    failed = jobs_to_tell(limit=AT_ONCE)
    for job in failed:
        job_tell(job=job, reason=job.last_error.strip().rpartition("\n")[2])
    return len(failed)


@entry
def job_tell(*, job: Job, reason: str) -> None:
    """Open the case of a job that can't be done, or let the one that is open tell why now."""
    case_open(
        kind="job_failed",
        subject_type="job",
        subject_id=job.id,
        title=f"A job failed for good: {job.kind}",
        detail=reason[:1000],
        data={"kind": job.kind, "attempts": job.attempts},
        actor="system",
    )
