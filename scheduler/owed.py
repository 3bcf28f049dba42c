"""What a message says of one owed scorecard or of one interview, before it has a form. Pure.

Everything here is cleaned (one line, no control or bidi characters, shortened) and not escaped:
text, HTML and Slack each escape in their own way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from scheduler.answers import AnswerKind
from scheduler.facts import Audience, Judgement, ScorecardFacts, ScorecardKey, Step, Told
from scheduler.phrases import (
    clean,
    coming,
    counted,
    listed,
    meeting,
    number,
    on_day,
    sentence,
    web_link,
)

WRITE = "Write the scorecard"
OPEN = "Open the candidate"
NO_FORM = "You find the form where you always write your notes."
ADVICE = "You may want to ask in person, hand it to somebody else, or go ahead without it."
HANDED = "If you were there, two honest lines are enough; if not, you may want to ask who was."
LABELS = {
    AnswerKind.DONE_ELSEWHERE: "Done elsewhere",
    AnswerKind.SNOOZE: "Snooze",
    AnswerKind.HAND_OVER: "Hand over",
    AnswerKind.DID_NOT_HAPPEN: "It did not happen",
}
"""The four answers as people read them, in this order."""

Place = tuple[int, datetime, ScorecardKey]
"""What lists are sorted by: days, most first; the interview's end; the scorecard."""

AnswerLinks = Callable[[ScorecardKey, AnswerKind], str]
"""The address at which an answer about a scorecard is confirmed: signed, for one purpose. Its page
also leads to the other three, so that a message may show one link where four do not fit."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Who will be asked to help if nothing comes, and when."""

    whom: str
    """A name, or the address or #channel that the policy names."""
    at: datetime


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
    warns: Ahead | None = None
    """The escalation that follows this nudge: the interviewer hears of it first, in private."""
    unreachable: str | None = None
    """Of an escalation: why the interviewer was not asked, e.g. ``the ATS has no address for the
    interviewer``."""


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
    """A nudge about it arrived before, whatever this one is called: after an outage the ladder
    begins higher up."""
    last_missing: bool
    links: Mapping[AnswerKind, str] = field(default_factory=dict)
    """Where each answer is confirmed; empty without a public address."""
    from_day: str = ""
    """``since Thursday``, ``since 8 November``."""
    ahead: tuple[datetime, str, str] | None = None
    """When and who will be asked to help: the moment, ``on Thursday``, ``Rae Okafor``."""
    ended_at: datetime | None = None
    """When the interview ended, in UTC."""

    @classmethod
    def of(cls, owed: Owed, now: datetime, zone: ZoneInfo, links: AnswerLinks | None = None) -> Row:
        facts = owed.facts
        job = f" ({clean(facts.job)})" if facts.job and clean(facts.job) else ""
        interview = clean(facts.interview) or "interview"
        held, warns = held_at(owed.facts, zone), owed.warns
        return cls(
            key=facts.key,
            application=(facts.key.ats, facts.application_id),
            candidate=clean(facts.candidate or "") or "A candidate",
            title=interview + job,
            meeting=meeting(interview, held, now, zone) + job,
            days=max(0, owed.waiting_days),
            url=web_link(facts.url),
            again=any(each.state == "sent" for each in _nudges(owed)),
            last_missing=owed.panel_missing == 1 and owed.panel_size > 1,
            links={kind: links(facts.key, kind) for kind in LABELS} if links else {},
            from_day=f"since {on_day(held, now, zone).removeprefix('on ')}" if held else "",
            ahead=(warns.at, coming(warns.at, now, zone), clean(warns.whom)) if warns else None,
            ended_at=owed.judgement.ended_at,
        )

    @property
    def place(self) -> Place:
        """Rows in this order: who waits longest comes first."""
        return _place(self.days, self.ended_at, self.key)

    @property
    def since(self) -> str:
        return "today" if self.days == 0 else counted(self.days, "day")

    @property
    def waited(self) -> str:
        """``5 days, since Thursday``; ``today`` says both."""
        return f"{self.since}, {self.from_day}" if self.days and self.from_day else self.since

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
    def answers(self) -> list[tuple[str, str]]:
        """Label and address of each answer that can be given on the web."""
        return [(LABELS[kind], url) for kind, url in self.links.items() if web_link(url)]

    @property
    def any_answer(self) -> list[tuple[str, str]]:
        """One link that leads to all of them, where there is no room for four."""
        url = web_link(self.links.get(AnswerKind.SNOOZE))
        return [("Answer", url)] if url else []

    @property
    def support(self) -> str:
        help = helped([self])
        if self.again:
            last = "Your notes are still the only ones missing. " if self.last_missing else ""
            return f"{last}What you remember is enough; say where you are unsure.{help}"
        last = "Your notes are the last ones missing. " if self.last_missing else ""
        return f"{last}Two honest lines are enough.{help}"


def helped(rows: Sequence[Row]) -> str:
    """The private warning: who will be asked to help, and when. A space before it, or empty."""
    warned = sorted(row.ahead for row in rows if row.ahead)
    if not warned:
        return ""
    _, day, whom = warned[0]
    some = "" if len(warned) == len(rows) else f" with {number(len(warned))} of them"
    if len({each[1:] for each in warned}) > 1:
        return f" From {day.removeprefix('on ')} on others will be asked to help{some}."
    return f" {sentence(day)} {whom} will be asked to help{some}."


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
    """What was tried with each interviewer, a sentence each."""
    url: str | None
    handed: str = ""
    """``Thursday's Systems talk (Platform engineer)``, when it was handed over to the reader."""

    @property
    def bold(self) -> str:
        if self.days == 0:
            return f"{self.candidate} has been waiting since today"
        return f"{self.candidate} has been waiting {counted(self.days, 'day')}"

    @property
    def rest(self) -> str:
        if self.handed:
            return f" to hear about {self.handed}."
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
    names = [_interviewer(each) for each in owed]
    handed = first.step.audience is Audience.COLLEAGUE
    page = web_link(first.facts.candidate_url)
    return Case(
        application=row.application,
        candidate=row.candidate,
        title=row.title,
        days=row.days,
        missing=_missing(first, names),
        reminded=f"{listed(names)} handed this to you."
        if handed
        else " ".join(_tried(each, now, zone) for each in owed),
        url=page or row.url if handed else page,
        handed=row.meeting if handed else "",
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


def _tried(owed: Owed, now: datetime, zone: ZoneInfo) -> str:
    """What was tried with this interviewer, and that it was put off if it was."""
    name = _interviewer(owed)
    if owed.unreachable:
        why = clean(owed.unreachable, 120)
        if days := _days_reminded(owed, now, zone):  # and has left since
            return f"{name} was reminded {listed(days)} and cannot be asked again: {why}."
        return f"{name} could not be asked: {why}."
    snoozes = [
        each.until
        for each in owed.facts.answers
        if each.kind is AnswerKind.SNOOZE and each.until and each.at <= now and not each.undone_at
    ]
    said = _reminded(owed, now, zone)
    if not snoozes:
        return said
    until = max(snoozes)
    day = on_day(until, now, zone) if until <= now else coming(until, now, zone)
    return f"{said} {name} put it off until {day.removeprefix('on ')}."


def _reminded(owed: Owed, now: datetime, zone: ZoneInfo) -> str:
    """When this interviewer was reminded. Only what was surely sent is said to have been."""
    name = _interviewer(owed)
    if days := _days_reminded(owed, now, zone):
        return f"{name} was reminded {listed(days)}."
    if any(each.state == "unknown" for each in _nudges(owed)):
        return f"{name} was sent a reminder that may not have arrived."
    return f"{name} has not been reminded."


def _days_reminded(owed: Owed, now: datetime, zone: ZoneInfo) -> list[str]:
    """A step may have been tried on two channels; it was one reminder."""
    sent = (each for each in _nudges(owed) if each.state == "sent")
    return list(dict.fromkeys(on_day(each.at, now, zone) for each in sent))


def _nudges(owed: Owed) -> list[Told]:
    nudges = (each for each in owed.told if each.step.startswith("nudge"))
    return sorted(nudges, key=lambda each: each.at)


def _interviewer(owed: Owed) -> str:
    return clean(owed.facts.interviewer.name) or "an interviewer"


def held_at(facts: ScorecardFacts, zone: ZoneInfo) -> datetime | None:
    """The moment whose day names the interview; an all-day one ends at the *next* midnight. UTC."""
    if facts.ends_at is None and facts.ends_on is not None:
        return datetime.combine(facts.ends_on, time(12), zone).astimezone(UTC)
    return facts.ends_at


def longest_first(owed: Sequence[Owed]) -> list[Owed]:
    return sorted(owed, key=lambda o: _place(o.waiting_days, o.judgement.ended_at, o.facts.key))


def _place(days: int, ended_at: datetime | None, key: ScorecardKey) -> Place:
    return (-days, ended_at or datetime.max.replace(tzinfo=UTC), key)
