"""Alarms: what was said of Afterword's own problems, so that a restart says nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection as Db
from sqlalchemy import insert, or_, select, update

from connectors.notify.base import MessageKind
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.outbox import message_row, messages
from scheduler.store.rows import clean
from scheduler.store.upsert import add_missing
from scheduler.store.values import AlarmToSend, PlannedMessage

alarms = tables.alarms
sends = tables.alarm_sends
AT_MOST_EVERY = timedelta(days=1)
NO_LEASE = timedelta(0)
"""Whoever comes first sends it; ``start_sending`` lets one of them."""

To = Sequence[tuple[str, str, str]]
"""Message id, channel, address."""


class Alarms(Database):
    """Problems that were said, and the messages that say so."""

    def begin_alarm(self, problem: str, said: str, to: To, now: datetime) -> bool:
        """Plan the messages that a problem began. False: it was said, less than a day ago or
        without having been over since."""
        row = {"problem": problem, "begun_at": now, "over_at": None}
        again = (
            update(alarms)
            .where(
                alarms.c.problem == problem,
                alarms.c.over_at.is_not(None),
                alarms.c.begun_at <= now - AT_MOST_EVERY,
            )
            .values(begun_at=now, over_at=None)
        )
        with self._write() as db:
            if not add_missing(db, alarms, [row]) and db.execute(again).rowcount != 1:
                return False
            _plan(db, problem, said, to, now, begun_at=now, over=False)
        return True

    def end_alarm(self, problem: str, said: str, to: To, now: datetime) -> bool:
        """Plan the messages that a problem is over. False: that was said, or none had begun."""
        here = (alarms.c.problem == problem) & alarms.c.over_at.is_(None)
        with self._write() as db:
            begun_at = db.execute(
                update(alarms).where(here).values(over_at=now).returning(alarms.c.begun_at)
            ).scalar_one_or_none()
            if begun_at is None:
                return False
            _plan(db, problem, said, to, now, begun_at=begun_at, over=True)
        return True

    def open_alarms(self) -> dict[str, datetime]:
        """The problems that were said to have begun and are not over, with when."""
        with self._read() as db:
            rows = db.execute(select(alarms).where(alarms.c.over_at.is_(None)))
            return {row.problem: row.begun_at for row in rows}

    def alarms_to_send(self, now: datetime) -> list[AlarmToSend]:
        """Planned alarms that may be sent now, oldest first."""
        statement = (
            select(messages, sends.c.problem, sends.c.over, sends.c.begun_at, sends.c.said)
            .join(sends, sends.c.message_id == messages.c.id)
            .where(
                messages.c.state == "planned",
                messages.c.kind == MessageKind.ALARM,
                or_(messages.c.lease_until.is_(None), messages.c.lease_until <= now),
                or_(messages.c.not_before.is_(None), messages.c.not_before <= now),
            )
            .order_by(messages.c.created_at, messages.c.id)
        )
        with self._read() as db:
            return [
                AlarmToSend(r.id, r.channel, r.address, r.attempts, r.said, r.over, r.begun_at)
                for r in db.execute(statement)
            ]


def _plan(
    db: Db, problem: str, said: str, to: To, now: datetime, *, begun_at: datetime, over: bool
) -> None:
    for message_id, channel, address in to:
        planned = PlannedMessage(message_id, MessageKind.ALARM.value, channel, address)
        db.execute(insert(messages), [message_row(planned, now, NO_LEASE)])
        row = {
            "message_id": message_id,
            "problem": problem,
            "over": over,
            "begun_at": begun_at,
            "said": clean(said),
        }
        db.execute(insert(sends), [row])
