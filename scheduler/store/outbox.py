"""The outbox: a decision is a row before it is a message, and a message never gets lost.

planned -> sending -> sent | failed | unknown; planned -> abandoned when nothing is left to say.
Every change of state is a conditional UPDATE that counts rows, which means the same on both
databases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, tuple_, update
from sqlalchemy import Connection as Db
from sqlalchemy import Row as SqlRow

from connectors.notify.base import Delivery, DeliveryState, MessageKind
from scheduler.facts import ScorecardKey, Told
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.panels import abandon_empty
from scheduler.store.pauses import no_pause
from scheduler.store.rows import clean
from scheduler.store.upsert import Log, chunks, insert_new
from scheduler.store.values import OutboxMessage, Outgoing, PlannedMessage

StepOf = tuple[ScorecardKey, str]
AnyRow = SqlRow[*tuple[Any, ...]]

messages = tables.messages
claims = tables.nudges
KEY = (claims.c.ats, claims.c.interview_id, claims.c.interviewer_id)
CLAIMING = 7_226_001
"""The advisory lock under which two processes look at other channels' claims one by one."""
SPOKEN_KINDS = (MessageKind.NUDGE, MessageKind.DIGEST, MessageKind.ESCALATION)
OPEN = ("planned", "sending")


class Outbox(Database):
    """Claims, and what became of the messages that speak of them."""

    def claim(self, planned: PlannedMessage, now: datetime, lease: timedelta) -> list[StepOf]:
        """Decide the steps of a message, each once for ever and channel (case 43).

        Steps that are claimed already are left out, on another channel too unless their message
        failed there. Returns the claimed ones; with none of them there is no message. Until the
        lease is over nobody else takes the message up.
        """
        with self._write() as db:
            return _plan(db, planned, now, lease)

    def told(self, keys: Iterable[ScorecardKey]) -> dict[ScorecardKey, list[Told]]:
        """What was already decided for each scorecard, oldest first; keys without are absent."""
        columns = (*KEY, claims.c.step, claims.c.channel, claims.c.decided_at)
        statement = select(*columns, messages.c.state, messages.c.finished_at).join(
            messages, messages.c.id == claims.c.message_id
        )
        statement = statement.order_by(claims.c.decided_at, claims.c.step, claims.c.channel)
        found: dict[ScorecardKey, list[Told]] = defaultdict(list)
        with self._read() as db:
            for some in chunks(sorted(set(keys)), 200):
                for row in db.execute(statement.where(_among(some))):
                    at = row.finished_at if row.state == DeliveryState.SENT else None
                    told = Told(row.step, row.state, at or row.decided_at, row.channel)
                    found[_key(row)].append(told)
        return dict(found)

    def unclaim(
        self, message_id: str, key: ScorecardKey, step: str, reason: str, now: datetime
    ) -> bool:
        """Take a step out of a message that was not sent (case 49); it may be claimed again.

        A message with nothing left to say is abandoned. False when there was nothing to take out.
        """
        with self._write() as db:
            unsent = select(messages.c.id).where(
                messages.c.id == message_id, messages.c.state == "planned"
            )
            gone = db.execute(
                claims.delete()
                .where(_among([key]), claims.c.step == step, claims.c.message_id.in_(unsent))
                .returning(claims.c.channel)
            ).scalar_one_or_none()
            if gone is None:
                return False
            log = Log(db, now)
            _note(log, key, "withdrawn", step, gone, reason)
            log.write()
            abandon_empty(db, [message_id], reason)
        return True

    def start_sending(self, message_id: str, now: datetime, lease: timedelta) -> bool:
        """planned -> sending. False when somebody else does it, or it is not to be sent: not yet,
        because sending is paused, or before an earlier message to the same person (case 46)."""
        due = messages.c.not_before.is_(None) | (messages.c.not_before <= now)
        alarm = messages.c.kind == MessageKind.ALARM
        statement = (
            update(messages)
            .where(messages.c.id == message_id, messages.c.state == "planned", due)
            .where(alarm | (no_pause(now) & ~_earlier_one()))
            .values(state="sending", lease_until=now + lease)
        )
        with self._write() as db:
            return db.execute(statement).rowcount == 1

    def finish(
        self,
        message_id: str,
        delivery: Delivery,
        now: datetime,
        retry_at: datetime | None = None,
    ) -> bool:
        """What became of a try. A failure with ``retry_at`` is planned again, not before then.

        A late word about a message that was given up as unknown is still taken. False when the
        message was not being sent.
        """
        with self._write() as db:
            return _finish(db, message_id, delivery, now, retry_at)

    def pass_on(
        self,
        message_id: str,
        delivery: Delivery,
        planned: PlannedMessage,
        now: datetime,
        lease: timedelta,
    ) -> list[StepOf]:
        """It failed for good, and another channel takes over: ``finish`` and ``claim`` in one, so
        that a step is not lost between them. Returns what was claimed."""
        with self._write() as db:
            if not _finish(db, message_id, delivery, now, None):
                return []
            return _plan(db, planned, now, lease)

    def expired(self, now: datetime) -> list[str]:
        """Messages whose sender died while sending become ``unknown`` (case 45); their ids."""
        reason = "the sender stopped in the middle; it may or may not have arrived"
        over = (messages.c.state == "sending") & (messages.c.lease_until <= now)
        values = {"state": "unknown", "finished_at": now, "lease_until": None, "reason": reason}
        with self._write() as db:
            ids = db.execute(
                update(messages).where(over).values(values).returning(messages.c.id)
            ).scalars()
            given_up = sorted(ids)
            for message_id in given_up:
                note_steps(db, message_id, "unknown", now, reason)
        return given_up

    def resumable(self, now: datetime, *, reports: bool = False) -> list[Outgoing]:
        """Planned messages that nobody is at and that may be sent now (case 44), oldest first.

        Either those that speak of scorecards, or the ``reports``.
        """
        kind = messages.c.kind.in_((MessageKind.REPORT,) if reports else SPOKEN_KINDS)
        free = messages.c.lease_until.is_(None) | (messages.c.lease_until <= now)
        due = messages.c.not_before.is_(None) | (messages.c.not_before <= now)
        sends = tables.report_sends
        statement = (
            select(messages, sends.c.week)
            .join(sends, sends.c.message_id == messages.c.id, isouter=True)
            .where(messages.c.state == "planned", kind, free, due)
            .order_by(messages.c.created_at, messages.c.id)
        )
        with self._read() as db:
            rows = db.execute(statement).all()
            steps = steps_of(db, [row.id for row in rows])
        return [outgoing_of(row, steps[row.id]) for row in rows]

    def on_its_way(self, address: str) -> bool:
        """Whether a message to this person, reports aside, is planned or being sent."""
        here = (messages.c.address == address) & messages.c.kind.in_(SPOKEN_KINDS)
        statement = select(messages.c.id).where(here, messages.c.state.in_(OPEN)).limit(1)
        with self._read() as db:
            return db.execute(statement).first() is not None

    def last_message_at(self, address: str) -> datetime | None:
        """When this address was last written to, or will be if that is planned; not by reports."""
        at = func.coalesce(messages.c.finished_at, messages.c.not_before, messages.c.created_at)
        statement = select(func.max(at, type_=tables.Instant())).where(
            messages.c.address == address,
            messages.c.kind.in_(SPOKEN_KINDS),
            messages.c.state.not_in(("abandoned", "failed")),
        )
        with self._read() as db:
            latest: datetime | None = db.execute(statement).scalar_one()
        return latest

    def first_message_id(self, key: ScorecardKey) -> str | None:
        """The first message about this scorecard that reached its interviewer, for threading."""
        to_interviewer = (MessageKind.NUDGE, MessageKind.DIGEST)
        statement = (
            select(messages.c.id)
            .join(claims, claims.c.message_id == messages.c.id)
            .where(_among([key]), messages.c.state == "sent", messages.c.kind.in_(to_interviewer))
            .order_by(messages.c.finished_at, messages.c.id)
            .limit(1)
        )
        with self._read() as db:
            return db.execute(statement).scalar_one_or_none()

    def message(self, message_id: str) -> OutboxMessage | None:
        with self._read() as db:
            row = db.execute(select(messages).where(messages.c.id == message_id)).one_or_none()
        return None if row is None else outbox_message(row)

    def undelivered(self, limit: int = 100) -> list[OutboxMessage]:
        """Messages that failed, or of which nobody knows whether they arrived; newest first."""
        statement = (
            select(messages)
            .where(messages.c.state.in_(("failed", "unknown")))
            .order_by(messages.c.created_at.desc(), messages.c.id)
            .limit(limit)
        )
        with self._read() as db:
            return [outbox_message(row) for row in db.execute(statement)]


def _finish(
    db: Db, message_id: str, delivery: Delivery, now: datetime, retry_at: datetime | None
) -> bool:
    again = retry_at is not None and delivery.state is DeliveryState.FAILED
    values = {
        "state": "planned" if again else delivery.state.value,
        "attempts": messages.c.attempts + 1,
        "not_before": retry_at if again else None,
        "lease_until": None,
        "finished_at": None if again else now,
        "reference": clean(delivery.reference),
        "reason": clean(delivery.reason) or None,
    }
    open_states = messages.c.state.in_(("sending", "unknown"))
    statement = update(messages).where(messages.c.id == message_id, open_states)
    if db.execute(statement.values(values)).rowcount != 1:
        return False
    note_steps(db, message_id, "postponed" if again else delivery.state.value, now, delivery.reason)
    if delivery.state is DeliveryState.SENT:
        report_was_sent(db, message_id, now)
    return True


def _plan(db: Db, planned: PlannedMessage, now: datetime, lease: timedelta) -> list[StepOf]:
    if not planned.steps:
        return []
    if db.dialect.name == "postgresql":  # SQLite has one writer anyway
        db.execute(select(func.pg_advisory_xact_lock(CLAIMING)))
    free = set(planned.steps) - _claimed_elsewhere(db, planned)
    db.execute(insert(messages), [message_row(planned, now, lease)])
    claimed = [
        step for some in chunks(sorted(free), 100) for step in _claim(db, planned, some, now)
    ]
    if not claimed:
        db.execute(messages.delete().where(messages.c.id == planned.id))
        return []
    log = Log(db, now)
    for key, step in claimed:
        _note(log, key, "planned", step, planned.channel)
    log.write()
    order = {step: place for place, step in enumerate(planned.steps)}
    return sorted(claimed, key=lambda step: order[step])


def message_row(planned: PlannedMessage, now: datetime, lease: timedelta) -> dict[str, Any]:
    return {
        "id": planned.id,
        "kind": planned.kind,
        "channel": planned.channel,
        "address": clean(planned.address),
        "state": "planned",
        "attempts": 0,
        "created_at": now,
        "lease_until": now + lease,
    }


def outbox_message(row: AnyRow) -> OutboxMessage:
    return OutboxMessage(
        id=row.id,
        kind=row.kind,
        channel=row.channel,
        address=row.address,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        finished_at=row.finished_at,
        not_before=row.not_before,
        reason=row.reason,
        reference=row.reference,
    )


def outgoing_of(row: AnyRow, steps: tuple[StepOf, ...]) -> Outgoing:
    return Outgoing(
        row.id,
        row.channel,
        row.address,
        steps,
        row.attempts,
        row.week,
        created_at=row.created_at,
        doubted=row.resent_at is not None,
    )


def _earlier_one() -> ColumnElement[bool]:
    """Another message to the same person, older than this one, is still to arrive."""
    other = messages.alias()
    older = (other.c.created_at < messages.c.created_at) | (
        (other.c.created_at == messages.c.created_at) & (other.c.id < messages.c.id)
    )
    spoken = other.c.kind.in_(SPOKEN_KINDS) & messages.c.kind.in_(SPOKEN_KINDS)
    same = (other.c.address == messages.c.address) & other.c.state.in_(OPEN)
    return select(other.c.id).where(same, spoken, older).correlate(messages).exists()


def _claimed_elsewhere(db: Db, planned: PlannedMessage) -> set[StepOf]:
    """The steps that another channel speaks at, or nobody knows whether it did."""
    found: set[StepOf] = set()
    for some in chunks(sorted({key for key, _ in planned.steps}), 200):
        statement = (
            select(*KEY, claims.c.step)
            .join(messages, messages.c.id == claims.c.message_id)
            .where(_among(some), claims.c.channel != planned.channel, messages.c.state != "failed")
        )
        found |= {(_key(row), row.step) for row in db.execute(statement)}
    return found


def _claim(db: Db, planned: PlannedMessage, steps: Sequence[StepOf], now: datetime) -> list[StepOf]:
    rows = [
        {
            "ats": key.ats,
            "interview_id": key.interview_id,
            "interviewer_id": key.interviewer_id,
            "step": step,
            "channel": planned.channel,
            "message_id": planned.id,
            "decided_at": now,
        }
        for key, step in steps
    ]
    statement = insert_new(db, claims, rows).returning(*KEY, claims.c.step)
    return [(_key(row), row.step) for row in db.execute(statement)]


def _key(row: AnyRow) -> ScorecardKey:
    return ScorecardKey(row.ats, row.interview_id, row.interviewer_id)


def _among(keys: Sequence[ScorecardKey]) -> Any:
    return tuple_(*KEY).in_([(k.ats, k.interview_id, k.interviewer_id) for k in keys])


def steps_of(db: Db, message_ids: Sequence[str]) -> dict[str, tuple[StepOf, ...]]:
    found: dict[str, list[StepOf]] = {each: [] for each in message_ids}
    for some in chunks(message_ids):
        statement = select(claims).where(claims.c.message_id.in_(some))
        for row in db.execute(statement.order_by(*KEY, claims.c.step)):
            found[row.message_id].append((_key(row), row.step))
    return {each: tuple(steps) for each, steps in found.items()}


def note_steps(db: Db, message_id: str, event: str, now: datetime, reason: str) -> None:
    log = Log(db, now)
    for row in db.execute(select(claims).where(claims.c.message_id == message_id)):
        _note(log, _key(row), event, row.step, row.channel, reason)
    log.write()


def _note(
    log: Log, key: ScorecardKey, event: str, step: str, channel: str, reason: str = ""
) -> None:
    detail = f"{step} by {channel}" + (f": {clean(reason)}" if reason else "")
    log.note(key.ats, key.interview_id, event, detail, key.interviewer_id)


def report_was_sent(db: Db, message_id: str, now: datetime) -> None:
    reports, sends = tables.reports, tables.report_sends
    weeks = select(sends.c.week).where(sends.c.message_id == message_id)
    here = reports.c.week.in_(weeks) & reports.c.sent_at.is_(None)
    db.execute(update(reports).where(here).values(sent_at=now))
