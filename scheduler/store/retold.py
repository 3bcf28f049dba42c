"""What telling the past again needs, and no other question asks. Reads only."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import and_, func, or_, select

from connectors.model import ApplicationState
from connectors.notify.base import DeliveryState
from scheduler.facts import Closing
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.outbox import SPOKEN_KINDS
from scheduler.store.queries import ended_conditions

i, a, j = tables.interviews.c, tables.applications.c, tables.jobs.c
s, p, h = tables.scorecards.c, tables.people.c, tables.history.c
OPEN = (ApplicationState.ACTIVE.value, ApplicationState.UNKNOWN.value)


class Retold(Database):
    """Moments of the past that facts do not hold, as they are what an interview is now."""

    def closings(self, since: datetime) -> dict[tuple[str, str], Closing]:
        """By account and interview, of those that ended since then: when application and job were
        closed. Open ones are absent. Without a change that we saw it is the ATS's last change."""
        job = and_(j.ats == i.ats, j.id == func.coalesce(i.job_id, a.job_id))
        statement = (
            select(
                i.ats,
                i.id,
                a.state.not_in(OPEN).label("closed"),
                a.updated_at,
                j.is_open.is_(False).label("job_closed"),
                j.updated_at.label("job_updated_at"),
            )
            .join(tables.applications, and_(a.ats == i.ats, a.id == i.application_id))
            .outerjoin(tables.jobs, job)
            .where(*ended_conditions(since, None))
            .where(or_(a.state.not_in(OPEN), j.is_open.is_(False)))
        )
        changes = (
            select(h.ats, h.interview_id, func.max(h.at, type_=tables.Instant()).label("at"))
            .where(h.event == "application_state", h.at >= since)
            .where(or_(*(h.detail.startswith(f"from {state} to ") for state in OPEN)))
            .group_by(h.ats, h.interview_id)
        )
        with self._read() as db:
            seen = {(row.ats, row.interview_id): row.at for row in db.execute(changes)}
            rows = db.execute(statement)
            return {(row.ats, row.id): _closing(row, seen.get((row.ats, row.id))) for row in rows}

    def moves(self, since: datetime) -> dict[str, list[datetime]]:
        """By lower-case address: when its owner handed something in or answered, after ``since``,
        in order. Addresses without any are absent."""
        address = func.lower(func.trim(p.email)).label("address")
        handed_in = (
            select(address, s.submitted_at.label("at"))
            .join(tables.scorecards, and_(s.ats == p.ats, s.interviewer_id == p.id))
            .where(s.submitted_at > since, p.email.is_not(None))
        )
        given = tables.answers.c
        answered = select(given.by.label("address"), given.at).where(given.at > since)
        found: dict[str, list[datetime]] = defaultdict(list)
        with self._read() as db:
            for statement in (handed_in, answered):
                for row in db.execute(statement):
                    found[row.address].append(row.at)
        return {address: sorted(moments) for address, moments in found.items()}

    def sent_between(self, since: datetime, until: datetime) -> dict[str, int]:
        """How many messages about scorecards really arrived in [since, until), by kind."""
        m = tables.messages.c
        statement = (
            select(m.kind)
            .where(m.kind.in_(SPOKEN_KINDS), m.state == DeliveryState.SENT)
            .where(m.finished_at >= since, m.finished_at < until)
        )
        with self._read() as db:
            return dict(Counter(db.execute(statement).scalars()))


def _closing(row: SqlRow[*tuple[Any, ...]], seen_at: datetime | None) -> Closing:
    return Closing(
        application=(seen_at or row.updated_at) if row.closed else None,
        job=row.job_updated_at if row.job_closed else None,
        seen=bool(row.closed and seen_at),
    )
