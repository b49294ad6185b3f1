"""Audits over the API: for monitoring, and for whoever looks into what was found."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from audit.models import AuditRun
from audit.services import audit_record
from core import clock
from inventory.models import StockLevel
from tests.audit.books import stocked_make
from tests.factories.users import api_key_make
from users.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_test_transaction")]
ClientOf = Callable[[User | str], APIClient]

PATH = "/api/v1/audit-runs"


def test_monitoring_reads_the_last_run_and_a_person_what_it_found(client_of: ClientOf) -> None:
    machine = client_of(api_key_make(scopes=["audit:read"]))
    assert machine.get(PATH).json() == {"results": [], "next": None, "previous": None}

    level = StockLevel.objects.get(variant=stocked_make("CUP", 5))
    with clock.moved(-timedelta(hours=1)):
        clean = audit_record()
    StockLevel.objects.update(on_hand=6)
    run = audit_record()
    page = machine.get(f"{PATH}?limit=1").json()
    assert [(found["id"], found["is_clean"], found["difference_count"]) for found in page["results"]] == [
        (str(run.id), False, 1)
    ]
    assert "differences" not in page["results"][0]
    older = machine.get(page["next"]).json()
    assert [(found["id"], found["is_clean"]) for found in older["results"]] == [(str(clean.id), True)]

    response = machine.get(f"{PATH}/{run.id}")
    found = response.json()
    assert found["differences"] == [
        {
            "check": "stock-counters",
            "kind": "stock_level",
            "row_id": str(level.id),
            "label": "CUP @ main",
            "field": "on_hand",
            "stored": "6",
            "recomputed": "5",
        }
    ]
    assert {name: value for name, value in found.items() if name != "differences"} == page["results"][0]
    again = machine.get(f"{PATH}/{run.id}", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")

    cut = AuditRun.objects.create()
    assert machine.get(f"{PATH}/{cut.id}").json()["is_clean"] is None


def test_it_is_for_those_who_have_the_right(client_of: ClientOf, api: APIClient) -> None:
    run = AuditRun.objects.create()
    other = client_of(api_key_make(scopes=["settings:read", "orders:read"]))
    for path in (PATH, f"{PATH}/{run.id}"):
        assert api.get(path).status_code == 401
        refused = other.get(path)
        assert (refused.status_code, refused.json()["required_right"]) == (403, "audit:read")
    unknown = client_of(api_key_make(scopes=["audit:read"])).get(f"{PATH}/{uuid.uuid4()}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "audit_run_not_found")
