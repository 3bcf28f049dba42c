"""What a message says of one owed scorecard or of one interview, before it has a form. Pure.

Everything here is cleaned (one line, no control or bidi characters, shortened) and not escaped:
text, HTML and Slack each escape in their own way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from scheduler.answers import AnswerKind
from scheduler.facts import Judgement, ScorecardFacts, ScorecardKey, Step, Told
from scheduler.phrases import (
    clean,
    counted,
    listed,
    meeting,
    number,
    on_day,
    web_link,
)

WRITE = "Write the scorecard"
OPEN = "Open the candidate"
NO_FORM = "You find the form where you always write your notes."
ADVICE = "You may want to ask in person, hand it to somebody else, or go ahead without it."

AnswerLinks = Callable[[ScorecardKey, AnswerKind], str]
"""The address at which an answer about a scorecard is confirmed: signed, for one purpose."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One scorecard that is spoken about, with what the message needs to know of its panel."""

    facts: ScorecardFacts
    judgement: Judgement
    step: Step
    """The place on the ladder at which it is spoken about now."""
    told: tuple[Told, ...]
    """What was already said about it, to anybody."""
    panel_size: int
    """Scorecards asked for in this interview, handed in or not."""
    panel_missing: int
    waiting_days: int
    """Calendar days in the company's zone since the interview ended."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a nudge says of one scorecard."""

    key: ScorecardKey
    application: tuple[str, str]
    candidate: str
    title: str
    """``Systems talk (Platform engineer)``."""
    meeting: str
    """``Thursday's Systems talk (Platform engineer)``."""
    days: int
    url: str | None
    again: bool
    """Spoken about before."""
    last_missing: bool
    links: Mapping[AnswerKind, str] = field(default_factory=dict)
    """Where each answer is confirmed; empty without a public address."""

    @classmethod
    def of(cls, owed: Owed, now: datetime, zone: ZoneInfo, links: AnswerLinks | None = None) -> Row:
        facts = owed.facts
        job = f" ({clean(facts.job)})" if facts.job and clean(facts.job) else ""
        interview = clean(facts.interview) or "interview"
        return cls(
            key=facts.key,
            application=(facts.key.ats, facts.application_id),
            candidate=clean(facts.candidate or "") or "A candidate",
            title=interview + job,
            meeting=meeting(interview, _held(owed, zone), now, zone) + job,
            days=max(0, owed.waiting_days),
            url=web_link(facts.url),
            again=owed.step.name != "nudge 1",
            last_missing=owed.panel_missing == 1 and owed.panel_size > 1,
            links={kind: links(facts.key, kind) for kind in AnswerKind} if links else {},
        )

    @property
    def since(self) -> str:
        return "today" if self.days == 0 else counted(self.days, "day")

    @property
    def bold(self) -> str:
        if self.again:
            return f"{self.candidate} is still waiting"
        if self.days == 0:
            return f"{self.candidate} is waiting"
        return f"{self.candidate} has been waiting {counted(self.days, 'day')}"

    @property
    def rest(self) -> str:
        end = f", {counted(self.days, 'day')} now." if self.again and self.days else "."
        return f" to hear about {self.meeting}{end}"

    @property
    def support(self) -> str:
        if self.again:
            last = "Your notes are still the only ones missing. " if self.last_missing else ""
            return f"{last}What you remember is enough; say where you are unsure."
        last = "Your notes are the last ones missing. " if self.last_missing else ""
        return f"{last}Two honest lines are enough."


@dataclass(frozen=True, slots=True)
class Case:
    """What an escalation says of one interview."""

    application: tuple[str, str]
    candidate: str
    title: str
    days: int
    missing: str
    """``of three scorecards, Bo's is missing``."""
    reminded: str
    url: str | None

    @property
    def bold(self) -> str:
        if self.days == 0:
            return f"{self.candidate} has been waiting since today"
        return f"{self.candidate} has been waiting {counted(self.days, 'day')}"

    @property
    def rest(self) -> str:
        return f" for word on the {self.title}: {self.missing}."


def cases_of(owed: Sequence[Owed], now: datetime, zone: ZoneInfo) -> list[Case]:
    """One case an interview, who waits longest first."""
    interviews: dict[tuple[str, str], list[Owed]] = {}
    for each in longest_first(owed):
        key = each.facts.key
        interviews.setdefault((key.ats, key.interview_id), []).append(each)
    return [_case(missing, now, zone) for missing in interviews.values()]


def _case(owed: Sequence[Owed], now: datetime, zone: ZoneInfo) -> Case:
    first = owed[0]
    row = Row.of(first, now, zone)
    return Case(
        application=row.application,
        candidate=row.candidate,
        title=row.title,
        days=row.days,
        missing=_missing(first, [_interviewer(each) for each in owed]),
        reminded=" ".join(_reminded(each, now, zone) for each in owed),
        url=web_link(first.facts.candidate_url),
    )


def _missing(first: Owed, names: Sequence[str]) -> str:
    whose = listed([f"{name}'s" for name in names])
    are = "is" if len(names) == 1 else "are"
    if first.panel_size <= 1:
        return f"{whose} scorecard is missing"
    panel = f"of {number(first.panel_size)} scorecards"
    if first.panel_missing > len(names):
        return f"{panel}, {number(first.panel_missing)} are missing, {whose} among them"
    return f"{panel}, {whose} {are} missing"


def _reminded(owed: Owed, now: datetime, zone: ZoneInfo) -> str:
    """When this interviewer was reminded. Only what was surely sent is said to have been."""
    nudges = sorted((t for t in owed.told if t.step.startswith("nudge")), key=lambda t: t.at)
    # A step may have been tried on two channels; it was one reminder.
    days = list(dict.fromkeys(on_day(t.at, now, zone) for t in nudges if t.state == "sent"))
    name = _interviewer(owed)
    if days:
        return f"{name} was reminded {listed(days)}."
    if any(t.state == "unknown" for t in nudges):
        return f"{name} was sent a reminder that may not have arrived."
    return f"{name} has not been reminded."


def _interviewer(owed: Owed) -> str:
    return clean(owed.facts.interviewer.name) or "an interviewer"


def _held(owed: Owed, zone: ZoneInfo) -> datetime | None:
    """The moment whose day names the interview; an all-day one ends at the *next* midnight."""
    day = owed.facts.ends_on
    if owed.facts.ends_at is None and day is not None:
        return datetime(day.year, day.month, day.day, 12, tzinfo=zone).astimezone(UTC)
    return owed.judgement.ended_at


def longest_first(owed: Sequence[Owed]) -> list[Owed]:
    def order(each: Owed) -> tuple[int, datetime, ScorecardKey]:
        ended = each.judgement.ended_at or datetime.max.replace(tzinfo=UTC)
        return (-each.waiting_days, ended, each.facts.key)

    return sorted(owed, key=order)
