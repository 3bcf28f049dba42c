"""The rules as data, and what they make of one scorecard: its due moment and its ladder. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from connectors.model import ApplicationState, require_utc
from scheduler.answers import Answer, in_force
from scheduler.facts import Audience, ScorecardFacts, Step
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

    def of(self, facts: ScorecardFacts) -> Policy:
        """The policy for one scorecard: with the rules applied that match it, and none left."""
        if not self.rules:
            return self
        changes: dict[str, object] = {"rules": ()}
        for rule in self.rules:
            if applies(rule, facts, self.final_rounds):
                changes |= {
                    name: value for name in CHANGES if (value := getattr(rule, name)) is not None
                }
        return replace(self, **changes)  # type: ignore[arg-type]


CHANGES = ("due_after_days", "day_count", "ladder", "closed_application")
"""What a rule may say otherwise."""


def applies(rule: Rule, facts: ScorecardFacts, final_rounds: Sequence[str]) -> bool:
    """Whether a rule holds for a scorecard."""
    kinds = (
        (rule.departments, (facts.department,)),
        (rule.jobs, (facts.job, facts.job_id)),
        (rule.stages, (facts.stage,)),
        (rule.interviews, (facts.interview,)),
    )
    if not all(_like(patterns, names) for patterns, names in kinds if patterns):
        return False
    is_final = rule.final_round is not None and _like(final_rounds, (facts.stage, facts.interview))
    return rule.final_round is None or rule.final_round is is_final


def _like(patterns: Sequence[str], names: Sequence[str | None]) -> bool:
    """Whether a name is one of the patterns or written like it; a name not known is like none."""
    known = [name.strip().casefold() for name in names if name]
    wanted = [pattern.strip().casefold() for pattern in patterns]
    return any(name in wanted or any(fnmatchcase(name, each) for each in wanted) for name in known)


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


def due_of(facts: ScorecardFacts, ended: datetime, policy: Policy) -> datetime:
    """When this scorecard of an interview that ended then is due, by the rules that match it.

    Who is seen on the panel for the first time after that moment gets N days from then on.
    """
    own = policy.of(facts)
    due = due_at(ended, own)
    late = facts.joined_at is not None and facts.joined_at > due
    return due_at(facts.joined_at, own) if late and facts.joined_at else due


def steps(due: datetime, policy: Policy) -> tuple[Step, ...]:
    """The ladder with its moments, for a scorecard that is due then: ``policy.of`` it."""
    found: list[Step] = []
    at = due
    for place in policy.ladder:
        at = add_days(at, place.days_later, policy.day_count, policy.zone, policy.calendar)
        found.append(Step(place.name, place.audience, at, place.address, place.channel))
    return tuple(found)


def answer_to(facts: ScorecardFacts, ended: datetime | None, now: datetime) -> Answer | None:
    """The answer in force at ``now``; one from before the end the interview has now is void."""
    return in_force([a for a in facts.answers if ended is None or a.at >= ended], now)


def closed(facts: ScorecardFacts) -> str | None:
    """Why nothing hangs on this scorecard any more, in plain words, or None."""
    if facts.application_state not in OPEN_APPLICATIONS:
        return f"the application is {facts.application_state}"
    return "the job is closed" if facts.job_is_open is False else None


def spoken(instant: datetime, policy: Policy) -> str:
    """A moment for a sentence, in the company's zone."""
    return f"on {instant.astimezone(policy.zone):%a %d %b %Y at %H:%M %Z}"
