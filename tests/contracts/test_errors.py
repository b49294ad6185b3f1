"""The catalogue of problem codes: one class per code, and each of them in docs/errors.md."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from django.apps import apps

from core.problems import Problem

PAGE = Path(__file__).resolve().parents[2] / "docs" / "errors.md"


def _below(kind: type[Problem]) -> Iterator[type[Problem]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _catalogue() -> list[type[Problem]]:
    for config in apps.get_app_configs():
        folder = Path(config.path)
        for file in folder.rglob("exceptions.py") if folder.parent == PAGE.parents[1] else ():
            import_module(".".join([config.name, *file.relative_to(folder).with_suffix("").parts]))
    # A class without a code of its own says its parent's reason with another sentence.
    return [kind for kind in _below(Problem) if "code" in vars(kind) and not kind.__module__.startswith("tests.")]


def test_a_code_has_one_class() -> None:
    codes = [kind.code for kind in _catalogue()]
    assert sorted(code for code in codes if codes.count(code) > 1) == []


def test_every_code_is_documented_with_its_status_and_title() -> None:
    lines = set(PAGE.read_text().splitlines())
    rows = {
        f"| `{kind.code}` | {kind.status} | {'yes' if kind.retryable else 'no'} | {kind.title} |"
        for kind in _catalogue()
    }
    assert sorted(rows - lines) == []
    assert sorted(line for line in lines if line.startswith("| `") and line not in rows) == []
