"""Cases: opened once while they are open, seen and resolved by who may."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from rest_framework.test import APIClient

from events.cases import case_open
from events.models import Case, Event
from tests.factories.users import api_key_make, staff_make, user_make
from users.models import User

pytestmark = pytest.mark.django_db

ClientOf = Callable[[User | str], APIClient]
SUBJECT = uuid.UUID(int=5)


@pytest.fixture
def staff(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["cases:read", "cases:write"]))


def opened(kind: str = "lost_parcel", subject_id: uuid.UUID = SUBJECT, **told: Any) -> Case:
    with transaction.atomic():
        case_id = case_open(
            kind=kind,
            subject_type="order",
            subject_id=subject_id,
            actor="system",
            **{"title": "A parcel is lost", **told},
        )
    return Case.objects.get(id=case_id)


def ids(answer: Any) -> list[str]:
    return [case["id"] for case in answer.json()["results"]]


def test_telling_again_opens_no_second_case() -> None:
    first = opened(detail="By DHL", remedy="refund", data={"number": "T1"})
    again = opened(title="Still lost", detail="By DHL, asked twice")
    assert again.id == first.id
    assert (again.title, again.detail, again.remedy, again.data) == ("Still lost", "By DHL, asked twice", "", {})
    assert (again.opened_at, Case.objects.count()) == (first.opened_at, 1)
    assert [event.data["subject_id"] for event in Event.objects.filter(type="case.opened")] == [str(SUBJECT)]
    other = [opened(kind="late_parcel").id, opened(subject_id=uuid.UUID(int=6)).id]
    assert first.id not in other
    assert Case.objects.count() == 3


def test_a_case_falls_with_what_led_to_it() -> None:
    with transaction.atomic():
        case_open(kind="x", subject_type="order", subject_id=SUBJECT, title="x", actor="system")
        transaction.set_rollback(True)
    assert not Case.objects.exists()
    assert not Event.objects.exists()


def test_staff_find_read_and_resolve(staff: APIClient) -> None:
    first, second = opened(), opened(kind="late_parcel", subject_id=uuid.UUID(int=6))
    assert ids(staff.get("/api/v1/cases")) == [str(second.id), str(first.id)]
    assert ids(staff.get("/api/v1/cases?sort=oldest&limit=1")) == [str(first.id)]
    for query, wanted in (
        ("kind=late_parcel", [second]),
        (f"subject_id={SUBJECT}&subject_type=order", [first]),
        ("status=resolved", []),
        ("subject_type=job", []),
    ):
        assert ids(staff.get(f"/api/v1/cases?{query}")) == [str(case.id) for case in wanted]
    body = staff.get(f"/api/v1/cases/{first.id}")
    assert body.json() == {
        "id": str(first.id),
        "kind": "lost_parcel",
        "status": "open",
        "subject_type": "order",
        "subject_id": str(SUBJECT),
        "title": "A parcel is lost",
        "detail": "",
        "remedy": "",
        "data": {},
        "opened_at": body.json()["opened_at"],
        "resolved_at": None,
        "resolved_by": "",
        "resolution": "",
    }
    assert staff.get(f"/api/v1/cases/{first.id}", headers={"If-None-Match": body.headers["ETag"]}).status_code == 304

    key = {"Idempotency-Key": str(uuid.uuid4())}
    resolved = staff.post(f"/api/v1/cases/{first.id}/resolve", {"resolution": "Found it"}, headers=key)
    assert (resolved.status_code, resolved.json()["status"], resolved.json()["resolution"]) == (
        200,
        "resolved",
        "Found it",
    )
    first.refresh_from_db()
    assert first.resolved_by.startswith("user:")
    assert staff.post(f"/api/v1/cases/{first.id}/resolve", {"resolution": "Found it"}, headers=key).json() == (
        resolved.json()
    )
    late = staff.post(f"/api/v1/cases/{first.id}/resolve", {"resolution": "No"})
    assert (late.status_code, late.json()["code"]) == (409, "case_resolved")
    assert Case.objects.get(id=first.id).resolution == "Found it"
    assert Event.objects.filter(type="case.resolved").count() == 1
    assert opened().id != first.id


def test_bad_requests_are_refused(staff: APIClient) -> None:
    case = opened()
    for body, pointer in (
        ({"resolution": "x" * 501}, "/resolution"),
        ({"note": "x"}, "/note"),
        ({"resolution": 1}, "/resolution"),
    ):
        answer = staff.post(f"/api/v1/cases/{case.id}/resolve", body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    assert staff.get("/api/v1/cases?status=lost").status_code == 400
    assert staff.post(f"/api/v1/cases/{SUBJECT}/resolve", {}).json()["code"] == "case_not_found"
    assert Case.objects.get().status == "open"


def test_only_who_may_sees_and_resolves(api: APIClient, client_of: ClientOf) -> None:
    case = opened()
    reader = client_of(api_key_make(scopes=["cases:read"]))
    assert reader.get(f"/api/v1/cases/{case.id}").status_code == 200
    for client, status, paths in (
        (api, 401, ("cases", f"cases/{case.id}")),
        (client_of(user_make()), 403, ("cases", f"cases/{case.id}")),
        (client_of(staff_make(rights=["orders:read", "orders:write"])), 403, ("cases", f"cases/{case.id}")),
    ):
        assert [client.get(f"/api/v1/{path}").status_code for path in paths] == [status] * len(paths)
        assert client.post(f"/api/v1/cases/{case.id}/resolve", {}).status_code == status
    assert reader.post(f"/api/v1/cases/{case.id}/resolve", {}).json()["required_right"] == "cases:write"
    assert Case.objects.get().status == "open"


def test_staff_see_them_on_their_start_page_and_resolve_them_in_the_list(client: Client) -> None:
    first, second = opened(), opened(kind="late_parcel")
    client.force_login(staff_make(rights=["cases:read"]), backend="users.backends.PasswordBackend")
    page = client.get("/admin/")
    assert page.context["cases"]["count"] == 2
    assert "A parcel is lost" in page.content.decode()
    chosen = {"action": "resolve", "_selected_action": [str(first.id)]}
    client.post("/admin/events/case/", chosen)
    assert Case.objects.filter(status="open").count() == 2
    client.force_login(staff_make(rights=["cases:read", "cases:write"]), backend="users.backends.PasswordBackend")
    client.post("/admin/events/case/", chosen)
    assert list(Case.objects.filter(status="open")) == [second]
    assert client.get("/admin/").context["cases"]["count"] == 1
    client.force_login(staff_make(rights=["orders:read"]), backend="users.backends.PasswordBackend")
    assert "cases" not in client.get("/admin/").context
