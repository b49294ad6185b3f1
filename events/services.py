"""Writing events and jobs in the transaction that causes them. Running jobs belongs to the worker."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from structlog.contextvars import get_contextvars

from core import clock
from core.transactions import assert_in_transaction
from events.models import Event, Job


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
    return Event.objects.create(
        type=type,
        aggregate_type=aggregate_type,
        aggregate_id=aggregate_id,
        data=dict(data),
        actor=actor,
        request_id=str(get_contextvars().get("request_id", "")),
    )


def job_enqueue(*, kind: str, payload: Mapping[str, Any], run_at: datetime | None = None) -> Job:
    """Ask for work after the commit; a roll-back takes the request back too. Part of the caller's transaction."""
    assert_in_transaction()
    return Job.objects.create(kind=kind, payload=dict(payload), run_at=run_at or clock.now())
