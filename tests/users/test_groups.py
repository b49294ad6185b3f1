"""Customer groups: made and filled by staff, kept while something is for them."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from events.models import Event
from tests.factories.users import group_make, staff_make, user_make
from users.models import CustomerGroup, GroupMembership, User
from users.selectors import group_ids_of

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User | str], APIClient]
PATH = "/api/v1/customer-groups"


@pytest.fixture
def support(client_of: ClientOf) -> APIClient:
    return client_of(staff_make(rights=["customers:read", "customers:write"]))


def test_a_group_is_made_changed_and_deleted(support: APIClient) -> None:
    made = support.post(PATH, {"code": "wholesale", "name": "Wholesale"})
    assert made.status_code == 201, made.content
    path = f"{PATH}/{made.json()['id']}"
    tag = {"If-Match": made.headers["ETag"]}
    assert made.json()["members_count"] == 0
    assert support.get(path, headers={"If-None-Match": made.headers["ETag"]}).status_code == 304
    assert support.patch(path, {"name": "x"}).status_code == 428
    assert support.patch(path, {"name": "Resellers"}, headers=tag).json()["name"] == "Resellers"
    assert support.delete(path, headers=tag).status_code == 412
    taken = support.post(PATH, {"code": "wholesale", "name": "Other"})
    assert (taken.status_code, taken.json()["errors"][0]["pointer"]) == (409, "/code")
    assert support.delete(path, headers={"If-Match": "*"}).status_code == 204
    assert not CustomerGroup.objects.exists()
    assert list(Event.objects.order_by("id").values_list("type", flat=True)) == [
        "customer_group.created",
        "customer_group.updated",
        "customer_group.deleted",
    ]


def test_members_come_and_go_at_once(support: APIClient) -> None:
    ana, bea, carl = user_make(email="ana@example.com"), user_make(), user_make()
    group = group_make(members=[ana, bea])
    answer = support.post(
        f"{PATH}/{group.pk}/members", {"add": [str(carl.pk), str(bea.pk)], "remove": [str(ana.pk), str(uuid.uuid4())]}
    )
    assert (answer.status_code, answer.json()["members_count"]) == (200, 2)
    assert group_ids_of(ana.pk) == frozenset()
    assert group_ids_of(carl.pk) == {group.pk}
    assert support.get(f"/api/v1/customers/{carl.pk}").json()["groups"] == ["wholesale"]
    listed = support.get("/api/v1/customers", {"group": "wholesale"}).json()["results"]
    assert {row["id"] for row in listed} == {str(bea.pk), str(carl.pk)}
    assert support.get("/api/v1/customers", {"group": "nothing"}).json()["results"] == []


def test_members_are_changed_wholly_or_not_at_all(support: APIClient) -> None:
    ana, bea = user_make(), user_make()
    group = group_make(members=[ana])
    path = f"{PATH}/{group.pk}/members"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"add": [str(bea.pk), str(uuid.uuid4())], "remove": [str(ana.pk)]}, "/add/1"),
        ({"add": [str(bea.pk)], "remove": [str(bea.pk)]}, "/add/0"),
        ({"add": ["ana"]}, "/add/0"),
        ({"add": [str(bea.pk)] * 1001}, "/add"),
        ({"who": []}, "/who"),
    ]
    for body, pointer in wrong:
        refused = support.post(path, body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer), body
    assert support.post(f"{PATH}/{uuid.uuid4()}/members", {"add": []}).status_code == 404
    assert [row.user_id for row in GroupMembership.objects.all()] == [ana.pk]


def test_who_may_see_and_change_groups(api: APIClient, client_of: ClientOf) -> None:
    customer = user_make()
    group = group_make(members=[customer])
    reader = client_of(staff_make(rights=["customers:read"]))
    assert reader.get(f"{PATH}/{group.pk}").status_code == 200
    for client, status in ((api, 401), (client_of(customer), 403), (reader, 403)):
        assert client.post(PATH, {"code": "x", "name": "x"}).status_code == status
        assert client.post(f"{PATH}/{group.pk}/members", {"remove": [str(customer.pk)]}).status_code == status
        assert client.delete(f"{PATH}/{group.pk}", headers={"If-Match": "*"}).status_code == status
    assert [client.get(PATH).status_code for client in (api, client_of(customer))] == [401, 403]
    assert GroupMembership.objects.count() == 1


def test_groups_are_paged_at_the_same_cost(
    support: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (3, 6):
        for number in range(3):
            group_make(f"group-{count}-{number}", members=[user_make()])
        with django_assert_num_queries(2):
            rows = support.get(PATH).json()["results"]
        assert [row["members_count"] for row in rows] == [1] * count
