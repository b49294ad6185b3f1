"""What monitoring scrapes: the last audit, open cases, the queue."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rest_framework.test import APIClient

from audit.services import audit_record
from core import clock
from events.cases import case_open
from events.models import Job
from inventory.models import StockLevel
from tests.audit.books import stocked_make
from tests.factories.users import api_key_make, user_make
from users.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_test_transaction")]
ClientOf = Callable[[User | str], APIClient]


def scraped(machine: APIClient) -> dict[tuple[str, ...], float]:
    response = machine.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(response.content.decode())
    return {
        (sample.name.removeprefix("tienda_"), *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_an_untouched_shop_has_nothing_to_tell(client_of: ClientOf) -> None:
    assert scraped(client_of(api_key_make(scopes=["audit:read"]))) == {
        ("jobs", "due"): 0,
        ("jobs", "running"): 0,
        ("jobs", "later"): 0,
        ("jobs_oldest_due_seconds",): 0,
    }


def test_the_last_audit_open_cases_and_due_jobs_are_told(client_of: ClientOf) -> None:
    machine = client_of(api_key_make(scopes=["audit:read"]))
    stocked_make("CUP", 5)
    StockLevel.objects.update(on_hand=6)
    run = audit_record()
    for _ in range(2):
        case_open(kind="payment_overdue", subject_type="order", subject_id=uuid.uuid4(), title="Late", actor="system")
    now = clock.now()
    for status, run_at in (
        ("waiting", now - timedelta(seconds=90)),
        ("waiting", now - timedelta(seconds=5)),
        ("waiting", now + timedelta(hours=1)),
        ("running", now - timedelta(seconds=500)),
        ("done", now - timedelta(seconds=900)),
    ):
        Job.objects.create(kind="mail", status=status, run_at=run_at)
    found = scraped(machine)
    assert run.finished_at is not None
    assert 90 <= found.pop(("jobs_oldest_due_seconds",)) < 150
    assert found == {
        ("audit_differences",): 1,
        ("audit_finished_timestamp_seconds",): pytest.approx(run.finished_at.timestamp(), abs=0.001),
        ("audit_duration_seconds",): pytest.approx((run.finished_at - run.started_at).total_seconds(), abs=0.001),
        ("cases_open", "books_differ"): 1,
        ("cases_open", "payment_overdue"): 2,
        ("jobs", "due"): 2,
        ("jobs", "running"): 1,
        ("jobs", "later"): 1,
    }


def test_it_is_for_those_who_may_read_audits(api: APIClient, client_of: ClientOf) -> None:
    assert api.get("/metrics").json()["code"] == "not_authenticated"
    assert client_of(user_make()).get("/metrics").json()["required_right"] == "audit:read"
    assert client_of(api_key_make(scopes=["audit:read"])).post("/metrics").status_code == 405
