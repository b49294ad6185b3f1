"""What a person at the command line sees of an import: its progress, its intentions, its report."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from products.importing.changes import Outcome
from products.importing.models import Import, ImportProblem
from products.importing.reporting import report_lines
from products.importing.rows import Problem

_EVERY_SECONDS = 1.0
_SHOWN_CHANGES = 8


class Stream(Protocol):
    """A management command's output."""

    def write(self, msg: str) -> object:
        """Write a line."""


class Progress:
    """Says now and then how far an import is, how fast it goes and how long it will take."""

    def __init__(self, stream: Stream, *, is_quiet: bool = False) -> None:
        """Begin to count the time."""
        self._stream = stream
        self._is_quiet = is_quiet
        self._started = self._said = time.monotonic()
        self._first: tuple[int, int] | None = None

    def heard(self, row: Import, outcomes: list[Outcome], problems: list[Problem]) -> None:
        """Take a batch into account."""
        del problems
        if self._first is None:
            self._first = row.done_count - len(outcomes), min((o.line for o in outcomes), default=0)
        now = time.monotonic()
        if not self._is_quiet and now - self._said >= _EVERY_SECONDS:
            self._said = now
            self._stream.write(self._line(row, now))

    def rate(self, row: Import) -> float:
        """Return products in a second, of this run."""
        first = self._first[0] if self._first else row.done_count
        return (row.done_count - first) / max(time.monotonic() - self._started, 1e-6)

    def _line(self, row: Import, now: float) -> str:
        first_line = self._first[1] if self._first else 0
        done, left = row.line - first_line, max(row.line_count - row.line, 0)
        seconds = left * (now - self._started) / done if done > 0 else 0
        share = 100 * row.line / row.line_count if row.line_count else 0
        return (
            f"{row.done_count:,} products, line {row.line:,} of {row.line_count:,} ({share:.0f} %), "
            f"{self.rate(row):,.0f} products/s, {_duration(seconds)} left"
        )


def intention(outcome: Outcome) -> str:
    """Say in a line what a dry run would do with a product."""
    what = outcome.title or outcome.handle
    if outcome.verdict == "created":
        return f"create  {outcome.handle}  {what}"
    if outcome.verdict == "changed":
        shown = ", ".join(outcome.changes[:_SHOWN_CHANGES])
        more = f" and {len(outcome.changes) - _SHOWN_CHANGES} more" if len(outcome.changes) > _SHOWN_CHANGES else ""
        return f"change  {outcome.handle}  {shown}{more}"
    reasons = [problem for problem in outcome.problems if problem.severity.value in {"error", "skipped"}]
    verb = "skip  " if outcome.verdict == "skipped" else "refuse"
    return f"{verb}  {outcome.handle}  line {outcome.line}: {reasons[0].reason if reasons else ''}"


class ReportFile:
    """The report on disk. There is no file until there is something to report."""

    def __init__(self, path: Path) -> None:
        """Take away what an earlier run left: it tells of another import."""
        self.path = path
        self.line_count = 0
        path.unlink(missing_ok=True)

    def add(self, problems: Iterable[Problem | ImportProblem]) -> None:
        """Write more lines."""
        lines = report_lines(problems, has_header=self.line_count == 0)
        first = next(lines, None)
        if first is None:
            return
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(first)
            self.line_count += 1
            for line in lines:
                file.write(line)
                self.line_count += 1


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
