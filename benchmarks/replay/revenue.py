"""Revenue by month, asked twice: of the shop's books, and of the file as it is, by one SQL query each."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import connection

from benchmarks.replay.invoices import opened

_OF_SHOP = """
SELECT to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM'),
       SUM(CASE e.kind WHEN 'captured' THEN e.amount WHEN 'refunded' THEN -e.amount ELSE 0 END)::bigint
FROM payments_paymentevent e
WHERE e.created_at >= %s
GROUP BY 1
"""
_TABLE = """
CREATE TEMP TABLE raw_lines (
    invoice text, code text, description text, quantity bigint, at timestamp, price numeric, customer text, country text
)
"""
# The file has a price of a tenth of a penny; a month is rounded once, as a whole.
_OF_FILE = """
SELECT to_char(at, 'YYYY-MM'), ROUND(SUM(quantity * price) * 100)::bigint
FROM raw_lines GROUP BY 1
"""


def of_shop(since: datetime) -> dict[str, int]:
    """Return what came in less what went back, in pence by month, from a time on."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_SHOP, [since])
        return dict(cursor.fetchall())


def of_file(path: Path) -> dict[str, int]:
    """Return the sum of quantity times price, in pence by month."""
    with connection.cursor() as cursor, opened(path) as file:
        cursor.execute(_TABLE)
        cursor.cursor.copy_expert("COPY raw_lines FROM STDIN (FORMAT csv, HEADER true)", file)
        cursor.execute(_OF_FILE)
        found = dict(cursor.fetchall())
        cursor.execute("DROP TABLE raw_lines")
    return found
