"""Sends: reads again, claims, delivers, finishes; falls back to the next channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from connectors.ats.base import Ats
from connectors.errors import ConnectorError
from connectors.model import Interview, Kind, Ref
from connectors.notify.base import Delivery, DeliveryState, Notifier
from scheduler.drafting import Nudging, Outcome, afresh, entry_of, kind_of, worded
from scheduler.facts import ScorecardKey
from scheduler.plan import Draft, Silence
from scheduler.retry import next_try
from scheduler.store import Outgoing, PlannedMessage

Batched = TypeVar("Batched", Draft, Outgoing)

LEASE = timedelta(hours=1)
"""How long a claimed message may stay unsent before another run may take it up: longer than a
whole run may take."""
BATCH = 40
"""Interviews read again in one go, just before the messages about them are sent."""
TROUBLE = 3
"""Failures in a row, none of them the person's, after which a channel is left alone for a run."""
UNREAD = "it could not be read again from the ATS, so nothing was sent"


class Sender:
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
            batch = batch_of(left)
            del left[: len(batch)]
            unread = self.refresh(key for outgoing in batch for key, _ in outgoing.steps)
            for outgoing in batch:
                if self.stopping():
                    return
                if unread.isdisjoint(key for key, _ in outgoing.steps):
                    self._take_up(outgoing)
                # Otherwise it stays claimed and is taken up when the ATS answers again.

    def _take_up(self, outgoing: Outgoing) -> None:
        fresh, gone = afresh(self.nudging, outgoing.address, outgoing.steps, self.now)
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
        fresh, gone = afresh(self.nudging, draft.to.address, steps, self.now)
        self.outcome.withdrawn += gone
        usable = [n for n in self.nudging.notifiers if n.name not in self.down]
        return fresh is not None and self._send(fresh, usable)

    def _send(self, draft: Draft, notifiers: Sequence[Notifier]) -> bool:
        """Claim on the best channel, send, finish; failed for good, try the next channel."""
        if not notifiers:
            return False
        id, channel = uuid4().hex, notifiers[0].name
        if worded(self.nudging, draft, self.now, id, self.outcome) is None:
            return False
        planned = PlannedMessage(id, kind_of(draft), channel, draft.to.address, draft.steps)
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
        message = worded(self.nudging, draft, self.now, outgoing.id, self.outcome)
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
        self.outcome.entries.append(entry_of(draft, message, notifier.name, delivery))

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


def batch_of(waiting: Sequence[Batched]) -> list[Batched]:
    """The first messages, about at most BATCH scorecards in all (one message at least)."""
    batch: list[Batched] = []
    size = 0
    for each in waiting:
        size += len(each.steps)
        if batch and size > BATCH:
            break
        batch.append(each)
    return batch
