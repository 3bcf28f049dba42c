"""A small company with something to be said, and channels that answer as they are told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from connectors.ats.base import Ats, Finding
from connectors.model import Interview, Page, Record, Ref
from connectors.notify.base import Delivery, DeliveryState, Message
from scheduler.facts import ScorecardKey
from scheduler.hours import Hours, Working
from scheduler.nudges import Nudging
from scheduler.policy import Policy
from scheduler.rulebook import Rulebook
from scheduler.store import Store
from scheduler.workdays import WorkCalendar
from tests.scheduler.builders import DAY, HOUR, MONDAY, FakeAts, save, world

POLICY = Policy(nudge_since=MONDAY - DAY)
DUE = MONDAY + 2 * DAY
"""Wednesday 09:00: when interviews that ended at MONDAY are due, and nudge 1 with them."""
WEDNESDAY = DUE + HOUR


class EveryDay(WorkCalendar):
    """Nobody rests."""

    def is_workday(self, day: date) -> bool:
        return True


ALWAYS = Rulebook(working=Working(Hours(calendar=EveryDay(), work=(time.min, time.max))), gaps=(1,))
"""Everybody may be written to at any time: what is sent when is proved elsewhere."""
SENT = Delivery(DeliveryState.SENT, reference="C1:1.2")
LATER = Delivery(DeliveryState.FAILED, "out of order")
NEVER = Delivery(DeliveryState.FAILED, "no such person", permanent=True)
BROKEN = Delivery(DeliveryState.FAILED, "the token is revoked", channel_down=True)
UNSURE = Delivery(DeliveryState.UNKNOWN, "no answer came back")


@dataclass
class FakeNotifier:
    """``answers`` come first, then ``always``. An exception among them is raised."""

    name: str = "slack"
    always: Delivery = SENT
    answers: deque[Delivery | BaseException] = field(default_factory=deque)
    taken: list[Message] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def deliver(self, message: Message) -> Delivery:
        self.before()
        self.taken.append(message)
        answer = self.answers.popleft() if self.answers else self.always
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def check(self) -> Iterable[Finding]:
        return ()

    @property
    def addresses(self) -> list[str]:
        return [each.to.address for each in self.taken]


class Talkative(FakeAts):
    """Asked for anything, it tells everything it knows, as a real one tells what hangs on it."""

    def read(self, refs: Sequence[Ref]) -> Iterator[Page]:
        for page in super().read(refs):
            yield Page(tuple(self.records.values()), self.read_at, missing=page.missing)


@dataclass
class Company:
    """One account, its records in the store and in the ATS alike, Slack and mail."""

    store: Store
    ats: FakeAts = field(default_factory=Talkative)
    slack: FakeNotifier = field(default_factory=FakeNotifier)
    mail: FakeNotifier = field(default_factory=lambda: FakeNotifier("mail"))

    def knows(self, *records: Record) -> Company:
        """In the ATS and, as of MONDAY, in the store."""
        self.ats.with_records(*records)
        save(self.store, *records)
        return self

    def changes(self, at: datetime, *records: Record) -> None:
        """In the ATS alone."""
        self.ats.with_records(*records).at(at)

    def nudging(self, *channels: FakeNotifier, **more: Any) -> Nudging:
        accounts: dict[str, Ats] = {self.ats.name: self.ats}
        values: dict[str, Any] = {
            "store": self.store,
            "policies": {self.ats.name: POLICY},
            "accounts": accounts,
            "notifiers": channels or (self.slack, self.mail),
            "rules": ALWAYS,
        }
        return Nudging(**(values | more))

    @property
    def said(self) -> list[tuple[str, str]]:
        """Channel and address of everything that was handed to a channel."""
        return [(c.name, address) for c in (self.slack, self.mail) for address in c.addresses]

    def states(self, *keys: ScorecardKey) -> list[tuple[str, str]]:
        """Step and state of all that was ever decided."""
        told = self.store.told(keys or [each.key for each in self.store.scorecards()])
        return sorted((each.step, each.state) for said in told.values() for each in said)


def company(store: Store, *interviews: Interview) -> Company:
    return Company(store).knows(*world(*interviews))
