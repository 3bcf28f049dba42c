"""A history that is lived through by real runs, and told again by the replay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from connectors.model import Application, ApplicationState, Interview, Record
from connectors.notify.base import Message, MessageKind
from scheduler.answers import Answer
from scheduler.drafting import Entry
from scheduler.facts import ScorecardKey
from scheduler.nudges import Nudging, run
from scheduler.replay import History, Retelling, retell
from scheduler.rulebook import Rulebook
from scheduler.store import Store
from tests.scheduler.builders import save
from tests.scheduler.speaking import FakeNotifier

Row = tuple[datetime, str, str, tuple[tuple[ScorecardKey, str], ...]]
"""When, which kind, to whom, about what at which steps."""


@dataclass
class Past:
    """What will have happened, told to a store bit by bit, each thing at its moment."""

    store: Store
    records: Sequence[Record]
    answers: Sequence[tuple[ScorecardKey, Answer]] = ()
    closed: dict[str, datetime] = field(default_factory=dict)
    """By application: when it was closed."""
    now: datetime | None = None

    def begin(self, since: datetime) -> None:
        save(self.store, *(self._as_of(each, since) for each in self.records), at=since)
        self.now = since

    def pass_to(self, now: datetime) -> None:
        """What happened since the last call."""
        assert self.now is not None
        before, self.now = self.now, now
        changed = [each for each in self.records if self._happened(each, before, now)]
        if changed:
            save(self.store, *(self._as_of(each, now) for each in changed), at=now)
        for key, answer in self.answers:
            if before < answer.at <= now:
                self.store.give_answer(key, answer, None)
            if answer.undone_at and before < answer.undone_at <= now:
                (given,) = (a for k, a in self.store.newest_answers(99) if a.id[5:] == answer.id)
                self.store.undo_answer(given.id, answer.by, "page", answer.undone_at)

    def _happened(self, record: Record, before: datetime, now: datetime) -> bool:
        moments: list[datetime | None] = []
        if isinstance(record, Interview):
            moments = [card.submitted_at for card in record.scorecards]
        if isinstance(record, Application):
            moments = [self.closed.get(record.id)]
        return any(at is not None and before < at <= now for at in moments)

    def _as_of(self, record: Record, now: datetime) -> Record:
        if isinstance(record, Interview):
            cards = tuple(
                replace(card, submitted_at=None, submitter_id=None)
                if card.submitted_at and card.submitted_at > now
                else card
                for card in record.scorecards
            )
            return replace(record, scorecards=cards, updated_at=None)
        if isinstance(record, Application) and self.closed.get(record.id, now) > now:
            return replace(record, state=ApplicationState.ACTIVE, updated_at=None)
        if isinstance(record, Application):
            return replace(record, updated_at=None)
        return record


def looks(since: datetime, until: datetime, every: timedelta) -> Iterable[datetime]:
    at = since
    while at <= until:
        yield at
        at += every


def lived(past: Past, book: Rulebook, until: datetime, every: timedelta) -> list[Row]:
    """What real runs with a channel that takes everything sent, oldest first."""
    assert past.now is not None
    since = past.now
    slack, found = FakeNotifier("slack"), []
    for now in looks(since, until, every):
        past.pass_to(now)
        accounts = {facts.key.ats for facts in past.store.scorecards(limit=1)}
        outcome = run(nudging_of(past.store, book, since, accounts, slack), now)
        assert outcome.problems == []
        found += [_row(now, entry) for entry in outcome.entries]
    return found


def nudging_of(
    store: Store, book: Rulebook, since: datetime, accounts: Iterable[str], slack: FakeNotifier
) -> Nudging:
    policy = replace(book.policy, nudge_since=since)
    return Nudging(
        store=store,
        policies=dict.fromkeys(accounts, policy),
        accounts={},
        notifiers=(slack,),
        most_messages=book.most_messages,
        rules=book,
    )


def _row(now: datetime, entry: Entry) -> Row:
    message: Message = entry.message
    steps = tuple((key, step) for key, step, _ in entry.owed)
    return (now, message.kind.value, message.to.address, steps)


def history_of(store: Store, since: datetime, until: datetime) -> History:
    return History(
        since,
        until,
        store.scorecards(ended_since=since, ended_until=until),
        store.closings(since),
        store.moves(since),
        lambda address: None,
    )


def told_again(retelling: Retelling) -> list[Row]:
    """In the same form; the step of each scorecard as it was told about it then."""
    steps: dict[tuple[ScorecardKey, datetime], str] = defaultdict(str)
    for key, spoken in retelling.spoken.items():
        steps |= {(key, each.at): each.step for each in spoken}
    return [
        (
            each.at,
            MessageKind(each.kind).value,
            each.address,
            tuple((key, steps[key, each.at]) for key in each.keys),
        )
        for each in retelling.said
    ]


def replayed(
    store: Store, book: Rulebook, since: datetime, until: datetime, every: timedelta
) -> list[Row]:
    return told_again(retell(history_of(store, since, until), book, every))
