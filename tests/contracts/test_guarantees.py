"""docs/guarantees.md names tests: each is there, by that name."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs" / "guarantees.md").read_text()
TABLE = PAGE.partition("## What went wrong elsewhere")[2].partition("\n## ")[0]


def test_every_test_of_what_went_wrong_elsewhere_is_there() -> None:
    rows = [row.split("|")[1:3] for row in TABLE.splitlines() if row.startswith("| ") and "what went wrong" not in row]
    assert len(rows) >= 12
    missing = []
    for what, tests in rows:
        named = re.findall(r"`([^`]+)`", tests)
        assert named, f"no test shows that this does not happen here: {what}"
        for test in named:
            path, _, name = test.partition("::")
            file = TESTS / path
            if not file.is_file() or not name or not re.search(rf"^def {name}\(", file.read_text(), re.MULTILINE):
                missing.append(test)
    assert missing == []


def test_every_file_of_tests_that_the_page_names_is_there() -> None:
    known = {path.name for path in TESTS.rglob("test_*.py")}
    named = {Path(name).name for name in re.findall(r"`((?:\w+/)*test_\w+\.py)", PAGE)}
    assert len(named) > 20
    assert named - known == set()
