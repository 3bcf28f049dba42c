"""Sends: reads again, claims, delivers, finishes; falls back to the next channel.

One person's messages keep their order (case 46): nothing new is said while an earlier message is on
its way, and the store lets no later one begin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import uuid4

from connectors.ats.base import Ats
from connectors.errors import ConnectorError
from connectors.model import Interview, Kind, Ref
from connectors.notify.base import Delivery, DeliveryState, Notifier
from scheduler.carriers import Carriers
from scheduler.doubt import OnAmbiguous, still_open
from scheduler.drafting import OWN, Nudging, Outcome, afresh, entry_of, worded
from scheduler.facts import ScorecardKey
from scheduler.plan import Draft, Silence, StepOf
from scheduler.retry import next_try
from scheduler.store import Outgoing, PlannedMessage
from scheduler.store.outbox import SPOKEN_KINDS

Batched = TypeVar("Batched", Draft, Outgoing)

LEASE = timedelta(hours=1)
"""How long a claimed message may stay unsent before another run may take it up: longer than a
whole run may take."""
BATCH = 40
"""Interviews read again in one go, just before the messages about them are sent."""
LONGEST_SILENCE = timedelta(days=1)
"""A message about what the ATS has not told for so long is withdrawn, so that it does not hold up
what else is to be said to the person; its steps are decided anew when the ATS answers."""
UNREAD = "it could not be read again from the ATS, so nothing was sent"
EARLIER = "an earlier message to this person is still on its way"


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
        self.carriers = Carriers(nudging.store, nudging.notifiers, now)
        self.mute: set[str] = set()
        """Accounts that did not answer."""

    def begin(self) -> None:
        self.outcome.problems += self.carriers.begin()

    def end(self) -> None:
        self.carriers.end()
        self.outcome.paused = self.store.paused(self.now)

    def may_begin(self) -> bool:
        """Whether another message can be sent in this run. Asked before each one: a pause counts
        from the moment it was said."""
        return self.carriers.any_open() and not self._stopped()

    def _stopped(self) -> bool:
        return self.stopping() or self.store.paused(self.now) is not None

    def may_speak(self, draft: Draft) -> bool:
        return self.may_begin() and self.carriers.is_open(draft)

    def take_up_left_over(self) -> None:
        """Claimed and never sent: after a crash, or because a retry is due now."""
        for outgoing, unread in self._refreshed(self.store.resumable(self.now)):
            if unread.isdisjoint(key for key, _ in outgoing.steps):
                self._take_up(outgoing)
            elif outgoing.created_at and outgoing.created_at < self.now - LONGEST_SILENCE:
                self._withdraw(outgoing, dict.fromkeys((k for k, _ in outgoing.steps), UNREAD))
            # Otherwise it stays claimed and is taken up when the ATS answers again.

    def settle_doubts(self) -> None:
        """Ask the channels about what may have arrived, and send again what may be, once."""
        known = [n for n in self.nudging.notifiers if n.name not in self.carriers.down]
        doubts = still_open(self.store, known, SPOKEN_KINDS, self.now)
        if self.nudging.on_ambiguous is OnAmbiguous.HOLD:
            return
        for outgoing, unread in self._refreshed(doubts):
            if unread.isdisjoint(key for key, _ in outgoing.steps):
                self._repeat(outgoing)

    def _repeat(self, outgoing: Outgoing) -> None:
        """Only as a whole: what is not due any more could not be told from what was said."""
        fresh, gone = afresh(
            self.nudging, outgoing.address, outgoing.steps, self.now, OWN | {"unknown"}
        )
        able = self.carriers.named(outgoing.channel) is not None
        if fresh is None or gone or not able or not fresh.hours.open_at(self.now):
            return
        if not self.carriers.is_open(fresh):
            return
        if self.store.send_again(outgoing.id, self.now):
            self._try(fresh, replace(outgoing, doubted=True))

    def _refreshed(
        self, outgoings: Sequence[Outgoing]
    ) -> Iterator[tuple[Outgoing, Set[ScorecardKey]]]:
        """Each with what could not be read again, some at a time, until the run is stopped."""
        left = list(outgoings)
        while left:
            batch = batch_of(left)
            del left[: len(batch)]
            unread = self.refresh(key for outgoing in batch for key, _ in outgoing.steps)
            for outgoing in batch:
                if self._stopped():
                    return
                yield outgoing, unread

    def _take_up(self, outgoing: Outgoing) -> None:
        fresh, gone = afresh(self.nudging, outgoing.address, outgoing.steps, self.now)
        self.outcome.withdrawn += gone
        self._withdraw(outgoing, {each.key: each.reason for each in gone})
        if (
            fresh is None
            or (outgoing.doubted and gone)
            or outgoing.channel in self.carriers.waiting
            or not fresh.hours.open_at(self.now)
        ):
            return
        if self.carriers.named(outgoing.channel) is not None:
            self._try(fresh, outgoing)
            return
        others = self.carriers.after(outgoing.channel, fresh)
        if others and self.store.start_sending(outgoing.id, self.now, LEASE):
            given_up = Delivery(DeliveryState.FAILED, "the channel is not available", True)
            self._pass_on(fresh, outgoing, given_up, others[0])

    def _withdraw(self, outgoing: Outgoing, why: Mapping[ScorecardKey, str]) -> None:
        """Take steps out of a message. One that may have arrived stays in doubt as it is."""
        if outgoing.doubted:
            if why:
                self.store.hold(outgoing.id, self.now)
            return
        for key, step in outgoing.steps:
            if key in why:
                self.store.unclaim(outgoing.id, key, step, why[key], self.now)

    def speak(self, draft: Draft, unread: Set[ScorecardKey]) -> bool:
        """Judge again what was just read again, and send what is left of it. False: nothing."""
        steps = [(key, step) for key, step in draft.steps if key not in unread]
        lost = set(draft.steps) - set(steps)
        self.outcome.withdrawn += [Silence(key, UNREAD) for key, _ in sorted(lost)]
        fresh, gone = afresh(self.nudging, draft.to.address, steps, self.now)
        self.outcome.withdrawn += gone
        if fresh is None:
            return False
        if self.store.on_its_way(fresh.to.address):
            self.outcome.withdrawn += [Silence(key, EARLIER) for key, _ in fresh.steps]
            return False
        return self._send(fresh, self.carriers.usable(fresh))

    def _send(self, draft: Draft, notifiers: Sequence[Notifier]) -> bool:
        """Claim on the best channel, send, finish; failed for good, try the next channel."""
        if not notifiers:
            return False
        planned = self._planned(draft, notifiers[0])
        if worded(self.nudging, draft, self.now, planned.id, self.outcome) is None:
            return False
        return self._go(draft, planned, self.store.claim(planned, self.now, LEASE))

    def _planned(self, draft: Draft, notifier: Notifier) -> PlannedMessage:
        kind, to = draft.kind.value, draft.to.address
        return PlannedMessage(uuid4().hex, kind, notifier.name, to, draft.steps)

    def _go(self, draft: Draft, planned: PlannedMessage, claimed: Sequence[StepOf]) -> bool:
        """Send what was claimed. False: another run was faster with all of it."""
        owed = tuple(o for o in draft.owed if (o.facts.key, o.step.name) in set(claimed))
        if not owed:
            return False
        mine = replace(draft, owed=owed)
        self._try(mine, Outgoing(planned.id, planned.channel, planned.address, mine.steps))
        return True

    def _try(self, draft: Draft, outgoing: Outgoing) -> None:
        """Send a claimed message; when that fails for good, by the next channel."""
        notifier = next(n for n in self.nudging.notifiers if n.name == outgoing.channel)
        message = worded(self.nudging, draft, self.now, outgoing.id, self.outcome)
        if message is None or not self.store.start_sending(outgoing.id, self.now, LEASE):
            return  # put into words another day, paused, or another run took it up
        delivery = notifier.deliver(message)
        self.outcome.problems += self.carriers.watch(notifier.name, delivery)
        others = self.carriers.after(notifier.name, draft)
        retry_at = next_try(delivery, outgoing.attempts, self.now, last=not others)
        over = delivery.state is DeliveryState.FAILED and retry_at is None
        if over and others and self._pass_on(draft, outgoing, delivery, others[0]):
            return
        self.store.finish(outgoing.id, delivery, self.now, retry_at=retry_at)
        self.outcome.entries.append(entry_of(draft, message, notifier.name, delivery))

    def _pass_on(self, draft: Draft, outgoing: Outgoing, delivery: Delivery, to: Notifier) -> bool:
        """Give a message up on its channel and send it by another, decided in one piece."""
        planned = self._planned(draft, to)
        claimed = self.store.pass_on(outgoing.id, delivery, planned, self.now, LEASE)
        return self._go(draft, planned, claimed)

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
