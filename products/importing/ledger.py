"""Where an import keeps how far it is and what it found: in its row, in the transaction of the products it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from core import clock
from core.copying import copy_rows, new_row
from products.importing.changes import Outcome
from products.importing.exceptions import ImportTakenOver
from products.importing.models import Import, ImportProblem
from products.importing.rows import Problem, Severity

_COUNTS = ("created", "changed", "unchanged", "skipped", "failed")
_VALUE = 200
_COLUMN = 200
_HANDLE = 255


class Ledger(Protocol):
    """Keeps the books of one import."""

    def claim(self) -> None:
        """Make sure that nobody else went on with this import since; inside the batch's transaction."""

    def record(self, outcomes: Sequence[Outcome], problems: Iterable[Problem]) -> None:
        """Write down what became of a batch, inside its transaction."""

    def committed(self) -> None:
        """Hear that the transaction was."""

    def rolled_back(self) -> None:
        """Hear that the transaction was taken back."""


class RowLedger:
    """Keeps the books in an `Import` and its `ImportProblem` rows."""

    def __init__(self, row: Import) -> None:
        """Take the row as it was last committed."""
        self.row = row
        self._done_count = row.done_count
        self._before = self._state()

    def claim(self) -> None:
        """Lock the row.

        Raises:
            ImportTakenOver: somebody else has gone on with this import.
        """
        done_count = Import.objects.select_for_update(no_key=True).values_list("done_count", flat=True)
        if done_count.get(id=self.row.id) != self._done_count:
            raise ImportTakenOver

    def record(self, outcomes: Sequence[Outcome], problems: Iterable[Problem]) -> None:
        """Count the products, move on in the file, and add to the report."""
        row = self.row
        verdicts = Counter(outcome.verdict for outcome in outcomes)
        for name in _COUNTS:
            setattr(row, f"{name}_count", getattr(row, f"{name}_count") + verdicts[name])  # type: ignore[index]
        row.done_count += len(outcomes)
        row.line = max([row.line, *(outcome.last_line for outcome in outcomes)])
        found = [*problems, *(problem for outcome in outcomes for problem in outcome.problems)]
        severities = Counter(problem.severity for problem in found)
        row.error_count += severities[Severity.ERROR]
        row.warning_count += severities[Severity.WARNING]
        if row.is_dry_run:
            found += [_intention(outcome) for outcome in outcomes if outcome.verdict in {"created", "changed"}]
        if found:
            copy_rows([problem_row(row, problem) for problem in found])
        row.save(
            update_fields=["line", "done_count", "error_count", "warning_count", *(f"{name}_count" for name in _COUNTS)]
        )

    def committed(self) -> None:
        """Remember the state that is now safe."""
        self._done_count = self.row.done_count
        self._before = self._state()

    def rolled_back(self) -> None:
        """Return to the state that was last safe."""
        for name, value in self._before.items():
            setattr(self.row, name, value)

    def _state(self) -> dict[str, int]:
        names = ("line", "done_count", "error_count", "warning_count", *(f"{name}_count" for name in _COUNTS))
        return {name: getattr(self.row, name) for name in names}


class PaperLedger:
    """Keeps the books of a dry run from the command line, which leaves no trace in the database."""

    def __init__(self, row: Import) -> None:
        """Take a row that isn't in the database."""
        self.row = row
        self.outcomes: list[Outcome] = []
        self.problems: list[Problem] = []

    def claim(self) -> None:
        """Do nothing: nobody else knows of this run."""

    def record(self, outcomes: Sequence[Outcome], problems: Iterable[Problem]) -> None:
        """Count, and hold the batch for whoever prints it."""
        row = self.row
        verdicts = Counter(outcome.verdict for outcome in outcomes)
        for name in _COUNTS:
            setattr(row, f"{name}_count", getattr(row, f"{name}_count") + verdicts[name])  # type: ignore[index]
        row.done_count += len(outcomes)
        row.line = max([row.line, *(outcome.last_line for outcome in outcomes)])
        self.outcomes = list(outcomes)
        self.problems = [*problems, *(problem for outcome in outcomes for problem in outcome.problems)]
        severities = Counter(problem.severity for problem in self.problems)
        row.error_count += severities[Severity.ERROR]
        row.warning_count += severities[Severity.WARNING]

    def committed(self) -> None:
        """Do nothing."""

    def rolled_back(self) -> None:
        """Do nothing: nothing was written."""


def problem_row(row: Import, problem: Problem) -> ImportProblem:
    """Return a line of the report as a row."""
    return new_row(
        ImportProblem,
        owner_id=row.id,
        severity=problem.severity.value,
        line=problem.line,
        column=_shown(problem.column)[:_COLUMN],
        handle=_shown(problem.handle)[:_HANDLE],
        code=problem.code,
        reason=_shown(problem.reason),
        value=_shown(problem.value)[:_VALUE],
    )


def _shown(text: str) -> str:
    """Return a text that the database takes: it may say anything that stood in a file."""
    return text.replace("\0", "\N{SYMBOL FOR NULL}")


def _intention(outcome: Outcome) -> Problem:
    reason = (
        "It would be created." if outcome.verdict == "created" else f"It would change: {', '.join(outcome.changes)}."
    )
    return Problem(
        code=f"would_be_{outcome.verdict}",
        reason=reason,
        severity=Severity.NOTE,
        line=outcome.line,
        handle=outcome.handle,
    )


def started(row: Import) -> None:
    """Write down that the import runs."""
    row.status = Import.Status.RUNNING
    row.started_at = row.started_at or clock.now()
    row.failure = ""
    row.finished_at = None
    row.save(update_fields=["status", "started_at", "finished_at", "failure", "size", "sha256", "line_count"])


def finished(row: Import, *, failure: str = "") -> None:
    """Write down that the import has come to its end, or why it could not."""
    row.status = Import.Status.FAILED if failure else Import.Status.DONE
    row.failure = failure
    row.finished_at = clock.now()
    if not failure:
        row.line = row.line_count
    row.save(update_fields=["status", "failure", "finished_at", "line"])
