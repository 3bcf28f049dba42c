"""Whether somebody is spoken to about a scorecard, at which step, and why (not).

Pure: everything comes in as arguments, ``now`` included, and nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime

from scheduler.answers import AnswerKind
from scheduler.facts import Audience, Decision, Judgement, ScorecardFacts, Status, Step, Told
from scheduler.judging import HANDED_OVER
from scheduler.policy import REST, ClosedApplication, Policy, answer_to, closed, spoken, steps
from scheduler.reaching import Target, undeliverable, whom_to_ask

HAND_OVER = "hand over"
"""How the step is called at which a colleague hears of it, before a piece of the answer's id."""

SNOOZED = "snoozed"
"""How the reason of a silence begins that somebody asked for."""


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
    policy = policy.of(facts)
    names = {each.step for each in told}
    if judgement.excuse == HANDED_OVER:
        return _handed_over(facts, judgement, names, policy, now)
    silence = _silence(facts, judgement, policy, now)
    if silence or judgement.due_at is None:
        return Decision(None, silence or "it has no due moment")
    now = min(now, facts.fresh_as_of or now)
    ladder = steps(judgement.due_at, policy)
    unreached = undeliverable(facts)
    if unreached:
        found = _unasked(facts, ladder, names, judgement.due_at, unreached)
    else:
        found = _newest(facts, ladder, names, now, policy)
    if found.step and told and now - max(each.at for each in told) < REST:
        return Decision(None, "the last step was less than 20 hours ago")
    return found


def _newest(
    facts: ScorecardFacts, ladder: Sequence[Step], names: Set[str], now: datetime, policy: Policy
) -> Decision:
    """The newest step whose moment has passed, if neither it nor a later one was decided."""
    passed = [
        (place, step)
        for place, step in enumerate(ladder)
        if step.at <= now
        and (step.audience is Audience.INTERVIEWER or _warned(ladder, place, names))
    ]
    heard = [
        (place, step)
        for place, step in passed
        if step.audience is Audience.INTERVIEWER or whom_to_ask(facts, step)
    ]
    if not heard:
        return Decision(None, "no step has fallen due yet")
    place, newest = heard[-1]
    if decided := [step.name for step in ladder[place:] if step.name in names]:
        stuck = passed[-1][1].name not in names and passed[-1] != heard[-1]
        why = ", and nobody can be asked for help" if stuck else ""
        return Decision(None, f"{decided[-1]} was already decided{why}")
    return Decision(newest, f"{newest.name} fell due {spoken(newest.at, policy)}")


def _warned(ladder: Sequence[Step], place: int, names: Set[str]) -> bool:
    """Whether the interviewer was asked at the step before an escalation; nobody is escalated
    unasked, and that step says in private who is asked next.

    A ladder may have been lengthened meanwhile. A nudge that is new below an escalation that was
    said can never come, so that nothing waits for it.
    """
    asked = [n for n, step in enumerate(ladder[:place]) if step.audience is Audience.INTERVIEWER]
    if not names & {ladder[n].name for n in asked}:
        return False
    return bool(names & {step.name for step in ladder[asked[-1] : place]})


def _unasked(
    facts: ScorecardFacts,
    ladder: Sequence[Step],
    names: Set[str],
    due: datetime,
    unreached: str,
) -> Decision:
    """Whom nobody can ask (case 55): somebody else hears it once, as soon as it is overdue."""
    asking = [step for step in ladder if step.audience is not Audience.INTERVIEWER]
    if names & {step.name for step in asking}:
        return Decision(None, f"undeliverable: {unreached}; somebody else was told")
    if not asking:
        return Decision(None, f"undeliverable: {unreached}")
    first = asking[0]
    step = Step(first.name, first.audience, due, first.address, first.channel)
    if whom_to_ask(facts, step) is None:
        return Decision(None, f"undeliverable: {unreached}, and nobody can be asked for help")
    return Decision(step, f"undeliverable: {unreached}, so somebody else is told")


def _handed_over(
    facts: ScorecardFacts, judgement: Judgement, names: Set[str], policy: Policy, now: datetime
) -> Decision:
    """Who takes it over hears of it, once an answer."""
    answer = answer_to(facts, judgement.ended_at, now)
    if answer is None or answer.kind is not AnswerKind.HAND_OVER:
        return Decision(None, judgement.reason)
    silence = _history(judgement, policy) or _pointless(facts, policy)
    if silence:
        return Decision(None, silence)
    name = f"{HAND_OVER} {answer.id[:16]}"
    if name in names:
        return Decision(None, f"{judgement.reason}; the colleague was told")
    return Decision(Step(name, Audience.COLLEAGUE, answer.at), judgement.reason)


def _silence(
    facts: ScorecardFacts, judgement: Judgement, policy: Policy, now: datetime
) -> str | None:
    """Why nobody is spoken to at any step, or None."""
    if judgement.status is not Status.OVERDUE:
        return f"it is {judgement.status}, not overdue: {judgement.reason}"
    silence = _history(judgement, policy) or _pointless(facts, policy)
    if silence:
        return silence
    answer = answer_to(facts, judgement.ended_at, now)
    until = answer.until if answer and answer.kind is AnswerKind.SNOOZE else None
    if until is None or now >= until:
        return None
    return f"{SNOOZED} until {spoken(until, policy).removeprefix('on ')}"


def _history(judgement: Judgement, policy: Policy) -> str | None:
    if policy.nudge_since is None:
        return "the first sync has not finished, so nobody is spoken to yet"
    if judgement.ended_at is None or judgement.ended_at < policy.nudge_since:
        since = spoken(policy.nudge_since, policy)
        return f"it ended earlier than nudges begin, {since}: history is silent"
    return None


def _pointless(facts: ScorecardFacts, policy: Policy) -> str | None:
    over = closed(facts)
    if over is None or policy.closed_application is ClosedApplication.NUDGE:
        return None
    return f"{over}: the scorecard only counts"


def asked_next(
    facts: ScorecardFacts, step: Step, told: Sequence[Told], due: datetime, policy: Policy
) -> tuple[Step, Target] | None:
    """The escalation that comes right after this nudge on the ladder, and who will hear it.

    None where another nudge comes before it, or none follows.
    """
    policy = policy.of(facts)
    places = [place for place, each in enumerate(policy.ladder) if each.name == step.name]
    after = places[-1] + 1 if places else len(policy.ladder)
    if step.audience is not Audience.INTERVIEWER or after >= len(policy.ladder):
        return None
    coming = policy.ladder[after]
    if coming.audience is Audience.INTERVIEWER or coming.name in {each.step for each in told}:
        return None
    asking = steps(due, policy)[after]
    target = whom_to_ask(facts, asking)
    return (asking, target) if target else None
