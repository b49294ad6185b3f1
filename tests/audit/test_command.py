"""`manage.py audit`: what it prints, and how it ends."""

import json
import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from audit.checks import CHECKS
from orders.models import Order
from tests.audit.books import level_of, stocked_make
from tests.factories.orders import order_make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_test_transaction")]


def audit_command(*options: str) -> tuple[int, str, str]:
    """Return exit status, output and error."""
    out = StringIO()
    try:
        call_command("audit", *options, stdout=out, no_color=True)
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), ""


@pytest.fixture
def order() -> Order:
    return order_make({stocked_make("CUP", 5): 2})


def test_books_in_order(order: Order) -> None:
    status, out, error = audit_command()
    assert (status, error) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Audit of everything"
    assert lines[2].split() == ["check", "rows", "differences", "seconds"]
    assert [line.split()[0] for line in lines[3 : 3 + len(CHECKS)]] == [check.name for check in CHECKS]
    assert lines[3].split()[:3] == ["stock-counters", "1", "0"]
    assert lines[-1] == "The books add up."


def test_every_difference_is_printed_with_its_row_and_nothing_is_repaired(order: Order) -> None:
    level = level_of("CUP")
    type(level).objects.update(on_hand=9, reserved=3)
    status, out, error = audit_command()
    assert status == 1
    assert error == "3 differences; nothing was repaired. docs/operating.md, The audit, says what to do."
    assert f"stock-counters: stock_level {level.id} (CUP @ main): on_hand is 9, and should be 5\n" in out
    assert f"stock-counters: stock_level {level.id} (CUP @ main): reserved is 3, and should be 2\n" in out
    assert f"stock-reserved: stock_level {level.id} (CUP @ main): reserved is 3, and should be 2\n" in out
    level.refresh_from_db()
    assert (level.on_hand, level.reserved) == (9, 3)

    status, out, _ = audit_command("--limit", "1", "--only", "stock-counters", "--only", "payments")
    assert (status, out.count("should be"), "... and 1 more (--limit)" in out) == (1, 1, True)
    assert [line.split()[0] for line in out.splitlines()[3:5]] == ["stock-counters", "payments"]
    assert audit_command("--only", "payments")[0] == 0


def test_json_is_one_document(order: Order) -> None:
    assert json.loads(audit_command("--json")[1])["differences"] == []
    level = level_of("CUP")
    type(level).objects.update(on_hand=9, reserved=3)
    status, out, _ = audit_command("--json", "--since", "2020-01-01T12:00+02:00")
    document = json.loads(out)
    assert status == 1
    assert (document["since"], document["difference_count"]) == ("2020-01-01T10:00:00+00:00", 3)
    assert {check["check"]: check["difference_count"] for check in document["checks"]} == {
        check.name: {"stock-counters": 2, "stock-reserved": 1}.get(check.name, 0) for check in CHECKS
    }
    assert document["differences"][-1] == {
        "check": "stock-reserved",
        "kind": "stock_level",
        "row_id": str(level.id),
        "label": "CUP @ main",
        "field": "reserved",
        "stored": "3",
        "recomputed": "2",
    }
    short = json.loads(audit_command("--json", "--limit", "0")[1])
    assert (short["difference_count"], short["differences"]) == (3, [])


def test_a_day_is_one_of_the_shop(order: Order, settings: Settings) -> None:
    settings.SHOP_TIME_ZONE = "Europe/Madrid"
    assert audit_command("--since", "2026-07-01")[1].startswith("Audit of what changed since 2026-06-30T22:00:00+00:00")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--since", "yesterday"), "--since: 'yesterday' is no time; write 2026-11-01"),
        (("--since", "2999-01-01"), "--since: '2999-01-01' is still to come"),
        (("--since", "0001-01-01T00:00+10:00"), "--since: '0001-01-01T00:00+10:00' is too long ago"),
        (("--limit", "-1"), "--limit: '-1' is no number of differences"),
        (("--limit", "many"), "--limit: 'many' is no number of differences"),
        (("--limit", "9" * 30), "--limit: "),
        (("--only", "nothing"), "--only: invalid choice: 'nothing' (choose from 'stock-counters', "),
        (("--all",), "unrecognized arguments: --all"),
    ],
)
def test_wrong_options_are_named(options: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=re.escape(words)):
        call_command("audit", *options)


def test_an_audit_that_breaks_off_is_no_difference(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any, **_how: Any) -> str:
        return "SELECT 1 / 0"

    monkeypatch.setattr("audit.checks.base.Check.rows", broken)
    status, _, error = audit_command()
    assert (status, error.splitlines()[0]) == (3, "The audit could not be finished: division by zero")
