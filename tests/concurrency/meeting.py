"""Races that certainly meet: everybody waits for the same row before anybody goes on. No sleeping, no luck."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connection, connections, transaction
from django.db.models import QuerySet

T = TypeVar("T")

PATIENCE = 60
"""Seconds that a lock is waited for here, instead of the shop's three, so that a slow machine fails no test."""


def meet(rows: QuerySet[Any], *acts: Callable[[], T], when_all_wait: Callable[[], None] = lambda: None) -> list[T]:
    """Hold rows, start every act in a thread, and let go once each waits (or has ended); return what they returned.

    Whatever an act has read by then is as old as the other's, which is where a race begins. Who goes first is whoever
    came first, so it is any of them. `when_all_wait` is called before the rows are let go.
    """
    started: list[int] = []
    results: dict[int, T] = {}
    failures: list[BaseException] = []

    def run(number: int, act: Callable[[], T]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{PATIENCE}s'")
                cursor.execute("SELECT pg_backend_pid()")
                started.append(cursor.fetchone()[0])
            results[number] = act()
        except BaseException as failure:  # noqa: BLE001 (raised below, in the test's own thread)
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    with transaction.atomic():
        assert list(rows.select_for_update(no_key=True, of=("self",)))
        for thread in threads:
            thread.start()
        _until(lambda: sum(not thread.is_alive() for thread in threads) + _waiting(started) >= len(acts))
        when_all_wait()
    for thread in threads:
        thread.join(PATIENCE)
    if failures:
        raise failures[0]
    return [results[number] for number in range(len(acts))]


def _waiting(pids: list[int]) -> int:
    """Return how many of these connections wait for a lock; asked of the lock table, which is never a snapshot."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM unnest(%s::int[]) pid WHERE pg_blocking_pids(pid) <> '{}'", [list(pids)])
        return cursor.fetchone()[0]


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "nobody waits for the row that everybody should want"
        time.sleep(0.005)
