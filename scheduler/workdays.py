"""Days that count, weeks and office hours, always in a named zone. Pure: no I/O, no clock.

Two rules hold wherever a local time is turned into an instant: a local time that a clock change
skipped moves forward by the gap (02:30 becomes 03:30), and one that happens twice is the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

_DAY = timedelta(days=1)
_LABEL = re.compile(r"([0-9]{4})-W([0-9]{2})")
_YEARS = range(1970, 2200)
"""Weeks outside of these are typing errors, and near year 9999 dates overflow."""


class DayCount(StrEnum):
    """How N days are counted."""

    BUSINESS = "business"
    CALENDAR = "calendar"


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name such as ``Europe/Berlin``. ValueError, in one sentence."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"{name!r} is not a known time zone: use an IANA name such as Europe/Berlin or UTC"
        ) from None


@lru_cache(maxsize=512)
def _days_off(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Weekends and public holidays of a year.

    Built whole and never changed, because the library's own calendars fill up as they are asked,
    which two threads must not do at once. It knows weekends that are not Saturday and Sunday,
    weekends that a country changed one day, and weekend days that are worked instead.
    """
    known = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    first = date(year, 1, 1)
    days = (first + n * _DAY for n in range((date(year + 1, 1, 1) - first).days))
    return frozenset(day for day in days if not known.is_working_day(day))


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Which days are worked. Build it with ``of``; the plain one knows Saturday and Sunday."""

    country: str = ""
    subdivision: str = ""

    @classmethod
    def of(cls, country: str) -> WorkCalendar:
        """The calendar of ``US``, ``DE-BY`` (country and subdivision), or "" for weekends only.

        Raises ValueError, in one sentence, for a country or subdivision the library lacks.
        """
        if not country.strip():
            return cls()
        wanted, dash, part = country.strip().upper().partition("-")
        known = holidays.list_supported_countries().get(wanted)
        spelled = {"": "", **{each.upper(): each for each in known or ()}}
        if known is None or part not in spelled or (dash and not part):
            raise ValueError(
                f"{country!r} has no known public holidays: use a country code such as US, or a "
                "country and subdivision such as DE-BY, or nothing for weekends only"
            )
        return cls(wanted, spelled[part])

    def is_workday(self, day: date) -> bool:
        """Whether people work on this day."""
        if not self.country:
            return day.weekday() < 5
        return day not in _days_off(self.country, self.subdivision, day.year)


def _instant(day: date, at: time, where: ZoneInfo) -> datetime:
    """The UTC instant of a local time. ``fold=0`` is what makes both rules of this module true."""
    return datetime.combine(day, at.replace(fold=0), where).astimezone(UTC)


@lru_cache(maxsize=4096)
def _counts(day: date, where: ZoneInfo, calendar: WorkCalendar) -> bool:
    """Whether a day is worked; a day that a zone skipped (Samoa, 30 December 2011) is not."""
    noon = _instant(day, time(12), where).astimezone(where)
    return calendar.is_workday(day) and noon.date() == day


def add_days(
    start: datetime, days: int, count: DayCount, zone: ZoneInfo, calendar: WorkCalendar
) -> datetime:
    """``days`` later at the same wall-clock time of the zone. UTC in, UTC out.

    BUSINESS counts only days that are worked, beginning with the day after ``start``: Friday 18:00
    plus 1 and Saturday 18:00 plus 1 are both Monday 18:00. CALENDAR counts every day. 0 days is
    ``start`` itself, also on a Sunday. Raises ValueError for a negative number.
    """
    if days < 0:
        raise ValueError(f"days are counted forwards, not {days}")
    if days == 0:
        return start
    local = start.astimezone(zone)
    day = local.date()
    for _ in range(days):
        day += _DAY
        while count is DayCount.BUSINESS and not _counts(day, zone, calendar):
            day += _DAY
    return _instant(day, local.time(), zone)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The midnight that ends a day in the zone, in UTC."""
    return _instant(day + _DAY, time(0), zone)


def within_hours(
    now: datetime, zone: ZoneInfo, calendar: WorkCalendar, opens: time, closes: time
) -> bool:
    """Whether people are at work: a working day, and ``opens`` <= the local time < ``closes``.

    Raises ValueError unless ``opens`` is before ``closes``.
    """
    if opens >= closes:
        raise ValueError(f"office hours must open before they close, not {opens} to {closes}")
    local = now.astimezone(zone)
    return calendar.is_workday(local.date()) and opens <= local.time() < closes


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO week: Monday 00:00 to the next Monday 00:00, in whatever zone it is asked for."""

    year: int
    """The ISO year, which may differ from the calendar year around 1 January."""
    number: int

    def __post_init__(self) -> None:
        try:
            if self.year not in _YEARS:
                raise ValueError
            date.fromisocalendar(self.year, self.number, 1)
        except ValueError:
            raise ValueError(
                f"there is no week {self.label}: use an ISO week that exists, such as 2026-W46"
            ) from None

    @classmethod
    def parse(cls, label: str) -> Week:
        """The week of a label such as ``2026-W46``. ValueError, in one sentence."""
        found = _LABEL.fullmatch(label)
        if not found:
            raise ValueError(f"{label!r} is not a week: write an ISO week such as 2026-W46")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def containing(cls, instant: datetime, zone: ZoneInfo) -> Week:
        """The week in which an aware instant lies in the zone."""
        return cls._of(instant.astimezone(zone).date())

    @classmethod
    def _of(cls, day: date) -> Week:
        year, number, _ = day.isocalendar()
        return cls(year, number)

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def label(self) -> str:
        return f"{self.year:04}-W{self.number:02}"

    def start(self, zone: ZoneInfo) -> datetime:
        """Monday 00:00 in the zone, in UTC; belongs to the week."""
        return _instant(self.monday, time(0), zone)

    def end(self, zone: ZoneInfo) -> datetime:
        """The next Monday 00:00 in the zone, in UTC; belongs to the next week."""
        return _instant(self.monday + 7 * _DAY, time(0), zone)

    def next(self) -> Week:
        return self._of(self.monday + 7 * _DAY)

    def previous(self) -> Week:
        return self._of(self.monday - 7 * _DAY)
