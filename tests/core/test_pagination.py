"""Keyset pages: every row once, in order, forwards and back, whatever is written meanwhile."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.test import RequestFactory

from core.pagination import Page, PageRequest, Sort, links, paginate
from core.problems import InvalidInput
from users.models import Role

NAME = Sort("name", ("name", "id"))
FALLING = Sort("-name", ("name", "id"), is_descending=True)


@pytest.fixture
def roles(db: None) -> list[str]:
    names = [f"role {number:02d}" for number in range(7)]
    Role.objects.bulk_create(Role(name=name) for name in names)
    return names


def _names(sort: Sort, limit: int, cursor: str | None = None) -> tuple[list[str], str | None, str | None]:
    page = paginate(Role.objects.all(), PageRequest(sort=sort, limit=limit, cursor=cursor))
    return [role.name for role in page.results], page.next_cursor, page.previous_cursor


@pytest.mark.parametrize("sort", [NAME, FALLING])
@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
def test_walking_forwards_sees_every_row_once(roles: list[str], sort: Sort, limit: int) -> None:
    seen, cursor = [], None
    while True:
        names, cursor, _ = _names(sort, limit, cursor)
        seen += names
        if cursor is None:
            break
    assert seen == (roles[::-1] if sort.is_descending else roles)


@pytest.mark.parametrize("sort", [NAME, FALLING])
def test_walking_back_gives_the_pages_that_came_before(roles: list[str], sort: Sort) -> None:
    first, to_second, before_first = _names(sort, 3)
    second, to_third, to_first = _names(sort, 3, to_second)
    third, end, to_second_again = _names(sort, 3, to_third)
    assert (before_first, end, len(third)) == (None, None, 1)
    assert _names(sort, 3, to_second_again)[0] == second
    assert _names(sort, 3, to_first) == (first, to_second, None)


def test_a_row_written_meanwhile_shifts_nothing(roles: list[str]) -> None:
    first, cursor, _ = _names(NAME, 3)
    Role.objects.create(name="a new first role")
    second, _, _ = _names(NAME, 3, cursor)
    assert first + second == roles[:6]


def test_a_count_comes_only_when_asked_for(roles: list[str]) -> None:
    assert paginate(Role.objects.all(), PageRequest(sort=NAME)).count is None
    assert paginate(Role.objects.all(), PageRequest(sort=NAME, limit=2, is_count_wanted=True)).count == len(roles)


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        signing.dumps(["name", 0, ["a"]], salt="cursor"),
        signing.dumps(["other", 0, ["a", "b"]], salt="cursor"),
        signing.dumps("text", salt="cursor"),
        signing.dumps(["name", 0, ["a", "b"]], salt="another"),
    ],
    # A signature holds the time, and the workers of xdist must agree on the names of the tests.
    ids=["no cursor", "too short", "another list", "no list", "another salt"],
)
def test_a_cursor_that_is_not_of_this_list_is_refused(db: None, cursor: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        _names(NAME, 3, cursor)
    assert refusal.value.errors[0].parameter == "cursor"


def test_a_cursor_is_plain_in_a_url(roles: list[str]) -> None:
    _, cursor, _ = _names(NAME, 1)
    assert parse_qs(urlsplit(f"/x?cursor={cursor}").query) == {"cursor": [cursor]}


def test_links_keep_every_value_of_a_repeated_parameter(rf: RequestFactory) -> None:
    page: Page[int] = Page(results=[1], next_cursor="abc", previous_cursor=None, limit=1)
    request = rf.get("/things?tag=a&tag=b&cursor=old")
    assert links(request, page) == {"next": "http://testserver/things?tag=a&tag=b&cursor=abc", "previous": None}
