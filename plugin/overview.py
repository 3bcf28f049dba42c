"""What the front page says, made of rows and a moment. Pure: no store, no request, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduler.deciding import SNOOZED, decide
from scheduler.facts import Audience, Judgement, ScorecardFacts, Status, Step, Told
from scheduler.judging import judge
from scheduler.phrases import clean, counted, listed, sentence, web_link
from scheduler.policy import OPEN_APPLICATIONS, REST, Policy, steps
from scheduler.reaching import undeliverable, whom_to_ask

PolicyOf = Callable[[str], Policy]
"""By the account's name: accounts differ in ``nudge_since``."""

MEANINGS = {
    Status.OVERDUE: "due, and not handed in",
    Status.AWAITING: "interview over, still in time",
    Status.SUBMITTED: "handed in on time",
    Status.SUBMITTED_LATE: "handed in after the due date",
    Status.UPCOMING: "interview still to come",
    Status.EXCUSED: "not asked for any more",
    Status.CANCELLED: "called off, or off the panel",
    Status.UNKNOWN: "the ATS cannot tell; nobody is nudged",
}
ORDERS = {
    "oldest": "Oldest first",
    "person": "By person",
    "department": "By department",
    "job": "By job",
}
AGES = (
    ("day", "up to a day", timedelta(days=1)),
    ("days", "1 to 3 days", timedelta(days=3)),
    ("week", "3 to 7 days", timedelta(days=7)),
    ("weeks", "over 7 days", timedelta.max),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One overdue scorecard, ready to be shown; every text is cleaned."""

    facts: ScorecardFacts
    who: str
    email: str
    candidate: str
    interview: str
    job: str
    department: str
    ended_at: datetime
    due_at: datetime
    late: str
    """How long it is overdue, in words."""
    waits: str
    """How long ago the interview was."""
    over: str
    """Why nobody waits any more (``rejected``); empty while the application is open."""
    age: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Speech:
    """What was said about a scorecard and what comes next, each in one sentence."""

    said: str
    next: str


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    name: str
    words: str
    meaning: str
    count: int


@dataclass(frozen=True, slots=True)
class Overview:
    overdue: tuple[Row, ...]
    """A candidate waits on it. Oldest due first."""
    closed: tuple[Row, ...]
    """Overdue too, but the application is closed: it counts, and nobody is nudged. Oldest first."""
    counts: Mapping[Status, int]
    """Always all eight."""
    undeliverable: int
    candidates: int
    """Open applications that wait on an overdue scorecard."""
    since: datetime | None = None
    """What ended before is left out, unless it is overdue; None: nothing is."""

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def statuses(self) -> list[Counted]:
        return counted_statuses(self.counts)

    @property
    def ages(self) -> list[Counted]:
        sizes = {name: 0 for name, _, _ in AGES}
        for row in self.overdue:
            sizes[row.age] += 1
        return [Counted(name, words, "", sizes[name]) for name, words, _ in AGES]

    @property
    def headline(self) -> str:
        if not self.total:
            return "Nothing to see yet."
        if not self.overdue:
            return "Nobody waits on a scorecard today."
        verb = "waits" if self.candidates == 1 else "wait"
        who = sentence(counted(self.candidates, "candidate"))
        return f"{who} {verb} on {counted(len(self.overdue), 'scorecard')}."

    @property
    def byline(self) -> str:
        if not self.overdue:
            return ""
        row = min(self.overdue, key=lambda each: each.ended_at)
        return f"The longest for {row.waits}: {row.candidate}, {row.interview} ({row.job})."

    @property
    def nothing_overdue(self) -> str:
        if not self.total:
            return "As soon as the first sync is done, whoever owes a scorecard stands here."
        if coming := self.counts[Status.AWAITING]:
            verb = "is" if coming == 1 else "are"
            return f"{sentence(counted(coming, 'scorecard'))} {verb} on the way, and still in time."
        return "No open application waits on a scorecard that is due."


def counted_statuses(counts: Mapping[Status, int]) -> list[Counted]:
    """The statuses that ``counts`` has, in the order in which they matter to a reader."""
    return [
        Counted(status.value, sentence(status.value.replace("_", " ")), meaning, counts[status])
        for status, meaning in MEANINGS.items()
        if status in counts
    ]


def overview(
    rows: Iterable[ScorecardFacts],
    policy_of: PolicyOf,
    now: datetime,
    since: datetime | None = None,
) -> Overview:
    """Judges every row once. ``since``: what ended before counts only while it is overdue."""
    counts = dict.fromkeys(Status, 0)
    late: list[Row] = []
    for facts in rows:
        judgement = judge(facts, policy_of(facts.key.ats), now)
        old = since is not None and judgement.ended_at is not None and judgement.ended_at < since
        if old and judgement.status is not Status.OVERDUE:
            continue
        counts[judgement.status] += 1
        if judgement.status is Status.OVERDUE:
            late.append(_row(facts, judgement, now))
    late.sort(key=lambda row: (row.due_at, row.facts.key))
    waiting = [row for row in late if not row.over]
    return Overview(
        overdue=tuple(waiting),
        closed=tuple(row for row in late if row.over),
        counts=counts,
        undeliverable=sum(undeliverable(row.facts) is not None for row in late),
        candidates=len({(row.facts.key.ats, row.facts.application_id) for row in waiting}),
        since=since,
    )


def _row(facts: ScorecardFacts, judgement: Judgement, now: datetime) -> Row:
    assert judgement.due_at is not None
    assert judgement.ended_at is not None
    overdue = now - judgement.due_at
    return Row(
        facts=facts,
        who=clean(facts.interviewer.name) or "(no name)",
        email=clean(facts.interviewer.email or "", 120),
        candidate=clean(facts.candidate or "") or "A candidate",
        interview=clean(facts.interview) or "Interview",
        job=clean(facts.job or "") or "No job",
        department=clean(facts.department or ""),
        ended_at=judgement.ended_at,
        due_at=judgement.due_at,
        late=in_words(overdue),
        waits=in_words(now - judgement.ended_at),
        over=_over(facts),
        age=next(name for name, _, bound in AGES if overdue <= bound),
        link=web_link(facts.candidate_url) or web_link(facts.url),
    )


def _over(facts: ScorecardFacts) -> str:
    if facts.application_state not in OPEN_APPLICATIONS:
        return facts.application_state.value
    return "job closed" if facts.job_is_open is False else ""


def in_words(length: timedelta) -> str:
    """``40 minutes``, ``7 hours``, ``3 days``: whole ones, rounded down."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 60:
        return counted(minutes, "minute")
    return counted(minutes // 60, "hour") if minutes < 48 * 60 else counted(length.days, "day")


def grouped(rows: Sequence[Row], by: str) -> list[Group]:
    """The rows under headings, the heading with the most rows first; oldest first inside."""
    if by not in ORDERS or by == "oldest":
        return [Group("", tuple(rows))]
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        heading = {
            "person": (row.who, row.email),
            "department": (row.department or "No department", ""),
            "job": (row.job, row.department),
        }[by]
        found.setdefault(heading, []).append(row)
    ordered = sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))
    return [Group(heading[0], tuple(each)) for heading, each in ordered]


def speech(row: Row, told: Sequence[Told], policy: Policy, now: datetime, *, live: bool) -> Speech:
    return Speech(_said(told, policy, now), _next(row, told, policy, now, live=live))


def _said(told: Sequence[Told], policy: Policy, now: datetime) -> str:
    ordered = sorted(told, key=lambda each: each.at)
    sent = [each for each in ordered if each.state == "sent"]
    parts = []
    for words, kind in (("reminded", "nudge"), ("help asked", "escalation")):
        days = [_day(t.at, now, policy) for t in sent if t.step.startswith(kind)]
        if days:
            parts.append(f"{words} {listed(list(dict.fromkeys(days)))}")
    arrived = {each.step for each in sent}  # by another channel, where the first one could not
    parts += [f"{t.step} {_became(t.state)}" for t in ordered if t.step not in arrived]
    return sentence("; ".join(parts)) if parts else "Nothing yet"


def _day(at: datetime, now: datetime, policy: Policy) -> str:
    """``today``, ``yesterday``, ``28 Oct``: short, for a narrow column."""
    day, today = at.astimezone(policy.zone).date(), now.astimezone(policy.zone).date()
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}.get((day - today).days)
    return near or f"{day.day}\N{NO-BREAK SPACE}{day:%b}"


def _became(state: str) -> str:
    return {
        "planned": "is about to be sent",
        "sending": "is being sent",
        "failed": "could not be delivered",
        "unknown": "may or may not have arrived",
        "abandoned": "was withdrawn",
    }.get(state, state)


def _whom(facts: ScorecardFacts, step: Step) -> str:
    target = whom_to_ask(facts, step)
    if step.audience is Audience.INTERVIEWER or target is None:
        return "the interviewer"
    if target.role is Audience.FIXED:
        return clean(target.person.name)
    return f"the {target.role.replace('_', ' ')}"


def _next(row: Row, told: Sequence[Told], policy: Policy, now: datetime, *, live: bool) -> str:
    if row.over:
        return ""
    if policy.nudge_since is not None and row.ended_at < policy.nudge_since:
        return "From before Afterword: never nudged"
    if unreachable := undeliverable(row.facts):
        return f"Ask in person: {unreachable}"
    judgement = judge(row.facts, policy, now)
    decision = decide(row.facts, judgement, told, policy, now)
    if step := decision.step:
        whom = _whom(row.facts, step)
        return f"{sentence(step.name)} to {whom} {'goes' if live else 'would go'} out next"
    rested = max((each.at for each in told), default=now) + REST
    if rested > now and (step := decide(row.facts, judgement, told, policy, rested).step):
        day = _day(max(rested, step.at), now, policy)
        return f"{sentence(step.name)} to {_whom(row.facts, step)} follows {day}"
    if decision.reason.startswith(SNOOZED):
        return sentence(decision.reason)
    if ahead := ahead_of(row.facts, row.due_at, told, policy, now):
        return f"{sentence(ahead.name)} falls due {_day(ahead.at, now, policy)}"
    return "Every step was taken: ask in person" if told else sentence(decision.reason)


def ahead_of(
    facts: ScorecardFacts, due: datetime, told: Sequence[Told], policy: Policy, now: datetime
) -> Step | None:
    """The first step of the ladder that is still to come."""
    names = {each.step for each in told}
    ladder = steps(due, policy.of(facts))
    return next((step for step in ladder if step.at > now and step.name not in names), None)
