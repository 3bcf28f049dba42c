"""The rules of counting once more, by brute force: the clock on the wall is watched, for days.

Shares no idea with scheduler/workdays.py: local times are read off real instants, never resolved
to them. Slow, and easy to believe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

QUARTER = timedelta(minutes=15)
"""Clocks of the tested zones and years change by whole quarters."""


def watch(start: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """Instants from ``start`` on, each with what the wall shows then."""
    while True:
        yield start, start.astimezone(zone).replace(tzinfo=None, fold=0)
        start += QUARTER


def worked(country: str) -> Callable[[date], bool]:
    """Whether a day is worked in a country that rests on Saturday and Sunday."""
    name, _, part = country.partition("-")
    known = holidays.country_holidays(name, part or None) if name else {}
    return lambda day: f"{day:%a}" not in ("Sat", "Sun") and day not in known


def days_later(
    start: datetime, days: int, zone: ZoneInfo, counts: Callable[[date], bool] | None
) -> datetime:
    """``days`` more days that count (None: every one in the calendar), at the time of ``start``.

    If the wall jumps over that time, it is the moment when a clock that nobody had put forward
    would show it.
    """
    first = start.astimezone(zone).replace(tzinfo=None, fold=0)
    day = first.date() if counts else first.date() + timedelta(days=days)
    before = start, first
    for instant, wall in watch(start, zone):
        if counts and days and wall.date() > day:
            day = wall.date()
            days -= counts(day)
        wish = datetime.combine(day, first.time())
        if (not counts or not days) and wall >= wish:
            return before[0] + (wish - before[1]) if wall > wish else instant
        before = instant, wall
    raise AssertionError


def day_ends(day: date, zone: ZoneInfo) -> datetime:
    """The first instant whose wall shows a later day."""
    start = datetime.combine(day, time(0), UTC) - timedelta(days=1)
    return next(instant for instant, wall in watch(start, zone) if wall.date() > day)
