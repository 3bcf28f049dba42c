"""Weekly reports, kept as they were sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from connectors.notify.base import MessageKind
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.outbox import message_row
from scheduler.store.upsert import add_missing
from scheduler.store.values import LEASE, PlannedMessage, StoredReport

reports = tables.reports


class Reports(Database):
    """What was reported, and to whom."""

    def save_report(self, week: str, asof: datetime, content: Mapping[str, Any]) -> StoredReport:
        """Keep the report of a week; the first one stays (case 61). Returns what is kept."""
        row = {"week": week, "asof": asof, "content": dict(content)}
        with self._write() as db:
            add_missing(db, reports, [row])
            kept = db.execute(select(reports).where(reports.c.week == week)).one()
        return StoredReport(kept.week, kept.asof, kept.content, kept.sent_at)

    def report(self, week: str) -> StoredReport | None:
        with self._read() as db:
            row = db.execute(select(reports).where(reports.c.week == week)).one_or_none()
        return None if row is None else StoredReport(row.week, row.asof, row.content, row.sent_at)

    def latest_report(self) -> StoredReport | None:
        """The kept report of the latest week."""
        statement = select(reports).order_by(reports.c.week.desc()).limit(1)
        with self._read() as db:
            row = db.execute(statement).one_or_none()
        return None if row is None else StoredReport(row.week, row.asof, row.content, row.sent_at)

    def report_claimed(self, week: str, address: str) -> bool:
        """Whether the report of a week was already decided to go to this address."""
        sends = tables.report_sends
        here = (sends.c.week == week) & (sends.c.address == address)
        with self._read() as db:
            return db.execute(select(sends.c.week).where(here)).first() is not None

    def claim_report_send(
        self,
        week: str,
        address: str,
        message_id: str,
        channel: str,
        now: datetime,
        lease: timedelta = LEASE,
    ) -> bool:
        """The right to send a week's report to an address, once for ever; plans its message."""
        row = {"week": week, "address": address, "message_id": message_id}
        planned = PlannedMessage(message_id, MessageKind.REPORT.value, channel, address)
        with self._write() as db:
            if not add_missing(db, tables.report_sends, [row]):
                return False
            db.execute(insert(tables.messages), [message_row(planned, now, lease)])
        return True
