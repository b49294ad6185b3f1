"""An import's report as CSV, one line for each problem. Finding them is for readers and the planner."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from products.importing.models import Import, ImportProblem
from products.importing.rows import Problem
from products.spreadsheets import disarmed

COLUMNS = ("line", "column", "handle", "severity", "code", "reason", "value")


class _Echo:
    """A file for csv.writer that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def report_lines(problems: Iterable[Problem | ImportProblem], *, has_header: bool = True) -> Iterator[str]:
    """Yield the report's lines, below a header when there are any; no cell is a formula to a spreadsheet."""
    writer = csv.writer(_Echo())
    for problem in problems:
        if has_header:
            yield writer.writerow(COLUMNS)
            has_header = False
        cells = [getattr(problem, name) for name in COLUMNS]
        yield writer.writerow([disarmed(str(cell)) if cell is not None else "" for cell in cells])


def report_rows(row: Import) -> Iterator[ImportProblem]:
    """Yield the report's rows, some thousands at a time."""
    return ImportProblem.objects.filter(owner=row).order_by("id").iterator(chunk_size=2_000)
