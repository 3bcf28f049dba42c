"""The rules: what a scorecard is at a moment, and whether somebody is spoken to about it.

Pure: everything comes in as arguments, ``now`` included, and nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from connectors.model import ApplicationState, require_utc
from scheduler.facts import (
    Audience,
    Decision,
    Judgement,
    PersonFacts,
    ScorecardFacts,
    Status,
    Step,
    Told,
)
from scheduler.workdays import DayCount, WorkCalendar, add_days, end_of_day


@dataclass(frozen=True, slots=True)
class Place:
    """A place on the ladder before it has a moment."""

    name: str
    audience: Audience
    days_later: int
    """After the place before it, or after ``due_at``; counted as the policy counts days."""
    address: str | None = None
    """Of a FIXED audience: a mail address, ``#channel`` or ``teams``."""
    channel: str | None = None
    """The one channel that may carry it; None: the first that reaches the person."""


LADDER = (
    Place("nudge 1", Audience.INTERVIEWER, 0),
    Place("nudge 2", Audience.INTERVIEWER, 2),
    Place("escalation 1", Audience.RECRUITER, 2),
)
"""Then silence: what three messages did not bring, a fourth will not."""

REST = timedelta(hours=20)
"""At least this long between two steps about one scorecard, whoever hears them. Less than a day,
so that a daily run which starts a little early one morning does not lose that day."""

OPEN_APPLICATIONS = (ApplicationState.ACTIVE, ApplicationState.UNKNOWN)
"""Not closed as far as anybody knows; with an unknown state a missing scorecard is unknown too."""


class ClosedApplication(StrEnum):
    """What becomes of a missing scorecard once its application (or requisition) is closed."""

    NUDGE = "nudge"
    ONLY_REPORT = "only_report"
    """Nobody is spoken to, and it still counts as overdue."""
    STOP = "stop"
    """Excused."""


@dataclass(frozen=True, slots=True)
class Rule:
    """An exception of the policy: where it applies, and what is different there.

    Patterns are shell patterns, compared without regard to case; those of one kind are
    alternatives, the kinds must all match; a kind without patterns matches everything.
    """

    departments: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    """Names or ids."""
    stages: tuple[str, ...] = ()
    interviews: tuple[str, ...] = ()
    """Names."""
    final_round: bool | None = None
    due_after_days: int | None = None
    day_count: DayCount | None = None
    ladder: tuple[Place, ...] | None = None
    closed_application: ClosedApplication | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """N, how days count, and from when on people are spoken to."""

    due_after_days: int = 2
    day_count: DayCount = DayCount.BUSINESS
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """The company's."""
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    nudge_since: datetime | None = None
    """Nobody is spoken to about interviews that ended before this; None: about none at all."""
    declined_is_excused: bool = True
    """Whether somebody who declined the invitation in the calendar owes nothing."""
    ladder: tuple[Place, ...] = LADDER
    closed_application: ClosedApplication = ClosedApplication.ONLY_REPORT
    rules: tuple[Rule, ...] = ()
    """Later ones win, each field for itself."""
    final_rounds: tuple[str, ...] = ("*final*", "*onsite*", "*on-site*")
    """Patterns of the stage's or interview's name by which a final round is known."""

    def __post_init__(self) -> None:
        require_utc(self)


def ended_at(facts: ScorecardFacts, policy: Policy) -> datetime | None:
    """When the interview ends or ended, in UTC; None without a date.

    An all-day interview ends with its last day in the company's zone.
    """
    if facts.ends_at is None and facts.ends_on is not None:
        return end_of_day(facts.ends_on, policy.zone)
    return facts.ends_at


def due_at(ended: datetime, policy: Policy) -> datetime:
    """The end of the interview plus N days as the policy counts them. UTC in, UTC out."""
    return add_days(ended, policy.due_after_days, policy.day_count, policy.zone, policy.calendar)


def steps(due: datetime, policy: Policy) -> tuple[Step, ...]:
    """The ladder with its moments, for a scorecard that is due then."""
    found: list[Step] = []
    at = due
    for place in policy.ladder:
        at = add_days(at, place.days_later, policy.day_count, policy.zone, policy.calendar)
        found.append(Step(place.name, place.audience, at))
    return tuple(found)


def undeliverable(facts: ScorecardFacts) -> str | None:
    """Why the interviewer cannot be reached, in plain words, or None."""
    if not facts.interviewer.active:
        return "the interviewer's account is deactivated"
    if not facts.interviewer.email:
        return "the ATS has no address for the interviewer"
    if facts.interviewer.shares_address:
        return "the interviewer's address belongs to several people in the ATS"
    return None


def escalation_target(facts: ScorecardFacts) -> PersonFacts | None:
    """Whom to ask for help: recruiters, coordinators, hiring managers, then the own manager.

    Somebody who has left, has no address or owes this very scorecard is passed over.
    """
    own = (facts.interviewer.email or "").casefold()
    around = (*facts.recruiters, *facts.coordinators, *facts.hiring_managers, *facts.managers)
    for person in around:
        another = person.id != facts.interviewer.id and (person.email or "").casefold() != own
        if person.active and person.email and another:
            return person
    return None


def decide(
    facts: ScorecardFacts,
    judgement: Judgement,
    told: Sequence[Told],
    policy: Policy,
    now: datetime,
) -> Decision:
    """Whether somebody is spoken to at ``now``, at which step, and why (not).

    After a pause there is one catch-up, the newest step whose moment has passed. Whatever became
    of a step that was decided, it is never decided again. Where a copy of the ATS was read, its
    age is the time that counts: what was handed in since the last message must show in it first.
    """
    silence = _silence(facts, judgement, policy)
    if silence or judgement.due_at is None:
        return Decision(None, silence or "it has no due moment")
    now = min(now, facts.fresh_as_of or now)
    ladder = steps(judgement.due_at, policy)
    names = {each.step for each in told}
    asked = any(s.audience is Audience.INTERVIEWER and s.name in names for s in ladder)
    may_escalate = asked and escalation_target(facts) is not None  # nobody is escalated unasked
    passed = [
        index
        for index, step in enumerate(ladder)
        if step.at <= now and (step.audience is Audience.INTERVIEWER or may_escalate)
    ]
    if not passed:
        return Decision(None, "no step has fallen due yet")
    newest = ladder[passed[-1]]
    if names & {step.name for step in ladder[passed[-1] :]}:
        stuck = asked and not may_escalate and ladder[-1].at <= now
        why = ", and nobody can be asked for help" if stuck else ""
        return Decision(None, f"{newest.name} or a later step was already decided{why}")
    if told and now - max(each.at for each in told) < REST:
        return Decision(None, "the last step was less than 20 hours ago")
    return Decision(newest, f"{newest.name} fell due {spoken(newest.at, policy)}")


def _silence(facts: ScorecardFacts, judgement: Judgement, policy: Policy) -> str | None:
    """Why nobody is spoken to at any step, or None."""
    if judgement.status is not Status.OVERDUE:
        return f"it is {judgement.status}, not overdue: {judgement.reason}"
    if policy.nudge_since is None:
        return "the first sync has not finished, so nobody is spoken to yet"
    if judgement.ended_at is None or judgement.ended_at < policy.nudge_since:
        since = spoken(policy.nudge_since, policy)
        return f"it ended earlier than nudges begin, {since}: history is silent"
    if facts.application_state not in OPEN_APPLICATIONS:
        return f"the application is {facts.application_state}: the scorecard only counts"
    unreachable = undeliverable(facts)
    return f"undeliverable: {unreachable}" if unreachable else None


def spoken(instant: datetime, policy: Policy) -> str:
    """A moment for a sentence, in the company's zone."""
    return f"on {instant.astimezone(policy.zone):%a %d %b %Y at %H:%M %Z}"
