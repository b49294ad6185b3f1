"""What staff do with customers, and those who manage access with roles and keys."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from core import clock
from events.models import Event, IdempotencyKey
from tests.factories.users import api_key_make, staff_make, user_make
from tests.users.test_me import BERLIN, NOWHERE, address_make
from users.models import ApiKey, Role, Session, User
from users.rights import ALL_RIGHTS

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | str], APIClient]


@pytest.fixture
def support(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["customers:read", "customers:write"]))


@pytest.fixture
def manager(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["access:write", "orders:read", "orders:write"]))


def emails(response: Any) -> list[str]:
    return [row["email"] for row in response.json()["results"]]


# Customers


def test_who_may_see_customers(api: APIClient, client_of: ClientOf) -> None:
    customer = user_make()
    for path in ("/api/v1/customers", f"/api/v1/customers/{customer.pk}"):
        assert api.get(path).status_code == 401
        assert client_of(customer).get(path).status_code == 403
        refused = client_of(staff_make(rights=["orders:read"])).get(path)
        assert (refused.status_code, refused.json()["required_right"]) == (403, "customers:read")
        allowed = client_of(api_key_make(scopes=["customers:read"])).get(path)
        assert (allowed.status_code, allowed.headers["Cache-Control"]) == (200, "no-store")


def test_customers_are_searched_by_address_and_name(support: APIClient) -> None:
    user_make(email="ana@example.com", name="Ana Pérez")
    user_make(email="bea@example.org", name="Bea Ana%ez")
    user_make(email="carl@example.org", is_active=False)
    assert emails(support.get("/api/v1/customers")) == ["carl@example.org", "bea@example.org", "ana@example.com"]
    assert emails(support.get("/api/v1/customers", {"sort": "email"}))[0] == "ana@example.com"
    assert emails(support.get("/api/v1/customers", {"q": "PÉREZ"})) == ["ana@example.com"]
    assert emails(support.get("/api/v1/customers", {"q": "ana .org"})) == ["bea@example.org"]
    assert emails(support.get("/api/v1/customers", {"q": "%"})) == ["bea@example.org"]
    assert emails(support.get("/api/v1/customers", {"is_active": "false"})) == ["carl@example.org"]
    assert emails(support.get("/api/v1/customers", {"q": "nobody"})) == []
    assert support.get("/api/v1/customers", {"count": "exact"}).json()["count"] == 3


@pytest.mark.parametrize(
    "query", [{"q": "a\0b"}, {"q": "x" * 101}, {"is_active": "perhaps"}, {"sort": "name"}, {"x": 1}]
)
def test_customers_refuse_bad_filters(support: APIClient, query: dict[str, Any]) -> None:
    response = support.get("/api/v1/customers", query)
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == next(iter(query))


def test_customers_are_paged_at_the_same_cost(
    support: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    seen: list[str] = []
    for count in (5, 10):
        for _ in range(5):
            address_make(user_make())
        with django_assert_num_queries(2):
            assert len(emails(support.get("/api/v1/customers", {"limit": 100}))) == count
    url: str | None = "/api/v1/customers?limit=3&sort=email"
    while url:
        response = support.get(url)
        seen += emails(response)
        url = response.json()["next"]
    assert seen == sorted(seen)
    assert len(seen) == 10


def test_customer_with_addresses(support: APIClient, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    customer = user_make(email="ana@example.com", note="Likes blue")
    address_make(customer)
    address_make(customer)
    with django_assert_num_queries(4):
        response = support.get(f"/api/v1/customers/{customer.pk}")
    body = response.json()
    assert (body["note"], len(body["addresses"]), body["addresses"][0]["city"]) == ("Likes blue", 2, BERLIN["city"])
    assert not {"password", "is_superuser", "roles"} & set(body)
    tag = {"If-None-Match": response.headers["ETag"]}
    assert support.get(f"/api/v1/customers/{customer.pk}", headers=tag).status_code == 304
    assert support.get(f"/api/v1/customers/{NOWHERE}").status_code == 404


def test_staff_are_not_customers(support: APIClient) -> None:
    colleague = staff_make(rights=sorted(ALL_RIGHTS))
    superuser = User.objects.create_superuser("root@example.com", "x")
    assert emails(support.get("/api/v1/customers")) == []
    for user in (colleague, superuser):
        assert support.get(f"/api/v1/customers/{user.pk}").status_code == 404
        changed = support.patch(f"/api/v1/customers/{user.pk}", {"is_active": False}, headers={"If-Match": "*"})
        assert changed.status_code == 404
        user.refresh_from_db()
        assert user.is_active


def test_change_of_a_customer(support: APIClient, client_of: ClientOf) -> None:
    customer = user_make(name="Ana")
    shopper = client_of(customer)
    path = f"/api/v1/customers/{customer.pk}"
    tag = support.get(path).headers["ETag"]
    assert support.patch(path, {"note": "x"}).status_code == 428
    response = support.patch(path, {"note": "Called", "is_active": False}, headers={"If-Match": tag})
    assert response.status_code == 200
    assert (response.json()["note"], response.json()["is_active"]) == ("Called", False)
    assert support.patch(path, {"note": "Other"}, headers={"If-Match": tag}).status_code == 412
    assert shopper.get("/api/v1/me").status_code == 401
    assert not Session.objects.filter(user=customer).exists()
    event = Event.objects.get(type="user.updated")
    assert event.data == {"changed": ["is_active", "note"]}
    assert event.actor.startswith("user:")


@pytest.mark.parametrize(
    "change", [{"is_staff": True}, {"email": "x@example.com"}, {"is_active": "no"}, {"note": "x" * 5001}, {"note": 1}]
)
def test_change_of_a_customer_refuses_bad_input(support: APIClient, change: dict[str, Any]) -> None:
    customer = user_make()
    response = support.patch(f"/api/v1/customers/{customer.pk}", change, headers={"If-Match": "*"})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, f"/{next(iter(change))}")
    customer.refresh_from_db()
    assert (customer.is_staff, customer.is_active, customer.note) == (False, True, "")


def test_reading_is_not_changing(client_of: ClientOf) -> None:
    customer = user_make()
    reader = client_of(staff_make(rights=["customers:read"]))
    response = reader.patch(f"/api/v1/customers/{customer.pk}", {"note": "x"}, headers={"If-Match": "*"})
    assert (response.status_code, response.json()["required_right"]) == (403, "customers:write")


# API keys


def test_who_may_manage_access(api: APIClient, client_of: ClientOf) -> None:
    key = api_key_make()
    row = ApiKey.objects.get()
    role = Role.objects.create(name="Support")
    paths = ("api-keys", f"api-keys/{row.pk}", "roles", f"roles/{role.pk}")
    others = sorted(ALL_RIGHTS - {"access:write"})
    for client, status in ((api, 401), (client_of(user_make()), 403), (client_of(staff_make(rights=others)), 403)):
        assert [client.get(f"/api/v1/{path}").status_code for path in paths] == [status] * 4
        assert client.post("/api/v1/api-keys", {"name": "x", "scopes": []}).status_code == status
        assert client.post(f"/api/v1/api-keys/{row.pk}/revoke").status_code == status
        assert client.post("/api/v1/roles", {"name": "x", "rights": []}).status_code == status
        assert client.delete(f"/api/v1/roles/{role.pk}", headers={"If-Match": "*"}).status_code == status
    assert client_of(key).get("/api/v1/api-keys").status_code == 403
    assert ApiKey.objects.get().revoked_at is None
    assert Role.objects.filter(pk=role.pk).exists()


def test_a_key_from_making_to_revoking(manager: APIClient, client_of: ClientOf) -> None:
    until = (clock.now() + timedelta(days=30)).isoformat()
    body = {"name": "Scanner", "scopes": ["orders:read", "orders:read"], "expires_at": until}
    response = manager.post("/api/v1/api-keys", body, headers={"Idempotency-Key": "a-scanner"})
    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    made = response.json()
    secret = made.pop("key")
    assert secret.startswith(made["prefix"] + "_")
    assert made["scopes"] == ["orders:read"]
    read = manager.get(response.headers["Location"])
    assert read.json() == made
    assert secret not in manager.get("/api/v1/api-keys").content.decode()
    assert not IdempotencyKey.objects.exists()
    machine = client_of(secret)
    assert machine.get("/api/v1/customers").json()["required_right"] == "customers:read"
    revoked = manager.post(f"/api/v1/api-keys/{made['id']}/revoke")
    assert revoked.status_code == 200
    assert machine.get("/api/v1/customers").status_code == 401
    again = manager.post(f"/api/v1/api-keys/{made['id']}/revoke")
    assert again.json()["revoked_at"] == revoked.json()["revoked_at"]
    types = list(Event.objects.filter(aggregate_type="api_key").order_by("id").values_list("type", flat=True))
    assert types == ["api_key.created", "api_key.revoked"]
    assert manager.post(f"/api/v1/api-keys/{NOWHERE}/revoke").status_code == 404


def test_nobody_gives_a_key_more_than_they_have(manager: APIClient, client_of: ClientOf) -> None:
    response = manager.post("/api/v1/api-keys", {"name": "More", "scopes": ["orders:read", "stock:write"]})
    assert (response.status_code, response.json()["missing_rights"]) == (403, ["stock:write"])
    machine = client_of(api_key_make(scopes=["access:write"]))
    assert machine.post("/api/v1/api-keys", {"name": "More", "scopes": ["orders:read"]}).status_code == 403
    assert machine.post("/api/v1/api-keys", {"name": "Less", "scopes": ["access:write"]}).status_code == 201
    assert ApiKey.objects.filter(name="More").count() == 0


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 81}, "/name"),
        ({"name": "a\u0000"}, "/name"),
        ({"scopes": ["orders:everything"]}, "/scopes"),
        ({"scopes": "orders:read"}, "/scopes"),
        ({"scopes": [7]}, "/scopes/0"),
        ({"scopes": None}, "/scopes"),
        ({"scopes": ["orders:read"] * 50}, "/scopes"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "soon"}, "/expires_at"),
        ({"expires_at": "9999-12-31T23:59:59+23:59"}, None),
        ({"expires_at": "0001-01-01T00:00:00+23:59"}, "/expires_at"),
        ({"prefix": "tnd_mine"}, "/prefix"),
        ({"digest": "x"}, "/digest"),
    ],
)
def test_a_key_refuses_bad_input(manager: APIClient, change: dict[str, Any], pointer: str | None) -> None:
    response = manager.post("/api/v1/api-keys", {"name": "Scanner", "scopes": ["orders:read"], **change})
    if pointer is None:
        assert response.status_code in {201, 400}
        return
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == pointer
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "scopes", [["customers:read", "access:write"], ["customers:read,access:write"], ["customers:read,", "access:write"]]
)
def test_command_makes_a_key(client_of: ClientOf, scopes: list[str]) -> None:
    out = StringIO()
    call_command("create_api_key", "First", "--days", "7", "--scopes", *scopes, stdout=out, stderr=StringIO())
    assert client_of(out.getvalue().strip()).get("/api/v1/customers").status_code == 200
    key = ApiKey.objects.get()
    assert key.scopes == ["access:write", "customers:read"]
    assert key.expires_at is not None


@pytest.mark.parametrize(
    "arguments",
    [
        ["x", "--scopes", "no:such"],
        ["x"],
        ["", "--scopes", "stock:read"],
        ["x" * 81, "--scopes", "stock:read"],
        ["x", "--days", "0", "--scopes", "stock:read"],
    ],
)
def test_command_refuses_bad_input(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("create_api_key", *arguments)
    assert not ApiKey.objects.exists()


# Roles


def test_a_role_from_making_to_deleting(manager: APIClient) -> None:
    response = manager.post("/api/v1/roles", {"name": "Support", "rights": ["orders:write", "orders:read"]})
    assert response.status_code == 201
    assert response.json()["rights"] == ["orders:read", "orders:write"]
    path = response.headers["Location"]
    assert manager.get(path).json() == response.json()
    assert manager.patch(path, {"rights": ["orders:read"]}).status_code == 428
    tag = {"If-Match": response.headers["ETag"]}
    changed = manager.patch(path, {"rights": ["orders:read"]}, headers=tag)
    assert (changed.status_code, changed.json()["rights"]) == (200, ["orders:read"])
    assert manager.patch(path, {"name": "Other"}, headers=tag).status_code == 412
    assert manager.delete(path, headers=tag).status_code == 412
    assert manager.delete(path, headers={"If-Match": changed.headers["ETag"]}).status_code == 204
    assert manager.get(path).status_code == 404
    types = list(Event.objects.filter(aggregate_type="role").order_by("id").values_list("type", flat=True))
    assert types == ["role.created", "role.updated", "role.deleted"]


def test_a_role_holds_from_the_next_request_on(manager: APIClient, client_of: ClientOf) -> None:
    colleague = staff_make(rights=["orders:read"])
    client = client_of(colleague)
    role = colleague.roles.get()
    assert client.get("/api/v1/me").json()["rights"] == ["orders:read"]
    manager.patch(f"/api/v1/roles/{role.pk}", {"rights": []}, headers={"If-Match": "*"})
    assert client.get("/api/v1/me").json()["rights"] == []


def test_nobody_gives_or_takes_rights_that_they_lack(manager: APIClient) -> None:
    assert manager.post("/api/v1/roles", {"name": "More", "rights": ["stock:write"]}).status_code == 403
    stock = Role.objects.create(name="Warehouse", rights=["stock:write"])
    mine = Role.objects.create(name="Mine", rights=["orders:read"])
    any_tag = {"If-Match": "*"}
    assert manager.patch(f"/api/v1/roles/{mine.pk}", {"rights": ["stock:write"]}, headers=any_tag).status_code == 403
    assert manager.patch(f"/api/v1/roles/{stock.pk}", {"rights": []}, headers=any_tag).status_code == 403
    assert manager.delete(f"/api/v1/roles/{stock.pk}", headers=any_tag).status_code == 403
    kept = manager.patch(f"/api/v1/roles/{stock.pk}", {"rights": ["stock:write", "orders:read"]}, headers=any_tag)
    assert kept.status_code == 200
    assert manager.patch(f"/api/v1/roles/{stock.pk}", {"name": "Stock"}, headers=any_tag).status_code == 200
    mine.refresh_from_db()
    assert mine.rights == ["orders:read"]


def test_a_right_that_the_vocabulary_lost_can_be_taken_away(manager: APIClient) -> None:
    role = Role.objects.create(name="Old", rights=["orders:read", "gone:write"])
    response = manager.patch(f"/api/v1/roles/{role.pk}", {"rights": ["orders:read"]}, headers={"If-Match": "*"})
    assert (response.status_code, response.json()["rights"]) == (200, ["orders:read"])


def test_a_role_that_somebody_has_stays(manager: APIClient) -> None:
    role = staff_make(rights=["orders:read"]).roles.get()
    response = manager.delete(f"/api/v1/roles/{role.pk}", headers={"If-Match": "*"})
    assert (response.status_code, response.json()["code"]) == (409, "role_in_use")
    assert Role.objects.filter(pk=role.pk).exists()


def test_role_names_are_unique(manager: APIClient) -> None:
    first = Role.objects.create(name="Support")
    response = manager.post("/api/v1/roles", {"name": "Support", "rights": []})
    assert (response.status_code, response.json()["code"]) == (409, "role_name_taken")
    second = Role.objects.create(name="Other")
    response = manager.patch(f"/api/v1/roles/{second.pk}", {"name": "Support"}, headers={"If-Match": "*"})
    assert response.status_code == 409
    second.refresh_from_db()
    assert (first.name, second.name) == ("Support", "Other")


@pytest.mark.parametrize("change", [{"name": ""}, {"name": None}, {"rights": None}, {"rights": [None]}, {"users": []}])
def test_a_role_refuses_bad_input(manager: APIClient, change: dict[str, Any]) -> None:
    before = Role.objects.count()
    assert manager.post("/api/v1/roles", {"name": "Support", "rights": [], **change}).status_code == 400
    assert Role.objects.count() == before


def test_lists_of_access_are_paged_at_the_same_cost(
    manager: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(2):
        for number in range(3):
            api_key_make(name=f"Key {number}")
            Role.objects.create(name=f"Role of number {number} and {Role.objects.count()}")
        for path in ("api-keys", "roles"):
            with django_assert_num_queries(2):
                assert manager.get(f"/api/v1/{path}", {"limit": 100}).status_code == 200
