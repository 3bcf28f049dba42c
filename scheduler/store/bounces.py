"""Mails that were taken and came back later."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from connectors.notify.base import DeliveryState
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.outbox import messages, note_steps

MAIL = "mail"


class Bounces(Database):
    def came_back(self, reference: str, status: str, now: datetime) -> bool | None:
        """A mail was not delivered after all: it failed for good, whatever was known before.

        ``reference``: its Message-ID as the delivery gave it. False: that is known already; None:
        no mail of ours has this reference.
        """
        ours = (messages.c.channel == MAIL) & (messages.c.reference == reference)
        reason = "the mail came back" + (f" ({status})" if status else "")
        values = {"state": DeliveryState.FAILED.value, "reason": reason, "finished_at": now}
        values |= {"not_before": None, "lease_until": None, "bounced_at": now}
        with self._write() as db:
            statement = update(messages).where(ours, messages.c.bounced_at.is_(None))
            ids = db.execute(statement.values(values).returning(messages.c.id)).scalars().all()
            for message_id in ids:
                note_steps(db, message_id, "failed", now, reason)
            if ids:
                return True
            known = db.execute(select(tables.messages.c.id).where(ours).limit(1)).first()
        return None if known is None else False

    def turned_away(self, address: str, since: datetime) -> bool:
        """Whether the last mail to this address came back, after ``since``."""
        statement = (
            select(messages.c.bounced_at)
            .where(
                messages.c.channel == MAIL,
                messages.c.address == address,
                messages.c.state.in_(("sent", "failed")),
            )
            .order_by(messages.c.created_at.desc(), messages.c.id)
            .limit(1)
        )
        with self._read() as db:
            at: datetime | None = db.execute(statement).scalar_one_or_none()
        return at is not None and at >= since
