"""The stored history told again under some rules: what would have been written, to whom and when.

The real plan() is asked at every instant at which the service would have looked and its answer may
be another one; all that it plans counts as delivered at once. Pure: nothing is read, nothing kept.

What an interview is now counts for all of the past where nobody knows a moment: a move, a removal,
a deletion, whose account is active, who looks after a job. What has a moment happens at its moment:
what was handed in or answered, who joined a panel late, which application or job was closed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from heapq import heappop, heappush

from connectors.model import ApplicationState
from connectors.notify.base import MessageKind
from scheduler.deciding import decide
from scheduler.facts import Audience, Closing, ScorecardFacts, ScorecardKey, Told
from scheduler.hours import AHEAD, Presence
from scheduler.judging import judge
from scheduler.plan import Draft, Known, Plan, plan
from scheduler.policy import REST, Policy, steps
from scheduler.rulebook import Rulebook
from scheduler.sparing import STREAK, Manners
from scheduler.workdays import end_of_day

Where = tuple[str, str]
"""An account, and the id of an interview in it."""
OnProgress = Callable[[float], None]
"""Told which part of the time (0 to 1) was told again."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Earlier than everything."""


@dataclass(frozen=True, slots=True)
class History:
    """What is stored of a stretch of time."""

    since: datetime
    """Only interviews that ended from then on are spoken about, as if it was switched on then."""
    until: datetime
    facts: Sequence[ScorecardFacts]
    """Of those interviews, as they are now; whole panels."""
    closings: Mapping[Where, Closing] = field(default_factory=dict)
    moves: Mapping[str, Sequence[datetime]] = field(default_factory=dict)
    """By lower-case address: when its owner handed in or answered, in order."""
    member: Callable[[str], Presence | None] = lambda address: None
    """As ``Manners.member``; without absences, of which only the present ones are known."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message that would have been sent."""

    at: datetime
    kind: MessageKind
    address: str
    name: str
    day: date
    """In the reader's own zone."""
    keys: tuple[ScorecardKey, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a message would have said of one scorecard."""

    at: datetime
    step: str
    audience: Audience
    address: str
    name: str
    why: str
    """As ``Decision.reason``, and what it had waited for."""


@dataclass(frozen=True, slots=True)
class Retelling:
    said: tuple[Said, ...]
    """In the order of time."""
    spoken: Mapping[ScorecardKey, Sequence[Spoken]]
    why_not: Callable[[ScorecardKey, datetime], str]
    """Why nothing was said about a scorecard at a moment."""
    set_aside: Set[ScorecardKey] = frozenset()
    """What could not be judged; the others were told again."""


def retell(
    history: History,
    book: Rulebook,
    every: timedelta,
    on_progress: OnProgress = lambda fraction: None,
) -> Retelling:
    """What these rules would have made of the history, looking once ``every`` so often from its
    beginning. What is due is worked out anew, so that another N shows."""
    telling = _Telling(history, book, every)
    whole = history.until - history.since
    while (now := telling.next()) is not None:
        telling.play(now)
        on_progress((now - history.since) / whole)
    on_progress(1.0)
    said, spoken = telling.said, telling.spoken
    return Retelling(tuple(said), spoken, telling.why_not, telling.aside)


class _Card:
    """One scorecard through time."""

    def __init__(self, facts: ScorecardFacts, closing: Closing, policy: Policy) -> None:
        judgement = judge(replace(facts, due_at=None, due_for=None), policy, _BEGINNING)
        facts = replace(facts, due_at=judgement.due_at, due_for=judgement.ended_at)
        self.key = facts.key
        self.joined_at = facts.joined_at
        self._forms = _forms(facts, closing)
        self.moments = sorted({*(at for at, _ in self._forms), *_moments(facts, policy)})
        """When something may become otherwise by itself, whatever was said before."""

    def at(self, now: datetime) -> ScorecardFacts | None:
        """As it was then; None: this person was not on the panel yet."""
        if self.joined_at is not None and self.joined_at > now:
            return None
        return next(facts for since, facts in self._forms if since <= now)

    def next(self, now: datetime, told: Sequence[Told]) -> datetime | None:
        """The first moment, ``now`` or later, at which the decision may be another one."""
        place = bisect_left(self.moments, now)
        rested = [each.at + REST for each in told[-1:] if each.at + REST >= now]
        return min((*self.moments[place : place + 1], *rested), default=None)


def _forms(facts: ScorecardFacts, closing: Closing) -> list[tuple[datetime, ScorecardFacts]]:
    """What it is from which moment on, the last first."""
    forms = [facts]
    moments = []
    for at, change in (
        (closing.application, {"application_state": ApplicationState.ACTIVE}),
        (closing.job, {"job_is_open": True}),
    ):
        if at is not None:
            moments.append((at, change))
    found = []
    for at, change in sorted(moments, key=lambda each: each[0], reverse=True):
        found.append((at, forms[-1]))
        forms.append(replace(forms[-1], **change))
    return [*found, (_BEGINNING, forms[-1])]


def _moments(facts: ScorecardFacts, policy: Policy) -> Iterable[datetime]:
    """Due, the ladder, and whatever somebody did."""
    answered = ((a.at, a.until, a.undone_at) for a in facts.answers)
    ladder = () if facts.due_at is None else steps(facts.due_at, policy.of(facts))
    known = (
        facts.due_at,
        facts.submitted_at,
        facts.joined_at,
        *(m for some in answered for m in some),
    )
    return (at for at in (*known, *(step.at for step in ladder)) if at is not None)


class _Telling:
    """The state of one run through the time."""

    def __init__(self, history: History, book: Rulebook, every: timedelta) -> None:
        self.history, self.book, self.every = history, book, every
        self.policy = replace(book.policy, nudge_since=history.since)
        self.now = history.since - every
        self.said: list[Said] = []
        self.spoken: dict[ScorecardKey, list[Spoken]] = defaultdict(list)
        self.told: dict[ScorecardKey, list[Told]] = defaultdict(list)
        self.last: dict[str, datetime] = {}
        self.nudged: dict[str, list[datetime]] = defaultdict(list)
        self.spared: dict[ScorecardKey, list[tuple[datetime, str]]] = defaultdict(list)
        self.aside: set[ScorecardKey] = set()
        self.cards: dict[ScorecardKey, _Card] = {}
        for facts in history.facts:
            closing = history.closings.get(_where(facts.key), Closing())
            try:
                self.cards[facts.key] = _Card(facts, closing, self.policy)
            except Exception:  # whatever it is, the other rows must go on
                self.aside.add(facts.key)
        self.panels: dict[Where, list[_Card]] = defaultdict(list)
        for card in self.cards.values():
            self.panels[_where(card.key)].append(card)
        self.waiting: dict[str, set[ScorecardKey]] = defaultdict(set)
        """By address: what is to be said as soon as its owner may be written to."""
        self.waits_on: dict[ScorecardKey, str] = {}
        self.queue: list[tuple[datetime, ScorecardKey]] = []
        self.opening: list[tuple[datetime, str]] = []
        for card in self.cards.values():
            self._enqueue(card, history.since)
        manners = Manners(
            book.working, history.member, self._ignored, book.gaps, allowed=book.allowed
        )
        accounts = {key.ats for key in self.cards}
        self.known = Known(
            policies=dict.fromkeys(accounts, self.policy),
            told=self.told,
            panel=self._panel,
            last_written=self.last.get,
            manners=manners,
        )

    # -- which instant comes next

    def next(self) -> datetime | None:
        """The first instant of the service's after this one at which something may happen."""
        tops = [heap[0][0] for heap in (self.queue, self.opening) if heap]
        if not tops:
            return None
        looks = -((self.history.since - min(tops)) // self.every)  # rounded up
        at = max(self.history.since + looks * self.every, self.now + self.every)
        return at if at <= self.history.until else None

    def _enqueue(self, card: _Card, now: datetime) -> None:
        at = card.next(now, self.told.get(card.key, ()))
        if at is not None:
            heappush(self.queue, (at, card.key))

    def _woken(self) -> set[ScorecardKey]:
        """What may be decided otherwise now than the last time."""
        found = set()
        while self.queue and self.queue[0][0] <= self.now:
            found.add(heappop(self.queue)[1])
        while self.opening and self.opening[0][0] <= self.now:
            found |= self.waiting.get(heappop(self.opening)[1], set())
        return found

    # -- one instant

    def play(self, now: datetime) -> None:
        """What one look of the service would do."""
        self.now = now
        keys = self._woken()
        planned = self._plan(keys)
        while late := self._waiting_on(planned) - keys:  # one message, whatever woke it
            keys |= late
            planned = self._plan(keys)
        for key in keys:
            self.waiting[self.waits_on.pop(key, "")].discard(key)
        self.aside |= {each.key for each in planned.set_aside}
        for draft in planned.drafts:
            self._say(draft)
        self._wait(planned)
        for key in keys:
            self._enqueue(self.cards[key], now)

    def _plan(self, keys: Collection[ScorecardKey]) -> Plan:
        rows = (self.cards[key].at(self.now) for key in sorted(keys))
        known = [facts for facts in rows if facts is not None]
        return plan(known, self.known, self.now, most=self.book.most_messages)

    def _waiting_on(self, planned: Plan) -> set[ScorecardKey]:
        """What waits for people who would be written to now: it belongs into the same messages."""
        spoken_to = {draft.to.address for draft in (*planned.drafts, *planned.later)}
        found: set[ScorecardKey] = set()
        return found.union(*(self.waiting.get(address, ()) for address in spoken_to))

    def _say(self, draft: Draft) -> None:
        now, to = self.now, draft.to
        day, keys = draft.hours.today(now), tuple(key for key, _ in draft.steps)
        self.said.append(Said(now, draft.kind, to.address, to.name, day, keys))
        self.last[to.address] = now
        if draft.audience is Audience.INTERVIEWER:
            self.nudged[to.address].append(now)
        for owed in draft.owed:
            key, step = owed.facts.key, owed.step
            why = decide(owed.facts, owed.judgement, owed.told, self.policy, now).reason
            if waited := self.spared.pop(key, None):
                why += f"; before that: {waited[-1][1]}"
            said = Spoken(now, step.name, step.audience, to.address, to.name, why)
            self.spoken[key].append(said)
            self.told[key].append(Told(step.name, "sent", now))

    def _wait(self, planned: Plan) -> None:
        reasons = {each.key: each.reason for each in planned.silent}
        capped = {draft.to.address for draft in planned.later}
        for draft in (*planned.later, *planned.spared):
            address = draft.to.address
            for key, _ in draft.steps:
                self.waiting[address].add(key)
                self.waits_on[key] = address
                reason = reasons.get(key, "one run had no more messages")
                if key not in self.spared or self.spared[key][-1][1] != reason:
                    self.spared[key].append((self.now, reason))
            if address in capped:
                heappush(self.opening, (self.now, address))
            elif self.known.manners.may_hear(address):
                heappush(self.opening, (self._opens(draft), address))

    def _opens(self, draft: Draft) -> datetime:
        """Before this moment this person is not written to, whatever is said to others."""
        hours, address, start = draft.hours, draft.to.address, self.now
        last, moves = self.last.get(address), self.history.moves.get(address, ())
        forgiven: list[datetime] = []
        if hours.open_at(start):  # written to today, or backed off from
            start = end_of_day(hours.today(start), hours.zone)
            if last is not None and draft.audience is Audience.INTERVIEWER:
                ignored = self._ignored((address,), self.now - STREAK)[address]
                again = self.known.manners.again(hours, last, ignored)
                start = max(start, end_of_day(again - timedelta(days=1), hours.zone))
                place = bisect_right(self.nudged[address], self.now - STREAK)
                forgiven = [at + STREAK for at in self.nudged[address][place : place + 1]]
        place = bisect_right(moves, self.now)
        opens = hours.next_open(start) or start + AHEAD
        # Backing off may end earlier: something comes in, or was too long ago to be held against.
        return min((opens, *forgiven, *moves[place : place + 1]))

    # -- what plan() looks up

    def _panel(self, key: ScorecardKey) -> list[ScorecardFacts]:
        seats = (card.at(self.now) for card in self.panels[_where(key)])
        return [facts for facts in seats if facts is not None]

    def _ignored(self, addresses: Collection[str], since: datetime) -> dict[str, int]:
        """As the store counts it (store/patience.py), of what was said here."""
        found = {}
        for address in addresses:
            moves = self.history.moves.get(address, ())
            place = bisect_right(moves, self.now)
            moved = max(moves[place - 1], since) if place else since
            nudged = self.nudged[address]
            found[address] = len(nudged) - bisect_right(nudged, moved)
        return found

    # -- afterwards

    def why_not(self, key: ScorecardKey, at: datetime) -> str:
        facts = self.cards[key].at(at)
        if facts is None:
            return "this person was not on the panel yet"
        told = [each for each in self.told.get(key, ()) if each.at < at]
        decision = decide(facts, judge(facts, self.policy, at), told, self.policy, at)
        if decision.step is None:
            return decision.reason
        waited = [reason for since, reason in self.spared.get(key, ()) if since <= at]
        return waited[-1] if waited else decision.reason


def _where(key: ScorecardKey) -> Where:
    return key.ats, key.interview_id
