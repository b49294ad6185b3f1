"""`manage.py test` and `manage.py lint`: what they hand on, and what they answer."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from runtime.checks import Check
from runtime.management.commands import lint
from runtime.management.commands import test as test_command

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ["-n", "2"]),
        (["-q"], ["-n", "2", "-q"]),
        (["tests/core"], ["tests/core"]),
        (["-k", "money"], ["-k", "money"]),
        (["-n", "4"], ["-n", "4"]),
        (["--lf"], ["--lf"]),
        (["--slow"], ["-n", "2", "-m", "slow"]),
        (["tests/core", "--slow", "-x"], ["-m", "slow", "tests/core", "-x"]),
    ],
)
def test_a_whole_run_gets_a_worker_per_core(
    monkeypatch: pytest.MonkeyPatch, given: list[str], expected: list[str]
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1}, raising=False)

    assert test_command.pytest_arguments(given) == expected


@pytest.mark.slow
def test_test_becomes_pytest_and_ends_with_its_status(tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text("def test_good(): pass\n\ndef test_bad(): assert 1 == 2\n")

    ended = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "test", str(tmp_path), "-q", "-p", "no:cacheprovider"],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert "1 failed, 1 passed" in ended.stdout


def linted(*arguments: str) -> tuple[list[str], str]:
    """Run lint, and return the words it printed without the seconds, and its refusal."""
    out = StringIO()
    refusal = ""
    try:
        call_command("lint", *arguments, stdout=out, no_color=True)
    except CommandError as error:
        refusal = str(error)
    return [word for word in out.getvalue().split() if word not in {"0.0", "s"}], refusal


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Replace the checks by one that is content, and one that is not until it is mended."""
    made = {"mended": False}

    def mend() -> tuple[bool, str]:
        made["mended"] = True
        return True, ""

    checks = (
        Check("good", lambda: (True, "not shown")),
        Check("bad", lambda: (made["mended"], "line-7-is-wrong"), fix=mend),
    )
    monkeypatch.setattr(lint, "CHECKS", checks)
    return made


def test_lint_shows_each_check_and_fails_if_one_does(state: dict[str, bool]) -> None:
    assert linted() == (["good", "ok", "bad", "failed", "line-7-is-wrong"], "1 of 2 checks failed: bad")
    assert state == {"mended": False}


def test_lint_can_be_asked_for_some(state: dict[str, bool]) -> None:
    assert linted("good") == (["good", "ok", "1", "checks", "passed."], "")
    assert linted("good", "none") == ([], "There is no check none; there are good, bad.")
    assert state == {"mended": False}


def test_lint_mends_when_asked_to(state: dict[str, bool]) -> None:
    assert linted("--fix") == (["good", "ok", "bad", "ok", "2", "checks", "passed."], "")
    assert state == {"mended": True}
