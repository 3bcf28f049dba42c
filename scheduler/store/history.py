"""What was known and decided when, and what is counted in the open."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection as Db
from sqlalchemy import func, select

from scheduler.facts import ScorecardFacts, ScorecardKey
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.outbox import outbox_message
from scheduler.store.queries import facts_of_interview
from scheduler.store.rows import Row, clean
from scheduler.store.upsert import Log
from scheduler.store.values import Claimed, Event, ParkedRow, Story


class History(Database):
    """For ``explain`` and ``status``."""

    def note(
        self,
        ats: str,
        interview_id: str,
        event: str,
        detail: str,
        now: datetime,
        *,
        interviewer_id: str | None = None,
    ) -> None:
        """Add a line of history. No names in ``detail``."""
        with self._write() as db:
            log = Log(db, now)
            log.note(ats, interview_id, event[:32], clean(detail), interviewer_id)
            log.write()

    def story(self, interview_id: str) -> list[Story]:
        """Everything about the interview of this id, one story for each account that has it."""
        table = tables.interviews
        with self._read() as db:
            rows = db.execute(
                select(table).where(table.c.id == interview_id).order_by(table.c.ats)
            ).mappings()
            interviews = [dict(row) for row in rows]
            facts = facts_of_interview(db, interview_id) if interviews else []
            return [_story(db, row, facts) for row in interviews]

    def count_parked(self, ats: str | None = None) -> int:
        table = tables.parked
        statement = select(func.count()).select_from(table)
        if ats is not None:
            statement = statement.where(table.c.ats == ats)
        with self._read() as db:
            return db.execute(statement).scalar_one()

    def parked(self, ats: str | None = None, limit: int = 100) -> list[ParkedRow]:
        """Records that could not be read, the latest first."""
        table = tables.parked
        statement = select(table).order_by(table.c.seen_at.desc(), table.c.id).limit(limit)
        if ats is not None:
            statement = statement.where(table.c.ats == ats)
        with self._read() as db:
            return [
                ParkedRow(row.ats, row.kind, row.ref_id, row.path, row.reason, row.seen_at)
                for row in db.execute(statement)
            ]

    def count_hidden(self, ats: str | None = None) -> int:
        """Records that interviews name and this account may not read (trap 21)."""
        return sum(self.hidden_counts(ats).values())

    def hidden_counts(self, ats: str | None = None) -> dict[str, int]:
        """The same by kind; kinds without any are absent."""
        table = tables.hidden
        statement = select(table.c.kind, func.count()).group_by(table.c.kind).order_by(table.c.kind)
        if ats is not None:
            statement = statement.where(table.c.ats == ats)
        with self._read() as db:
            return {row[0]: row[1] for row in db.execute(statement)}


def _story(db: Db, interview: Row, facts: list[ScorecardFacts]) -> Story:
    ats, interview_id = interview["ats"], interview["id"]
    lines, claims, messages = tables.history, tables.nudges, tables.messages
    about = (lines.c.ats == ats) & (lines.c.interview_id == interview_id)
    history = db.execute(select(lines).where(about).order_by(lines.c.id)).all()
    decided = db.execute(
        select(claims.c.interviewer_id, claims.c.step, claims.c.decided_at, messages)
        .join(messages, messages.c.id == claims.c.message_id)
        .where(claims.c.ats == ats, claims.c.interview_id == interview_id)
        .order_by(claims.c.decided_at, claims.c.interviewer_id, claims.c.step)
    ).all()
    wanted = ("name", "state", "ats_status", "application_id", "starts_at")
    return Story(
        ats=ats,
        interview_id=interview_id,
        **{name: interview[name] for name in (*wanted, "first_seen_at", "deleted_at")},
        scorecards=tuple(each for each in facts if each.key.ats == ats),
        history=tuple(Event(r.at, r.interviewer_id, r.event, r.detail) for r in history),
        claimed=tuple(
            Claimed(
                ScorecardKey(ats, interview_id, row.interviewer_id),
                row.step,
                row.decided_at,
                outbox_message(row),
            )
            for row in decided
        ),
    )
