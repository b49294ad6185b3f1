"""Taking protections away, to see that a test notices."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def without_constraints(table: str, *names: str) -> Iterator[None]:
    """Drop rules of a table for a while. All its rows are gone afterwards, since they may break the rules."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND conname = ANY(%s)",
            [table, list(names)],
        )
        definitions = dict(cursor.fetchall())
        assert set(definitions) == set(names)
        for name in names:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table} CASCADE")
            for name, definition in definitions.items():
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def without(text: str, *parts: str) -> str:
    """Return a statement without some of its parts, each of which must be there."""
    for part in parts:
        assert part in text, part
        text = text.replace(part, "")
    return text
