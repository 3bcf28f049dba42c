"""What the rows themselves say, read plainly for the auditor. Pure.

Shares no rule with what decides and sends: it does not import policy.py, deciding.py, plan.py,
judging.py or sparing.py, and knows of a rule only the numbers. Where it cannot be sure it keeps
silent; a false alarm would cost more trust than a late one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.model import ApplicationState, InterviewState
from scheduler.answers import Answer, AnswerKind
from scheduler.facts import ScorecardFacts
from scheduler.store.values import Event, SaidRow
from scheduler.workdays import WorkCalendar

HAND_OVER = "hand over"
"""How the steps begin at which a colleague hears that something was handed over to them."""
ARRIVED = frozenset({"sent", "unknown"})
CLOSING = {"submitted": True, "reopened": False}
PANEL = {"panel_removed": True, "panel_added": False}
STANDING = {"cancelled": True, "deleted": True, "revived": False, "state": False}


def spoken_at(row: SaidRow) -> datetime:
    """When a message went out as far as the rows know: of one in doubt, when it was decided."""
    return row.finished_at if row.state == "sent" and row.finished_at else row.created_at


def ended(facts: ScorecardFacts) -> datetime | None:
    """The end that the due moment was stamped for; the stamp knows the company's zone."""
    return facts.ends_at or facts.due_for


def due(facts: ScorecardFacts) -> datetime | None:
    """The stamped due moment, while it belongs to the end the interview has now."""
    mine = facts.ends_at is None or facts.due_for == facts.ends_at
    return facts.due_at if mine else None


def known_against(facts: ScorecardFacts, row: SaidRow, events: Iterable[Event]) -> str | None:
    """Why it must not have been spoken about, as it was known before that moment; or None."""
    at = spoken_at(row)
    handed_in = off_the_panel = called_off = False
    for event in events:
        mine = event.interviewer_id in (None, facts.key.interviewer_id)
        if event.at >= at or not mine:
            continue
        handed_in = CLOSING.get(event.event, handed_in)
        off_the_panel = PANEL.get(event.event, off_the_panel)
        called_off = STANDING.get(event.event, called_off)
    if handed_in:
        return "it was handed in"
    if off_the_panel:
        return "its interviewer was off the panel"
    if called_off:
        return "its interview was called off"
    return answered(facts, row, at)


def answered(facts: ScorecardFacts, row: SaidRow, at: datetime) -> str | None:
    """Why an answer forbade to speak at a moment, or None. A void one (from before the interview's
    end) forbids nothing."""
    answer = standing(facts, at)
    if answer is None or row.step.startswith(HAND_OVER):
        return None
    if answer.kind is AnswerKind.SNOOZE:
        return "it was snoozed" if answer.until is not None and at < answer.until else None
    return f"it was answered: {answer.kind.replace('_', ' ')}"


def standing(facts: ScorecardFacts, at: datetime) -> Answer | None:
    """The last answer given before a moment and not taken back by then."""
    end = ended(facts)
    found: Answer | None = None
    for each in sorted(facts.answers, key=lambda a: (a.at, a.id)):
        taken_back = each.undone_at is not None and each.undone_at <= at
        if each.at < at and not taken_back and (end is None or each.at >= end):
            found = each
    return found


def speakable(facts: ScorecardFacts, now: datetime) -> bool:
    """Whether nothing at all in the row speaks against asking this interviewer, surely."""
    person = facts.interviewer
    return (
        facts.submitted_at is None
        and facts.removed_at is None
        and facts.interview_deleted_at is None
        and facts.interview_state is InterviewState.STANDING
        and facts.application_state is ApplicationState.ACTIVE
        and facts.application_readable
        and facts.required
        and facts.can_tell
        and facts.attendance is None
        and facts.job_is_open is not False
        and facts.fresh_as_of is None
        and standing(facts, now) is None
        and person.active
        and bool(person.email)
        and not person.shares_address
    )


def workdays_between(start: datetime, end: datetime, zone: ZoneInfo, calendar: WorkCalendar) -> int:
    """Whole working days that lie between the days of two moments, neither of them counted."""
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    days = (last - first).days
    return sum(calendar.is_workday(first + timedelta(days=n)) for n in range(1, max(days, 1)))


def later_by(start: datetime, days: int, zone: ZoneInfo, calendar: WorkCalendar) -> datetime:
    """At least so many days later, however the policy counts them: by working days."""
    at = start
    while days > 0:
        at += timedelta(days=1)
        days -= calendar.is_workday(at.astimezone(zone).date())
    return at


def same_day(one: datetime, other: datetime, zones: Iterable[ZoneInfo]) -> bool:
    """Whether two moments lie on one day, in whichever of the zones it is looked at."""
    return all(one.astimezone(z).date() == other.astimezone(z).date() for z in zones)


def within(at: datetime, zones: Iterable[ZoneInfo], spans: Sequence[tuple[time, time]]) -> bool:
    """Whether it is working time in any of the zones by any of the spans."""
    walls = [at.astimezone(zone).time() for zone in zones]
    return any(start <= wall < end for wall in walls for start, end in spans)


def on_a_workday(
    at: datetime, zones: Iterable[ZoneInfo], calendars: Sequence[WorkCalendar]
) -> bool:
    days: set[date] = {at.astimezone(zone).date() for zone in zones}
    return any(calendar.is_workday(day) for calendar in calendars for day in days)
