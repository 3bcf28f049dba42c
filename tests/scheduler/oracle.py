"""The rules of counting once more, by brute force: the clock on the wall is watched, for days.

Shares no idea with scheduler/workdays.py: local times are read off real instants, never resolved
to them. Slow, and easy to believe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from scheduler.facts import Judgement, ScorecardFacts, Status
from scheduler.policy import Policy

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


def ends(facts: ScorecardFacts, policy: Policy) -> datetime | None:
    if facts.ends_at is None and facts.ends_on is not None:
        return day_ends(facts.ends_on, policy.zone)
    return facts.ends_at


def due(facts: ScorecardFacts, policy: Policy, country: str) -> datetime | None:
    """What was stamped for this end, or else the end and N days on the wall after it."""
    end = ends(facts, policy)
    if end is None or (facts.due_at and facts.due_for == end):
        return end and facts.due_at
    counts = worked(country) if policy.day_count == "business" else None
    usual = days_later(end, policy.due_after_days, policy.zone, counts)
    joined = facts.joined_at
    if joined is None or joined <= usual:
        return usual
    return days_later(joined, policy.due_after_days, policy.zone, counts)


def status(facts: ScorecardFacts, policy: Policy, now: datetime, country: str) -> str:
    """What a scorecard is, by striking out one answer after the other."""
    end = ends(facts, policy)
    deadline = due(facts, policy, country)

    def happened(moment: datetime | None) -> bool:
        return moment is not None and not moment > now

    answers = {
        "unknown": end is None
        or not facts.can_tell
        or not facts.application_readable
        or "unknown" in (facts.interview_state, facts.application_state),
        "submitted": happened(facts.submitted_at),
        "cancelled": facts.interview_deleted_at is not None
        or facts.removed_at is not None
        or facts.interview_state in ("cancelled", "unscheduled"),
        "upcoming": not happened(end),
        "overdue": deadline is not None and now > deadline,
    }
    late = bool(facts.submitted_at and deadline and facts.submitted_at > deadline)
    if answers["cancelled"]:
        return "cancelled"
    if not facts.required:
        return "excused"
    if answers["submitted"]:
        return "submitted_late" if late else "submitted"
    if settles(facts, end, now):
        return "excused"
    if answers["unknown"]:
        return "unknown"
    if answers["upcoming"]:
        return "upcoming"
    declined = facts.attendance == "declined" and policy.declined_is_excused
    finished = facts.application_state not in ("active", "unknown") or facts.job_is_open is False
    stopped = finished and policy.closed_application == "stop"
    if declined or stopped or facts.interview_state == "complete":
        return "excused"
    return "overdue" if answers["overdue"] else "awaiting"


def settles(facts: ScorecardFacts, end: datetime | None, now: datetime) -> bool:
    """Whether the last word of the interviewer, of those that hold, is that nothing is owed."""
    said = [a for a in facts.answers if a.at <= now and not (a.undone_at and a.undone_at <= now)]
    said = [a for a in said if end is None or not a.at < end]
    said.sort(key=lambda each: (each.at, each.id))
    return bool(said) and said[-1].kind != "snooze"


def numbers(rows: list[tuple[ScorecardFacts, Judgement]]) -> dict[str, Any]:
    """The figures of some scorecards, with fractions and counting instead of ranks."""
    seven = set(Status) - {Status.UPCOMING}
    count = {str(name): len([j for _, j in rows if j.status == name]) for name in seven}
    done = count["submitted"] + count["submitted_late"]
    taken = [
        max(0.0, (f.submitted_at - j.ended_at).total_seconds() / 3600)
        for f, j in rows
        if j.status.startswith("submitted") and f.submitted_at and j.ended_at
    ]

    def reached_by(share: Fraction) -> float | None:
        enough = [x for x in taken if sum(y <= x for y in taken) >= share * len(taken)]
        return min(enough, default=None)

    def of(part: int, whole: int) -> float | None:
        return float(Fraction(part, whole)) if whole else None

    expected = done + count["overdue"] + count["awaiting"]
    return {
        "counts": count,
        "expected": expected,
        "submission_rate": of(done, expected),
        "on_time_rate": of(count["submitted"], done + count["overdue"]),
        "excused_rate": of(count["excused"], expected + count["excused"]),
        "time_to_feedback": {
            "n": done,
            "median_hours": reached_by(Fraction(1, 2)),
            "p90_hours": reached_by(Fraction(9, 10)),
        },
    }
