"""Who is spoken to now, about what, and why the others are not. Pure: values in, values out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime

from connectors.notify.base import Recipient
from scheduler.facts import (
    Audience,
    Decision,
    Judgement,
    PersonFacts,
    ScorecardFacts,
    ScorecardKey,
    Status,
    Told,
)
from scheduler.judging import judge
from scheduler.messages import Owed
from scheduler.policy import Policy, decide, escalation_target, undeliverable

StepOf = tuple[ScorecardKey, str]
"""A scorecard and the name of the step at which it is spoken about."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One message to one person, not yet claimed."""

    to: Recipient
    audience: Audience
    owed: tuple[Owed, ...]
    """Who waits longest first."""

    @property
    def steps(self) -> tuple[StepOf, ...]:
        return tuple((each.facts.key, each.step.name) for each in self.owed)


@dataclass(frozen=True, slots=True)
class Silence:
    """A scorecard that is overdue and not spoken about now, with the reason."""

    key: ScorecardKey
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    drafts: tuple[Draft, ...] = ()
    later: tuple[Draft, ...] = ()
    """Beyond the cap of one run; the next run takes them up."""
    silent: tuple[Silence, ...] = ()
    undeliverable: tuple[Silence, ...] = ()
    """Owed by people whom we cannot reach: named for the owner, never guessed."""
    set_aside: tuple[Silence, ...] = ()
    """Rows that could not be judged; the others went on."""

    @property
    def held_back(self) -> int:
        """Messages that wait for the next run."""
        return len(self.later)


@dataclass(frozen=True, slots=True)
class Known:
    """What planning may look up."""

    policies: Mapping[str, Policy]
    """By account; they differ in ``nudge_since``. Rows of other accounts are left alone."""
    told: Mapping[ScorecardKey, Sequence[Told]]
    panel: Callable[[ScorecardKey], Iterable[ScorecardFacts]]
    """All the scorecards of the interview of a scorecard."""
    last_written: Callable[[str], datetime | None]
    """When this address was last written to."""
    unplugged: Set[str] = frozenset()
    """Accounts that are not connected any more: judged, and never spoken about."""


def plan(rows: Iterable[ScorecardFacts], known: Known, now: datetime, *, most: int) -> Plan:
    """Everything to be said at ``now``: at most one message a person and day, at most ``most``."""
    found = _sorted(rows, known, now)
    due, spared = _one_a_day(found.drafts, known, now)
    return Plan(
        drafts=tuple(due[:most]),
        later=tuple(due[most:]),
        silent=(*found.silent, *spared),
        undeliverable=tuple(found.undeliverable),
        set_aside=tuple(found.set_aside),
    )


def still_due(
    address: str,
    steps: Iterable[StepOf],
    rows: Iterable[ScorecardFacts],
    known: Known,
    now: datetime,
) -> tuple[Draft | None, tuple[Silence, ...]]:
    """What is still to be said to this address at these steps, after reading again.

    ``rows`` are the scorecards as they are now; ``known.told`` must not hold the message's own
    claim. Without a draft nothing is left to say. The other value: what fell away, and why.
    """
    wanted = set(steps)
    found = _sorted(rows, known, now)
    kept: Draft | None = None
    for draft in found.drafts:
        owed = tuple(o for o in draft.owed if (o.facts.key, o.step.name) in wanted)
        if draft.to.address == address and owed:
            kept = Draft(draft.to, draft.audience, owed)
            break
    why = {each.key: each.reason for each in found.quiet()}
    why |= {key: "another step or person is due now" for d in found.drafts for key, _ in d.steps}
    gone = sorted(wanted - set(kept.steps if kept else ()))
    return kept, tuple(Silence(key, why.get(key, "it is not stored any more")) for key, _ in gone)


@dataclass
class _Sorted:
    """All rows, each in one place; the drafts without any limit, most urgent first."""

    drafts: list[Draft] = field(default_factory=list)
    silent: list[Silence] = field(default_factory=list)
    undeliverable: list[Silence] = field(default_factory=list)
    set_aside: list[Silence] = field(default_factory=list)
    settled: list[Silence] = field(default_factory=list)
    """Not overdue: handed in, called off, not due yet."""

    def quiet(self) -> Iterable[Silence]:
        return (*self.silent, *self.undeliverable, *self.set_aside, *self.settled)


def _sorted(rows: Iterable[ScorecardFacts], known: Known, now: datetime) -> _Sorted:
    speak: dict[tuple[Audience, str], list[Owed]] = defaultdict(list)
    names: dict[str, str] = {}
    found = _Sorted()
    for facts in rows:
        if facts.key.ats not in known.policies:
            continue
        try:
            spoken = _speak(facts, known, now)
        except Exception as problem:  # one bad row must not silence all the others
            reason = f"it could not be judged ({type(problem).__name__})"
            found.set_aside.append(Silence(facts.key, reason))
            continue
        if isinstance(spoken, Judgement):
            found.settled.append(Silence(facts.key, spoken.reason))
        elif isinstance(spoken, Decision):
            unreached = undeliverable(facts)
            heap = found.undeliverable if unreached and unreached in spoken.reason else found.silent
            heap.append(Silence(facts.key, spoken.reason))
        else:
            owed, target = spoken
            address = (target.email or "").strip().lower()
            names.setdefault(address, target.name)
            speak[owed.step.audience, address].append(owed)
    found.drafts = [
        Draft(Recipient(names[address], address), audience, _longest_first(owed))
        for (audience, address), owed in speak.items()
    ]
    found.drafts.sort(key=_most_urgent_first)
    return found


def _speak(
    facts: ScorecardFacts, known: Known, now: datetime
) -> tuple[Owed, PersonFacts] | Decision | Judgement:
    """What to say about one scorecard and to whom; a Decision says why not; a Judgement that
    there is no reason to, as it is not overdue."""
    policy = known.policies[facts.key.ats]
    judgement = judge(facts, policy, now)
    if judgement.status is not Status.OVERDUE or judgement.ended_at is None:
        return judgement
    if facts.key.ats in known.unplugged:
        return Decision(None, f"the account {facts.key.ats} is not connected any more")
    told = tuple(known.told.get(facts.key, ()))
    decision = decide(facts, judgement, told, policy, now)
    if decision.step is None:
        return decision
    target: PersonFacts | None = facts.interviewer
    if decision.step.audience is not Audience.INTERVIEWER:
        target = escalation_target(facts)
    assert target is not None, "decide() names no step without somebody to hear it"
    seats = [judge(seat, policy, now).status for seat in known.panel(facts.key)]
    missing = sum(seat in (Status.OVERDUE, Status.AWAITING) for seat in seats)
    handed_in = sum(seat in (Status.SUBMITTED, Status.SUBMITTED_LATE) for seat in seats)
    ended_on = judgement.ended_at.astimezone(policy.zone).date()
    owed = Owed(
        facts=facts,
        judgement=judgement,
        step=decision.step,
        told=told,
        panel_size=missing + handed_in,
        panel_missing=missing,
        waiting_days=(now.astimezone(policy.zone).date() - ended_on).days,
    )
    return owed, target


def _longest_first(owed: Sequence[Owed]) -> tuple[Owed, ...]:
    return tuple(sorted(owed, key=lambda each: (each.judgement.ended_at, each.facts.key)))


def _most_urgent_first(draft: Draft) -> tuple[bool, datetime, str]:
    """Interviewers before the people who are told about them, then by what fell due first."""
    first_due = min(each.step.at for each in draft.owed)
    return (draft.audience is not Audience.INTERVIEWER, first_due, draft.to.address)


def _one_a_day(
    drafts: Sequence[Draft], known: Known, now: datetime
) -> tuple[list[Draft], list[Silence]]:
    """At most one message to a person on one day of the company, over all accounts and kinds."""
    kept: list[Draft] = []
    spared: list[Silence] = []
    written: set[str] = set()
    for draft in drafts:
        address = draft.to.address
        zone = known.policies[draft.owed[0].facts.key.ats].zone
        last = known.last_written(address)
        today = now.astimezone(zone).date()
        if address in written or (last is not None and last.astimezone(zone).date() >= today):
            reason = "this person was already written to today"
            spared.extend(Silence(each.facts.key, reason) for each in draft.owed)
        else:
            written.add(address)
            kept.append(draft)
    return kept, spared
