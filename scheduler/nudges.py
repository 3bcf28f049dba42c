"""One person, one digest, one send.

For a few messages at a time: read their interviews again from the ATS, judge again, claim, send,
finish. A dry run stops after the plan and leaves no trace, so that going live later loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from connectors.ats.base import Ats
from connectors.errors import ConnectorError
from connectors.model import Kind, Ref
from connectors.notify.base import Delivery, DeliveryState, Message, Notifier
from scheduler import messages
from scheduler.facts import Audience, ScorecardKey
from scheduler.plan import Draft, Known, Plan, Silence, StepOf, plan, still_due
from scheduler.policy import Policy
from scheduler.retry import for_good, next_try
from scheduler.store import Outgoing, PlannedMessage, Store

LEASE = timedelta(minutes=10)
"""How long a claimed message may stay unsent before another run may take it up."""
BATCH = 40
"""Interviews read again in one go, just before the messages about them are sent."""
UNREAD = "the ATS could not be asked again, so nothing was sent"
NO_LONGER = "no longer due when read again just before the send"


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
    plan: Plan = field(default_factory=Plan)
    withdrawn: list[Silence] = field(default_factory=list)
    """Not spoken about after all; reading again just before the send showed why."""
    problems: list[str] = field(default_factory=list)
    """One sentence each: what could not be done."""


def make_plan(nudging: Nudging, now: datetime) -> Plan:
    """Who is spoken to at ``now``. Reads the store and changes nothing."""
    rows = nudging.store.scorecards(open_only=True)
    known = _known(nudging, [row.key for row in rows])
    return plan(rows, known, now, most=nudging.most_messages)


def dry_run(nudging: Nudging, now: datetime) -> Outcome:
    """What a live run would send now. Claims nothing."""
    planned = make_plan(nudging, now)
    channel = nudging.notifiers[0].name if nudging.notifiers else "console"
    entries = [
        _entry(draft, _render(nudging, draft, now, f"dry-run-{number}"), channel)
        for number, draft in enumerate(planned.drafts, start=1)
    ]
    return Outcome(entries, planned)


def run(
    nudging: Nudging, now: datetime, *, on_message: Callable[[int, int], None] | None = None
) -> Outcome:
    """Take up what an earlier run left unsent, then send what is due at ``now``."""
    outcome = Outcome()
    if not nudging.notifiers:
        outcome.problems.append(
            "Nothing can be sent: set SLACK_BOT_TOKEN or SMTP_URL (with MAIL_FROM), then try again."
        )
        return outcome
    for message_id in nudging.store.expired(now):
        outcome.problems.append(
            f"Message {message_id} may or may not have arrived: shown as unknown, not sent again."
        )
    sender = _Sender(nudging, now, outcome)
    sender.take_up_left_over()
    outcome.plan = make_plan(nudging, now)
    done = 0
    for batch in _batches(outcome.plan.drafts):
        for draft in sender.read_again(batch):
            sender.send(draft)
        done += len(batch)
        if on_message is not None:
            on_message(done, len(outcome.plan.drafts))
    return outcome


class _Sender:
    """One run: remembers which channel broke down, so that it is tried once, not per message."""

    def __init__(self, nudging: Nudging, now: datetime, outcome: Outcome) -> None:
        self.nudging = nudging
        self.store = nudging.store
        self.now = now
        self.outcome = outcome
        self.down: set[str] = set()

    def read_again(self, drafts: Sequence[Draft]) -> Iterator[Draft]:
        """The drafts as they stand after asking the ATS once more; the rest is withdrawn."""
        unread = self._refresh(key for draft in drafts for key, _ in draft.steps)
        for draft in drafts:
            fresh = self._still_due(draft.to.address, draft.steps, unread)
            if fresh is not None:
                yield fresh

    def take_up_left_over(self) -> None:
        """Claimed and never sent: after a crash, or because a retry is due now."""
        left = self.store.resumable(self.now)
        unread = self._refresh(key for outgoing in left for key, _ in outgoing.steps)
        for outgoing in left:
            if any(key.ats in unread for key, _ in outgoing.steps):
                continue  # it stays claimed and is taken up when the ATS answers again
            fresh = self._still_due(outgoing.address, outgoing.steps, unread)
            for key, step in set(outgoing.steps) - set(fresh.steps if fresh else ()):
                self.store.unclaim(outgoing.id, key, step, NO_LONGER, self.now)
            if fresh is None:
                continue
            if not self._deliver(fresh, outgoing):
                self.send(fresh, besides=outgoing.channel)

    def send(self, draft: Draft, *, besides: str = "") -> None:
        """Claim on the best channel, send, finish; failed for good, try the next channel."""
        for notifier in self.nudging.notifiers:
            if notifier.name in self.down or notifier.name == besides:
                continue
            kind = _render(self.nudging, draft, self.now, "").kind
            planned = PlannedMessage(
                uuid4().hex, kind.value, notifier.name, draft.to.address, draft.steps
            )
            claimed = set(self.store.claim(planned, self.now, LEASE))
            mine = replace(
                draft, owed=tuple(o for o in draft.owed if (o.facts.key, o.step.name) in claimed)
            )
            if not mine.owed:
                return  # another run was faster
            outgoing = Outgoing(planned.id, planned.channel, planned.address, mine.steps, 0)
            if self._deliver(mine, outgoing):
                return

    def _still_due(self, address: str, steps: Sequence[StepOf], unread: set[str]) -> Draft | None:
        keys = [key for key, _ in steps if key.ats not in unread]
        known = _known(self.nudging, keys)
        claims = set(steps)
        told = {
            key: [
                each for each in said if (key, each.step) not in claims or each.state != "planned"
            ]
            for key, said in known.told.items()
        }
        rows = self.store.scorecards(keys=keys)
        fresh = still_due(address, steps, rows, replace(known, told=told), self.now)
        for key, _ in set(steps) - set(fresh.steps if fresh else ()):
            reason = UNREAD if key.ats in unread else NO_LONGER
            self.outcome.withdrawn.append(Silence(key, reason))
        return fresh

    def _refresh(self, keys: Iterable[ScorecardKey]) -> set[str]:
        """Ask each account about these interviews; the accounts that did not answer."""
        asked: dict[str, set[str]] = {}
        for key in keys:
            asked.setdefault(key.ats, set()).add(key.interview_id)
        unread: set[str] = set()
        for name, interview_ids in sorted(asked.items()):
            account = self.nudging.accounts.get(name)
            if account is None:
                continue  # imported: there is nobody to ask
            refs = [Ref(Kind.INTERVIEW, each) for each in sorted(interview_ids)]
            try:
                for page in account.read(refs):
                    self.store.save_page(name, page, store_names=self.nudging.store_names)
            except ConnectorError as problem:
                unread.add(name)
                self.outcome.problems.append(f"{name} could not be asked again: {problem.message}")
        return unread

    def _deliver(self, draft: Draft, outgoing: Outgoing) -> bool:
        """One try. False: failed for good on this channel, another one may be tried."""
        notifier = next((n for n in self.nudging.notifiers if n.name == outgoing.channel), None)
        if notifier is None or notifier.name in self.down:
            self._finish(outgoing, Delivery(DeliveryState.FAILED, "channel is not available", True))
            return False
        message = _render(self.nudging, draft, self.now, outgoing.id)
        if not self.store.start_sending(outgoing.id, self.now, LEASE):
            return True  # another run took it up
        delivery = notifier.deliver(message)
        self._finish(outgoing, delivery)
        self.outcome.entries.append(_entry(draft, message, notifier.name, delivery))
        if delivery.channel_down:
            self.down.add(notifier.name)
            self.outcome.problems.append(
                f"{notifier.name} is paused for this run: {delivery.reason}"
            )
        return not for_good(delivery)

    def _finish(self, outgoing: Outgoing, delivery: Delivery) -> None:
        retry_at = next_try(delivery, outgoing.attempts, self.now)
        self.store.finish(outgoing.id, delivery, self.now, retry_at=retry_at)


def _known(nudging: Nudging, keys: Sequence[ScorecardKey]) -> Known:
    store = nudging.store
    return Known(
        policies=nudging.policies,
        told=store.told(keys),
        panel=lambda key: store.scorecards(ats=key.ats, interview_id=key.interview_id),
        last_written=store.last_message_at,
    )


def _render(nudging: Nudging, draft: Draft, now: datetime, message_id: str) -> Message:
    zone = nudging.policies[draft.owed[0].facts.key.ats].zone
    if draft.audience is not Audience.INTERVIEWER:
        return messages.escalation(message_id, draft.to, draft.owed, now=now, zone=zone)
    first = None
    if len(draft.owed) == 1:
        first = nudging.store.first_message_id(draft.owed[0].facts.key)
    return messages.nudge(message_id, draft.to, draft.owed, now=now, zone=zone, in_reply_to=first)


def _entry(draft: Draft, message: Message, channel: str, delivery: Delivery | None = None) -> Entry:
    owed = tuple((o.facts.key, o.step.name, o.facts.interviewer.email) for o in draft.owed)
    return Entry(message, channel, owed, delivery)


def _batches(drafts: Sequence[Draft]) -> Iterator[list[Draft]]:
    """Consecutive messages about at most BATCH scorecards in all (one message at least)."""
    batch: list[Draft] = []
    size = 0
    for draft in drafts:
        if batch and size + len(draft.owed) > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(draft)
        size += len(draft.owed)
    if batch:
        yield batch
