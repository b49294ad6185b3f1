"""Many new rows of a model at once, by PostgreSQL's COPY: for imports. What the rows hold is the caller's business."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

import orjson
from django.db import connection
from django.db.models import Model
from django.db.models.base import ModelState
from django.db.models.fields import NOT_PROVIDED
from django.db.models.fields.files import FieldFile

M = TypeVar("M", bound=Model)

_ARRAY_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"'})


def new_row(model: type[M], **values: Any) -> M:
    """Return an unsaved row with the model's defaults, by column names (`product_id`).

    Django's own constructor takes ten times as long, mostly for signals and for defaults that an import overrides;
    nothing here listens to those signals.
    """
    row = model.__new__(model)
    state = row.__dict__
    state["_state"] = ModelState()
    constants, makers = _defaults(model)
    state.update(constants)
    for name, make in makers:
        if name not in values:
            state[name] = make()
    state.update(values)
    return row


@cache
def _defaults(model: type[Model]) -> tuple[dict[str, Any], tuple[tuple[str, Callable[[], Any]], ...]]:
    constants: dict[str, Any] = {}
    makers: list[tuple[str, Callable[[], Any]]] = []
    for field in model._meta.concrete_fields:  # noqa: SLF001 (Django's documented door to a model's fields)
        if callable(field.default) and field.default is not NOT_PROVIDED:
            makers.append((field.attname, field.default))
        elif field.default is not NOT_PROVIDED:
            constants[field.attname] = field.default
        else:
            constants[field.attname] = "" if not field.null and field.empty_strings_allowed else None
    return constants, tuple(makers)


def copy_rows(rows: Sequence[Model]) -> None:
    """Insert rows of one model, in one statement.

    Raises:
        IntegrityError, DataError: as for an INSERT.
    """
    columns, names = _columns(type(rows[0]))
    lines = []
    for row in rows:
        state = row.__dict__
        values = [state[name] for name in names]
        lines.append("\t".join([_WRITERS[type(value)](value) for value in values]))
    buffer = io.StringIO("\n".join(lines))
    table = type(rows[0])._meta.db_table  # noqa: SLF001
    listed = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f'COPY "{table}" ({listed}) FROM STDIN', buffer)


@cache
def _columns(model: type[Model]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns that are written, and the names under which a row holds their values."""
    fields = [field for field in model._meta.concrete_fields if not _is_serial(field)]  # noqa: SLF001
    return tuple(str(field.column) for field in fields), tuple(field.attname for field in fields)


def _is_serial(field: Any) -> bool:
    return field.primary_key and field.get_internal_type() in {"AutoField", "BigAutoField"}


def _escaped(text: str) -> str:
    # Nearly every text has nothing to escape; and four passes in C are several times faster than one of str.translate.
    if text.isprintable() and "\\" not in text:
        return text
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _array(items: list[Any]) -> str:
    return "{" + ",".join('"' + str(item).translate(_ARRAY_ESCAPES) + '"' for item in items) + "}"


class _Writers(dict[type, Callable[[Any], str]]):
    """How to write a value of each type; what isn't listed is a kind of text, such as a choice."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        return _of_any_kind


def _of_any_kind(value: object) -> str:
    return _escaped(str(value))


_WRITERS = _Writers(
    {
        type(None): lambda _: "\\N",
        bool: lambda value: "t" if value else "f",
        int: str,
        str: _escaped,
        uuid.UUID: attrgetter("hex"),
        Decimal: str,
        datetime: datetime.isoformat,
        # An array's own backslashes are escaped once more for COPY.
        list: lambda value: _escaped(_array(value)),
        dict: lambda value: _escaped(orjson.dumps(value).decode()),
        FieldFile: lambda value: _escaped(value.name or ""),
    }
)
