"""`manage.py test`: pytest with the project's settings; every option of pytest may follow."""

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

ROOT = Path(__file__).resolve().parents[3]
SLOW = "--slow"

# With more, what each worker needs for its own database costs more than it saves.
MOST_WORKERS = 8

# Options with which the number of workers is somebody else's choice, or few tests are run.
PARTIAL = ("-k", "-n", "--numprocesses", "--lf", "--last-failed", "--sw", "--stepwise", "--co", "--pdb", "--help", "-h")


class Command(BaseCommand):
    """Hands over to pytest, in this same process."""

    help = "Run the tests. Options and paths of pytest may follow; --slow runs the slower proofs instead."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> NoReturn:
        """Become pytest; Django's own parser would refuse pytest's options."""
        os.chdir(ROOT)
        arguments = [sys.executable, "-m", "pytest", *pytest_arguments(argv[2:])]
        sys.stdout.flush()
        os.execv(sys.executable, arguments)  # noqa: S606 - no shell is wanted

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do the same for a caller in Python."""
        self.run_from_argv(["manage.py", "test"])


def pytest_arguments(given: list[str]) -> list[str]:
    """Return what pytest is called with: the choice of the slow proofs, and one worker per core for a whole run.

    A run of a part gets no workers: making their databases would take longer than the tests.
    """
    rest = [argument for argument in given if argument != SLOW]
    chosen = ["-m", "slow"] if SLOW in given else []
    is_whole = all(word.startswith("-") and not word.startswith(PARTIAL) for word in rest)
    cores = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, MOST_WORKERS)
    workers = ["-n", str(cores)] if is_whole and cores > 1 else []
    return [*workers, *chosen, *rest]
