"""When a person may be written to: working hours, holidays and absence, in their own zone. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from scheduler.workdays import WorkCalendar, within_hours

Span = tuple[time, time]
"""From the first until just before the second, on one day."""


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


@dataclass(frozen=True, slots=True)
class Own:
    """What the policy says about one person; None: as for everybody."""

    zone: ZoneInfo | None = None
    calendar: WorkCalendar | None = None
    work: Span | None = None
    quiet: tuple[Span, ...] | None = None


@dataclass(frozen=True, slots=True)
class Working:
    """What people's hours are found from."""

    usual: Hours = field(default_factory=Hours)
    """The company's: its zone and calendar, everybody's hours of work."""
    people: Mapping[str, Own] = field(default_factory=dict)
    """By lower-case mail address."""
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    """By the name of a zone: whose holidays count there, where the policy says so."""
