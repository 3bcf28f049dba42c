"""The truth about every scorecard of a world at an instant, read off the story itself.

It shares no code with the dialect, so that a test can hold against it what came over the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from plugin.sandbox.company import Company
from plugin.sandbox.entities import Interview, Person, Schedule, Seat

DOCUMENTED = {"scheduled", "awaiting_feedback", "complete"}


class State(StrEnum):
    UPCOMING = "upcoming"
    """The interview is not over."""
    OPEN = "open"
    """Over, asked for, and not handed in."""
    SUBMITTED = "submitted"
    CANCELLED = "cancelled"
    EXCUSED = "excused"
    UNKNOWN = "unknown"
    """The interview has a status that nobody documents."""


@dataclass(frozen=True)
class Expected:
    """One panel member who was given a card for one interview that had a date."""

    interview_id: str
    interviewer_id: str
    email: str
    ends_at: datetime | None
    ends_on: date | None
    """The last day as the ATS writes it, for all-day events."""
    submitted_at: datetime | None
    state: State
    reason: str
    """For cancelled and excused: skipped, deleted, erased, unscheduled; off_the_panel,
    not_required, card_deleted."""
    quiet: tuple[str, ...]
    """Why nobody may be nudged although it may be open: person_left, application_rejected,
    application_hired, application_hidden, declined."""


def expected(world: Company, now: datetime) -> list[Expected]:
    """By interview and interviewer, ids ascending; of two seats of one person the later."""
    found: dict[tuple[int, int], Expected] = {}
    for interview in world.interviews:
        schedule = _last_schedule(interview, now)
        if schedule is None:
            continue
        for seat in interview.seats:
            if seat.created_at <= now and seat.person is not None and seat.card is not None:
                key = (interview.id, seat.person.id)
                found[key] = _truth(interview, seat, seat.person, schedule, now)
    return [found[key] for key in sorted(found)]


def _last_schedule(interview: Interview, now: datetime) -> Schedule | None:
    """The latest schedule with a date; None for scaffolding."""
    dated = [s for _, _, s in interview.schedule.periods(now) if s.over_at is not None]
    return dated[-1] if dated else None


def _truth(
    interview: Interview, seat: Seat, person: Person, schedule: Schedule, now: datetime
) -> Expected:
    submitted_at = _submitted_at(interview, person, schedule, now)
    state, reason = _state(interview, seat, schedule, submitted_at, now)
    return Expected(
        interview_id=str(interview.id),
        interviewer_id=str(person.id),
        email=person.email,
        ends_at=schedule.ends_at,
        ends_on=schedule.end_on,
        submitted_at=submitted_at,
        state=state,
        reason=reason,
        quiet=_quiet(interview, seat, person, now),
    )


def _submitted_at(
    interview: Interview, person: Person, schedule: Schedule, now: datetime
) -> datetime | None:
    """The first hand-in, of the placeholder or of an extra card after the interview's start."""
    instants = []
    for card in interview.cards:
        handed_in = card.submission.at(now) if card.created_at <= now else None
        if card.interviewer is not person or handed_in is None or not card.exists(now):
            continue
        early = schedule.starts_at is not None and handed_in.at < schedule.starts_at
        if not (card.extra and early):
            instants.append(handed_in.at)
    return min(instants, default=None)


def _state(
    interview: Interview,
    seat: Seat,
    schedule: Schedule,
    submitted_at: datetime | None,
    now: datetime,
) -> tuple[State, str]:
    over_at = schedule.over_at
    assert seat.card is not None
    assert over_at is not None
    called_off = _called_off(interview, now)
    if called_off:
        return State.CANCELLED, called_off
    if (interview.fixed.at(now) or "complete") not in DOCUMENTED:
        return State.UNKNOWN, ""
    if seat.gone_at is not None and seat.gone_at <= now:
        return State.EXCUSED, "off_the_panel"
    if interview.slot.require_scorecard is False:
        return State.EXCUSED, "not_required"
    if submitted_at is not None:
        return State.SUBMITTED, ""
    if seat.card.gone_at is not None and seat.card.gone_at <= now:
        return State.EXCUSED, "card_deleted"
    return (State.UPCOMING if now < over_at else State.OPEN), ""


def _called_off(interview: Interview, now: datetime) -> str:
    """Why the meeting does not count; empty when it stands."""
    if any(at <= now and whole for at, whole in interview.application.candidate.erased):
        return "erased"
    if interview.gone_at is not None and interview.gone_at <= now:
        return "deleted"
    if interview.fixed.at(now) == "skipped":
        return "skipped"
    return "unscheduled" if interview.schedule.at(now).over_at is None else ""


def _quiet(interview: Interview, seat: Seat, person: Person, now: datetime) -> tuple[str, ...]:
    application = interview.application
    status = application.status.at(now)
    reasons = []
    if not person.active.at(now):
        reasons.append("person_left")
    if status != "in_process":
        reasons.append(f"application_{status}")
    if application.candidate.private:
        reasons.append("application_hidden")
    if seat.response.at(now) == "declined":
        reasons.append("declined")
    return tuple(reasons)
