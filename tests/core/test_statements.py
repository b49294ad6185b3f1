"""Statements planned once per connection."""

from typing import Any

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from core import statements
from core.statements import fetch_planned

pytestmark = pytest.mark.django_db

SQL = "SELECT %(a)s::int + %(b)s::int, %(a)s::int"


def statements_of(work: Any) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        work()
    return [query["sql"].split()[0] for query in queries]


def test_a_text_is_planned_once_and_run_with_any_values() -> None:
    sql = SQL + " /* once */"
    assert fetch_planned(sql, {"a": 1, "b": 2}) == [(3, 1)]
    assert fetch_planned(sql, {"b": 5, "a": 2}) == [(7, 2)]
    assert statements_of(lambda: fetch_planned(sql, {"a": 1, "b": 2})) == ["EXECUTE"]


def test_values_are_only_ever_values() -> None:
    sql = "SELECT %(text)s::text"
    for text in ("'; DROP TABLE x; --", "$1", "%(a)s", "a\\'b", "100 %"):
        assert fetch_planned(sql, {"text": text}) == [(text,)]


def test_a_cleared_session_is_noticed() -> None:
    sql = SQL + " /* cleared */"
    fetch_planned(sql, {"a": 1, "b": 2})
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    connection.needs_rollback = False
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
    with pytest.raises(Exception, match=r"does not exist|aborted"):
        # Inside a transaction nothing can be read after a failure; a request has none.
        fetch_planned(sql, {"a": 1, "b": 2})
    with connection.cursor() as cursor:
        cursor.execute("ROLLBACK TO before")
    assert fetch_planned(sql, {"a": 1, "b": 2}) == [(3, 1)]


def test_a_failure_does_not_spend_the_text() -> None:
    sql = "SELECT 1 / %(a)s::int /* fails first */"
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
    with pytest.raises(DataError):
        fetch_planned(sql, {"a": 0})
    with connection.cursor() as cursor:
        cursor.execute("ROLLBACK TO before")
    assert fetch_planned(sql, {"a": 1}) == [(1,)]


def test_a_connection_remembers_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MAX_PLANNED", 0)
    assert statements_of(lambda: fetch_planned(SQL + " /* more */", {"a": 1, "b": 2})) == ["SELECT"]


def test_can_be_turned_off(settings: Any) -> None:
    settings.PLANNED_STATEMENTS = False
    assert statements_of(lambda: fetch_planned(SQL, {"a": 1, "b": 2})) == ["SELECT"]
