"""When something that is ordered now arrives: pure, in the shop's own days. What is asked of the clock is given."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """On which days a method is sent and under way: weekdays by ISO numbers (Monday is 1), less its holidays.

    What is ordered on such a day before the cut-off time leaves the same day; without one, until midnight.
    """

    working_days: Collection[int]
    holidays: Collection[date] = ()
    cutoff_time: time | None = None

    def is_working(self, day: date) -> bool:
        """Tell whether anything moves on a day."""
        return day.isoweekday() in self.working_days and day not in self.holidays

    def leaves_on(self, ordered_at: datetime, ready_on: date | None = None) -> date:
        """Return the day on which it leaves; not before the goods are there. `ordered_at` is the shop's time."""
        day = ordered_at.date()
        if self.cutoff_time is not None and ordered_at.time() >= self.cutoff_time:
            day += _DAY
        day = day if ready_on is None else max(day, ready_on)
        while not self.is_working(day):
            day += _DAY
        return day

    def after(self, day: date, count: int) -> date:
        """Return the day that is so many working days after a day."""
        for _ in range(count):
            day += _DAY
            while not self.is_working(day):
                day += _DAY
        return day


def delivery_window(
    calendar: Calendar,
    ordered_at: datetime,
    *,
    min_days: int | None,
    max_days: int | None,
    ready_on: date | None = None,
) -> tuple[date | None, date | None]:
    """Return the first and the last day of arrival; None where the method doesn't say, or calendars end before."""
    try:
        leaves_on = calendar.leaves_on(ordered_at, ready_on)
        ends = [None if days is None else calendar.after(leaves_on, days) for days in (min_days, max_days)]
    except OverflowError:
        return None, None
    return ends[0], ends[1]
