"""Audits by the worker: what they look at, what they keep, and what becomes of one that is cut off."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from audit.exceptions import AuditAsked
from audit.models import AuditDifference, AuditRun
from audit.selectors import alarm_at
from audit.services import audit_periodic, audit_record, audit_soon
from audit.services.running import OVERLAP
from core import clock
from events.models import Case, Job
from inventory.models import StockLevel
from tests.audit.books import stocked_make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_test_transaction")]


@pytest.fixture
def level() -> StockLevel:
    return StockLevel.objects.get(variant=stocked_make("CUP", 5))


def corrupt(level: StockLevel, on_hand: int) -> None:
    StockLevel.objects.filter(id=level.id).update(on_hand=on_hand)


def test_a_run_is_written_down_with_what_it_found(level: StockLevel) -> None:
    corrupt(level, 6)
    run = AuditRun.objects.get(id=audit_record(actor="user:7").id)
    assert (run.since, run.difference_count, run.actor) == (None, 1, "user:7")
    assert run.finished_at is not None
    assert run.finished_at >= run.started_at
    first = run.checks[0]
    assert first | {"seconds": 0} == {
        "check": "stock-counters",
        "promise": "What a level has on hand, reserved and incoming is the sum of its movements.",
        "row_count": 1,
        "difference_count": 1,
        "seconds": 0,
    }
    assert run.row_count == sum(check["row_count"] for check in run.checks)
    found = run.differences.get()
    assert (found.check_name, found.kind, found.row_id, found.label, found.field, found.stored, found.recomputed) == (
        "stock-counters",
        "stock_level",
        str(level.id),
        "CUP @ main",
        "on_hand",
        "6",
        "5",
    )
    assert str(found) == "CUP @ main: on_hand is 6, and should be 5"


def test_only_the_first_differences_are_kept_and_all_are_counted(
    level: StockLevel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.services.running.KEPT", 2)
    StockLevel.objects.update(on_hand=9, reserved=9, incoming=9)
    run = audit_record()
    assert (run.difference_count, AuditDifference.objects.count()) == (5, 2)


def test_what_changed_is_audited_daily_and_everything_weekly_or_while_something_is_wrong(level: StockLevel) -> None:
    start = clock.now()
    first = audit_periodic()
    assert first.since is None

    with clock.moved(timedelta(days=1)):
        second = audit_periodic()
        assert second.since == first.started_at - OVERLAP
        # By hand and without a movement, so the next small one overlooks it; the big one doesn't.
        corrupt(level, 6)
    with clock.moved(timedelta(days=2)):
        assert (audit_periodic().difference_count, AuditRun.objects.filter(since__isnull=True).count()) == (0, 1)
    with clock.moved(timedelta(days=7, minutes=1)):
        weekly = audit_periodic()
        assert (weekly.since, weekly.difference_count) == (None, 1)
    with clock.moved(timedelta(days=8)):
        again = audit_periodic()
        assert (again.since, again.difference_count) == (None, 1)
        corrupt(level, 5)
    with clock.moved(timedelta(days=9)):
        assert (audit_periodic().since, alarm_at(start)) == (None, None)
    with clock.moved(timedelta(days=10)):
        assert audit_periodic().since is not None
    with clock.moved(timedelta(days=366 + 5)):
        audit_periodic()
        assert [run.started_at - start > timedelta(days=6) for run in AuditRun.objects.all()] == [True] * 5


def test_a_run_that_is_cut_off_counts_for_nothing(level: StockLevel, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(**_how: object) -> None:
        raise KeyboardInterrupt

    audit_record()
    with monkeypatch.context() as patch:
        patch.setattr("audit.services.running.audit", killed)
        with pytest.raises(KeyboardInterrupt):
            audit_periodic()
    cut = AuditRun.objects.get(finished_at__isnull=True)
    corrupt(level, 6)
    with clock.moved(timedelta(days=8)):
        assert audit_periodic().since is None
        alarm = alarm_at(clock.now())
    assert alarm is not None
    assert alarm.run not in {None, cut}


def test_who_asks_for_an_audit_gets_one(level: StockLevel) -> None:
    audit_soon(actor="user:7")
    with pytest.raises(AuditAsked):
        audit_soon(actor="user:8")
    assert Job.objects.filter(kind="audit").count() == 1
    call_command("worker", "--once")
    assert set(AuditRun.objects.values_list("actor", "difference_count")) == {("user:7", 0), ("system", 0)}
    assert audit_soon(actor="user:8").status == "waiting"


def test_a_case_is_open_from_the_first_run_that_finds_something(level: StockLevel) -> None:
    audit_record()
    assert not Case.objects.exists()
    corrupt(level, 6)
    first = audit_record()
    StockLevel.objects.update(reserved=2)
    second = audit_record()
    case = Case.objects.get()
    assert (case.kind, case.status, case.subject_type, case.subject_id) == (
        "books_differ",
        "open",
        "audit_run",
        first.id,
    )
    assert case.detail == "The last audit found 3 differences: stock-counters, stock-reserved."
    assert case.data == {"audit_run_id": str(second.id), "difference_count": 3}

    # A new episode is a new case; the old one stays until a person resolves it.
    StockLevel.objects.update(on_hand=5, reserved=0)
    audit_record()
    corrupt(level, 6)
    third = audit_record()
    assert set(Case.objects.values_list("subject_id", flat=True)) == {first.id, third.id}


def test_staff_are_told_what_is_wrong(level: StockLevel) -> None:
    now = clock.now()
    alarm = alarm_at(now)
    assert alarm is not None
    assert alarm.text == "The books have not been audited yet. Does the worker run?"

    run = audit_record()
    assert alarm_at(now) is None
    assert alarm_at(now + timedelta(days=2, hours=23)) is None
    late = alarm_at(now + timedelta(days=4, hours=1))
    assert late is not None
    assert (late.text, late.run) == ("The books have not been audited for 4 days. Does the worker run?", run)

    corrupt(level, 6)
    wrong = audit_record()
    found = alarm_at(now)
    assert found is not None
    assert (found.text, found.run) == ("The books don't add up: the last audit found 1 difference.", wrong)
