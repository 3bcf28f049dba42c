"""When a person may be written to: working hours, holidays and absence, in their own zone. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from scheduler.facts import PersonFacts
from scheduler.workdays import DayCount, WorkCalendar, add_days, within_hours, zone

Span = tuple[time, time]
"""From the first until just before the second, on one day."""

MIDNIGHT = time.max
"""The end of a stretch that lasts until the day is over."""

AHEAD = timedelta(days=60)
"""So far the next working hour is looked for; no run of holidays is longer."""


def hour(at: time) -> str:
    """``17:00``; the end of the day is ``24:00``."""
    return "24:00" if at == MIDNIGHT else f"{at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Hours:
    """One person's."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    work: Span = (time(9), time(17))
    quiet: tuple[Span, ...] = ()
    """Parts of the working hours in which nobody writes."""
    away_until: datetime | None = None
    """Out of office as far as the channel shows it."""

    def open_at(self, now: datetime) -> bool:
        """Whether this person may be written to now."""
        if self.away_until is not None and now < self.away_until:
            return False
        here = now.astimezone(self.zone).time()
        if any(start <= here < end for start, end in self.quiet):
            return False
        return within_hours(now, self.zone, self.calendar, *self.work)

    def next_open(self, now: datetime) -> datetime | None:
        """The first moment from ``now`` on at which this person may be written to, in UTC.

        None: there is none in the next 60 days. Where a clock change repeats an hour, the hours
        that would open a second time in it are not looked for.
        """
        start = max(now, self.away_until or now)
        if self.open_at(start):
            return start
        return next((each for each in self._beginnings(start) if self.open_at(each)), None)

    def _beginnings(self, start: datetime) -> Iterator[datetime]:
        """Moments after ``start`` at which a stretch of the working hours may begin, in order."""
        first = start.astimezone(self.zone).date()
        at = sorted({self.work[0], *(end for _, end in self.quiet)})
        for days in range(AHEAD.days):
            day = first + timedelta(days=days)
            if not self.calendar.is_workday(day):
                continue
            moments = (datetime.combine(day, each, self.zone).astimezone(UTC) for each in at)
            yield from (each for each in sorted(moments) if each > start)

    def today(self, now: datetime) -> date:
        """The day it is for this person."""
        return now.astimezone(self.zone).date()

    def workdays_after(self, instant: datetime, days: int) -> date:
        """The day of this person that is so many working days after that of ``instant``."""
        noon = datetime.combine(self.today(instant), time(12), self.zone).astimezone(UTC)
        return self.today(add_days(noon, days, DayCount.BUSINESS, self.zone, self.calendar))


@dataclass(frozen=True, slots=True)
class Own:
    """What the policy says about one person; None: as for everybody."""

    zone: ZoneInfo | None = None
    calendar: WorkCalendar | None = None
    work: Span | None = None
    quiet: tuple[Span, ...] | None = None


class Presence(Protocol):
    """What a channel shows of a person."""

    @property
    def zone(self) -> str | None:
        """Text as the channel gives it, not checked."""

    @property
    def away_until(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Working:
    """What people's hours are found from."""

    usual: Hours = field(default_factory=Hours)
    """The company's: its zone and calendar, everybody's hours of work."""
    people: Mapping[str, Own] = field(default_factory=dict)
    """By lower-case mail address."""
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    """By the name of a zone: whose holidays count there, where the policy says so."""

    def of(self, person: PersonFacts, member: Presence | None = None) -> Hours:
        """A person's hours: what the policy says of them, else what Slack shows, else the ATS.

        A zone that is not one (case 53) counts as not given; without any it is the company's. The
        days off are the person's own if the policy says so, else those of the zone, else the
        company's. A room (an address without @) keeps the company's hours.
        """
        usual = self.usual
        address = (person.email or "").strip().lower()
        own = self.people.get(address, Own())
        told = (_zone(member.zone if member else None), _zone(person.zone))
        where = own.zone or told[0] or told[1] or usual.zone
        return replace(
            usual,
            zone=where,
            calendar=own.calendar or self.calendars.get(where.key, usual.calendar),
            work=own.work or usual.work,
            quiet=usual.quiet if own.quiet is None else own.quiet,
            away_until=member.away_until if member else None,
        )


@lru_cache(maxsize=512)
def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return zone(name.strip()) if name and name.strip() else None
    except ValueError:
        return None
