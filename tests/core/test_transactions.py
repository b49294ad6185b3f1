"""One durable transaction per entry; only what retrying can mend is tried again."""

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg2 import errorcodes

from core.transactions import ATTEMPTS, assert_in_transaction, entry, run_in_envelope, run_last, with_last
from users.models import Role

pytestmark = pytest.mark.django_db(transaction=True)


class _DatabaseRefusal(Exception):
    def __init__(self, pgcode: str) -> None:
        super().__init__(pgcode)
        self.pgcode = pgcode


def _failing(times: int, pgcode: str) -> tuple[list[int], object]:
    calls: list[int] = []

    @entry
    def service() -> str:
        assert_in_transaction()
        calls.append(1)
        Role.objects.create(name=f"try {len(calls)}")
        if len(calls) <= times:
            raise OperationalError from _DatabaseRefusal(pgcode)
        return "done"

    return calls, service


def test_a_deadlock_is_tried_again_from_the_start() -> None:
    calls, service = _failing(2, errorcodes.DEADLOCK_DETECTED)
    assert service() == "done"  # type: ignore[operator]
    assert (len(calls), list(Role.objects.values_list("name", flat=True))) == (3, ["try 3"])


def test_tries_end() -> None:
    calls, service = _failing(99, errorcodes.SERIALIZATION_FAILURE)
    with pytest.raises(OperationalError):
        service()  # type: ignore[operator]
    assert (len(calls), Role.objects.count()) == (ATTEMPTS, 0)


def test_a_lock_not_had_in_time_is_not_tried_again() -> None:
    calls, service = _failing(99, errorcodes.LOCK_NOT_AVAILABLE)
    with pytest.raises(OperationalError):
        service()  # type: ignore[operator]
    assert len(calls) == 1


def test_entries_do_not_nest() -> None:
    @entry
    def inner() -> None:
        Role.objects.create(name="inner")

    @entry
    def outer() -> None:
        inner()

    with pytest.raises(RuntimeError, match="durable"):
        outer()
    assert not Role.objects.exists()


def test_entries_join_an_envelope_and_fall_with_it() -> None:
    @entry
    def service() -> None:
        Role.objects.create(name="enveloped")

    def work() -> None:
        service()
        Role.objects.create(name="enveloped")

    with pytest.raises(IntegrityError):
        run_in_envelope(work)
    assert not Role.objects.exists()


def test_a_part_refuses_to_run_without_a_transaction() -> None:
    assert not connection.in_atomic_block
    with pytest.raises(AssertionError, match="entry service"):
        assert_in_transaction()
    with transaction.atomic():
        assert_in_transaction()


def test_what_runs_last_waits_for_the_end_of_the_block() -> None:
    done: list[str] = []
    run_last(lambda: done.append("at once"))
    with with_last():
        run_last(lambda: done.append("first"))
        run_last(lambda: done.append("second"))
        done.append("the rest")
    assert done == ["at once", "the rest", "first", "second"]


def test_what_runs_last_is_forgotten_when_the_block_fails() -> None:
    done: list[str] = []

    def work() -> None:
        with with_last():
            run_last(lambda: done.append("never"))
            message = "no"
            raise ValueError(message)

    with pytest.raises(ValueError, match="no"):
        work()
    run_last(lambda: done.append("at once again"))
    assert done == ["at once again"]
