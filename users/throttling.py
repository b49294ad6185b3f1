"""Budgets of tries, counted in the database so that all processes share them. How large they are is a setting."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F

from core import clock
from core.problems import TooManyRequests
from users.models import Throttle

_TAKE = """
    INSERT INTO users_throttle AS known (key, hits, until)
    SELECT key, 1, until FROM unnest(%s::text[], %s::timestamptz[]) AS taken (key, until) ORDER BY key
    ON CONFLICT (key) DO UPDATE SET
        hits = CASE WHEN known.until <= %s THEN 1 ELSE least(known.hits + 1, 1000000) END,
        until = CASE WHEN known.until <= %s THEN EXCLUDED.until ELSE known.until END
    RETURNING key, hits, until
"""


@dataclass(frozen=True, slots=True)
class Take:
    """One try to be counted: the budget's name in the settings, and whom it is counted for."""

    budget: str
    subject: str

    @property
    def key(self) -> str:
        """Return the row's key; a digest, since the table need not know addresses."""
        return hashlib.sha256(f"{self.budget}\0{self.subject}".encode()).hexdigest()

    @property
    def limit(self) -> int:
        """Return how many tries the budget has."""
        return int(settings.THROTTLES[self.budget][0])

    @property
    def window(self) -> timedelta:
        """Return how long a window of counting lasts."""
        return timedelta(seconds=settings.THROTTLES[self.budget][1])


def throttle_take(*takes: Take) -> None:
    """Count one try in every budget, before it is made, in one statement: parallel tries can't slip through together.

    Raises:
        TooManyRequests: a budget is used up; Retry-After says when its window closes. The try counts nevertheless.
    """
    now = clock.now()
    by_key = {take.key: take for take in takes}
    ends = [now + take.window for take in by_key.values()]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [list(by_key), ends, now, now])
        rows: list[tuple[str, int, datetime]] = cursor.fetchall()
    closes = [until for key, hits, until in rows if hits > by_key[key].limit]
    if closes:
        wait = max(1, math.ceil((max(closes) - now).total_seconds()))
        raise TooManyRequests(f"Too many tries; wait {wait} s.", headers={"Retry-After": str(wait)})


def throttle_give_back(*takes: Take) -> None:
    """Take back one try of each budget: it turned out not to be one that the budget is about."""
    Throttle.objects.filter(key__in=[take.key for take in takes], hits__gt=0).update(hits=F("hits") - 1)


def throttle_clear(*takes: Take) -> None:
    """Forget a budget's tries."""
    Throttle.objects.filter(key__in=[take.key for take in takes]).delete()
