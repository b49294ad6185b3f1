"""What belongs to the one who calls: account, password, addresses."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.mail import EmailMessage
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from events.models import Event, Job
from tests.factories.users import PASSWORD, api_key_make, staff_make, user_make
from users.models import Address, Session, User
from users.services.addresses import MAX_ADDRESSES

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | str], APIClient]
BERLIN = {"name": "Ana Pérez", "line1": "Torstr. 1", "city": "Berlin", "postal_code": "10119", "country": "DE"}
NOWHERE = "00000000-0000-7000-8000-000000000000"


def address_make(user: User, **fields: Any) -> Address:
    return Address.objects.create(user=user, **BERLIN, **fields)


def flags(user: User) -> list[tuple[bool, bool]]:
    return list(Address.objects.filter(user=user).values_list("is_default_shipping", "is_default_billing"))


def test_me_is_for_people(api: APIClient, client_of: ClientOf) -> None:
    assert api.get("/api/v1/me").status_code == 401
    assert client_of(api_key_make(scopes=["customers:read"])).get("/api/v1/me").status_code == 403
    response = client_of(staff_make(rights=["orders:read", "access:write"])).get("/api/v1/me")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert (response.json()["is_staff"], response.json()["rights"]) == (True, ["access:write", "orders:read"])


def test_reading_me_costs_two_queries(client_of: ClientOf, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = client_of(user_make())
    with django_assert_num_queries(2):
        response = client.get("/api/v1/me")
    unchanged = client.get("/api/v1/me", headers={"If-None-Match": response.headers["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")


def test_change_of_profile(client_of: ClientOf) -> None:
    user = user_make(email="ana@example.com", name="Ana")
    client = client_of(user)
    tag = client.get("/api/v1/me").headers["ETag"]
    body = {"name": " Ana  Pérez", "phone": "+34 912 345 678", "language": "pt-br"}
    response = client.patch("/api/v1/me", body, headers={"If-Match": tag})
    assert response.status_code == 200
    got = response.json()
    assert (got["name"], got["phone"], got["language"]) == ("Ana Pérez", "+34912345678", "pt-br")
    assert client.get("/api/v1/me").headers["ETag"] == response.headers["ETag"]
    stale = client.patch("/api/v1/me", {"name": "Other"}, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert client.patch("/api/v1/me", {"name": "Other"}, headers={"If-Match": ""}).status_code == 412
    user.refresh_from_db()
    assert user.name == "Ana Pérez"
    event = Event.objects.get()
    assert (event.type, event.data, event.actor) == (
        "user.updated",
        {"changed": ["language", "name", "phone"]},
        f"user:{user.pk}",
    )


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"email": "other@example.com"}, "/email"),
        ({"is_staff": True}, "/is_staff"),
        ({"note": "x"}, "/note"),
        ({"id": NOWHERE}, "/id"),
        ({"phone": "912345678"}, "/phone"),
        ({"phone": "+34 1"}, "/phone"),
        ({"name": "x" * 151}, "/name"),
        ({"name": "a\u0000b"}, "/name"),
        ({"name": {"x": 1}}, "/name"),
        ({"name": None}, "/name"),
        ({"language": "x"}, "/language"),
        ({"language": "en\n"}, None),
    ],
)
def test_profile_refuses_bad_input(client_of: ClientOf, change: dict[str, Any], pointer: str | None) -> None:
    user = user_make(name="Ana")
    response = client_of(user).patch("/api/v1/me", change)
    if pointer is None:
        assert response.status_code == 200
        assert response.json()["language"] == "en"
        return
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == pointer
    user.refresh_from_db()
    assert (user.name, user.phone, user.is_staff) == ("Ana", "", False)


def test_change_of_password_ends_other_log_ins_and_goes_on_with_new_tokens(
    client_of: ClientOf, api: APIClient, mails: Callable[[], list[EmailMessage]]
) -> None:
    user = user_make(email="ana@example.com")
    phone, laptop = client_of(user), client_of(user)
    body = {"current_password": PASSWORD, "new_password": "four-green-kettles"}
    response = phone.post("/api/v1/me/password", body)
    assert response.status_code == 200
    assert [client.get("/api/v1/me").status_code for client in (phone, laptop)] == [401, 401]
    token = response.json()["access_token"]
    assert api.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    refreshed = api.post("/api/v1/auth/refresh", {"refresh_token": response.json()["refresh_token"]})
    assert refreshed.status_code == 200
    assert [message.subject for message in mails()] == ["Your password was changed"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"current_password": "wrong", "new_password": "four-green-kettles"}, "/current_password"),
        ({"current_password": PASSWORD, "new_password": "short"}, "/new_password"),
        ({"current_password": PASSWORD}, "/new_password"),
        ({"new_password": "four-green-kettles"}, "/current_password"),
        ({"current_password": None, "new_password": "four-green-kettles"}, "/current_password"),
    ],
)
def test_password_is_not_changed_by_bad_input(client_of: ClientOf, body: dict[str, Any], pointer: str) -> None:
    user = user_make(email="ana@example.com")
    response = client_of(user).post("/api/v1/me/password", body)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, pointer)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert Session.objects.count() == 1
    assert not Job.objects.exists()


def test_old_password_can_not_be_guessed_with_a_stolen_token(client_of: ClientOf) -> None:
    client = client_of(user_make())
    body = {"current_password": "wrong", "new_password": "four-green-kettles"}
    assert [client.post("/api/v1/me/password", body).status_code for _ in range(11)] == [400] * 10 + [429]


def test_first_address_is_tidied_and_default_of_both_kinds(client_of: ClientOf) -> None:
    client = client_of(user_make())
    body = {**BERLIN, "phone": "030 901820", "country": "de"}
    response = client.post("/api/v1/me/addresses", body)
    assert response.status_code == 201
    got = response.json()
    assert got == {
        **BERLIN,
        "company": "",
        "line2": "",
        "region": "",
        "region_name": "",
        "phone": "+4930901820",
        "id": got["id"],
        "is_default_shipping": True,
        "is_default_billing": True,
        "created_at": got["created_at"],
    }
    assert response.headers["Location"] == f"/api/v1/me/addresses/{got['id']}"
    read = client.get(response.headers["Location"])
    assert (read.json(), read.headers["ETag"]) == (got, response.headers["ETag"])
    assert read.headers["Cache-Control"] == "no-store"


def test_first_address_may_refuse_to_be_default(client_of: ClientOf) -> None:
    user = user_make()
    body = {**BERLIN, "is_default_shipping": False, "is_default_billing": False}
    assert client_of(user).post("/api/v1/me/addresses", body).status_code == 201
    assert flags(user) == [(False, False)]


def test_new_default_takes_the_place_of_the_old(client_of: ClientOf) -> None:
    user, other = user_make(), user_make()
    theirs = address_make(other, is_default_shipping=True)
    client = client_of(user)
    client.post("/api/v1/me/addresses", BERLIN)
    client.post("/api/v1/me/addresses", {**BERLIN, "is_default_shipping": True})
    assert flags(user) == [(False, True), (True, False)]
    first = Address.objects.filter(user=user).first()
    assert first is not None
    response = client.patch(f"/api/v1/me/addresses/{first.pk}", {"is_default_shipping": True})
    assert response.status_code == 200
    assert flags(user) == [(True, True), (False, False)]
    theirs.refresh_from_db()
    assert theirs.is_default_shipping


def test_region_is_given_for_people_too(client_of: ClientOf) -> None:
    body = {**BERLIN, "city": "Fresno", "region": "california", "postal_code": "93650", "country": "US"}
    got = client_of(user_make()).post("/api/v1/me/addresses", body).json()
    assert (got["region"], got["region_name"]) == ("CA", "California")


def test_change_is_checked_as_a_whole(client_of: ClientOf) -> None:
    user = user_make()
    address = address_make(user)
    client = client_of(user)
    path = f"/api/v1/me/addresses/{address.pk}"
    response = client.patch(path, {"country": "US"})
    assert response.status_code == 400
    assert {error["pointer"] for error in response.json()["errors"]} == {"/region"}
    address.refresh_from_db()
    assert address.country == "DE"
    moved = {"country": "US", "region": "NY", "postal_code": "10001", "city": "New York"}
    response = client.patch(path, json.dumps(moved), content_type="application/merge-patch+json")
    assert response.status_code == 200
    assert response.json()["region"] == "NY"
    cleared = client.patch(path, {"company": None, "line2": ""})
    assert (cleared.status_code, cleared.json()["company"]) == (200, "")


def test_stale_change_and_delete_are_refused(client_of: ClientOf) -> None:
    user = user_make()
    address = address_make(user)
    client = client_of(user)
    path = f"/api/v1/me/addresses/{address.pk}"
    tag = client.get(path).headers["ETag"]
    client.patch(path, {"line2": "3rd floor"})
    stale = {"If-Match": tag}
    assert client.patch(path, {"line2": "4th floor"}, headers=stale).status_code == 412
    assert client.delete(path, headers=stale).status_code == 412
    address.refresh_from_db()
    assert address.line2 == "3rd floor"
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_somebody_elses_address_is_not_there(client_of: ClientOf, method: str) -> None:
    theirs = address_make(user_make())
    me = user_make()
    mine = address_make(me)
    client = client_of(me)
    unknown = getattr(client, method)(f"/api/v1/me/addresses/{NOWHERE}", {})
    response = getattr(client, method)(f"/api/v1/me/addresses/{theirs.pk}", {})
    assert (response.status_code, unknown.status_code) == (404, 404)
    assert response.json()["detail"] == unknown.json()["detail"]
    theirs.refresh_from_db()
    assert [row["id"] for row in client.get("/api/v1/me/addresses").json()["results"]] == [str(mine.pk)]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"country": "ZZ"}, "/country"),
        ({"country": 7}, "/country"),
        ({"postal_code": "1"}, "/postal_code"),
        ({"name": ""}, "/name"),
        ({"name": "a\u0000b"}, "/name"),
        ({"line1": "x" * 201}, "/line1"),
        ({"phone": "call me"}, "/phone"),
        ({"user": NOWHERE}, "/user"),
        ({"id": NOWHERE}, "/id"),
        ({"is_default_shipping": "yes"}, "/is_default_shipping"),
        ({"is_default_billing": 1}, "/is_default_billing"),
    ],
)
def test_address_refuses_bad_input(client_of: ClientOf, change: dict[str, Any], pointer: str) -> None:
    response = client_of(user_make()).post("/api/v1/me/addresses", {**BERLIN, **change})
    assert response.status_code == 400
    assert pointer in {error["pointer"] for error in response.json()["errors"]}
    assert not Address.objects.exists()


@pytest.mark.parametrize("body", ["[]", "null", '"x"', "{", "", "7"])
def test_address_refuses_other_shapes(client_of: ClientOf, body: str) -> None:
    client = client_of(user_make())
    response = client.generic("POST", "/api/v1/me/addresses", body, content_type="application/json")
    assert response.status_code == 400
    assert not Address.objects.exists()


def test_address_book_has_an_end(client_of: ClientOf) -> None:
    user = user_make()
    Address.objects.bulk_create(Address(user=user, **BERLIN) for _ in range(MAX_ADDRESSES))
    response = client_of(user).post("/api/v1/me/addresses", BERLIN)
    assert (response.status_code, response.json()["code"]) == (409, "address_book_full")
    assert Address.objects.count() == MAX_ADDRESSES


def test_address_book_is_paged_at_the_same_cost(
    client_of: ClientOf, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    user = user_make()
    client = client_of(user)
    seen: list[str] = []
    for count in (3, 6):
        Address.objects.bulk_create(Address(user=user, **BERLIN) for _ in range(3))
        with django_assert_num_queries(2):
            page = client.get("/api/v1/me/addresses", {"limit": 100}).json()
        assert len(page["results"]) == count
    url: str | None = "/api/v1/me/addresses?limit=4"
    while url:
        page = client.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert len(set(seen)) == len(seen) == 6


def test_an_address_is_added_once_per_idempotency_key(client_of: ClientOf) -> None:
    client = client_of(user_make())
    key = {"Idempotency-Key": "one-address"}
    first, second = (client.post("/api/v1/me/addresses", BERLIN, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code, second.json()) == (201, 201, first.json())
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Address.objects.count() == 1
