"""Pages into rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection as Db
from sqlalchemy import bindparam, exists, select, update

from connectors.model import Application, Candidate, Interview, Job, Page, Parked, Person
from scheduler.facts import ScorecardKey
from scheduler.store import tables
from scheduler.store.accounts import remember
from scheduler.store.engine import Database
from scheduler.store.gone import bury, forget_bodies, forget_left_behind, hide, park, unpark
from scheduler.store.panels import save_interviews
from scheduler.store.rows import application_row, candidate_row, job_row, person_row, unstorable
from scheduler.store.upsert import Log, chunks, load, upsert
from scheduler.store.values import Saved, SyncRun

R = TypeVar("R")


class Records(Database):
    """What an ATS says."""

    def save_page(
        self,
        ats: str,
        page: Page,
        *,
        store_names: bool,
        sync_run: SyncRun | None = None,
        checkpoint: Mapping[str, Any] | None = None,
    ) -> Saved:
        """Upsert the records of a page by (ats, id); newer wins, only what differs is written.

        With a ``sync_run`` its lease is renewed, and the ``checkpoint`` (JSON-able) is kept in the
        connection's state under ``pull``, in the same transaction. Raises LeaseLost when another
        process has taken over in between; then nothing is stored.
        """
        flaws = [flaw for record in page.records if (flaw := unstorable(record))]
        if flaws:
            good = tuple(record for record in page.records if not unstorable(record))
            page = replace(page, records=good, parked=(*page.parked, *flaws))
        with self._write(f"records {ats}") as db:
            if sync_run is not None:
                remember(db, sync_run, page, checkpoint)
            log = Log(db, page.read_at)
            written = _save_records(db, log, ats, page, store_names)
            written += unpark(db, ats, page.records, page.missing)
            written += park(db, ats, page.parked, page.read_at)
            written += hide(db, ats, page.hidden, page.read_at)
            written += bury(db, log, ats, page.missing, page.read_at)
            log.write()
        return Saved(written, len(page.parked), len(page.hidden), len(page.missing))

    def forget_names(self) -> int:
        """Candidates' names, and the bodies of webhooks, which hold them too; returns how many.

        For a store that kept them until its owner chose otherwise.
        """
        candidates, deliveries = tables.candidates, tables.deliveries
        named, kept = candidates.c.name.is_not(None), deliveries.c.body.is_not(None)
        with self._read() as db:
            if db.execute(select(exists().where(named) | exists().where(kept))).scalar_one() == 0:
                return 0
        with self._write("names") as db:
            names = db.execute(update(candidates).where(named).values(name=None)).rowcount
            return names + db.execute(update(deliveries).where(kept).values(body=None)).rowcount

    def park(self, ats: str, parked: Iterable[Parked], now: datetime) -> None:
        """Set aside what could not be worked on; it is counted in the open."""
        with self._write(f"records {ats}") as db:
            park(db, ats, list(parked), now)

    def stamp_due(
        self, stamps: Iterable[tuple[ScorecardKey, datetime, datetime]], now: datetime
    ) -> int:
        """Set ``due_at`` (second) where it was not yet stamped for this end (third).

        Returns how many were stamped.
        """
        stamped = 0
        for some in chunks(sorted(stamps)):
            with self._write("stamps") as db:
                stamped += _stamp(db, some, now)
        return stamped


def _of(page: Page, kind: type[R]) -> list[R]:
    return [record for record in page.records if isinstance(record, kind)]


def _save_records(db: Db, log: Log, ats: str, page: Page, store_names: bool) -> int:
    people = [person_row(each) for each in _of(page, Person)]
    candidates = [candidate_row(each, store_names) for each in _of(page, Candidate)]
    jobs = [job_row(each) for each in _of(page, Job)]
    applications = [application_row(each) for each in _of(page, Application)]
    written = 0
    for table, rows in ((tables.people, people), (tables.jobs, jobs)):
        written += upsert(db, table, ats, rows, page.read_at)[0]
    count, names = upsert(db, tables.candidates, ats, candidates, page.read_at)
    if any(old and old["name"] and old["name"] != now["name"] for old, now in names):
        forget_bodies(db, ats)  # perhaps it was erased: not every ATS says so in another way
    written += count
    count, changes = upsert(db, tables.applications, ats, applications, page.read_at)
    before = {old["candidate_id"] for old, _ in changes if old is not None}
    forget_left_behind(db, ats, before - {now["candidate_id"] for _, now in changes})
    moved = {
        now["id"]: f"from {old['state']} to {now['state']}"
        for old, now in changes
        if old is not None and old["state"] != now["state"]
    }
    for row in load(db, tables.interviews, ats, moved, by="application_id"):
        log.note(ats, row["id"], "application_state", moved[row["application_id"]])
    interviews = _of(page, Interview)
    return written + count + save_interviews(db, log, ats, interviews, page.read_at)


def _stamp(db: Db, stamps: list[tuple[ScorecardKey, datetime, datetime]], now: datetime) -> int:
    table = tables.scorecards
    wanted = {key: (due_at, due_for) for key, due_at, due_for in stamps}
    log = Log(db, now)
    values = []
    columns = (table.c.ats, table.c.interview_id, table.c.interviewer_id, table.c.due_for)
    # With the account, so that the key is looked up instead of searched for.
    accounts = table.c.ats.in_({key.ats for key in wanted})
    ids = table.c.interview_id.in_({key.interview_id for key in wanted})
    for row in db.execute(select(*columns).where(accounts, ids)):
        key = ScorecardKey(row.ats, row.interview_id, row.interviewer_id)
        if key not in wanted or row.due_for == wanted[key][1]:
            continue
        due_at, due_for = wanted[key]
        values.append(
            {"a": key.ats, "i": key.interview_id, "p": key.interviewer_id}
            | {"new_due_at": due_at, "new_due_for": due_for}
        )
        detail = f"due {due_at:%Y-%m-%d %H:%MZ}, ended {due_for:%Y-%m-%d %H:%MZ}"
        log.note(key.ats, key.interview_id, "due_stamped", detail, key.interviewer_id)
    if values:
        here = (table.c.ats == bindparam("a")) & (table.c.interview_id == bindparam("i"))
        here &= table.c.interviewer_id == bindparam("p")
        new: dict[str, Any] = {
            "due_at": bindparam("new_due_at"),
            "due_for": bindparam("new_due_for"),
        }
        db.execute(update(table).where(here).values(new), values)
    log.write()
    return len(values)
