"""Encodings and damage: what a file is, before anything of it is imported."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from products.importing import opening
from products.importing.opening import FileUnreadable, inspect_file

TEXT = "Handle,Title,Variant Price\r\nmesa,Mesa de té,10\r\n"


def inspect(path: Path, content: bytes) -> opening.FileFacts:
    file = path / "file.csv"
    file.write_bytes(content)
    return inspect_file(file)


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 with BOM", "utf-16 LE", "utf-16 BE", "utf-16 LE without BOM", "utf-16 BE without BOM"],
)
def test_reads_the_same_text_from_every_encoding_that_spreadsheets_write(tmp_path: Path, content: bytes) -> None:
    facts = inspect(tmp_path, content)

    with facts.open() as file:
        assert file.read() == TEXT
    assert facts.line_count == 2
    assert facts.size == len(content)
    assert facts.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_refuses_a_latin_1_file_with_line_and_remedy(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(FileUnreadable) as refusal:
        inspect(tmp_path, TEXT.encode(encoding))

    problem = refusal.value.problem
    assert problem.code == "encoding"
    assert problem.line == 2
    assert "Mesa de té" in problem.value
    assert problem.reason == (
        "The byte 0xE9 is not UTF-8; the file looks like Latin-1 or Windows-1252. Save it again as 'CSV UTF-8'. "
        "Nothing was imported."
    )


def test_finds_a_wrong_byte_beyond_the_first_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "CHUNK", 7)

    with pytest.raises(FileUnreadable) as refusal:
        inspect(tmp_path, b"Handle\n" + b"good\n" * 20 + "tên".encode("latin-1") + b"\nmore\n")

    assert refusal.value.problem.line == 22


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_refuses_an_empty_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileUnreadable) as refusal:
        inspect(tmp_path, content)

    assert refusal.value.problem.code == "file_empty"


def test_a_file_cut_inside_a_character_is_known_as_cut(tmp_path: Path) -> None:
    facts = inspect(tmp_path, "Handle\nté".encode()[:-1])

    assert facts.is_cut
    with facts.open() as file:
        assert file.read() == "Handle\nt"


def test_refuses_a_line_longer_than_memory_should_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_LINE_CHARACTERS", 50)
    monkeypatch.setattr(opening, "CHUNK", 16)

    assert inspect(tmp_path, b"a\n" + b"x" * 50 + b"\nb\n").line_count == 3
    with pytest.raises(FileUnreadable) as refusal:
        inspect(tmp_path, b"a\n" + b"x" * 51 + b"\nb\n")

    assert refusal.value.problem.code == "line_too_long"
    assert refusal.value.problem.line == 2


def test_remembers_where_nul_and_replacement_characters_are(tmp_path: Path) -> None:
    facts = inspect(tmp_path, "a\nb\nc\0d\n\N{REPLACEMENT CHARACTER}\n".encode())

    assert (facts.nul_line, facts.replacement_line) == (3, 4)


@given(text=st.text(min_size=1), chunk=st.integers(1, 9))
def test_any_utf_8_text_comes_back_whole_whatever_the_chunks(
    tmp_path_factory: pytest.TempPathFactory, text: str, chunk: int
) -> None:
    # A text that begins with a BOM, or with the bytes of UTF-16, isn't one that says it is UTF-8.
    text = "Handle,Title\n" + text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "CHUNK", chunk)
        facts = inspect(tmp_path_factory.mktemp("any"), text.encode())

    with facts.open() as file:
        assert file.read() == text
    assert facts.line_count == text.count("\n") + (not text.endswith("\n"))
