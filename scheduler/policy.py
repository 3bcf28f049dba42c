"""The rules: what a scorecard is at a moment, and whether somebody is spoken to about it.

Pure: everything comes in as arguments, ``now`` included, and nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.model import SHADOW, ApplicationState, InterviewState, require_utc
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


def judge(facts: ScorecardFacts, policy: Policy, now: datetime) -> Judgement:
    """What a scorecard is at ``now``: exactly one of the eight statuses.

    A due moment that was stamped for this very end is kept, so that a change of the policy does
    not change the past; an interview that was moved gets a new one. ``now`` may lie in the past:
    a submission after it has not happened yet. A removal or deletion has no moment of the ATS, only
    the one when we saw it, so it holds for every ``now``: nobody is spoken to about what is gone.
    """
    end = ended_at(facts, policy)
    due = facts.due_at
    if end is None:
        due = None
    elif due is None or facts.due_for != end:
        due = due_at(end, policy)
    status, reason, excuse = _verdict(facts, policy, now, end, due)
    return Judgement(status, reason, end, due, excuse)


Verdict = tuple[Status, str, str | None]


def _verdict(
    facts: ScorecardFacts,
    policy: Policy,
    now: datetime,
    end: datetime | None,
    due: datetime | None,
) -> Verdict:
    """The order of the questions is the rule; the first that applies answers."""
    settled = _called_off(facts) or _handed_in(facts, policy, now, due) or _untold(facts)
    if settled:
        return settled
    if end is None or due is None:
        return Status.UNKNOWN, "the ATS gives no end for this interview", None
    if end > now:
        return Status.UPCOMING, f"the interview ends {_spoken(end, policy)}", None
    if facts.attendance == "declined" and policy.declined_is_excused:
        return Status.EXCUSED, "the interviewer declined the invitation", "declined"
    if facts.interview_state is InterviewState.COMPLETE:
        return (
            Status.EXCUSED,
            "the ATS calls the interview complete and asks for no more feedback",
            "complete_without",
        )
    if due < now and facts.fresh_as_of is not None and facts.fresh_as_of <= due:
        told = f"it was due {_spoken(due, policy)}, and the ATS's copy is older than that"
        return Status.UNKNOWN, told, None
    if due < now:
        return Status.OVERDUE, f"was due {_spoken(due, policy)}, not submitted", None
    return Status.AWAITING, f"due {_spoken(due, policy)}, not submitted yet", None


def _called_off(facts: ScorecardFacts) -> Verdict | None:
    """Whether nothing is asked for, whatever anybody handed in."""
    if facts.interview_deleted_at is not None:
        return Status.CANCELLED, "the interview was deleted in the ATS", "interview_deleted"
    if facts.interview_state is InterviewState.CANCELLED:
        return Status.CANCELLED, "the interview was called off", "interview_cancelled"
    if facts.interview_state is InterviewState.UNSCHEDULED:
        return Status.CANCELLED, "the interview has no date", "no_date"
    if facts.removed_at is not None:
        return Status.CANCELLED, "the interviewer is no longer on the panel", "off_the_panel"
    if not facts.required and facts.attendance == SHADOW:
        return Status.EXCUSED, "the interviewer only shadowed: nothing is owed", "shadow"
    if not facts.required:
        return Status.EXCUSED, "the ATS asks this interviewer for no scorecard", "not_required"
    return None


def _handed_in(
    facts: ScorecardFacts, policy: Policy, now: datetime, due: datetime | None
) -> Verdict | None:
    submitted = facts.submitted_at
    if submitted is None or submitted > now:
        return None
    when = _spoken(submitted, policy)
    if due is not None and submitted > due:
        return Status.SUBMITTED_LATE, f"submitted {when}, due {_spoken(due, policy)}", None
    return Status.SUBMITTED, f"submitted {when}", None


def _untold(facts: ScorecardFacts) -> Verdict | None:
    """Where evidence cannot exist the status is unknown, never overdue."""
    if not facts.can_tell:
        return Status.UNKNOWN, "the ATS cannot tell whether this scorecard was submitted", None
    if facts.interview_state is InterviewState.UNKNOWN:
        return Status.UNKNOWN, "the ATS gives the interview a state we do not know", None
    if not facts.application_readable:
        return Status.UNKNOWN, "this account may not read the application", None
    if facts.application_state is ApplicationState.UNKNOWN:
        return Status.UNKNOWN, "the ATS gives the application a state we do not know", None
    return None


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
    return Decision(newest, f"{newest.name} fell due {_spoken(newest.at, policy)}")


def _silence(facts: ScorecardFacts, judgement: Judgement, policy: Policy) -> str | None:
    """Why nobody is spoken to at any step, or None."""
    if judgement.status is not Status.OVERDUE:
        return f"it is {judgement.status}, not overdue: {judgement.reason}"
    if policy.nudge_since is None:
        return "the first sync has not finished, so nobody is spoken to yet"
    if judgement.ended_at is None or judgement.ended_at < policy.nudge_since:
        since = _spoken(policy.nudge_since, policy)
        return f"it ended earlier than nudges begin, {since}: history is silent"
    if facts.application_state not in OPEN_APPLICATIONS:
        return f"the application is {facts.application_state}: the scorecard only counts"
    unreachable = undeliverable(facts)
    return f"undeliverable: {unreachable}" if unreachable else None


def _spoken(instant: datetime, policy: Policy) -> str:
    return f"on {instant.astimezone(policy.zone):%a %d %b %Y at %H:%M %Z}"
