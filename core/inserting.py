"""Writing rows of several tables in one statement. Single rows and rows of one table are the ORM's own business."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import AutoField, Model
from django.db.models.sql import InsertQuery


def insert_together(rows: Sequence[Model]) -> None:
    """Insert new rows of any tables in one round trip: placing an order writes to six of them.

    Foreign keys may point from one of the rows to another in any order, since they are checked at commit. Keys that the
    database gives (AutoField) are not read back. The INSERTs are the ORM's, side by side in one WITH; for its compiler
    there is no public door.
    """
    by_model: dict[type[Model], list[Model]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(row)
    statements: list[str] = []
    parameters: list[Any] = []
    for model, of_model in by_model.items():
        query = InsertQuery(model)
        columns = model._meta.concrete_fields  # noqa: SLF001 (Django documents it)
        query.insert_values([column for column in columns if not isinstance(column, AutoField)], of_model)
        for statement, values in query.get_compiler(connection=connection).as_sql():
            statements.append(f"t{len(statements)} AS ({statement})")
            parameters.extend(values)
    if not statements:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(statements)} SELECT 1", parameters)
    for row in rows:
        state = row._state  # noqa: SLF001 (what `Model.save` does too)
        state.adding, state.db = False, connection.alias
