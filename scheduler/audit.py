"""An independent look at what was said: which steps should exist by now, and which must not.

Everything is derived anew from the raw rows by its own small reading (audit_rows.py), and compared
with the outbox; of a policy it takes the numbers and none of the judging. What depends on rules or
on what is known of people is compared only for messages decided since the last audit under the
rules of today. What seems to be missing must stay missing for a while in which it could have been
said. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from connectors.model import utc
from scheduler import audit_rows as raw
from scheduler.facts import Audience, ScorecardFacts, ScorecardKey
from scheduler.policy import Policy
from scheduler.store.values import Event, SaidRow, StoredAudit
from scheduler.workdays import WorkCalendar

LOOKS_BACK = timedelta(days=14)
"""So old a message may be to be looked at; a difference is shown for as long."""
PATIENCE = 3
"""Whole working days after its moment before a step seems to be missing."""
SURE_AFTER = timedelta(hours=2)
SURE_AT = 4
"""A missing step is a difference once so many audits in a row, over so long, missed it while it
could have been said."""
STUCK = timedelta(days=1)
DOUBT = (timedelta(days=1), timedelta(days=8))
"""A message in doubt is a difference at this age: somebody should look, and not for ever."""
REST = timedelta(hours=20)

MEANINGS = {
    "missing": "is overdue, nothing speaks against asking, and nobody was asked",
    "twice": "was spoken about twice at one step",
    "known": "was spoken about although it was known that it must not be",
    "early": "was spoken about before it was due, or too soon after the last time",
    "stranger": "was spoken about to somebody who is not its interviewer",
    "not allowed": "went to an address that the allow-list does not hold",
    "at night": "went out outside of every working hour that may be meant",
    "crowd": "is the second message to one person on one day",
    "stuck": "was decided and is neither sent nor given up",
    "in doubt": "may or may not have arrived, and has been in doubt for more than a day",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is there and should not be, or the other way round. No names in it."""

    kind: str
    """One of MEANINGS."""
    key: ScorecardKey | None = None
    step: str = ""
    message_id: str = ""
    detail: str = ""
    since: datetime | None = None
    seen: int = 1
    sure: bool = True
    """False: it waits to be seen again."""

    @property
    def identity(self) -> tuple[object, ...]:
        return (self.kind, self.key, self.step, self.message_id)

    def as_row(self) -> dict[str, Any]:
        """JSON-able, for the store."""
        row: dict[str, Any] = {
            "kind": self.kind,
            "step": self.step,
            "message": self.message_id,
            "detail": self.detail,
            "since": self.since.isoformat() if self.since else None,
            "seen": self.seen,
            "sure": self.sure,
        }
        if self.key is not None:
            row |= {
                "ats": self.key.ats,
                "interview": self.key.interview_id,
                "interviewer": self.key.interviewer_id,
            }
        return row

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Difference:
        key = None
        if "ats" in row:
            key = ScorecardKey(row["ats"], row["interview"], row["interviewer"])
        since = utc(row["since"]) if row["since"] else None
        more = (row["step"], row["message"], row["detail"], since, row["seen"], row["sure"])
        return cls(row["kind"], key, *more)


@dataclass(frozen=True, slots=True)
class Audit:
    at: datetime
    compared: int
    differences: tuple[Difference, ...]

    @property
    def found(self) -> tuple[Difference, ...]:
        return tuple(each for each in self.differences if each.sure)


def found_in(stored: StoredAudit | None) -> tuple[Difference, ...]:
    """The differences of a stored audit; what only waits to be seen again is none yet."""
    rows = stored.differences if stored else ()
    return tuple(each for each in map(Difference.of, rows) if each.sure)


@dataclass(frozen=True, slots=True)
class Grounds:
    """The rules as numbers, and what the auditor may not guess."""

    policies: Mapping[str, Policy]
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    calendars: tuple[WorkCalendar, ...] = (WorkCalendar(),)
    """Every one that may count for somebody; the company's first."""
    spans: tuple[tuple[time, time], ...] = ((time(9), time(17)),)
    """Every stretch of working hours that may be meant."""
    zones: Mapping[str, tuple[ZoneInfo, ...]] = field(default_factory=dict)
    """Further zones a person may live in, by lower-case address."""
    away: Set[str] = frozenset()
    """Addresses whose owners are, or were until lately, out of office."""
    allowed: tuple[str, ...] = ()
    longest_gap: int = 5
    """Working days that may lie between two messages to one person."""
    silent: Set[str] = frozenset()
    """Accounts nobody is spoken to about: unplugged, or not read lately."""
    since: datetime | None = None
    """From when on these rules hold; None: not known, and nothing is held against them."""
    may_send: bool = False
    """Whether messages could go out now: live, not paused, a channel that works."""


def audit(
    rows: Iterable[ScorecardFacts],
    said: Sequence[SaidRow],
    events: Mapping[tuple[str, str], Sequence[Event]],
    grounds: Grounds,
    before: StoredAudit | None,
    now: datetime,
) -> Audit:
    """``rows``: every scorecard that is open or was spoken about. ``said``: of the last 14 days."""
    known = {each.key: each for each in rows}
    fresh = _since_last(said, grounds, before)
    found = [
        *_twice(said),
        *_crowds(said, known, grounds),
        *_unrested(said),
        *_against(said, known, events),
        *_fresh(fresh, known, grounds),
        *_in_doubt(said, now),
    ]
    suspected = [*_stuck(said, now), *_missing(known.values(), said, grounds, now)]
    kept = _kept(before, now, {each.identity for each in found})
    differences = [
        *(_dated(each, kept, now) for each in found),
        *(each for each in kept.values() if each.kind in RULED),
        *_aged(suspected, before, grounds, now),
    ]
    unique = {each.identity: each for each in reversed(differences)}
    ordered = sorted(unique.values(), key=lambda each: repr(each.identity))
    return Audit(now, len(known) + len({each.message_id for each in said}), tuple(ordered))


RULED = frozenset({"not allowed", "at night", "stranger"})
"""Found only at the time, under the rules of that time; kept for as long as messages are."""
SUSPECTED = frozenset({"missing", "stuck"})


def _arrived(said: Iterable[SaidRow]) -> Iterator[tuple[SaidRow, ScorecardKey]]:
    for row in said:
        if row.state in raw.ARRIVED and row.key is not None:
            yield row, row.key


def _twice(said: Sequence[SaidRow]) -> Iterator[Difference]:
    by_step: dict[tuple[ScorecardKey, str], set[str]] = defaultdict(set)
    for row, key in _arrived(said):
        by_step[key, row.step].add(row.message_id)
    for (key, step), ids in by_step.items():
        if len(ids) > 1:
            yield Difference("twice", key, step, max(ids))


def _crowds(
    said: Sequence[SaidRow], known: Mapping[ScorecardKey, ScorecardFacts], grounds: Grounds
) -> Iterator[Difference]:
    to: dict[str, dict[str, tuple[datetime, set[ZoneInfo]]]] = defaultdict(dict)
    for row in said:
        if row.state in raw.ARRIVED:
            zones = {grounds.zone, *_zones(row, known, grounds)}
            to[row.address].setdefault(row.message_id, (raw.spoken_at(row), set()))[1].update(zones)
    for messages in to.values():
        ordered = sorted(messages.items(), key=lambda each: (each[1][0], each[0]))
        for (_, (one, here)), (id, (other, there)) in pairwise(ordered):
            if raw.same_day(one, other, here | there):
                yield Difference("crowd", message_id=id)


def _unrested(said: Sequence[SaidRow]) -> Iterator[Difference]:
    about: dict[ScorecardKey, list[SaidRow]] = defaultdict(list)
    for row, key in _arrived(said):
        if not row.step.startswith(raw.HAND_OVER):
            about[key].append(row)
    for key, rows in about.items():
        ordered = sorted(rows, key=lambda each: (each.created_at, each.message_id))
        for one, other in pairwise(ordered):
            if one.step != other.step and other.created_at - raw.spoken_at(one) < REST:
                yield Difference("early", key, other.step, other.message_id, "too soon after")


def _against(
    said: Sequence[SaidRow],
    known: Mapping[ScorecardKey, ScorecardFacts],
    events: Mapping[tuple[str, str], Sequence[Event]],
) -> Iterator[Difference]:
    for row, key in _arrived(said):
        facts = known.get(key)
        if facts is None:
            continue
        happened = events.get((key.ats, key.interview_id), ())
        why = raw.known_against(facts, row, happened)
        if why:
            yield Difference("known", key, row.step, row.message_id, why)
        due, end = raw.due(facts), raw.ended(facts)
        moved = any(
            e.event in ("moved", "due_stamped") and e.at >= row.created_at for e in happened
        )
        if moved or row.step.startswith(raw.HAND_OVER) or due is None or end is None:
            continue
        if row.created_at <= max(due, end):
            yield Difference("early", key, row.step, row.message_id, "it was not due")


def _since_last(
    said: Sequence[SaidRow], grounds: Grounds, before: StoredAudit | None
) -> list[SaidRow]:
    """What was decided under these rules and not looked at before."""
    if grounds.since is None:
        return []
    start = max(grounds.since, before.at if before else grounds.since)
    return [each for each in said if each.created_at >= start]


def _fresh(
    said: Iterable[SaidRow], known: Mapping[ScorecardKey, ScorecardFacts], grounds: Grounds
) -> Iterator[Difference]:
    patterns = [each.casefold() for each in grounds.allowed]
    for row in said:
        facts = known.get(row.key) if row.key else None
        address = row.address.casefold()
        if patterns and not any(fnmatchcase(address, each) for each in patterns):
            yield Difference("not allowed", row.key, row.step, row.message_id)
        if row.state == "sent" and not _in_hours(row, known, grounds):
            yield Difference("at night", row.key, row.step, row.message_id)
        if facts is None or row.kind not in ("nudge", "digest"):
            continue
        if address != (facts.interviewer.email or "").strip().casefold():
            yield Difference("stranger", row.key, row.step, row.message_id)


def _in_hours(row: SaidRow, known: Mapping[ScorecardKey, ScorecardFacts], grounds: Grounds) -> bool:
    zones = {grounds.zone, *_zones(row, known, grounds)}
    at = raw.spoken_at(row)
    return raw.within(at, zones, grounds.spans) and raw.on_a_workday(at, zones, grounds.calendars)


def _zones(
    row: SaidRow, known: Mapping[ScorecardKey, ScorecardFacts], grounds: Grounds
) -> Iterator[ZoneInfo]:
    yield from grounds.zones.get(row.address.casefold(), ())
    facts = known.get(row.key) if row.key else None
    if facts is None:
        return
    asked = (*facts.recruiters, *facts.coordinators, *facts.hiring_managers, *facts.managers)
    for person in (facts.interviewer, *asked):
        if person.zone and (person.email or "").strip().casefold() == row.address.casefold():
            try:
                yield ZoneInfo(person.zone)
            except (ValueError, OSError):
                continue  # what the ATS calls a zone need not be one


def _in_doubt(said: Iterable[SaidRow], now: datetime) -> Iterator[Difference]:
    for row in {each.message_id: each for each in said}.values():
        if row.state == "unknown" and DOUBT[0] <= now - row.created_at < DOUBT[1]:
            yield Difference("in doubt", message_id=row.message_id)


def _stuck(said: Iterable[SaidRow], now: datetime) -> Iterator[Difference]:
    for row in {each.message_id: each for each in said}.values():
        waits_for = max(filter(None, (row.created_at, row.not_before, row.lease_until)))
        if row.state in ("planned", "sending") and waits_for < now - STUCK:
            yield Difference("stuck", message_id=row.message_id, detail=row.state)


def _missing(
    rows: Iterable[ScorecardFacts], said: Sequence[SaidRow], grounds: Grounds, now: datetime
) -> Iterator[Difference]:
    """Asked at no step, although the first one's moment passed days ago and nobody was spared."""
    told = {row.key for row in said}
    last: dict[str, datetime] = {}
    for row in said:
        if row.state not in ("failed", "abandoned"):
            address = row.address.casefold()
            last[address] = max(raw.spoken_at(row), last.get(address, row.created_at))
    for facts in rows:
        policy = grounds.policies.get(facts.key.ats)
        if policy is None or facts.key.ats in grounds.silent or facts.key in told:
            continue
        address = (facts.interviewer.email or "").strip().casefold()
        if raw.speakable(facts, now) and _may_be_asked(facts, address, policy, grounds):
            moment = _first_moment(facts, policy)
            spared = last.get(address)
            waited = None if moment is None else _waited(moment, policy, now)
            if waited is None or waited < PATIENCE:
                continue
            if spared is None or _waited(spared, policy, now) > grounds.longest_gap:
                yield Difference("missing", facts.key)


def _waited(start: datetime, policy: Policy, now: datetime) -> int:
    return raw.workdays_between(start, now, policy.zone, policy.calendar)


def _may_be_asked(facts: ScorecardFacts, address: str, policy: Policy, grounds: Grounds) -> bool:
    patterns = [each.casefold() for each in grounds.allowed]
    allowed = not patterns or any(fnmatchcase(address, each) for each in patterns)
    end = raw.ended(facts)
    since = policy.nudge_since
    watched = since is not None and end is not None and end >= since
    return allowed and watched and address not in grounds.away


def _first_moment(facts: ScorecardFacts, policy: Policy) -> datetime | None:
    """The latest at which the first step of any ladder falls due; None where one asks nobody."""
    due = raw.due(facts)
    ladders = [policy.ladder, *(rule.ladder for rule in policy.rules if rule.ladder is not None)]
    if due is None or any(
        not each or each[0].audience is not Audience.INTERVIEWER for each in ladders
    ):
        return None
    days = max(each[0].days_later for each in ladders)
    return raw.later_by(due, days, policy.zone, policy.calendar)


def _kept(
    before: StoredAudit | None, now: datetime, again: Set[tuple[object, ...]]
) -> dict[tuple[object, ...], Difference]:
    """What an earlier audit found and is still to be shown."""
    earlier = [Difference.of(each) for each in (before.differences if before else ())]
    return {
        each.identity: each
        for each in earlier
        if each.identity in again
        or (each.kind in RULED and each.since is not None and each.since > now - LOOKS_BACK)
    }


def _dated(
    each: Difference, kept: Mapping[tuple[object, ...], Difference], now: datetime
) -> Difference:
    old = kept.get(each.identity)
    return replace(each, since=(old.since if old else None) or now)


def _aged(
    suspected: Iterable[Difference], before: StoredAudit | None, grounds: Grounds, now: datetime
) -> Iterator[Difference]:
    """Suspicions grow only while messages could go out; then they become sure."""
    earlier = {d.identity: d for d in map(Difference.of, before.differences if before else ())}
    for each in suspected:
        old = earlier.get(each.identity)
        since = (old.since if old else None) or now
        seen = (old.seen if old else 0) + grounds.may_send
        sure = (old.sure if old else False) or (seen >= SURE_AT and now - since >= SURE_AFTER)
        yield replace(each, since=since, seen=seen, sure=sure)
