"""Messages of which nobody knows whether they arrived: asked about, sent again once, or held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select, update

from connectors.notify.base import Delivery, DeliveryState
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.outbox import messages, note_steps, outgoing_of, report_was_sent, steps_of
from scheduler.store.rows import clean
from scheduler.store.values import Outgoing

HELD = "it may have arrived, and is not sent again"


class Doubts(Database):
    """Every change is conditional on ``unknown``: of two processes one does it."""

    def in_doubt(
        self,
        kinds: Iterable[str],
        *,
        since: datetime,
        known_before: datetime,
        asked_before: datetime,
    ) -> list[Outgoing]:
        """Messages that became ``unknown`` between two moments, oldest first.

        Left out are those whose channel was asked and is not to be asked again by
        ``asked_before``.
        """
        statement = (
            select(messages, tables.report_sends.c.week)
            .join(
                tables.report_sends,
                tables.report_sends.c.message_id == messages.c.id,
                isouter=True,
            )
            .where(
                messages.c.state == "unknown",
                messages.c.kind.in_(list(kinds)),
                messages.c.finished_at >= since,
                messages.c.finished_at <= known_before,
                messages.c.not_before.is_(None) | (messages.c.not_before <= asked_before),
            )
            .order_by(messages.c.created_at, messages.c.id)
        )
        with self._read() as db:
            rows = db.execute(statement).all()
            steps = steps_of(db, [row.id for row in rows])
        return [outgoing_of(row, steps[row.id]) for row in rows]

    def cleared_up(self, message_id: str, delivery: Delivery, now: datetime) -> bool:
        """The channel knows: it was sent, or it surely was not, and is planned again."""
        sent = delivery.state is DeliveryState.SENT
        values = {
            "state": "sent" if sent else "planned",
            "not_before": None,
            "reference": clean(delivery.reference),
            "reason": clean(delivery.reason) or None,
        }
        event = "sent" if sent else "postponed"
        why = "the channel has it" if sent else "the channel does not have it"
        return self._settle(message_id, values, event, why, now)

    def ask_later(self, message_id: str, not_before: datetime) -> bool:
        """The channel could not tell; it is not asked again before this moment."""
        here = (messages.c.id == message_id) & (messages.c.state == "unknown")
        with self._write() as db:
            statement = update(messages).where(here).values(not_before=not_before)
            return db.execute(statement).rowcount == 1

    def send_again(self, message_id: str, now: datetime) -> bool:
        """unknown -> planned, once for ever. False: somebody else did, or it was done before."""
        values = {"state": "planned", "not_before": None, "resent_at": now, "lease_until": None}
        why = "nobody knows whether it arrived; sent once more"
        return self._settle(message_id, values, "postponed", why, now, once=True)

    def hold(self, message_id: str, now: datetime) -> bool:
        """planned -> unknown, for one that was in doubt before and is not due any more."""
        here = (messages.c.id == message_id) & (messages.c.state == "planned")
        doubted = messages.c.resent_at.is_not(None)
        values = {"state": "unknown", "not_before": None, "lease_until": None, "reason": HELD}
        with self._write() as db:
            if db.execute(update(messages).where(here, doubted).values(values)).rowcount != 1:
                return False
            note_steps(db, message_id, "unknown", now, HELD)
        return True

    def _settle(
        self,
        message_id: str,
        values: Mapping[str, object],
        event: str,
        why: str,
        now: datetime,
        *,
        once: bool = False,
    ) -> bool:
        here = (messages.c.id == message_id) & (messages.c.state == "unknown")
        if once:
            here = here & messages.c.resent_at.is_(None)
        with self._write() as db:
            if db.execute(update(messages).where(here).values(values)).rowcount != 1:
                return False
            note_steps(db, message_id, event, now, why)
            if values["state"] == "sent":
                report_was_sent(db, message_id, now)
        return True
