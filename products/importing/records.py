"""CSV records with their line numbers, and what is wrong with their shape. What columns mean belongs to the readers."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from products.importing.opening import FileFacts, FileUnreadable
from products.importing.rows import Problem, Severity

MAX_CELL_CHARACTERS = 1 << 20
"""The longest cell taken. An unclosed quote swallows lines until here and no further, which bounds memory."""

_SEPARATOR_LINE = re.compile(r"^sep=(.)\s*$")
_QUOTED = re.compile(r'"[^"]*"?')


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its first and last physical line and its cells, or the problem that makes it unusable."""

    line: int
    last_line: int
    cells: list[str]
    problem: Problem | None = None


class Table:
    """A CSV file as header and records."""

    def __init__(self, facts: FileFacts) -> None:
        """Take the facts; the file is opened by `records`."""
        self.facts = facts
        self.header: tuple[str, ...] = ()
        self.delimiter = ","

    def read_header(self) -> tuple[str, ...]:
        """Return the header's cells, trimmed.

        Raises:
            FileUnreadable: there is no header, or a name stands in it twice.
        """
        for record in self._parsed():
            self.header = tuple(" ".join(cell.strip("\ufeff").split()) for cell in record.cells)
            if record.problem is not None:
                raise FileUnreadable(record.problem)
            break
        if not any(self.header):
            raise FileUnreadable(Problem(code="header_missing", reason="The file has no header line.", line=1))
        seen: set[str] = set()
        for name in filter(None, map(str.casefold, self.header)):
            if name in seen:
                reason = "The header has this column twice; delete one of them. Nothing was imported."
                raise FileUnreadable(Problem(code="column_twice", reason=reason, line=1, column=name))
            seen.add(name)
        return self.header

    def records(self) -> Iterator[Record]:
        """Yield every record below the header. A broken one carries its problem; the last may say that it is cut."""
        records = self._parsed()
        next(records, None)
        width = len(self.header)
        held: Record | None = None
        for record in records:
            if held is not None:
                yield held
            held = self._fitted(record, width)
        if held is not None:
            yield self._whole_or_cut(held)

    def _parsed(self) -> Iterator[Record]:
        # The limit is the process's: raising it can only let other readers take longer cells.
        csv.field_size_limit(max(csv.field_size_limit(), MAX_CELL_CHARACTERS))
        with self.facts.open() as file:
            first = file.readline()
            self.delimiter = _delimiter_of(first)
            skipped = 1 if _SEPARATOR_LINE.match(first) else 0
            if not skipped:
                file.seek(0)
            lines = _Lines(file)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            while True:
                line = reader.line_num + skipped + 1
                lines.first = ""
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    problem = _broken(error, line)
                    yield Record(line, reader.line_num + skipped, self._salvaged(lines.first), problem)
                    if problem.code == "file_cut":
                        return
                    continue
                if any(cells):
                    yield Record(line, reader.line_num + skipped, cells, self._nul(cells, line, reader.line_num))

    def _salvaged(self, text: str) -> list[str]:
        """Return what can be read of a broken record, which may still say whose it is."""
        return next(csv.reader([text], delimiter=self.delimiter), [])

    def _nul(self, cells: list[str], line: int, last_line: int) -> Problem | None:
        if self.facts.nul_line is None or self.facts.nul_line > last_line + 1 or "\0" not in "".join(cells):
            return None
        column = next(index for index, cell in enumerate(cells) if "\0" in cell)
        name = self.header[column] if column < len(self.header) else ""
        reason = "The cell has a NUL byte in it, which is no text; take it out."
        return Problem(code="nul", reason=reason, line=line, column=name)

    def _fitted(self, record: Record, width: int) -> Record:
        cells = record.cells
        if record.problem is not None or len(cells) == width:
            return record
        if len(cells) > width and not any(cells[width:]):
            return Record(record.line, record.last_line, cells[:width])
        reason = (
            f"The record has {len(cells)} cells where the header has {width}: a quote or a separator is missing, "
            "or there is one too many."
        )
        problem = Problem(code="cell_count", reason=reason, line=record.line)
        return Record(record.line, record.last_line, cells, problem)

    def _whole_or_cut(self, last: Record) -> Record:
        too_short = (
            last.problem is not None and last.problem.code == "cell_count" and len(last.cells) < len(self.header)
        )
        if not self.facts.is_cut and not (too_short and not self.facts.ends_with_newline):
            return last
        return Record(last.line, last.last_line, last.cells, _cut(last.line))


def columns_of(header: tuple[str, ...], known: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, int], list[str]]:
    """Match header names to fields, whatever their case; return the indexes and the names that nobody knows.

    Raises:
        FileUnreadable: two columns stand for the same field.
    """
    fields = {name: field for field, names in known.items() for name in names}
    columns: dict[str, int] = {}
    ignored = []
    for index, name in enumerate(header):
        field = fields.get(name.casefold())
        if field is None:
            ignored.extend([name] if name else [])
        elif field in columns:
            reason = f"The columns {header[columns[field]]!r} and {name!r} mean the same; delete one of them."
            raise FileUnreadable(Problem(code="column_twice", reason=reason, line=1, column=name))
        else:
            columns[field] = index
    return columns, ignored


def ignored_columns(names: list[str]) -> Iterator[Problem]:
    """Yield a note for each column that isn't read."""
    for name in names:
        yield Problem(
            code="column_ignored",
            reason="This column is not known here and was not read.",
            severity=Severity.NOTE,
            line=1,
            column=name,
        )


class _Lines:
    """A file's lines; remembers the first one of each record."""

    def __init__(self, file: Iterable[str]) -> None:
        self._lines = iter(file)
        self.first = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.first = self.first or line
        return line


def _broken(error: csv.Error, line: int) -> Problem:
    text = str(error)
    if "unexpected end" in text:
        return _cut(line)
    if "field limit" in text:
        reason = (
            f"A quote that opens here is not closed within {MAX_CELL_CHARACTERS:,} characters. What came before was "
            "read; nothing after it was."
        )
        return Problem(code="file_cut", reason=reason, line=line)
    reason = 'A quote in this record is not doubled, or closes too early; write "" for a quote inside a cell.'
    return Problem(code="quote", reason=reason, line=line)


def _cut(line: int) -> Problem:
    reason = (
        "The file ends in the middle of this record: it was cut off. What came before was read. Get it again, whole."
    )
    return Problem(code="file_cut", reason=reason, line=line)


def _delimiter_of(first_line: str) -> str:
    if match := _SEPARATOR_LINE.match(first_line):
        return match[1]
    bare = _QUOTED.sub("", first_line)
    return max(",;\t", key=bare.count)
