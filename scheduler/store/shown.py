"""What messages that were sent look like now, on a channel where they can be changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, tuple_, update

from connectors.notify.base import MessageKind
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.outbox import steps_of
from scheduler.store.values import ShownMessage

m = tables.messages.c
KINDS = (MessageKind.NUDGE, MessageKind.DIGEST, MessageKind.ESCALATION)


class Shown(Database):
    """Messages that still hold something alive."""

    def live_messages(
        self, channel: str, *, after: ShownMessage | None = None, limit: int = 50
    ) -> list[ShownMessage]:
        """Sent, not closed, and about scorecards; in the order they were sent.

        ``after``: the last one of the part before.
        """
        statement = (
            select(tables.messages)
            .where(
                m.channel == channel,
                m.state == "sent",
                m.closed_at.is_(None),
                m.reference.is_not(None),
                m.kind.in_(KINDS),
            )
            .order_by(m.finished_at, m.id)
            .limit(limit)
        )
        if after is not None:
            statement = statement.where(
                tuple_(m.finished_at, m.id) > tuple_(after.sent_at, after.id)
            )
        with self._read() as db:
            rows = db.execute(statement).all()
            steps = steps_of(db, [row.id for row in rows])
        return [
            ShownMessage(
                row.id,
                row.kind,
                row.address,
                row.reference,
                row.finished_at,
                row.shown,
                steps[row.id],
            )
            for row in rows
        ]

    def message_shown(self, message_id: str, shown: str, closed_at: datetime | None) -> None:
        """What a message looks like from now on; closed, it is never changed again."""
        statement = (
            update(tables.messages)
            .where(m.id == message_id, m.closed_at.is_(None))
            .values(shown=shown, closed_at=closed_at)
        )
        with self._write() as db:
            db.execute(statement)
