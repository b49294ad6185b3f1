"""Statements that a connection plans once: for the few hot reads whose planning takes longer than themselves."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import OperationalError, connection
from psycopg2 import errorcodes

MAX_PLANNED = 100
"""Statements that one connection remembers; each takes the server some memory. Others are planned each time."""

_NAME = re.compile(r"%\((\w+)\)s")
_number = itertools.count(1)
_planned: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()


def fetch_planned(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a read and return its rows; the connection plans each text once.

    Parameters stand in the text as `%(name)s` and must have a type by where they stand, or by a cast. The text itself
    must be one of a few: what varies from request to request belongs into the parameters.
    """
    if not settings.PLANNED_STATEMENTS:
        return _run(sql, params)
    text, names = _numbered(sql)
    with connection.cursor() as cursor:
        known = _planned.setdefault(connection.connection, {})
        name = known.get(text)
        if name is None and len(known) >= MAX_PLANNED:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
        places = ", ".join(["%s"] * len(names))
        values = [params[parameter] for parameter in names]
        if name is None:
            name = f"planned_{next(_number)}"
            # Both in one round trip. The server keeps the first also where the second fails, so the name is spent.
            cursor.execute(f"PREPARE {name} AS {text}; EXECUTE {name} ({places})", values)
            known[text] = name
        else:
            try:
                cursor.execute(f"EXECUTE {name} ({places})", values)
            except OperationalError as error:
                if getattr(error.__cause__, "pgcode", None) != errorcodes.INVALID_SQL_STATEMENT_NAME:
                    raise
                # Somebody between us and the server has cleared the session. Nothing was read, so it's read again.
                known.clear()
                cursor.execute(sql, params)
        return list(cursor.fetchall())


def _run(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


@lru_cache(maxsize=500)
def _numbered(sql: str) -> tuple[str, tuple[str, ...]]:
    """Return the text with `$1` for its first parameter and so on, and the parameters' names in that order."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    return _NAME.sub(number, sql), tuple(names)
