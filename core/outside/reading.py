"""Reading what a service outside has answered: each value by its type and its bounds, or not at all."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from core.outside.services import Failure, ServiceFailed


def refuse(detail: str) -> NoReturn:
    """Say what is wrong with an answer.

    Raises:
        ServiceFailed: always.
    """
    raise ServiceFailed(Failure.MALFORMED, detail)


def object_of(value: Any, name: str) -> Mapping[str, Any]:
    """Return a JSON object."""
    return value if isinstance(value, Mapping) else refuse(f"{name} is no object")


def list_of(value: Any, name: str, *, maximum: int) -> Sequence[Any]:
    """Return a JSON list that isn't longer than it may be."""
    if not isinstance(value, list | tuple) or len(value) > maximum:
        refuse(f"{name} is no list of {maximum} at the most")
    return value


def text_of(value: Any, name: str, *, maximum: int, is_blank_allowed: bool = False) -> str:
    """Return text of some characters, none of which controls anything: they come onto pages and into PostgreSQL."""
    if not isinstance(value, str) or len(value) > maximum or not (value.strip() or is_blank_allowed):
        refuse(f"{name} is no text of {maximum} characters at the most")
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in value):
        refuse(f"{name} has characters that aren't text")
    return value.strip()


def integer_of(value: Any, name: str, *, maximum: int) -> int:
    """Return a whole number from 0 on; a float is none, however round it is."""
    if type(value) is not int or not 0 <= value <= maximum:
        refuse(f"{name} is no whole number from 0 to {maximum}")
    return value


def boolean_of(value: Any, name: str) -> bool:
    """Return true or false."""
    return value if isinstance(value, bool) else refuse(f"{name} is neither true nor false")
