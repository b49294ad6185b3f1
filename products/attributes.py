"""Whether a product's attribute values are of their attributes' kinds. Pure; the definitions come from the caller."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.problems import FieldError, InvalidInput
from products.models import Attribute

MAX_TEXT = 500
MAX_INTEGER = 2**53 - 1
"""Integers beyond this one are not the same in every JSON reader."""


def attributes_check(
    values: Mapping[str, Any], definitions: Iterable[Attribute], *, pointer: str = "/attributes"
) -> dict[str, Any]:
    """Return the values; all are known and of their kinds.

    Raises:
        InvalidInput: it names every value that isn't.
    """
    known = {definition.code: definition for definition in definitions}
    errors = tuple(
        FieldError(code=code, detail=detail, pointer=f"{pointer}/{name}")
        for name, value in values.items()
        for code, detail in _problems(known.get(name), name, value)
    )
    if errors:
        message = f"{errors[0].pointer}: {errors[0].detail}"
        raise InvalidInput(message, errors=errors)
    return dict(values)


def _problems(definition: Attribute | None, name: str, value: Any) -> Iterable[tuple[str, str]]:
    if definition is None:
        yield "unknown", f"There is no attribute {name[:60]!r}; staff make one at POST /attributes."
        return
    kind = Attribute.Kind(definition.kind)
    if kind is Attribute.Kind.TEXT and not (isinstance(value, str) and 0 < len(value) <= MAX_TEXT):
        yield "invalid", f"{name} is a text of 1 to {MAX_TEXT} characters."
    if kind is Attribute.Kind.INTEGER and not (type(value) is int and abs(value) <= MAX_INTEGER):
        yield "invalid", f"{name} is a whole number."
    if kind is Attribute.Kind.BOOLEAN and not isinstance(value, bool):
        yield "invalid", f"{name} is true or false."
    if kind is Attribute.Kind.CHOICE and value not in definition.choices:
        yield "invalid_choice", f"{name} is one of: {', '.join(definition.choices)}."
