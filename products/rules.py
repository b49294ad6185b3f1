"""A collection's rule: `{"all"|"any": [{"field", "op", "value"}]}`, read and checked. Pure; SQL is made elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.problems import FieldError, InvalidInput

MAX_CONDITIONS = 20
MAX_VALUES = 100
MAX_TEXT = 200

OPS: Mapping[str, tuple[str, ...]] = {
    "tag": ("eq", "in"),
    "category": ("eq", "in"),
    "brand": ("eq", "in"),
    "product_type": ("eq", "in", "contains"),
    "price": ("eq", "lt", "gt"),
    "attribute": ("eq", "in", "lt", "gt", "contains"),
}
"""What can be asked of each field; the field of an attribute reads `attribute.CODE`."""

_ATTRIBUTE = re.compile(r"^attribute\.([a-z][a-z0-9_]{0,59})\Z")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition. `attribute` is the code when the field is an attribute; `values` has one unless the op is `in`."""

    field: str
    op: str
    values: tuple[Any, ...]
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions of which all or any must hold."""

    is_all: bool
    conditions: tuple[Condition, ...]


def rule_read(data: Any, *, pointer: str = "/rule") -> Rule:
    """Read a rule.

    Raises:
        InvalidInput: it names each condition that can't be understood.
    """
    name = next(iter(data)) if isinstance(data, dict) and len(data) == 1 else None
    rows = data[name] if name in {"all", "any"} else None
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_CONDITIONS:
        detail = f'A rule is {{"all": [...]}} or {{"any": [...]}} with 1 to {MAX_CONDITIONS} conditions.'
        raise InvalidInput.at(pointer, detail, code="invalid_rule")
    conditions, errors = [], []
    for index, row in enumerate(rows):
        try:
            conditions.append(_condition(row))
        except ValueError as error:
            place = f"{pointer}/{name}/{index}"
            errors.append(FieldError(code="invalid_rule", detail=str(error), pointer=place))
    if errors:
        message = f"{errors[0].pointer}: {errors[0].detail}"
        raise InvalidInput(message, errors=tuple(errors))
    return Rule(is_all=name == "all", conditions=tuple(conditions))


def _condition(row: Any) -> Condition:
    if not isinstance(row, dict) or set(row) != {"field", "op", "value"}:
        message = 'A condition is {"field": ..., "op": ..., "value": ...}.'
        raise ValueError(message)
    name, op, value = row["field"], row["op"], row["value"]
    match = _ATTRIBUTE.match(name) if isinstance(name, str) else None
    field = "attribute" if match else name
    if not isinstance(field, str) or field not in OPS or name == "attribute":
        message = "The field is one of tag, category, brand, product_type, price or attribute.CODE."
        raise ValueError(message)
    if op not in OPS[field]:
        message = f"{field} can be asked by {', '.join(OPS[field])}."
        raise ValueError(message)
    values = value if op == "in" else [value]
    if not isinstance(values, list) or not 1 <= len(values) <= MAX_VALUES:
        message = f"The value of `in` is a list of 1 to {MAX_VALUES}."
        raise ValueError(message)
    for item in values:
        _check_value(field, op, item)
    return Condition(field=field, op=op, values=tuple(values), attribute=match[1] if match else "")


def _check_value(field: str, op: str, value: Any) -> None:
    is_number = type(value) is int and abs(value) < 2**53
    is_text = isinstance(value, str) and 0 < len(value) <= MAX_TEXT
    if field == "price" or op in {"lt", "gt"}:
        if not is_number:
            message = "The value is a whole number" + (" of minor units." if field == "price" else ".")
            raise ValueError(message)
    elif field == "attribute" and op != "contains":
        if not (is_text or is_number or isinstance(value, bool)):
            message = "The value is a text, a whole number, true or false."
            raise ValueError(message)
    elif not is_text:
        message = f"The value is a text of 1 to {MAX_TEXT} characters."
        raise ValueError(message)
