"""A store on disk for records whose product may stand anywhere in the file, so that memory doesn't grow with it."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from products.importing.records import Record

_CHUNK = 500


class Spool:
    """Parents in file order, each with its children. Use it as a context; the file goes with it."""

    def __init__(self) -> None:
        """Make the file, with nothing kept for a crash: it is thrown away anyway."""
        self._folder = tempfile.TemporaryDirectory(prefix="tienda-import-")
        self._database = sqlite3.connect(Path(self._folder.name) / "spool.sqlite3")
        self._database.executescript(
            """
            PRAGMA journal_mode = OFF;
            PRAGMA synchronous = OFF;
            PRAGMA cache_size = -16000;
            CREATE TABLE parent (line INTEGER PRIMARY KEY, last_line INTEGER, handle TEXT, cells TEXT);
            CREATE UNIQUE INDEX parent_handle ON parent (handle);
            CREATE TABLE name (name TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID;
            CREATE TABLE child (line INTEGER PRIMARY KEY, last_line INTEGER, place INTEGER, parent TEXT, cells TEXT);
            """
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Throw the file away."""
        self._database.close()
        self._folder.cleanup()

    def add_parent(self, record: Record, handles: tuple[str, ...], names: tuple[str, ...]) -> str | None:
        """Keep a product under the first of `handles` that is free, findable by `names`.

        Returns the name that another product has already, and keeps nothing then; None when all is well.
        """
        for name in names:
            if self._database.execute("SELECT 1 FROM name WHERE name = ?", (name,)).fetchone():
                return name
        for handle in handles:
            row = (record.line, record.last_line, handle, json.dumps(record.cells))
            cursor = self._database.execute("INSERT OR IGNORE INTO parent VALUES (?, ?, ?, ?)", row)
            if cursor.rowcount:
                self._database.executemany("INSERT INTO name VALUES (?, ?)", [(name, record.line) for name in names])
                return None
        return handles[-1]

    def add_child(self, record: Record, parent: str, place: int) -> None:
        """Keep a variation under its parent's name, whether or not that one has come yet."""
        row = (record.line, record.last_line, place, parent, json.dumps(record.cells))
        self._database.execute("INSERT INTO child VALUES (?, ?, ?, ?, ?)", row)

    def families(self, *, skip: int) -> Iterator[tuple[str, Record, list[Record]]]:
        """Yield handle, parent and children, in the order of the file, after the first `skip`."""
        self._database.execute("CREATE INDEX IF NOT EXISTS child_parent ON child (parent, place, line)")
        parents = self._database.execute("SELECT * FROM parent ORDER BY line LIMIT -1 OFFSET ?", (skip,))
        while rows := parents.fetchmany(_CHUNK):
            for line, last_line, handle, cells in rows:
                found = self._database.execute(
                    "SELECT c.line, c.last_line, c.cells FROM name n JOIN child c ON c.parent = n.name"
                    " WHERE n.line = ? ORDER BY c.place, c.line",
                    (line,),
                )
                children = [Record(first, last, json.loads(text)) for first, last, text in found]
                yield handle, Record(line, last_line, json.loads(cells)), children

    def orphans(self) -> Iterator[tuple[str, Record]]:
        """Yield the children whose parent never came, with its name."""
        found = self._database.execute(
            "SELECT c.parent, c.line, c.last_line, c.cells FROM child c LEFT JOIN name n ON n.name = c.parent"
            " WHERE n.name IS NULL ORDER BY c.line"
        )
        for parent, line, last_line, cells in found:
            yield parent, Record(line, last_line, json.loads(cells))
