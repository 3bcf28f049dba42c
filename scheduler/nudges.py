"""One person, one digest, one send.

For a few messages at a time: read their interviews again from the ATS, judge again, claim, send,
finish. A dry run stops after the plan and leaves no trace, so that going live later loses nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from connectors.ats.base import Ats
from connectors.errors import ConnectorError
from connectors.model import Interview, Kind, Ref
from connectors.notify.base import Delivery, DeliveryState, Message, MessageKind, Notifier
from scheduler import messages
from scheduler.facts import Audience, ScorecardKey
from scheduler.panels import Panels
from scheduler.plan import Draft, Known, Plan, Silence, StepOf, plan, still_due
from scheduler.policy import Policy
from scheduler.retry import next_try
from scheduler.store import Outgoing, PlannedMessage, Store, StoreProblem

Batched = TypeVar("Batched", Draft, Outgoing)

LEASE = timedelta(hours=1)
"""How long a claimed message may stay unsent before another run may take it up: longer than a
whole run may take."""
BATCH = 40
"""Interviews read again in one go, just before the messages about them are sent."""
TROUBLE = 3
"""Failures in a row, none of them the person's, after which a channel is left alone for a run."""
UNREAD = "it could not be read again from the ATS, so nothing was sent"


@dataclass(frozen=True, slots=True)
class Nudging:
    """Everything a run works with."""

    store: Store
    policies: Mapping[str, Policy]
    """By account: they differ in ``nudge_since``."""
    accounts: Mapping[str, Ats]
    """Accounts that can be read; imported ones (CSV) have none."""
    notifiers: Sequence[Notifier]
    """In the order of preference. Empty: nothing can be sent."""
    store_names: bool = True
    most_messages: int = 100
    unplugged: Set[str] = frozenset()
    """Accounts whose credentials are gone: counted, and nobody is spoken to about them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one message."""

    message: Message
    channel: str
    owed: tuple[tuple[ScorecardKey, str, str | None], ...]
    """Scorecard, step, the interviewer's address."""
    delivery: Delivery | None = None
    """None: not sent (dry run)."""


@dataclass
class Outcome:
    entries: list[Entry] = field(default_factory=list)
    """One a message; of a message that fell back to another channel, the last try."""
    plan: Plan = field(default_factory=Plan)
    withdrawn: list[Silence] = field(default_factory=list)
    """Not spoken about after all; reading again just before the send showed why."""
    set_aside: list[Silence] = field(default_factory=list)
    """What could not be judged or put into words; the others went on."""
    problems: list[str] = field(default_factory=list)
    """One sentence each: what could not be done."""


def make_plan(nudging: Nudging, now: datetime) -> Plan:
    """Who is spoken to at ``now``. Reads the store and changes nothing."""
    rows = nudging.store.scorecards(open_only=True)
    known = _known(nudging, [row.key for row in rows])
    return plan(rows, known, now, most=nudging.most_messages)


def dry_run(nudging: Nudging, now: datetime) -> Outcome:
    """What a live run would send now, if the store is up to date. Claims and asks nothing."""
    taken_up: list[tuple[Draft, str]] = []
    void: set[StepOf] = set()
    for outgoing in nudging.store.resumable(now):
        fresh, _ = _fresh(nudging, outgoing.address, outgoing.steps, now)
        void |= set(outgoing.steps) - set(fresh.steps if fresh else ())
        if fresh is not None:
            taken_up.append((fresh, outgoing.channel))
    rows = nudging.store.scorecards(open_only=True)
    known = _without(_known(nudging, [row.key for row in rows]), void, {"planned"})
    spoken = {draft.to.address for draft, _ in taken_up}
    known = replace(
        known, last_written=lambda to: now if to in spoken else nudging.store.last_message_at(to)
    )
    planned = plan(rows, known, now, most=nudging.most_messages)
    outcome = Outcome(plan=planned, set_aside=list(planned.set_aside))
    channel = nudging.notifiers[0].name if nudging.notifiers else "console"
    drafts = [*taken_up, *((draft, channel) for draft in planned.drafts)]
    for number, (draft, through) in enumerate(drafts, start=1):
        message = _worded(nudging, draft, now, f"dry-run-{number}", outcome)
        if message is not None:
            outcome.entries.append(_entry(draft, message, through))
    return outcome


def run(
    nudging: Nudging,
    now: datetime,
    *,
    on_message: Callable[[int, int], None] | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Take up what an earlier run left unsent, then send what is due at ``now``.

    ``on_message`` is told how many of how many were dealt with; once ``stopping`` says so, the
    message at hand is the last. Raises StoreProblem.
    """
    outcome = Outcome()
    if not nudging.notifiers:
        outcome.problems.append(
            "Nothing can be sent: set SLACK_BOT_TOKEN or SMTP_URL (with MAIL_FROM), then try again."
        )
        return outcome
    outcome.problems += in_doubt(nudging.store, now)
    sender = _Sender(nudging, now, outcome, stopping)
    sender.take_up_left_over()
    planned = make_plan(nudging, now)
    outcome.set_aside += planned.set_aside
    waiting = [*planned.drafts, *planned.later]
    held: list[Draft] = []
    spoken = done = 0
    while waiting and spoken < nudging.most_messages and sender.may_begin():
        batch = _batch(waiting[: nudging.most_messages - spoken])
        del waiting[: len(batch)]
        unread = sender.refresh(key for draft in batch for key, _ in draft.steps)
        for draft in batch:
            if sender.may_begin():
                spoken += sender.speak(draft, unread)
            else:
                held.append(draft)
        done += len(batch)
        if on_message is not None:
            on_message(min(done, len(planned.drafts)), len(planned.drafts))
    outcome.plan = replace(planned, later=(*held, *waiting))
    return outcome


def in_doubt(store: Store, now: datetime) -> list[str]:
    """Give up the messages whose sender died while sending; one sentence for each (case 45)."""
    return [
        f"Message {message_id} may or may not have arrived: shown as unknown, not sent again."
        for message_id in store.expired(now)
    ]


class _Sender:
    """One run: remembers which channels and accounts are of no use, so that each is tried once."""

    def __init__(
        self, nudging: Nudging, now: datetime, outcome: Outcome, stopping: Callable[[], bool]
    ) -> None:
        self.nudging = nudging
        self.store = nudging.store
        self.now = now
        self.outcome = outcome
        self.stopping = stopping
        self.mute: set[str] = set()
        """Accounts that did not answer."""
        self.down: set[str] = set()
        """Channels that are broken: others take their place."""
        self.paused: set[str] = set()
        """Channels that asked to wait or have trouble: their messages wait."""
        self.trouble: Counter[str] = Counter()

    def may_begin(self) -> bool:
        """Whether another message can be sent in this run."""
        usable = [n.name for n in self.nudging.notifiers if n.name not in self.down]
        return bool(usable) and usable[0] not in self.paused and not self.stopping()

    def take_up_left_over(self) -> None:
        """Claimed and never sent: after a crash, or because a retry is due now."""
        left = self.store.resumable(self.now)
        while left:
            batch = _batch(left)
            del left[: len(batch)]
            unread = self.refresh(key for outgoing in batch for key, _ in outgoing.steps)
            for outgoing in batch:
                if self.stopping():
                    return
                if unread.isdisjoint(key for key, _ in outgoing.steps):
                    self._take_up(outgoing)
                # Otherwise it stays claimed and is taken up when the ATS answers again.

    def _take_up(self, outgoing: Outgoing) -> None:
        fresh, gone = _fresh(self.nudging, outgoing.address, outgoing.steps, self.now)
        self.outcome.withdrawn += gone
        why = {each.key: each.reason for each in gone}
        for key, step in set(outgoing.steps) - set(fresh.steps if fresh else ()):
            self.store.unclaim(outgoing.id, key, step, why[key], self.now)
        if fresh is None or outgoing.channel in self.paused:
            return
        usable = {n.name for n in self.nudging.notifiers} - self.down
        if outgoing.channel in usable:
            self._try(fresh, outgoing)
        elif self._after(outgoing.channel) and self.store.start_sending(
            outgoing.id, self.now, LEASE
        ):
            given_up = Delivery(DeliveryState.FAILED, "the channel is not available", True)
            self.store.finish(outgoing.id, given_up, self.now)
            self._send(fresh, self._after(outgoing.channel))

    def speak(self, draft: Draft, unread: Set[ScorecardKey]) -> bool:
        """Judge again what was just read again, and send what is left of it. False: nothing."""
        steps = [(key, step) for key, step in draft.steps if key not in unread]
        lost = set(draft.steps) - set(steps)
        self.outcome.withdrawn += [Silence(key, UNREAD) for key, _ in sorted(lost)]
        fresh, gone = _fresh(self.nudging, draft.to.address, steps, self.now)
        self.outcome.withdrawn += gone
        usable = [n for n in self.nudging.notifiers if n.name not in self.down]
        return fresh is not None and self._send(fresh, usable)

    def _send(self, draft: Draft, notifiers: Sequence[Notifier]) -> bool:
        """Claim on the best channel, send, finish; failed for good, try the next channel."""
        if not notifiers:
            return False
        id, channel = uuid4().hex, notifiers[0].name
        if _worded(self.nudging, draft, self.now, id, self.outcome) is None:
            return False
        planned = PlannedMessage(id, _kind(draft), channel, draft.to.address, draft.steps)
        claimed = set(self.store.claim(planned, self.now, LEASE))
        owed = tuple(o for o in draft.owed if (o.facts.key, o.step.name) in claimed)
        if not owed:
            return False  # another run was faster
        mine = replace(draft, owed=owed)
        self._try(mine, Outgoing(id, channel, draft.to.address, mine.steps))
        return True

    def _try(self, draft: Draft, outgoing: Outgoing) -> None:
        """Send a claimed message; when that fails for good, by the next channel."""
        notifier = next(n for n in self.nudging.notifiers if n.name == outgoing.channel)
        message = _worded(self.nudging, draft, self.now, outgoing.id, self.outcome)
        if message is None or not self.store.start_sending(outgoing.id, self.now, LEASE):
            return  # put into words another day, or another run took it up
        delivery = notifier.deliver(message)
        self._watch(notifier.name, delivery)
        others = self._after(notifier.name)
        retry_at = next_try(delivery, outgoing.attempts, self.now, last=not others)
        self.store.finish(outgoing.id, delivery, self.now, retry_at=retry_at)
        over = delivery.state is DeliveryState.FAILED and retry_at is None
        if over and self._send(draft, others):
            return
        self.outcome.entries.append(_entry(draft, message, notifier.name, delivery))

    def _after(self, channel: str) -> list[Notifier]:
        """The channels that may take over from one, which is perhaps not set up any more."""
        names = [n.name for n in self.nudging.notifiers]
        first = names.index(channel) + 1 if channel in names else 0
        return [n for n in self.nudging.notifiers[first:] if n.name not in self.down]

    def _watch(self, channel: str, delivery: Delivery) -> None:
        if delivery.channel_down:
            self.down.add(channel)
            self.outcome.problems.append(f"{channel} is paused for this run: {delivery.reason}")
        elif delivery.state is DeliveryState.SENT or delivery.permanent:
            self.trouble[channel] = 0
        else:
            self.trouble[channel] += 1
            if delivery.retry_after or self.trouble[channel] >= TROUBLE:
                self.paused.add(channel)

    def refresh(self, keys: Iterable[ScorecardKey]) -> set[ScorecardKey]:
        """Ask each account about these scorecards; those of which it did not tell."""
        asked: dict[str, set[ScorecardKey]] = {}
        for key in keys:
            asked.setdefault(key.ats, set()).add(key)
        unread: set[ScorecardKey] = set()
        for name, wanted in sorted(asked.items()):
            account = self.nudging.accounts.get(name)
            if account is None:
                continue  # imported: there is nobody to ask
            unread |= wanted if name in self.mute else wanted - self._read(name, account, wanted)
        return unread

    def _read(self, name: str, account: Ats, wanted: Set[ScorecardKey]) -> Set[ScorecardKey]:
        """Read and store; of which of these it told, also that they are gone.

        A panel that could not be read whole tells nothing of the seats that are not in it.
        """
        whole: set[str] = set()
        seats: set[tuple[str, str]] = set()
        interview_ids = sorted({key.interview_id for key in wanted})
        try:
            for page in account.read([Ref(Kind.INTERVIEW, each) for each in interview_ids]):
                self.store.save_page(name, page, store_names=self.nudging.store_names)
                whole |= {ref.id for ref in page.missing if ref.kind is Kind.INTERVIEW}
                for each in page.records:
                    if isinstance(each, Interview):
                        seats |= {(each.id, card.interviewer_id) for card in each.scorecards}
                        whole |= {each.id} if each.panel_complete else set()
        except ConnectorError as problem:
            self.mute.add(name)
            self.outcome.problems.append(f"{name} could not be asked again: {problem.message}")
            return set()
        return {
            key
            for key in wanted
            if key.interview_id in whole or (key.interview_id, key.interviewer_id) in seats
        }


def _fresh(
    nudging: Nudging, address: str, steps: Sequence[StepOf], now: datetime
) -> tuple[Draft | None, tuple[Silence, ...]]:
    """What is left of a message as the store stands now, and why the rest fell away.

    What was only planned at these very steps does not count as told: it is the message itself
    (or that of another run, which the claim finds out). What failed there is why it speaks.
    """
    keys = [key for key, _ in steps]
    known = _without(_known(nudging, keys), set(steps), {"planned", "failed"})
    return still_due(address, steps, nudging.store.scorecards(keys=keys), known, now)


def _without(known: Known, steps: Set[StepOf], states: Set[str]) -> Known:
    """As if nothing that is in one of these states had been decided at these steps."""
    told = {
        key: [each for each in said if (key, each.step) not in steps or each.state not in states]
        for key, said in known.told.items()
    }
    return replace(known, told=told)


def _known(nudging: Nudging, keys: Sequence[ScorecardKey]) -> Known:
    store = nudging.store
    return Known(
        policies=nudging.policies,
        told=store.told(keys),
        panel=Panels(store, keys),
        last_written=store.last_message_at,
        unplugged=nudging.unplugged,
    )


def _worded(
    nudging: Nudging, draft: Draft, now: datetime, message_id: str, outcome: Outcome
) -> Message | None:
    """The finished message; None when it cannot be made, which must not stop the others."""
    zone = nudging.policies[draft.owed[0].facts.key.ats].zone
    try:
        if draft.audience is not Audience.INTERVIEWER:
            return messages.escalation(message_id, draft.to, draft.owed, now=now, zone=zone)
        first = None
        if len(draft.owed) == 1:
            first = nudging.store.first_message_id(draft.owed[0].facts.key)
        return messages.nudge(
            message_id, draft.to, draft.owed, now=now, zone=zone, in_reply_to=first
        )
    except StoreProblem:
        raise
    except Exception as problem:
        reason = f"its message could not be made ({type(problem).__name__})"
        outcome.set_aside += [Silence(key, reason) for key, _ in draft.steps]
        return None


def _kind(draft: Draft) -> str:
    if draft.audience is not Audience.INTERVIEWER:
        return MessageKind.ESCALATION.value
    return (MessageKind.NUDGE if len(draft.owed) == 1 else MessageKind.DIGEST).value


def _entry(draft: Draft, message: Message, channel: str, delivery: Delivery | None = None) -> Entry:
    owed = tuple((o.facts.key, o.step.name, o.facts.interviewer.email) for o in draft.owed)
    return Entry(message, channel, owed, delivery)


def _batch(waiting: Sequence[Batched]) -> list[Batched]:
    """The first messages, about at most BATCH scorecards in all (one message at least)."""
    batch: list[Batched] = []
    size = 0
    for each in waiting:
        size += len(each.steps)
        if batch and size > BATCH:
            break
        batch.append(each)
    return batch
