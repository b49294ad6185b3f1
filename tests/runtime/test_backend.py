"""Django on the embedded server: nothing starts before it is needed, and everything of Django's backend works."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import psycopg2.errors
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction

from runtime import embedded_postgres
from runtime.postgresql import base

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(open_folder: Path) -> Iterator[Path]:
    """A folder for a shop of its own, instead of the checkout's var/."""
    yield open_folder
    embedded_postgres.stop(open_folder / "pg", force=True)


def manage(place: Path, *arguments: str, url: str = "", said: str = "") -> "subprocess.CompletedProcess[str]":
    """Run manage.py on a shop of its own; PATH is empty, so no psql but the wheel's is found."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env={"VAR_DIR": str(place), "PATH": str(place), "DATABASE_URL": url},
        cwd="/",
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_what_needs_no_database_starts_none(place: Path) -> None:
    ended = manage(place, "check")

    assert ended.returncode == 0, ended.stderr
    assert not (place / "pg").exists()


@pytest.mark.slow
def test_dbshell_opens_the_database_with_the_psql_of_the_wheel(place: Path) -> None:
    ended = manage(place, "dbshell", "--", "--tuples-only", "--command", "select current_database(), 6 * 7")

    assert (ended.returncode, ended.stdout.split()) == (0, ["tienda", "|", "42"]), ended.stderr


@pytest.mark.slow
def test_db_starts_a_server_that_stays_and_stops_it(place: Path) -> None:
    assert manage(place, "db", "status").stdout.startswith("PostgreSQL is stopped.\n")

    started = manage(place, "db", "start")
    assert started.stdout.startswith(f"PostgreSQL is running.\nData  {place / 'pg'}\n"), started.stderr
    url = manage(place, "db", "url").stdout.strip()
    with contextlib.closing(psycopg2.connect(url)) as reached, reached.cursor() as cursor:
        cursor.execute("select current_database()")
        assert cursor.fetchone() == ("tienda",)
    assert manage(place, "db", "shell", said="select 6 * 7 as answer").stdout.split()[:3] == [
        "answer",
        "--------",
        "42",
    ]

    assert manage(place, "db", "stop").stdout == "PostgreSQL is stopped.\n"
    assert manage(place, "db", "stop").stdout == "PostgreSQL was not running.\n"


@pytest.mark.slow
def test_db_does_not_stop_what_is_in_use_unless_forced(place: Path) -> None:
    embedded_postgres.join(place / "pg", disposable=True)
    try:
        refused = manage(place, "db", "stop")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "Another process uses the database: stop that one first, or use --force." in refused.stderr
        assert embedded_postgres.is_running(place / "pg")

        assert manage(place, "db", "stop", "--force").stdout == "PostgreSQL is stopped.\n"
    finally:
        embedded_postgres.leave(place / "pg")


def test_db_leaves_a_database_elsewhere_alone(place: Path) -> None:
    ended = manage(place, "db", "stop", url="postgres://nobody@/none?host=/nowhere")

    assert (ended.returncode, ended.stdout) == (1, "")
    assert "The database is the one of DATABASE_URL" in ended.stderr


@pytest.mark.skipif(not settings.HAS_OWN_DATABASE, reason="the tests run on somebody else's server here")
@pytest.mark.django_db
def test_the_tests_run_on_a_disposable_server_of_their_own() -> None:
    assert isinstance(connections["default"], base.DatabaseWrapper)
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('fsync'), current_setting('data_directory')")
        fsync, folder = cursor.fetchone()
    assert (fsync, Path(folder).name != "pg") == ("off", True)


@pytest.mark.django_db
def test_django_takes_it_for_postgresql() -> None:
    assert connection.vendor == "postgresql"
    assert connection.features.has_select_for_update_skip_locked
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select no_such_column from users_user")
    assert isinstance(caught.value.__cause__, psycopg2.errors.UndefinedColumn)
