"""Rung doorbells: durable before they are answered, settled when what they name was read again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, select, update

from connectors.model import Kind, Ref
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.rows import clean
from scheduler.store.upsert import add_missing, chunks
from scheduler.store.values import Delivery, Received, Waiting

SAME_BODY_WINDOW = timedelta(hours=24)
"""Within it an equal body without an event id is a repetition (case 4)."""
LONGEST_EVENT_ID = 256
UNSETTLED = ("waiting", "conflict")


class Webhooks(Database):
    """What rang, and what is still to be answered."""

    def receive(self, ats: str, delivery: Delivery) -> Received:
        """Store a delivery once; durable when this returns (cases 1 to 4, 20)."""
        event_id = clean(delivery.event_id)
        event_id = event_id[:LONGEST_EVENT_ID] if event_id else None
        with self._write(f"delivery {ats} {event_id or delivery.body_hash}") as db:
            seen = _seen(db, ats, delivery, event_id)
            if seen is Received.DUPLICATE:
                return seen
            state = "conflict" if seen is Received.CONFLICT else delivery.state
            reason = clean(delivery.reason)
            if seen is Received.CONFLICT:
                reason = "the same event id came before with another body"
            row = {
                "ats": ats,
                "received_at": delivery.received_at,
                "event_id": event_id,
                "body_hash": delivery.body_hash,
                "secret_id": clean(delivery.secret_id)[:64],
                "body": delivery.body,
                "action": clean(delivery.action)[:128] if delivery.action else None,
                "refs": [[ref.kind.value, clean(ref.id)] for ref in delivery.refs],
                "state": state,
                "reason": reason,
            }
            # The unique constraint has the last word, without an error (case 2).
            stored = add_missing(db, tables.deliveries, [row])
        return seen if stored else Received.DUPLICATE

    def waiting(self, ats: str, limit: int = 200) -> list[Waiting]:
        """Deliveries whose records are still to be read again, oldest first."""
        table = tables.deliveries
        with self._read() as db:
            rows = db.execute(
                select(table.c.id, table.c.refs)
                .where(table.c.ats == ats, table.c.state.in_(UNSETTLED))
                .where(table.c.done_at.is_(None))
                .order_by(table.c.id)
                .limit(limit)
            ).all()
        return [Waiting(row.id, tuple(Ref(Kind(k), i) for k, i in row.refs)) for row in rows]

    def waiting_count(self, ats: str | None = None) -> int:
        table = tables.deliveries
        statement = select(func.count()).where(
            table.c.state.in_(UNSETTLED), table.c.done_at.is_(None)
        )
        if ats is not None:
            statement = statement.where(table.c.ats == ats)
        with self._read() as db:
            return db.execute(statement).scalar_one()

    def count_parked_webhooks(self) -> int:
        """Proved deliveries that could not be understood (case 13)."""
        table = tables.deliveries
        with self._read() as db:
            parked = select(func.count()).where(table.c.state == "parked")
            return db.execute(parked).scalar_one()

    def last_delivery(self, ats: str) -> datetime | None:
        """When the newest proved webhook of an account came in."""
        table = tables.deliveries
        statement = select(func.max(table.c.received_at)).where(table.c.ats == ats)
        with self._read() as db:
            newest: datetime | None = db.execute(statement).scalar_one()
        return newest

    def settle(self, ids: Sequence[int], state: str, reason: str | None, now: datetime) -> None:
        """``done`` or ``parked``. A conflict stays flagged as one, and is done with."""
        table = tables.deliveries
        kept = case((table.c.state == "conflict", "conflict"), else_=state)
        with self._write() as db:
            for some in chunks(ids):
                values = {"state": kept, "done_at": now}
                if reason is not None:
                    values["reason"] = clean(reason)
                db.execute(update(table).where(table.c.id.in_(some)).values(values))

    def forget_bodies(self, before: datetime) -> int:
        """Drop the raw bodies of what was received before and is settled; returns how many."""
        table = tables.deliveries
        old = (table.c.received_at < before) & table.c.body.is_not(None)
        settled = table.c.state.not_in(UNSETTLED) | table.c.done_at.is_not(None)
        with self._write() as db:
            return db.execute(update(table).where(old & settled).values(body=None)).rowcount


def _seen(db: Connection, ats: str, delivery: Delivery, event_id: str | None) -> Received:
    table = tables.deliveries
    if event_id is not None:
        same_event = (table.c.ats == ats) & (table.c.event_id == event_id)
        hashes = db.execute(select(table.c.body_hash).where(same_event)).scalars().all()
        if delivery.body_hash in hashes:
            return Received.DUPLICATE
        return Received.CONFLICT if hashes else Received.STORED
    same_body = (table.c.ats == ats) & (table.c.body_hash == delivery.body_hash)
    lately = table.c.received_at > delivery.received_at - SAME_BODY_WINDOW
    found = db.execute(select(table.c.id).where(same_body & lately).limit(1)).first()
    return Received.STORED if found is None else Received.DUPLICATE
