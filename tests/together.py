"""Doing things at once: real threads, each with a connection of its own, let go at one moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


def at_once(*acts: Callable[[], T]) -> list[T]:
    """Run every act in a thread of its own, all started together; return what they returned, in their order."""
    return in_threads(acts, threads=len(acts))


def in_threads(acts: Sequence[Callable[[], T]], *, threads: int) -> list[T]:
    """Run acts in so many threads that start together; return what they returned, in their order."""
    start = threading.Barrier(threads)
    ready = threading.local()

    def run(act: Callable[[], T]) -> T:
        if not hasattr(ready, "is_set"):
            ready.is_set = True
            start.wait(30)
        return act()

    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(run, act) for act in acts]
        try:
            return [future.result() for future in futures]
        finally:
            _close(pool, threads)


def _close(pool: ThreadPoolExecutor, threads: int) -> None:
    """Close each thread's connection, so that the test's database can be emptied and dropped."""
    end = threading.Barrier(threads)

    def close() -> None:
        end.wait(60)
        connections.close_all()

    for future in [pool.submit(close) for _ in range(threads)]:
        future.result()
