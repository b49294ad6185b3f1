"""Jobs: taken once, tried again, given up, taken over from the dead, and repeated."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from core import clock
from events.cases import jobs_tell
from events.models import Case, IdempotencyKey, Job
from events.services import backoff, idempotency_keys_clear, job_enqueue, job_take, jobs_clear, jobs_schedule
from events.worker import Worker
from tests.events import jobs
from tests.together import at_once

HANDLERS = {kind: f"tests.events.jobs.{kind}" for kind in ("note", "break_down", "refuse", "wait", "touch_and_sleep")}
LEASE = timedelta(seconds=60)


@pytest.fixture(autouse=True)
def _clean() -> None:
    jobs.done.clear()
    jobs.release.clear()


def worker(**options: object) -> Worker:
    return Worker(**{"handlers": HANDLERS, "periodic": {}, "poll_seconds": 0.05, **options})  # type: ignore[arg-type]


def enqueue(kind: str, **payload: object) -> Job:
    with transaction.atomic():
        return job_enqueue(kind=kind, payload=payload)


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait for something that another thread or process does; how long it takes proves nothing."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


@pytest.mark.django_db
def test_a_job_is_done_once_with_its_payload() -> None:
    job = enqueue("note", text="hello")
    assert worker().run_due() == 1
    assert worker().run_due() == 0
    assert jobs.done == ["hello"]
    job.refresh_from_db()
    assert (job.status, job.attempts, job.leased_until) == ("done", 1, None)
    assert job.finished_at is not None


@pytest.mark.django_db
def test_a_rolled_back_request_asks_for_nothing() -> None:
    with transaction.atomic():
        job_enqueue(kind="note", payload={})
        transaction.set_rollback(True)
    assert worker().run_due() == 0


@pytest.mark.django_db
def test_jobs_run_in_the_order_they_are_due_and_not_before() -> None:
    with transaction.atomic():
        job_enqueue(kind="note", payload={"text": "later"}, run_at=clock.now() + timedelta(minutes=5))
        job_enqueue(kind="note", payload={"text": "second"}, run_at=clock.now() - timedelta(minutes=1))
        job_enqueue(kind="note", payload={"text": "first"}, run_at=clock.now() - timedelta(minutes=2))
    worker().run_due()
    assert jobs.done == ["first", "second"]
    with clock.moved(timedelta(minutes=6)):
        worker().run_due()
    assert jobs.done == ["first", "second", "later"]


@pytest.mark.django_db
def test_a_job_that_breaks_is_tried_again_ever_later_and_then_given_up() -> None:
    job = enqueue("break_down", text="x")
    waits = []
    for attempt in range(1, settings.JOB_ATTEMPTS + 1):
        with clock.moved(timedelta(hours=2 * attempt)):
            before = clock.now()
            assert worker().run_due() == 1
            job.refresh_from_db()
            assert job.attempts == attempt
            waits.append((job.run_at - before).total_seconds())
    assert (job.status, len(jobs.done)) == ("failed", settings.JOB_ATTEMPTS)
    assert "RuntimeError: the machine is broken" in job.last_error
    assert 7 <= waits[0] <= 13
    assert waits[3] > 3 * waits[0]
    with clock.moved(timedelta(days=9)):
        assert worker().run_due() == 0


def test_backoff_doubles_up_to_an_hour() -> None:
    assert all(7.5 <= backoff(1).total_seconds() <= 12.5 for _ in range(50))
    assert all(2700 <= backoff(20).total_seconds() <= 4500 for _ in range(50))


@pytest.mark.django_db
def test_a_refusal_that_would_be_repeated_fails_at_once() -> None:
    job = enqueue("refuse")
    worker().run_due()
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("failed", 1)


@pytest.mark.django_db
def test_kinds_of_other_workers_are_left_alone() -> None:
    job = enqueue("from_the_next_release")
    assert worker().run_due() == 0
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("waiting", 0)


@pytest.mark.django_db
def test_a_dead_worker_s_job_is_taken_over_when_its_lease_ends() -> None:
    job = enqueue("note", text="again")
    now = clock.now()
    Job.objects.update(status="running", attempts=1, leased_until=now + LEASE, run_at=now + LEASE)
    assert worker().run_due() == 0
    with clock.moved(LEASE + timedelta(seconds=1)):
        assert worker().run_due() == 1
    job.refresh_from_db()
    assert (job.status, job.attempts, jobs.done) == ("done", 2, ["again"])


@pytest.mark.django_db
@pytest.mark.parametrize("is_periodic", [False, True])
def test_a_job_that_kills_its_worker_each_time_is_given_up_and_told_of(is_periodic: bool) -> None:
    if is_periodic:
        jobs_schedule(kinds=["note"])
    else:
        enqueue("note")
    # Taken as often as it may be tried, each time by a worker that didn't live to settle it.
    for _ in range(settings.JOB_ATTEMPTS):
        assert job_take(kinds=["note"], lease=-LEASE) is not None
    every = {"note": ("tests.events.jobs.note", timedelta(minutes=5))} if is_periodic else {}
    assert worker(periodic=every).run_due() == 1
    job, case = Job.objects.get(), Case.objects.get()
    assert jobs.done == []
    assert (job.status, job.leased_until) == ("waiting" if is_periodic else "failed", None)
    assert (case.kind, case.subject_id, case.detail) == ("job_failed", job.id, job.last_error)
    assert job.last_error == f"Its worker died at each of {settings.JOB_ATTEMPTS} attempts, so it was not run again."
    assert worker(periodic=every).run_due() == 0
    with clock.moved(timedelta(minutes=6)):
        assert worker(periodic=every).run_due() == is_periodic
    assert jobs_tell() == 0


@pytest.mark.django_db
def test_who_lost_the_lease_can_t_settle_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    job = enqueue("note")
    other = clock.now() + timedelta(minutes=9)
    monkeypatch.setattr(jobs, "note", lambda: Job.objects.update(leased_until=other))
    worker().run_due()
    job.refresh_from_db()
    assert (job.status, job.leased_until) == ("running", other)


@pytest.mark.django_db
def test_a_periodic_job_comes_again_whether_it_went_well_or_not() -> None:
    periodic = {
        "well": ("tests.events.jobs.note", timedelta(minutes=5)),
        "badly": ("tests.events.jobs.break_down", timedelta(minutes=5)),
    }
    for turn in range(1, 4):
        with clock.moved(timedelta(minutes=6 * turn)):
            assert worker(periodic=periodic).run_due() == 2
            assert worker(periodic=periodic).run_due() == 0
    assert len(jobs.done) == 6
    assert Job.objects.count() == 2
    assert set(Job.objects.values_list("kind", "status", "attempts")) == {
        ("well", "waiting", 0),
        ("badly", "waiting", 0),
    }
    assert "broken" in Job.objects.get(kind="badly").last_error


@pytest.mark.django_db
def test_a_wrong_path_stops_the_worker_at_its_start() -> None:
    with pytest.raises(ImportError):
        worker(handlers={"note": "tests.events.jobs.nothing"})


@pytest.mark.django_db
@pytest.mark.usefixtures("in_test_transaction")
def test_the_configured_handlers_exist_and_run() -> None:
    call_command("worker", "--once", stdout=StringIO())
    assert set(Job.objects.values_list("kind", "status", "last_error")) == {
        (kind, "waiting", "") for kind in settings.PERIODIC_JOBS
    }


@pytest.mark.django_db
def test_old_rows_are_cleared() -> None:
    now = clock.now()
    for status, days in (("done", 8), ("done", 6), ("failed", 8)):
        Job.objects.create(kind=f"{status}{days}", status=status, finished_at=now - timedelta(days=days))
    for key, hours in (("old", -1), ("young", 1)):
        IdempotencyKey.objects.create(
            scope="x", key=key, body_digest=b"", status=200, body=b"", expires_at=now + timedelta(hours=hours)
        )
    assert (jobs_clear(), idempotency_keys_clear()) == (1, 1)
    assert set(Job.objects.values_list("kind", flat=True)) == {"done6", "failed8"}
    assert IdempotencyKey.objects.get().key == "young"


@pytest.mark.django_db(transaction=True)
def test_many_workers_do_each_job_once() -> None:
    Job.objects.bulk_create([Job(kind="note", payload={"text": str(number)}) for number in range(60)])

    def drain() -> None:
        worker().run_due()
        connection.close()

    crew = [threading.Thread(target=drain) for _ in range(8)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    assert sorted(jobs.done, key=int) == [str(number) for number in range(60)]
    assert set(Job.objects.values_list("status", "attempts")) == {("done", 1)}


@pytest.mark.django_db(transaction=True)
def test_many_workers_run_a_periodic_job_once_a_turn() -> None:
    periodic = {"sweep": ("tests.events.jobs.note", timedelta(minutes=5))}
    counts = at_once(*[lambda: worker(periodic=periodic).run_due()] * 8)
    assert (sorted(counts), jobs.done) == ([0, 0, 0, 0, 0, 0, 0, 1], [""])
    assert Job.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_living_worker_keeps_its_job_beyond_the_lease_and_ends_it_when_told_to_stop() -> None:
    job = enqueue("wait")
    busy = worker(lease=timedelta(seconds=0.6))
    thread = threading.Thread(target=busy.run, kwargs={"threads": 1})
    thread.start()
    until(lambda: jobs.done == ["started"])
    taken_until = Job.objects.get().leased_until
    assert taken_until is not None
    until(lambda: clock.now() > taken_until)
    assert worker().run_due() == 0
    busy.stop()
    jobs.release.set()
    thread.join()
    job.refresh_from_db()
    assert (jobs.done, job.status, job.attempts) == (["started", "ended"], "done", 1)


@pytest.mark.django_db(transaction=True)
def test_a_job_that_outlasts_the_grace_is_given_back() -> None:
    job = enqueue("wait")
    busy = worker()
    thread = threading.Thread(target=busy.run, kwargs={"threads": 1, "grace_seconds": 0.1})
    thread.start()
    until(lambda: jobs.done == ["started"])
    busy.stop()
    thread.join()
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("waiting", 0)
    jobs.release.set()
    until(lambda: jobs.done == ["started", "ended"])
    job.refresh_from_db()
    assert job.status == "waiting"


PROGRAM = """
import sys
sys.path.insert(0, {root!r})
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = {database!r}
django.setup()
settings.JOB_HANDLERS = {{"touch_and_sleep": "tests.events.jobs.touch_and_sleep"}}
settings.PERIODIC_JOBS = {{}}
from django.core.management import call_command
call_command("worker", "--threads", "1", "--grace", sys.argv[1])
"""


@pytest.fixture
def start_process() -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Return a starter of real worker processes, which end with the test."""
    started = []

    def start(grace: str) -> subprocess.Popen[bytes]:
        program = PROGRAM.format(
            root=str(Path(__file__).resolve().parent.parent.parent), database=connection.settings_dict["NAME"]
        )
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test", "LOG_LEVEL": "ERROR"}
        process = subprocess.Popen([sys.executable, "-c", program, grace], env=environment)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.django_db(transaction=True)
def test_a_killed_process_loses_nothing(
    start_process: Callable[[str], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    job = enqueue("touch_and_sleep", path=str(mark), seconds=60)
    process = start_process("10")
    until(mark.exists)
    process.kill()
    process.wait()
    job.refresh_from_db()
    assert (job.status, job.attempts, mark.read_text()) == ("running", 1, "started")
    Job.objects.update(payload={"path": str(mark), "seconds": 0})
    with clock.moved(LEASE):
        assert worker().run_due() == 1
    job.refresh_from_db()
    assert (job.status, job.attempts, mark.read_text()) == ("done", 2, "ended")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_stops_when_told(
    start_process: Callable[[str], subprocess.Popen[bytes]], tmp_path: Path, number: signal.Signals
) -> None:
    mark = tmp_path / "mark"
    job = enqueue("touch_and_sleep", path=str(mark), seconds=60)
    process = start_process("0")
    until(mark.exists)
    process.send_signal(number)
    assert process.wait(20) == 0
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("waiting", 0)
