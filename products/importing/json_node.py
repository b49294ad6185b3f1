"""Strict values out of a JSON object, with a problem and a JSON pointer for each that isn't what it should be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from core.money import MAX_AMOUNT
from products.importing.rows import KEEP, Keep, Problem, Severity

MAX_ITEMS = 5_000
MAX_INTEGER = 2**31 - 1


class Node:
    """One object. Reading a name marks it as known; `finish` reports the rest."""

    def __init__(self, value: object, pointer: str, line: int, problems: list[Problem]) -> None:
        """Take the object, or report that it is none."""
        self.pointer = pointer
        self.line = line
        self.problems = problems
        self._known: set[str] = set()
        self._object: dict[str, Any] = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            self.refuse("", "This is not an object.", value)

    def has(self, name: str) -> bool:
        """Tell whether the file says something of this name."""
        self._known.add(name)
        return name in self._object

    def is_null(self, name: str) -> bool:
        """Tell whether the file says that there is none."""
        return self.has(name) and self._object[name] is None

    def text(self, name: str) -> str | Keep:
        """Return a text; null is a blank one."""
        if not self.has(name):
            return KEEP
        value = self._object[name]
        if value is None:
            return ""
        if not isinstance(value, str):
            self.refuse(name, "This is not a text.", value)
            return ""
        if "\0" in value:
            self.refuse(name, "A text can't hold the NUL character.", "")
            return ""
        return value.strip()

    def needed(self, name: str) -> str:
        """Return a text that must be there."""
        value = self.text(name)
        if not value:
            self.refuse(name, "This is needed here.", "")
        return value or ""

    def boolean(self, name: str) -> bool | Keep:
        """Return true or false."""
        if not self.has(name):
            return KEEP
        value = self._object[name]
        if not isinstance(value, bool):
            self.refuse(name, "This is neither true nor false.", value)
        return value is True

    def integer(self, name: str, *, least: int = 0, most: int = MAX_INTEGER) -> int | Keep | None:
        """Return a whole number; null is none."""
        if not self.has(name):
            return KEEP
        value = self._object[name]
        if value is None:
            return None
        if type(value) is not int or not least <= value <= most:
            self.refuse(name, f"This is not a whole number from {least} to {most}.", value)
            return least
        return value

    def amount(self, name: str) -> int | Keep | None:
        """Return minor units; null is none."""
        return self.integer(name, most=MAX_AMOUNT)

    def decimal(self, name: str) -> Decimal | Keep | None:
        """Return a decimal number that isn't negative, written as text so that no digit is lost; null is none."""
        if not self.has(name):
            return KEEP
        value = self._object[name]
        if value is None:
            return None
        try:
            number = Decimal(value) if type(value) in {str, int} else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or number < 0 or number >= 10**8:
            self.refuse(name, 'This is not a decimal number in a text, such as "12.5".', value)
            return None
        return number.quantize(Decimal("0.000001"))

    def moment(self, name: str) -> datetime | Keep | None:
        """Return a point in time with its offset; null is none."""
        value = self.text(name)
        if value is KEEP or not value:
            return KEEP if value is KEEP else None
        try:
            moment = parse_datetime(value)
            # The first and the last hours of all years leave them with their offset, and could never be read again.
            moment = None if moment is None or timezone.is_naive(moment) else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            moment = None
        if moment is None:
            self.refuse(name, "This is not a time such as 2026-01-31T12:00:00Z.", value)
            return None
        return moment

    def day(self, name: str) -> date | Keep | None:
        """Return a day; null is none."""
        value = self.text(name)
        if value is KEEP or not value:
            return KEEP if value is KEEP else None
        try:
            day = parse_date(value)
        except ValueError:
            day = None
        if day is None:
            self.refuse(name, "This is not a day such as 2026-01-31.", value)
        return day

    def texts(self, name: str) -> tuple[str, ...] | Keep:
        """Return a list of texts."""
        items = self._list(name)
        if items is KEEP:
            return KEEP
        if not all(map(_is_text, items)):
            self.refuse(name, "This is not a list of texts.", items)
            return ()
        return tuple(items)

    def integers(self, name: str) -> tuple[int, ...] | Keep:
        """Return a list of whole numbers that aren't negative."""
        items = self._list(name)
        if items is KEEP:
            return KEEP
        if not all(type(item) is int and item >= 0 for item in items):
            self.refuse(name, "This is not a list of whole numbers.", items)
            return ()
        return tuple(items)

    def lists(self, name: str) -> tuple[tuple[str, ...], ...] | Keep:
        """Return a list of lists of texts."""
        items = self._list(name)
        if items is KEEP:
            return KEEP
        if not all(isinstance(item, list) and item and all(map(_is_text, item)) for item in items):
            self.refuse(name, "This is not a list of lists of texts.", items)
            return ()
        return tuple(tuple(item) for item in items)

    def mapping(self, name: str) -> dict[str, Any] | Keep:
        """Return an object that is nobody's business here."""
        if not self.has(name):
            return KEEP
        value = self._object[name]
        if not isinstance(value, dict):
            self.refuse(name, "This is not an object.", value)
            return {}
        return value

    def value(self, name: str) -> str | int | bool:
        """Return a text, a whole number or a boolean."""
        self._known.add(name)
        value = self._object.get(name)
        if not isinstance(value, (str, int, bool)) or (isinstance(value, str) and not _is_text(value)):
            self.refuse(name, "This is neither a text, nor a whole number, nor true or false.", value)
            return ""
        return value

    def child(self, name: str) -> Node | Keep:
        """Return the object under a name."""
        return Node(self._object[name], self._pointer(name), self.line, self.problems) if self.has(name) else KEEP

    def children(self, name: str) -> list[Node] | Keep:
        """Return the objects of a list."""
        items = self._list(name)
        if items is KEEP:
            return KEEP
        pointer = self._pointer(name)
        return [Node(item, f"{pointer}/{index}", self.line, self.problems) for index, item in enumerate(items)]

    def finish(self) -> None:
        """Report the names that nobody knows: a typing error must not be silent."""
        for name in self._unknown():
            self.refuse(name, "This name is not known here; leave it out or correct it.", "")

    def refuse(self, name: str, reason: str, value: object) -> None:
        """Report an error at a name."""
        shown = "" if isinstance(value, (dict, list)) else str(value)[:200]
        self.problems.append(
            Problem(
                code="json_value",
                reason=reason,
                severity=Severity.ERROR,
                line=self.line,
                column=self._pointer(name),
                value=shown,
            )
        )

    def _unknown(self) -> Iterator[str]:
        return (name for name in self._object if name not in self._known)

    def _pointer(self, name: str) -> str:
        return f"{self.pointer}/{name.replace('~', '~0').replace('/', '~1')}" if name else self.pointer

    def _list(self, name: str) -> list[Any] | Keep:
        if not self.has(name):
            return KEEP
        value = self._object[name]
        if not isinstance(value, list):
            self.refuse(name, "This is not a list.", value)
            return []
        if len(value) > MAX_ITEMS:
            self.refuse(name, f"A list may have {MAX_ITEMS:,} items at the most.", value)
            return []
        return value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value
