"""Ranges of postal codes out of the patterns by which others name them: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby, product

_TOKEN = re.compile(r"\[(?P<set>[0-9A-Z-]+)\]|(?P<one>[0-9A-Z])|(?P<any>\\d(?:\{\d+(?:,\d*)?\})?)")


def ranges_of(pattern: str) -> list[tuple[str, str]]:
    r"""Return the ranges of a pattern of literal letters, sets and `\d`s at the end, with `|` between alternatives.

    `699[123]` is 6991 to 6993, `35\d{3}` is 35 to 35: a range holds all that begin with its last code.

    Raises:
        ValueError: it has something else in it.
    """
    codes = [code for part in pattern.removeprefix("(").removesuffix(")").split("|") for code in _codes(part)]
    return list(_joined(sorted(set(codes))))


def _codes(part: str) -> Iterable[str]:
    letters: list[str] = []
    is_open = False
    position = 0
    while position < len(part):
        token = _TOKEN.match(part, position)
        if token is None or (is_open and token["any"] is None):
            message = f"the pattern {part!r} can't be made a range of postal codes"
            raise ValueError(message)
        is_open = is_open or token["any"] is not None
        if token["any"] is None:
            letters.append(token["one"] or _members(token["set"]))
        position = token.end()
    return ("".join(code) for code in product(*letters)) if letters else ()


def _members(text: str) -> str:
    """Return the letters of a set such as 0-4 or 123."""
    spans = re.findall(r"([0-9A-Z])(?:-([0-9A-Z]))?", text)
    return "".join(chr(code) for first, last in spans for code in range(ord(first), ord(last or first) + 1))


def _joined(codes: list[str]) -> Iterable[tuple[str, str]]:
    """Join codes of one stem whose last digits follow each other."""

    def run(numbered: tuple[int, str]) -> tuple[str, int]:
        place, code = numbered
        return code[:-1], ord(code[-1]) - place

    for _, group in groupby(enumerate(codes), key=run):
        together = [code for _, code in group]
        yield together[0], together[-1]
