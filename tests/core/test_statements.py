"""Statements planned once per connection."""

from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from core import statements
from core.statements import fetch_planned

pytestmark = pytest.mark.django_db

SQL = "SELECT %(a)s::int + %(b)s::int, %(a)s::int"


@pytest.fixture(autouse=True)
def forgotten(db: None) -> Iterator[None]:
    """Leave the connection as it was found: no later test may build on what it planned here, or lost."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    statements._sessions.pop(connection.connection, None)


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


def run_sql(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
def test_a_session_that_was_cleared_is_read_again_and_planned_anew() -> None:
    sql = SQL + " /* cleared outside */"
    fetch_planned(sql, {"a": 1, "b": 2})
    run_sql("DEALLOCATE ALL")
    ran = [statements_of(lambda: fetch_planned(sql, {"a": 1, "b": 2})) for _ in range(3)]
    assert ran == [["EXECUTE", "SELECT"], ["PREPARE"], ["EXECUTE"]]


@pytest.mark.django_db(transaction=True)
def test_a_migration_under_a_living_connection_is_noticed() -> None:
    sql = "SELECT number FROM tests_planned WHERE number = %(a)s /* migrated */"
    run_sql("CREATE TABLE tests_planned AS SELECT 1::int AS number")
    try:
        assert fetch_planned(sql, {"a": 1}) == [(1,)]
        run_sql("ALTER TABLE tests_planned ALTER number TYPE text")
        assert fetch_planned(sql, {"a": "1"}) == [("1",)]
        ran = [statements_of(lambda: fetch_planned(sql, {"a": "1"})) for _ in range(2)]
        assert ran == [["PREPARE"], ["EXECUTE"]]
    finally:
        run_sql("DROP TABLE tests_planned")


@pytest.mark.django_db(transaction=True)
def test_a_pooled_session_never_answers_another_question() -> None:
    """Two processes that share the server's sessions name different texts differently, and the same alike."""
    mine, other = SQL + " /* mine */", "SELECT 'other', %(a)s::int"
    fetch_planned(mine, {"a": 1, "b": 2})
    # What another process would know: nothing.
    mine_of, statements._sessions = statements._sessions, WeakKeyDictionary()
    try:
        assert fetch_planned(other, {"a": 7}) == [("other", 7)]
        assert fetch_planned(mine, {"a": 2, "b": 2}) == [(4, 2)]
    finally:
        statements._sessions = mine_of
    assert fetch_planned(mine, {"a": 3, "b": 2}) == [(5, 3)]


def test_failures_use_up_names_and_no_more_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "MAX_PLANNED", 50)
    sql = "SELECT 1 / %(a)s::int /* fails often */"
    for _ in range(60):
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT before")
        with pytest.raises(DataError):
            fetch_planned(sql, {"a": 0})
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK TO before")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%fails often%%'")
        assert cursor.fetchone()[0] <= 50


def test_a_text_without_parameters_is_planned_too() -> None:
    assert [fetch_planned("SELECT 5 /* bare */", {}) for _ in range(2)] == [[(5,)], [(5,)]]


def test_can_be_turned_off(settings: Any) -> None:
    settings.PLANNED_STATEMENTS = False
    assert statements_of(lambda: fetch_planned(SQL, {"a": 1, "b": 2})) == ["SELECT"]
