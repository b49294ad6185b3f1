"""Opening a file that somebody else wrote: its encoding, its lines, its damage. What the cells mean is for readers.

A whole pass over the bytes comes before the first product. It decides the encoding, so that a file in the wrong one is
refused before anything is imported rather than turned into mojibake halfway; it digests the file, so that a resumed
import can tell that it has the same one; and it counts lines, so that progress is known.
"""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from products.importing.rows import Problem

CHUNK = 1 << 20
MAX_LINE_CHARACTERS = 16 << 20
"""The longest line taken. A line is the least that is held in memory, so its length is a bound on that."""

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_PROBE = 512


class FileUnreadable(Exception):
    """The file can't be imported, or not further than this; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        """Keep the line for the report."""
        super().__init__(problem.reason)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one pass over the file found."""

    path: Path
    encoding: str
    size: int
    line_count: int
    sha256: str
    nul_line: int | None
    replacement_line: int | None
    ends_with_newline: bool
    is_cut: bool

    def open(self) -> TextIO:
        """Open it as text, line ends untouched, for the csv module counts them itself."""
        # The pass has shown that only the end of a cut file can fail to decode, and readers drop what is cut there.
        return self.path.open(encoding=self.encoding, newline="", errors="ignore" if self.is_cut else "strict")


def inspect_file(path: Path) -> FileFacts:
    """Read the file once, in bounded memory.

    Raises:
        FileUnreadable: empty, not a text in UTF-8 or UTF-16, or a line longer than `MAX_LINE_CHARACTERS`.
        OSError: there is no such file, or it can't be read.
    """
    with path.open("rb") as file:
        encoding = _encoding_of(file.read(_PROBE))
        file.seek(0)
        scan = _Scan(encoding)
        scan.run(file)
    if scan.characters == 0:
        raise FileUnreadable(Problem(code="file_empty", reason="The file is empty: nothing was imported."))
    return FileFacts(
        path=path,
        encoding=encoding,
        size=scan.size,
        line_count=scan.newlines + (0 if scan.ends_with_newline else 1),
        sha256=scan.digest.hexdigest(),
        nul_line=scan.nul_line,
        replacement_line=scan.replacement_line,
        ends_with_newline=scan.ends_with_newline,
        is_cut=scan.is_cut,
    )


def _encoding_of(head: bytes) -> str:
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    # UTF-16 without a mark: ASCII headers leave a zero in every second byte, on one side only.
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if len(head) >= 8 and odd > len(head) // 4 and even == 0:  # noqa: PLR2004 (a few letters are enough to tell)
        return "utf-16-le"
    if len(head) >= 8 and even > len(head) // 4 and odd == 0:  # noqa: PLR2004
        return "utf-16-be"
    return "utf-8"


class _Scan:
    """The pass itself: feeds chunks to a decoder and keeps counts."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        self.digest = hashlib.sha256()
        self.size = self.characters = self.newlines = 0
        self.ends_with_newline = self.is_cut = False
        self.nul_line: int | None = None
        self.replacement_line: int | None = None
        self._line_length = 0

    def run(self, file: BinaryIO) -> None:
        decoder = codecs.getincrementaldecoder(self.encoding)()
        while chunk := file.read(CHUNK):
            self.digest.update(chunk)
            self.size += len(chunk)
            try:
                self._take(decoder.decode(chunk))
            except UnicodeDecodeError as error:
                raise self._undecodable(error) from error
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            self.is_cut = True

    def _take(self, text: str) -> None:
        if not text:
            return
        self.characters += len(text)
        if self.nul_line is None and "\0" in text:
            self.nul_line = self._line_at(text, text.index("\0"))
        if self.replacement_line is None and "\N{REPLACEMENT CHARACTER}" in text:
            self.replacement_line = self._line_at(text, text.index("\N{REPLACEMENT CHARACTER}"))
        first, *rest = map(len, text.split("\n"))
        longest = max(self._line_length + first, *rest[:-1], 0)
        self._line_length = rest[-1] if rest else self._line_length + first
        if longest > MAX_LINE_CHARACTERS:
            reason = (
                f"A line has more than {MAX_LINE_CHARACTERS:,} characters, so this is no product file, or its line "
                "ends are lost: nothing was imported."
            )
            raise FileUnreadable(Problem(code="line_too_long", reason=reason, line=self.newlines + 1))
        self.newlines += len(rest)
        self.ends_with_newline = text.endswith("\n")

    def _line_at(self, text: str, index: int) -> int:
        return self.newlines + text.count("\n", 0, index) + 1

    def _undecodable(self, error: UnicodeDecodeError) -> FileUnreadable:
        good = error.object[: error.start].decode(self.encoding, errors="ignore")
        byte = error.object[error.start]
        if self.encoding.startswith("utf-16"):
            reason = "The file begins as UTF-16, and this is not. Save it again as 'CSV UTF-8'."
        else:
            reason = (
                f"The byte 0x{byte:02X} is not UTF-8; the file looks like Latin-1 or Windows-1252. "
                "Save it again as 'CSV UTF-8'."
            )
        return FileUnreadable(
            Problem(
                code="encoding",
                reason=f"{reason} Nothing was imported.",
                line=self._line_at(good, len(good)),
                value=_around(error),
            )
        )


def _around(error: UnicodeDecodeError) -> str:
    """Show the bytes about the bad one as Windows-1252 would read them, so that the place is recognised."""
    return error.object[max(0, error.start - 20) : error.start + 20].decode("cp1252", errors="replace").strip()
