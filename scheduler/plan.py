"""Who is spoken to now, about what, and why the others are not. Pure: values in, values out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.notify.base import MessageKind, Recipient
from scheduler.deciding import asked_next, decide
from scheduler.facts import (
    Audience,
    Decision,
    Judgement,
    PersonFacts,
    ScorecardFacts,
    ScorecardKey,
    Status,
    Step,
    Told,
)
from scheduler.hours import Hours
from scheduler.judging import HANDED_OVER, judge
from scheduler.owed import Ahead, Owed
from scheduler.policy import REST, Policy, answer_to
from scheduler.reaching import colleague, undeliverable, whom_to_ask
from scheduler.sparing import Manners, Reader, spared

StepOf = tuple[ScorecardKey, str]
"""A scorecard and the name of the step at which it is spoken about."""

HELP = 2
UNDELIVERABLE = "undeliverable: "
"""How the reason begins where somebody cannot be reached."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One message to one person, not yet claimed."""

    to: Recipient
    audience: Audience
    owed: tuple[Owed, ...]
    """Who waits longest first."""
    hours: Hours = field(default_factory=Hours)
    """The person's, for whoever sends it later."""

    @property
    def steps(self) -> tuple[StepOf, ...]:
        return tuple((each.facts.key, each.step.name) for each in self.owed)

    @property
    def kind(self) -> MessageKind:
        if self.audience is not Audience.INTERVIEWER:
            return MessageKind.ESCALATION
        return MessageKind.NUDGE if len(self.owed) == 1 else MessageKind.DIGEST


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
    spared: tuple[Draft, ...] = ()
    """For people who are left in peace now; the reasons are among ``silent``."""
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
    manners: Manners = field(default_factory=Manners)


def plan(rows: Iterable[ScorecardFacts], known: Known, now: datetime, *, most: int) -> Plan:
    """Everything to be said at ``now``: in everybody's working hours, at most one message a person
    and day, at most ``most``."""
    found = _sorted(rows, known, now)
    readers = [_reader(draft) for draft in found.drafts]
    reasons = spared(readers, known.manners, known.last_written, now)
    due: list[Draft] = []
    left: list[Draft] = []
    for draft, reason in zip(found.drafts, reasons, strict=True):
        if reason is None:
            due.append(draft)
        else:
            left.append(draft)
            found.silent += [Silence(key, reason) for key, _ in draft.steps]
    return Plan(
        drafts=tuple(due[:most]),
        later=tuple(due[most:]),
        spared=tuple(left),
        silent=tuple(found.silent),
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
            kept = replace(draft, owed=owed)
            break
    why = {each.key: each.reason for each in found.quiet()}
    why |= {owed.facts.key: _instead(owed) for draft in found.drafts for owed in draft.owed}
    gone = sorted(wanted - set(kept.steps if kept else ()))
    return kept, tuple(Silence(key, why.get(key, "it is not stored any more")) for key, _ in gone)


def _instead(owed: Owed) -> str:
    """Why something else is said about it now."""
    if owed.unreachable:
        return f"{UNDELIVERABLE}{owed.unreachable}"
    return "another step or person is due now"


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
    speak: dict[tuple[int, str], list[tuple[Owed, PersonFacts]]] = defaultdict(list)
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
            unreached = spoken.reason.startswith(UNDELIVERABLE)
            heap = found.undeliverable if unreached else found.silent
            heap.append(Silence(facts.key, spoken.reason))
        else:
            owed, target = spoken
            address = (target.email or "").strip().lower()
            speak[_rank(owed.step.audience), address].append(spoken)
    found.drafts = [_draft(address, said, known) for (_, address), said in speak.items()]
    found.drafts.sort(key=_most_urgent_first)
    return found


def _draft(address: str, said: Sequence[tuple[Owed, PersonFacts]], known: Known) -> Draft:
    """One message to an address, whatever the roles and accounts that led to it."""
    owed = _longest_first([each for each, _ in said])
    people = [person for _, person in said]
    zoned = next((each for each in people if each.zone), people[0])
    to = Recipient(people[0].name, address)
    return Draft(to, owed[0].step.audience, owed, known.manners.hours_of(zoned))


def _reader(draft: Draft) -> Reader:
    owes = draft.audience is Audience.INTERVIEWER
    return Reader(draft.to.address, draft.to.name, draft.hours, owes)


def _speak(
    facts: ScorecardFacts, known: Known, now: datetime
) -> tuple[Owed, PersonFacts] | Decision | Judgement:
    """What to say about one scorecard and to whom; a Decision says why not; a Judgement that
    there is no reason to, as nobody is asked for it."""
    policy = known.policies[facts.key.ats]
    judgement = judge(facts, policy, now)
    overdue = judgement.status is Status.OVERDUE
    if judgement.ended_at is None or not (overdue or judgement.excuse == HANDED_OVER):
        return judgement
    if facts.key.ats in known.unplugged:
        return Decision(None, f"the account {facts.key.ats} is not connected any more")
    told = tuple(known.told.get(facts.key, ()))
    decision = decide(facts, judgement, told, policy, now)
    if decision.step is None:
        return decision if overdue else replace(judgement, reason=decision.reason)
    panel = list(known.panel(facts.key))
    target = _target(facts, decision.step, panel, now, judgement.ended_at)
    if target is None:
        reason = "it was handed over to somebody who cannot be written to"
        return Decision(None, f"{UNDELIVERABLE}{reason}")
    owed = replace(
        owed_of(facts, panel, judgement, policy, decision.step, now, now),
        told=told,
        warns=ahead(facts, judgement, decision.step, told, policy, known.manners.hours_of, now),
        unreachable=undeliverable(facts) if _rank(decision.step.audience) == HELP else None,
    )
    return owed, target


def owed_of(
    facts: ScorecardFacts,
    panel: Iterable[ScorecardFacts],
    judgement: Judgement,
    policy: Policy,
    step: Step,
    at: datetime,
    now: datetime,
) -> Owed:
    """What is said of a scorecard in a message of ``at``, of whose panel we know who is missing
    at ``now``; without what was said before and what comes next."""
    seats = [judge(seat, policy, now).status for seat in panel]
    missing = sum(seat in (Status.OVERDUE, Status.AWAITING) for seat in seats)
    handed_in = sum(seat in (Status.SUBMITTED, Status.SUBMITTED_LATE) for seat in seats)
    ended, today = judgement.ended_at, at.astimezone(policy.zone).date()
    return Owed(
        facts=facts,
        judgement=judgement,
        step=step,
        told=(),
        panel_size=missing + handed_in,
        panel_missing=missing,
        waiting_days=(today - ended.astimezone(policy.zone).date()).days if ended else 0,
    )


def _target(
    facts: ScorecardFacts,
    step: Step,
    panel: Sequence[ScorecardFacts],
    now: datetime,
    ended: datetime,
) -> PersonFacts | None:
    """Who hears it; None only of a hand-over, whose reader decide() does not know."""
    if step.audience is Audience.INTERVIEWER:
        return facts.interviewer
    if step.audience is Audience.COLLEAGUE:
        answer = answer_to(facts, ended, now)
        to_id = answer.to_id if answer else None
        found = colleague(facts, to_id or "", [seat.interviewer for seat in panel])
    else:
        found = whom_to_ask(facts, step)
    return found.person if found else None


def ahead(
    facts: ScorecardFacts,
    judgement: Judgement,
    step: Step,
    told: Sequence[Told],
    policy: Policy,
    hours_of: Callable[[PersonFacts], Hours],
    now: datetime,
) -> Ahead | None:
    """Whom the next step asks to help, and the first moment at which that may happen."""
    assert judgement.due_at is not None
    found = asked_next(facts, step, told, judgement.due_at, policy)
    if found is None:
        return None
    after, target = found
    at = max(after.at, now + REST)
    return Ahead(target.person.name, hours_of(target.person).next_open(at) or at)


def _rank(audience: Audience) -> int:
    """Who owes hears first, then to whom something was handed over, then who is asked to help."""
    order = {Audience.INTERVIEWER: 0, Audience.COLLEAGUE: 1}
    return order.get(audience, HELP)


def _longest_first(owed: Sequence[Owed]) -> tuple[Owed, ...]:
    return tuple(sorted(owed, key=lambda each: (each.judgement.ended_at, each.facts.key)))


def _most_urgent_first(draft: Draft) -> tuple[int, datetime, str]:
    """By rank, then by what fell due first."""
    first_due = min(each.step.at for each in draft.owed)
    return (_rank(draft.audience), first_due, draft.to.address)
