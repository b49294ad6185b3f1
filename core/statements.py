"""Statements that a connection plans once: for the few hot reads whose planning takes longer than themselves.

A name stands for one text only, whoever gives it: behind a pooler that lends a session to one transaction at a time,
another process may have prepared a name in ours, and nobody must ever be answered another question than his own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DatabaseError, connection

MAX_PLANNED = 100
"""Statements that one connection remembers; each takes the server some memory. Others are planned each time."""

_NAME = re.compile(r"%\((\w+)\)s")
_OUTDATED = ("0A", "26", "42")
"""Classes of errors of a plan that fits no more: somebody between us and the server has cleared the session, or given
it to us with our statement in it, or a migration has changed the tables. If it's the text that is wrong, running it
says so again."""


@dataclass(slots=True)
class _Session:
    """What a connection has prepared. `spent` counts the attempts that failed: each may have used up its name."""

    known: dict[str, str] = field(default_factory=dict)
    spent: int = 0


# A connection belongs to one thread, and looking it up here is one step that no other thread can cut through.
_sessions: WeakKeyDictionary[Any, _Session] = WeakKeyDictionary()


def fetch_planned(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a read and return its rows; the connection plans each text once.

    Parameters stand in the text as `%(name)s` and must have a type by where they stand, or by a cast. The text itself
    must be one of a few: what varies from request to request belongs into the parameters.
    """
    if not settings.PLANNED_STATEMENTS:
        return _run(sql, params)
    text, names, digest = _numbered(sql)
    with connection.cursor() as cursor:
        session = _sessions.setdefault(connection.connection, _Session())
        name = session.known.get(text)
        if name is None and len(session.known) + session.spent >= MAX_PLANNED:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
        values = [params[parameter] for parameter in names]
        execution = f" ({', '.join(['%s'] * len(names))})" if names else ""
        try:
            if name is None:
                name = f"planned_{digest}_{session.spent}"
                # Both in one round trip. The server keeps the first also where the second fails.
                cursor.execute(f"PREPARE {name} AS {text}; EXECUTE {name}{execution}", values)
            else:
                cursor.execute(f"EXECUTE {name}{execution}", values)
        except DatabaseError as error:
            is_outdated = (getattr(error.__cause__, "pgcode", None) or "").startswith(_OUTDATED)
            if is_outdated or text not in session.known:
                session.known.pop(text, None)
                session.spent += 1
            # A transaction is lost with its first failure. Outside of one nothing was read, so it's read again.
            if connection.in_atomic_block or not is_outdated:
                raise
            cursor.execute(sql, params)
        else:
            session.known[text] = name
        return list(cursor.fetchall())


def _run(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


@lru_cache(maxsize=500)
def _numbered(sql: str) -> tuple[str, tuple[str, ...], str]:
    """Return the text with `$1` for its first parameter and so on, the parameters' names in that order, a digest."""
    names: list[str] = []

    def number(match: re.Match[str]) -> str:
        if match[1] not in names:
            names.append(match[1])
        return f"${names.index(match[1]) + 1}"

    text = _NAME.sub(number, sql)
    return text, tuple(names), hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
