"""The shop's clock: the one place that asks what time it is, so that a test or a sandbox shop can set it.

Durations of work (time-outs, rates) belong to `time.monotonic`, not here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

_offset: ContextVar[timedelta] = ContextVar("clock_offset", default=timedelta(0))


def now() -> datetime:
    """Return the shop's time: aware, UTC, moved by whatever `moved` block this call stands in."""
    return timezone.now() + _offset.get()


def shop_time(at: datetime) -> datetime:
    """Return the same moment by the shop's own clocks."""
    return at.astimezone(ZoneInfo(settings.SHOP_TIME_ZONE))


def day_of(at: datetime) -> date:
    """Return the shop's own day at a time: promised days begin at its midnight."""
    return timezone.localdate(at, ZoneInfo(settings.SHOP_TIME_ZONE))


def start_of(day: date) -> datetime:
    """Return when one of the shop's own days begins, where midnight is skipped or comes twice too."""
    midnight = datetime.combine(day, time.min, ZoneInfo(settings.SHOP_TIME_ZONE))
    try:
        return midnight.astimezone(UTC)
    except OverflowError:  # The first day or the last one that there is begins outside of time, in Greenwich.
        return midnight.replace(tzinfo=UTC)


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Run a block as if it were `by` later (or earlier, when negative). Blocks nest and add up."""
    token = _offset.set(_offset.get() + by)
    try:
        yield
    finally:
        _offset.reset(token)
