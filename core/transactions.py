"""Where transactions begin: one durable one per entry service, tried again only for what retrying can mend."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction
from psycopg2 import errorcodes

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 3
_RETRIED = {errorcodes.DEADLOCK_DETECTED, errorcodes.SERIALIZATION_FAILURE}

_in_envelope: ContextVar[bool] = ContextVar("in_envelope", default=False)
_waiting: ContextVar[list[Callable[[], object]] | None] = ContextVar("waiting", default=None)


def entry(service: Callable[P, R]) -> Callable[P, R]:
    """Make a service an entry: it opens the one durable transaction that all of its work commits or loses.

    Entries don't nest, except inside `run_in_envelope`, which has opened the transaction for them. A deadlock or a
    serialisation failure is tried again, twice at the most; a lock that isn't had in time rises as it is (409).
    """

    @functools.wraps(service)
    def begin(*args: P.args, **kwargs: P.kwargs) -> R:
        if _in_envelope.get():
            return service(*args, **kwargs)
        return _durably(lambda: service(*args, **kwargs))

    return begin


def run_in_envelope(work: Callable[[], R]) -> R:
    """Run work in a durable transaction that the entry services called inside it join.

    For the idempotency record, which must commit together with the effect that it remembers, and for a write that
    takes more than one entry service. Envelopes nest: the outermost one opens the transaction.
    """
    if _in_envelope.get():
        return work()

    def enveloped() -> R:
        with _envelope():
            return work()

    return _durably(enveloped)


def try_out(work: Callable[[], R]) -> R:
    """Run work as `run_in_envelope` does, answer what it answers, and keep nothing of it.

    What it returns must be loaded whole, since its rows are gone afterwards.
    """

    def tried() -> R:
        result = work()
        transaction.set_rollback(True)
        return result

    return run_in_envelope(tried)


def run_last(work: Callable[[], object]) -> None:
    """Run what takes a lock that others queue for, as the last thing before the commit.

    A service calls this as its own last step. It runs at once, unless whoever opened the transaction has something to
    write after the service (see `with_last`). What it raises ends the transaction like anything else.
    """
    waiting = _waiting.get()
    if waiting is None:
        work()
    else:
        waiting.append(work)


@contextmanager
def with_last() -> Iterator[None]:
    """Let what services want to run last wait until the end of this block, which ends with the transaction."""
    waiting: list[Callable[[], object]] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    for work in waiting:
        work()


def assert_in_transaction() -> None:
    """State that a part service's caller holds the transaction.

    Raises:
        AssertionError: there is none, so that locks and rows would not stand or fall together.
    """
    if not connection.in_atomic_block:
        message = "this service is a part: an entry service opens the transaction that it needs"
        raise AssertionError(message)


def assert_no_transaction() -> None:
    """State that no transaction is open: whoever waits for the network holds no lock that others wait for.

    A test's own transaction, which Django rolls back, isn't one.

    Raises:
        AssertionError: there is one.
    """
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        message = "nothing outside is asked while a transaction is open"
        raise AssertionError(message)


@contextmanager
def _envelope() -> Iterator[None]:
    token = _in_envelope.set(True)
    try:
        yield
    finally:
        _in_envelope.reset(token)


def _durably(work: Callable[[], R]) -> R:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic(durable=True):
                return work()
        except OperationalError as error:
            if attempt == ATTEMPTS or getattr(error.__cause__, "pgcode", None) not in _RETRIED:
                raise
    raise AssertionError  # the last attempt has returned or raised
