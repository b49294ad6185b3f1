"""The schema is the last line of defence: each of its named rules, broken by hand."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from core import clock
from events.models import Case, IdempotencyKey, Job
from tests.schema import constraints_of

pytestmark = pytest.mark.django_db

BROKEN = {
    "events_idempotencykey_once": (
        "INSERT INTO events_idempotencykey (scope, key, body_digest, status, headers, body, created_at, expires_at)"
        " SELECT scope, key, body_digest, status, headers, body, created_at, expires_at FROM events_idempotencykey"
    ),
    "events_job_status": "UPDATE events_job SET status = 'lost'",
    "events_case_one_open": (
        "INSERT INTO events_case (id, kind, subject_type, subject_id, title, detail, remedy, data, status, opened_at,"
        " resolved_by, resolution) SELECT %(new)s, kind, subject_type, subject_id, title, detail, remedy, data, status,"
        " opened_at, resolved_by, resolution FROM events_case"
    ),
    "events_case_status": "UPDATE events_case SET status = 'resolved'",
}


def test_every_rule_of_the_models_is_broken_here() -> None:
    assert constraints_of("events") == set(BROKEN)


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_the_schema_refuses_it(name: str) -> None:
    IdempotencyKey.objects.create(
        scope="guest", key="k", body_digest=b"0", status=200, body=b"", expires_at=clock.now()
    )
    job = Job.objects.create(kind="x")
    Case.objects.create(kind="job_failed", subject_type="job", subject_id=job.id, title="It failed")
    with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BROKEN[name], {"new": uuid.uuid4()})
