"""Two retellings of one history side by side, in numbers and in single scorecards. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest
from zoneinfo import ZoneInfo

from connectors.notify.base import MessageKind
from scheduler.facts import Audience, ScorecardFacts, ScorecardKey
from scheduler.judging import judge
from scheduler.policy import Policy
from scheduler.replay import History, Retelling, Said, Spoken
from scheduler.workdays import Week

KINDS = (MessageKind.NUDGE, MessageKind.DIGEST, MessageKind.ESCALATION)
Kinds = Mapping[MessageKind, int]


@dataclass(frozen=True, slots=True)
class Most:
    """The most that one person would have got."""

    name: str
    address: str
    day: date
    """That day, or the first of that week."""
    messages: int
    scorecards: int
    """That they spoke of; one that was spoken of twice counts twice."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long one scorecard was not spoken about."""

    key: ScorecardKey
    since: datetime
    """The end of its interview."""
    until: datetime
    """Its first nudge."""

    @property
    def length(self) -> timedelta:
        return self.until - self.since


@dataclass(frozen=True, slots=True)
class ReplayFigures:
    """What one set of rules would have meant."""

    weeks: Mapping[Week, Kinds]
    """Every week of the time, in the company's zone."""
    total: Kinds
    people: int
    """Addresses that were written to; a room is nobody's."""
    scorecards: int
    """That were spoken about."""
    worst_day: Most | None
    worst_week: Most | None
    longest_wait: Wait | None

    @property
    def messages(self) -> int:
        return sum(self.total.values())

    @property
    def escalations(self) -> int:
        return self.total.get(MessageKind.ESCALATION, 0)

    @classmethod
    def of(cls, retelling: Retelling, history: History, policy: Policy) -> ReplayFigures:
        said, zone = retelling.said, policy.zone
        weeks: dict[Week, Counter[MessageKind]] = {
            week: Counter() for week in _weeks(history.since, history.until, zone)
        }
        for each in said:
            weeks[Week.containing(each.at, zone)][each.kind] += 1
        return cls(
            weeks=weeks,
            total=Counter(each.kind for each in said),
            people=len({each.address for each in said if "@" in each.address}),
            scorecards=len(retelling.spoken),
            worst_day=_most(said, {id(each): each.day for each in said}),
            worst_week=_most(said, {id(each): _monday(each.day) for each in said}),
            longest_wait=max(
                sorted(_waits(retelling, history.facts, policy), key=lambda w: (w.since, w.key)),
                key=lambda wait: wait.length,
                default=None,
            ),
        )


def _weeks(since: datetime, until: datetime, zone: ZoneInfo) -> Iterator[Week]:
    week = Week.containing(since, zone)
    while week.start(zone) <= until:
        yield week
        week = week.next()


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _most(said: Iterable[Said], days: Mapping[int, date]) -> Most | None:
    """Whoever got most messages on one of these days; of several, about most."""
    heaps: dict[tuple[str, date], list[Said]] = {}
    for each in said:
        heaps.setdefault((each.address, days[id(each)]), []).append(each)
    found = [
        Most(heap[0].name, address, day, len(heap), sum(len(each.keys) for each in heap))
        for (address, day), heap in heaps.items()
    ]
    return max(found, key=lambda each: (each.messages, each.scorecards), default=None)


def _waits(retelling: Retelling, facts: Iterable[ScorecardFacts], policy: Policy) -> Iterator[Wait]:
    for row in facts:
        spoken = retelling.spoken.get(row.key, ())
        first = next((s.at for s in spoken if s.audience is Audience.INTERVIEWER), None)
        ended = judge(row, policy, first).ended_at if first else None
        if first and ended:
            yield Wait(row.key, ended, first)


@dataclass(frozen=True, slots=True)
class Apart:
    """A scorecard that the two sets of rules speak about differently."""

    facts: ScorecardFacts
    at: datetime
    """The first moment at which they differ."""
    ours: Sequence[Spoken]
    theirs: Sequence[Spoken]
    our_silence: str | None
    """Why nothing is said by the first at that moment; None: something is, then or later."""
    their_silence: str | None


def differences(
    facts: Iterable[ScorecardFacts], ours: Retelling, theirs: Retelling, most: int
) -> tuple[int, list[Apart]]:
    """How many scorecards are spoken about differently, and the first of them in time."""
    rows = {row.key: row for row in facts}
    found = []
    for key in ours.spoken.keys() | theirs.spoken.keys():
        at = _parting(ours.spoken.get(key, ()), theirs.spoken.get(key, ()))
        if at is not None:
            found.append((at, key))
    found.sort()
    return len(found), [_apart(rows[key], at, ours, theirs) for at, key in found[:most]]


def _parting(ours: Sequence[Spoken], theirs: Sequence[Spoken]) -> datetime | None:
    """The first moment at which they say something else; None: never."""
    for one, other in zip_longest(ours, theirs):
        said = [each for each in (one, other) if each is not None]
        if len({(each.at, each.step, each.address) for each in said}) > 1 or len(said) == 1:
            return min(each.at for each in said)
    return None


def _apart(facts: ScorecardFacts, at: datetime, ours: Retelling, theirs: Retelling) -> Apart:
    sides = [(side, side.spoken.get(facts.key, ())) for side in (ours, theirs)]
    silences = [
        None if any(each.at >= at for each in spoken) else side.why_not(facts.key, at)
        for side, spoken in sides
    ]
    return Apart(facts, at, sides[0][1], sides[1][1], *silences)
