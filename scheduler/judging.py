"""What a scorecard is at a moment: exactly one of the eight statuses, and why. Pure."""

from __future__ import annotations

from datetime import datetime

from connectors.model import SHADOW, ApplicationState, InterviewState
from scheduler.answers import WHY, AnswerKind
from scheduler.facts import Judgement, ScorecardFacts, Status
from scheduler.policy import (
    ClosedApplication,
    Policy,
    answer_to,
    closed,
    due_of,
    ended_at,
    spoken,
)

HANDED_OVER = "handed_over"
"""The excuse of a scorecard that somebody else was asked for."""


def judge(facts: ScorecardFacts, policy: Policy, now: datetime) -> Judgement:
    """What a scorecard is at ``now``: exactly one of the eight statuses.

    A due moment that was stamped for this very end is kept, so that a change of the policy does
    not change the past; an interview that was moved gets a new one. ``now`` may lie in the past:
    a submission after it has not happened yet. A removal or deletion has no moment of the ATS, only
    the one when we saw it, so it holds for every ``now``: nobody is spoken to about what is gone.
    """
    policy = policy.of(facts)
    end = ended_at(facts, policy)
    due = facts.due_at
    if end is None:
        due = None
    elif due is None or facts.due_for != end:
        due = due_of(facts, end, policy)
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
    settled = (
        _called_off(facts)
        or _handed_in(facts, policy, now, due)
        or _answered(facts, policy, now, end)
        or _untold(facts)
    )
    if settled:
        return settled
    if end is None or due is None:
        return Status.UNKNOWN, "the ATS gives no end for this interview", None
    if end > now:
        return Status.UPCOMING, f"the interview ends {spoken(end, policy)}", None
    if facts.attendance == "declined" and policy.declined_is_excused:
        return Status.EXCUSED, "the interviewer declined the invitation", "declined"
    over = closed(facts)
    if over and policy.closed_application is ClosedApplication.STOP:
        return Status.EXCUSED, f"{over}: nothing is asked for any more", "application_closed"
    if facts.interview_state is InterviewState.COMPLETE:
        return (
            Status.EXCUSED,
            "the ATS calls the interview complete and asks for no more feedback",
            "complete_without",
        )
    if due < now and facts.fresh_as_of is not None and facts.fresh_as_of <= due:
        told = f"it was due {spoken(due, policy)}, and the ATS's copy is older than that"
        return Status.UNKNOWN, told, None
    if due < now:
        return Status.OVERDUE, f"was due {spoken(due, policy)}, not submitted", None
    return Status.AWAITING, f"due {spoken(due, policy)}, not submitted yet", None


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
    when = spoken(submitted, policy)
    if due is not None and submitted > due:
        return Status.SUBMITTED_LATE, f"submitted {when}, due {spoken(due, policy)}", None
    return Status.SUBMITTED, f"submitted {when}", None


def _answered(
    facts: ScorecardFacts, policy: Policy, now: datetime, end: datetime | None
) -> Verdict | None:
    """What the interviewer answered, if it excuses; a snooze does not."""
    answer = answer_to(facts, end, now)
    if answer is None or answer.kind is AnswerKind.SNOOZE:
        return None
    when = spoken(answer.at, policy)
    if answer.kind is AnswerKind.DONE_ELSEWHERE:
        return Status.EXCUSED, f"the notes are elsewhere, as was answered {when}", "done_elsewhere"
    if answer.kind is AnswerKind.HAND_OVER:
        return Status.EXCUSED, f"it was handed over to somebody else {when}", HANDED_OVER
    why = {str(each): said.lower() for each, said in WHY.items()}.get(answer.reason or "")
    said = f"it did not happen, as was answered {when}: {why or 'no reason was given'}"
    return Status.EXCUSED, said, "did_not_happen"


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
