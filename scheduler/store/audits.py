"""The raw rows an auditor looks at, and its last word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import insert, select, tuple_, update

from connectors.notify.base import MessageKind
from scheduler.facts import ScorecardKey
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.upsert import chunks
from scheduler.store.values import Event, SaidRow, StoredAudit

audits, messages, claims, history = (
    tables.audits,
    tables.messages,
    tables.nudges,
    tables.history,
)
THE_ONE = 1


class Audits(Database):
    """Nothing here judges."""

    def save_audit(
        self, at: datetime, compared: int, differences: Sequence[Mapping[str, Any]]
    ) -> None:
        """Keep the last audit; the one before is replaced."""
        row = {"at": at, "compared": compared, "differences": [dict(d) for d in differences]}
        here = audits.c.id == THE_ONE
        with self._write("audit") as db:
            if not db.execute(update(audits).where(here).values(row)).rowcount:
                db.execute(insert(audits), [{"id": THE_ONE, **row}])

    def audit(self) -> StoredAudit | None:
        """The last audit; None: there was none yet."""
        with self._read() as db:
            row = db.execute(select(audits)).one_or_none()
        return None if row is None else StoredAudit(row.at, row.compared, tuple(row.differences))

    def said_since(self, since: datetime) -> list[SaidRow]:
        """Every message decided since then, reports and alarms aside, with each step it speaks
        at; in the order of decision. A message whose ladder was reset has no steps any more."""
        columns = (
            messages.c.id,
            messages.c.kind,
            messages.c.channel,
            messages.c.address,
            messages.c.state,
            messages.c.created_at,
            messages.c.finished_at,
            messages.c.not_before,
            messages.c.lease_until,
        )
        about = (claims.c.ats, claims.c.interview_id, claims.c.interviewer_id, claims.c.step)
        statement = (
            select(*columns, *about)
            .join(claims, claims.c.message_id == messages.c.id, isouter=True)
            .where(
                messages.c.created_at >= since,
                messages.c.kind.not_in((MessageKind.REPORT, MessageKind.ALARM)),
            )
            .order_by(messages.c.created_at, messages.c.id)
        )
        with self._read() as db:
            return [_said(row) for row in db.execute(statement)]

    def events_of(
        self, interviews: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], list[Event]]:
        """The history of interviews, by account and id, oldest first."""
        here = tuple_(history.c.ats, history.c.interview_id)
        found: dict[tuple[str, str], list[Event]] = defaultdict(list)
        with self._read() as db:
            for some in chunks(sorted(set(interviews)), 200):
                statement = select(history).where(here.in_(some)).order_by(history.c.id)
                for row in db.execute(statement):
                    event = Event(row.at, row.interviewer_id, row.event, row.detail)
                    found[row.ats, row.interview_id].append(event)
        return dict(found)


def _said(row: SqlRow[*tuple[Any, ...]]) -> SaidRow:
    key = None
    if row.ats is not None:
        key = ScorecardKey(row.ats, row.interview_id, row.interviewer_id)
    return SaidRow(
        message_id=row.id,
        kind=row.kind,
        channel=row.channel,
        address=row.address,
        state=row.state,
        created_at=row.created_at,
        finished_at=row.finished_at,
        not_before=row.not_before,
        lease_until=row.lease_until,
        key=key,
        step=row.step or "",
    )
