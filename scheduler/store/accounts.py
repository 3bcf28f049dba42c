"""Connected accounts, the lease that keeps two syncs apart, and the record of each run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection as Db
from sqlalchemy import and_, case, func, insert, select, update

from connectors.model import Page
from scheduler.store import tables
from scheduler.store.engine import Database, LeaseLost
from scheduler.store.upsert import add_missing
from scheduler.store.values import LEASE, Connection, SyncRun

LONGEST_TOKEN = 64


class Accounts(Database):
    """When an account was synced, where it stands, and who is at it."""

    def connection(self, ats: str) -> Connection | None:
        """None before the first sync was begun."""
        with self._read() as db:
            row = db.execute(
                select(tables.connections).where(tables.connections.c.ats == ats)
            ).one_or_none()
        return None if row is None else Connection(row.ats, row.first_sync_at, row.state)

    def connections(self) -> list[Connection]:
        """Every account that was ever synced, by name."""
        with self._read() as db:
            rows = db.execute(select(tables.connections).order_by(tables.connections.c.ats)).all()
        return [Connection(row.ats, row.first_sync_at, row.state) for row in rows]

    def first_sync_at(self) -> datetime | None:
        """When the first sync of any account was begun."""
        with self._read() as db:
            first: datetime | None = db.execute(
                select(func.min(tables.connections.c.first_sync_at))
            ).scalar_one()
        return first

    def begin_sync(
        self, ats: str, owner: str, now: datetime, lease: timedelta = LEASE
    ) -> SyncRun | None:
        """The right to sync an account; None while somebody else has it (case 37).

        A crashed owner's lease runs out by itself; its run is then recorded as failed.
        """
        table, runs = tables.connections, tables.sync_runs
        with self._write(f"lease {ats}") as db:
            fresh = {"ats": ats, "first_sync_at": now, "state": {}}
            first = add_missing(db, table, [fresh]) == 1
            row = db.execute(select(table).where(table.c.ats == ats).with_for_update()).one()
            if row.lease_until is not None and row.lease_until > now:
                return None
            db.execute(
                update(runs)
                .where(runs.c.ats == ats, runs.c.outcome == "running")
                .values(outcome="failed", finished_at=now, error="It ended without a word.")
            )
            started = {"ats": ats, "started_at": now, "outcome": "running"}
            run_id = db.execute(
                insert(runs).values(started | {"records": 0, "parked": 0}).returning(runs.c.id)
            ).scalar_one()
            token = f"{run_id} {owner}"[:LONGEST_TOKEN]
            db.execute(
                update(table)
                .where(table.c.ats == ats)
                .values(lease_owner=token, lease_until=now + lease)
            )
        return SyncRun(run_id, ats, token, lease, first, row.state)

    def finish_sync(
        self,
        run: SyncRun,
        outcome: str,
        error: str | None,
        now: datetime,
        *,
        state: Mapping[str, Any] | None = None,
    ) -> bool:
        """Record ``ok``, ``partial`` or ``failed`` and give the lease back.

        ``state`` is laid over the connection's state; a None in it removes that entry. False when
        somebody else had taken over: then only they may write.
        """
        table, runs = tables.connections, tables.sync_runs
        with self._write(f"lease {run.ats}") as db:
            mine = (table.c.ats == run.ats) & (table.c.lease_owner == run.token)
            row = db.execute(select(table).where(mine).with_for_update()).one_or_none()
            if row is None:
                return False
            merged = {
                name: value
                for name, value in {**row.state, **(state or {})}.items()
                if value is not None
            }
            values = {"state": merged, "lease_owner": None, "lease_until": None}
            db.execute(update(table).where(mine).values(values))
            done = {"outcome": outcome, "error": error, "finished_at": now}
            db.execute(update(runs).where(runs.c.id == run.id).values(done))
        return True

    def last_sync(self, ats: str) -> dict[str, Any] | None:
        """The newest run: outcome (``running`` too), started_at, finished_at, records, parked,
        error. None when there was none."""
        runs = tables.sync_runs
        wanted = ("outcome", "started_at", "finished_at", "records", "parked", "error")
        with self._read() as db:
            row = db.execute(
                select(*(runs.c[name] for name in wanted))
                .where(runs.c.ats == ats)
                .order_by(runs.c.id.desc())
                .limit(1)
            ).one_or_none()
        return None if row is None else dict(row._mapping)

    def last_complete_sync(self, ats: str) -> datetime | None:
        """When the newest run that was ``ok`` ended."""
        runs = tables.sync_runs
        statement = select(func.max(runs.c.finished_at)).where(
            runs.c.ats == ats, runs.c.outcome == "ok"
        )
        with self._read() as db:
            latest: datetime | None = db.execute(statement).scalar_one()
        return latest

    def untold(self, ats: str, since: datetime, until: datetime) -> tuple[int, int]:
        """Of the scorecards asked for in interviews that ended in [since, until): how many there
        are, and of how many this account cannot tell whether they were handed in."""
        s, i = tables.scorecards.c, tables.interviews.c
        blind = and_(~s.can_tell, s.submitted_at.is_(None))
        statement = (
            select(func.count(), func.count(case((blind, 1))))
            .select_from(tables.scorecards)
            .join(tables.interviews, and_(i.ats == s.ats, i.id == s.interview_id))
            .where(i.ats == ats, i.ends_at >= since, i.ends_at < until)
            .where(i.deleted_at.is_(None), s.removed_at.is_(None), s.required)
        )
        with self._read() as db:
            asked, untold = db.execute(statement).one()
        return asked, untold


def remember(db: Db, run: SyncRun, page: Page, checkpoint: Mapping[str, Any] | None) -> None:
    """Renew the lease and keep the checkpoint, within the transaction that stores the page."""
    table, runs = tables.connections, tables.sync_runs
    mine = (table.c.ats == run.ats) & (table.c.lease_owner == run.token)
    row = db.execute(select(table).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise LeaseLost(
            f"Another process has taken over the sync of {run.ats}: this one was silent for too "
            "long. It stopped, and nothing was lost."
        )
    until = max(row.lease_until, page.read_at + run.lease)
    state = row.state if checkpoint is None else {**row.state, "pull": dict(checkpoint)}
    db.execute(update(table).where(mine).values(lease_until=until, state=state))
    counts = {
        "records": runs.c.records + len(page.records),
        "parked": runs.c.parked + len(page.parked),
    }
    db.execute(update(runs).where(runs.c.id == run.id).values(counts))
