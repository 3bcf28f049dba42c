"""``explain``: the whole story of one interview, in plain sentences and in the order of time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from textwrap import fill
from zoneinfo import ZoneInfo

import click

from plugin.commands.common import Start, fail, now_option, terminal
from plugin.overview import ahead_of
from plugin.policy_words import TITLES
from plugin.wiring import Afterword
from scheduler.answer_words import names_around
from scheduler.answer_words import told as in_words
from scheduler.deciding import HAND_OVER, SNOOZED, decide
from scheduler.drafting import look_up
from scheduler.facts import Audience, ScorecardFacts, Status, Told
from scheduler.judging import HANDED_OVER, judge
from scheduler.phrases import clean, listed, sentence
from scheduler.plan import Draft, plan
from scheduler.policy import Policy, answer_to, spoken
from scheduler.store import Event, Story
from scheduler.workdays import DayCount

WORDS = {
    "first_seen": "The interview was seen for the first time",
    "moved": "The interview was moved",
    "cancelled": "The interview was called off",
    "state": "The state of the interview changed",
    "deleted": "The interview was gone from the ATS",
    "revived": "The interview was back in the ATS",
    "application_state": "The state of the application changed",
    "due_stamped": "The due moment was fixed for {who}",
    "panel_added": "{who} joined the panel",
    "panel_removed": "{who} left the panel",
    "submitted": "{who} submitted",
    "reopened": "The scorecard of {who} was open again",
    "planned": "It was decided to write about {who}",
    "sent": "The message about {who} was sent",
    "failed": "The message about {who} could not be delivered",
    "unknown": "The message about {who} may or may not have arrived",
    "postponed": "The message about {who} did not get through and is tried again",
    "withdrawn": "The message about {who} was withdrawn",
    "answered": "{who} answered",
    "answer_undone": "What {who} answered was undone",
    "ladder_reset": "What was said before was forgotten",
}
STATES = {
    "planned": "about to be sent",
    "sending": "being sent",
    "failed": "not delivered",
    "unknown": "may or may not have arrived",
    "abandoned": "withdrawn",
}


@click.command()
@click.argument("interview_id")
@now_option
@click.pass_obj
def explain(start: Start, interview_id: str, now: datetime) -> None:
    """Tell the whole story of one interview.

    What was known when, and why somebody was written to or not. INTERVIEW_ID is that of the ATS;
    `afterword overdue --json` has it.
    """
    with start.opened() as afterword:
        stories = afterword.store.story(interview_id)
        lines = [line for story in stories for line in _told(afterword, story, now)]
    if not stories:
        fail(
            f"No interview {clean(interview_id)} is stored. Check the id, or run `afterword sync` "
            "first."
        )
    console = terminal()
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        console.print(fill(line, console.width, subsequent_indent=indent, break_long_words=False))


def _told(afterword: Afterword, story: Story, now: datetime) -> Iterator[str]:
    policy = afterword.policy_of(story.ats)
    facts = story.scorecards
    yield f"{clean(story.name)}, interview {story.interview_id} in {story.ats}"
    if facts:
        first = facts[0]
        about = [f"application {story.application_id} ({first.application_state})"]
        about += [f"candidate {clean(first.candidate)}"] if first.candidate else []
        about += [f"job {clean(first.job)}"] if first.job else []
        yield f"  {', '.join(about)}"
    yield f"  The ATS says: {clean(story.ats_status)}."
    yield ""
    yield "What was known and decided when:"
    names = {each.key.interviewer_id: clean(each.interviewer.name) for each in facts}
    known = [event for event in sorted(story.history, key=lambda e: e.at) if event.at <= now]
    for event in known:
        yield f"  {_at(event.at, policy)}  {_spoken(event, names, policy.zone)}"
    if not known:
        yield f"  Nothing: it was first seen later, {_at(story.first_seen_at, policy)}."
    yield ""
    yield f"Where it stands at {_at(now, policy)} ({policy.zone}):"
    for each in facts:
        yield from _stands(afterword, each, policy, now)


def _at(instant: datetime, policy: Policy) -> str:
    return f"{instant.astimezone(policy.zone):%Y-%m-%d %H:%M}"


def _spoken(event: Event, names: dict[str, str], zone: ZoneInfo) -> str:
    who = names.get(event.interviewer_id or "", "somebody")
    words = WORDS.get(event.event, event.event.replace("_", " ")).format(who=who)
    detail = _local(_plain(event.detail or ""), zone).rstrip(".")
    return f"{words}: {detail}." if detail else f"{words}."


def _plain(step: str) -> str:
    """Without the answer's id in the name of a hand-over's step; a channel as it is called."""
    step = re.sub(rf"\b{HAND_OVER} \S+", HAND_OVER, step)
    return re.sub(r"\bby (slack|mail|teams)\b", lambda by: f"by {TITLES[by[1]]}", step)


def _local(detail: str, zone: ZoneInfo) -> str:
    """With the moments of the history, which is kept in UTC, by the clock of all other lines."""

    def moved(found: re.Match[str]) -> str:
        at = datetime.strptime(found[1], "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"

    return re.sub(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d)(?::\d\d)?(?:Z| UTC)\b", moved, detail)


def _stands(
    afterword: Afterword, facts: ScorecardFacts, policy: Policy, now: datetime
) -> Iterator[str]:
    judgement = judge(facts, policy, now)
    told = [t for t in afterword.store.told([facts.key]).get(facts.key, []) if t.at <= now]
    who, status = clean(facts.interviewer.name), judgement.status.replace("_", " ")
    reason = judgement.reason
    yield f"  {who}: {reason if reason.startswith(status) else f'{status}, {reason}'}."
    if judgement.ended_at and judgement.due_at:
        ended, due = _at(judgement.ended_at, policy), _at(judgement.due_at, policy)
        stamped = "fixed when it ended" if facts.due_for == judgement.ended_at else "not fixed yet"
        verb = "Ended" if judgement.ended_at <= now else "Ends"
        yield f"    {verb} {ended}; due {due}, {counting(policy.of(facts))} ({stamped})."
    if facts.joined_at:
        yield f"    On this panel only since {_at(facts.joined_at, policy)}."
    if answer := answer_to(facts, judgement.ended_at, now):
        panel = afterword.store.panels(facts.key.ats, [facts.key.interview_id])
        names = names_around(facts, *panel.get(facts.key.interview_id, ()))
        said = in_words(answer, names, policy.zone)
        yield f"    Answered {_at(answer.at, policy)}: {said}."
    if told:
        yield f"    Already decided: {listed([_decided(each, policy) for each in told])}."
    if judgement.status is Status.OVERDUE or judgement.excuse == HANDED_OVER:
        yield f"    {_outlook(afterword, facts, told, now)}"


def _decided(told: Told, policy: Policy) -> str:
    by = f" by {told.channel}" if told.channel else ""
    state = STATES.get(told.state, told.state)
    return f"{_plain(told.step + by)} ({state}, {_at(told.at, policy)})"


def _outlook(
    afterword: Afterword, facts: ScorecardFacts, told: Sequence[Told], now: datetime
) -> str:
    """Who is written to about it at ``now``, or why nobody is."""
    nudging = afterword.nudging()
    last_written = afterword.store.last_message_at
    known = replace(
        look_up(nudging, [facts.key]),
        told={facts.key: told},
        last_written=lambda to: at if (at := last_written(to)) and at <= now else None,
    )
    found = plan([facts], known, now, most=1)
    if found.drafts:
        return _next(found.drafts[0])
    quiet = [*found.silent, *found.undeliverable, *found.set_aside]
    why = quiet[0].reason if quiet else _settled(facts, told, known.policies, now)
    return f"Nobody is written to now: {why}.{_after(facts, told, known.policies, now)}"


def _after(
    facts: ScorecardFacts, told: Sequence[Told], policies: Mapping[str, Policy], now: datetime
) -> str:
    """When the next step of a ladder falls due that waits for nothing else."""
    policy = policies.get(facts.key.ats)
    if policy is None or not told:
        return ""
    judgement = judge(facts, policy, now)
    decision = decide(facts, judgement, told, policy, now)
    due, waits = judgement.due_at, decision.step or decision.reason.startswith(SNOOZED)
    if judgement.status is not Status.OVERDUE or due is None or waits:
        return ""
    step = ahead_of(facts, due, told, policy, now)
    return f" {sentence(step.name)} falls due {spoken(step.at, policy)}." if step else ""


def _settled(
    facts: ScorecardFacts, told: Sequence[Told], policies: Mapping[str, Policy], now: datetime
) -> str:
    """Why there is nothing to say any more, of what a plan does not list."""
    policy = policies.get(facts.key.ats)
    if policy is None:
        return "its account was never synced"
    return decide(facts, judge(facts, policy, now), told, policy, now).reason


def _next(draft: Draft) -> str:
    (owed,) = draft.owed
    whom = clean(draft.to.name) or "somebody"
    if owed.step.audience is Audience.COLLEAGUE:
        return f"Next: {whom} hears that it was handed over."
    said = f"Next: {owed.step.name} to {whom}"
    if owed.unreachable:
        return f"{said}; {owed.unreachable}."
    zone = draft.hours.zone
    said += f"; fell due {owed.step.at.astimezone(zone):%a %d %b %Y at %H:%M %Z}"
    if owed.warns:
        day = owed.warns.at.astimezone(zone)
        said += f", and says that {clean(owed.warns.whom)} is asked on {day:%a %d %b}"
    return f"{said}."


def counting(policy: Policy) -> str:
    """How a due moment comes about, in words."""
    days = f"{policy.due_after_days} {policy.day_count} days later"
    if policy.day_count is DayCount.CALENDAR:
        return days
    where = policy.calendar
    country = "-".join(filter(None, [where.country, where.subdivision]))
    off = f"weekends and the holidays of {country}" if country else "weekends"
    return f"{days}, without {off}"
