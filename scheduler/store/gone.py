"""What a page says of records it does not bring: deleted, unreadable, out of sight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, delete, select, update

from connectors.model import Interview, Kind, Parked, Record, Ref
from scheduler.store import tables
from scheduler.store.rows import Row, clean, kind_of
from scheduler.store.upsert import Log, add_missing, chunks, load


def bury(db: Connection, log: Log, ats: str, missing: Sequence[Ref], read_at: datetime) -> int:
    """Tombstones (cases 40 and 41): a candidate takes along applications, these interviews."""
    ids: dict[Kind, set[str]] = defaultdict(set)
    for ref in missing:
        ids[ref.kind].add(clean(ref.id))
    written = _erase_candidates(db, ats, ids[Kind.CANDIDATE], read_at)
    for row in load(db, tables.applications, ats, ids[Kind.CANDIDATE], by="candidate_id"):
        ids[Kind.APPLICATION].add(row["id"])
    for row in load(db, tables.interviews, ats, ids[Kind.APPLICATION], by="application_id"):
        ids[Kind.INTERVIEW].add(row["id"])
    written += len(_tombstone(db, tables.applications, ats, ids[Kind.APPLICATION], read_at))
    for interview_id in _tombstone(db, tables.interviews, ats, ids[Kind.INTERVIEW], read_at):
        log.note(ats, interview_id, "deleted")
        written += 1
    for some in chunks(ids[Kind.PERSON]):
        people = tables.people
        here = (people.c.ats == ats) & people.c.id.in_(some) & people.c.active.is_(True)
        written += db.execute(update(people).where(here).values(active=False)).rowcount
    return written


def _erase_candidates(db: Connection, ats: str, ids: Iterable[str], read_at: datetime) -> int:
    candidates = tables.candidates
    written = 0
    for some in chunks(ids):
        here = (candidates.c.ats == ats) & candidates.c.id.in_(some)
        alive = candidates.c.deleted_at.is_(None) | candidates.c.name.is_not(None)
        values = {"name": None, "deleted_at": read_at}
        written += db.execute(update(candidates).where(here & alive).values(values)).rowcount
    if written:
        forget_bodies(db, ats)
    return written


def forget_bodies(db: Connection, ats: str) -> None:
    """The bodies of an account's webhooks, when a name was erased: which hold it is not known."""
    table = tables.deliveries
    kept = (table.c.ats == ats) & table.c.body.is_not(None)
    db.execute(update(table).where(kept).values(body=None))


def forget_left_behind(db: Connection, ats: str, ids: Iterable[str]) -> None:
    """Names of candidates whose last application went to somebody else: they were merged."""
    candidates, applications = tables.candidates, tables.applications
    for some in chunks(sorted(ids)):
        used = select(applications.c.candidate_id).where(
            applications.c.ats == ats, applications.c.candidate_id.in_(some)
        )
        here = (candidates.c.ats == ats) & candidates.c.id.in_(some)
        here &= candidates.c.name.is_not(None) & candidates.c.id.not_in(used)
        db.execute(update(candidates).where(here).values(name=None))


def _tombstone(
    db: Connection, table: Table, ats: str, ids: Iterable[str], read_at: datetime
) -> list[str]:
    """Mark as deleted what is not so yet; returns the ids of these."""
    marked: list[str] = []
    for some in chunks(sorted(ids)):
        here = (table.c.ats == ats) & table.c.id.in_(some) & table.c.deleted_at.is_(None)
        marked.extend(db.execute(select(table.c.id).where(here)).scalars())
        db.execute(update(table).where(here).values(deleted_at=read_at))
    return sorted(marked)


def park(db: Connection, ats: str, parked: Sequence[Parked], now: datetime) -> int:
    """Upsert: a record that stays unreadable for the same reason is not written again."""
    table = tables.parked
    written = 0
    for each in {parked_one.ref: parked_one for parked_one in parked}.values():
        row: Row = {"ats": ats, "kind": each.ref.kind.value, "ref_id": clean(each.ref.id)[:128]}
        what = {"path": clean(each.path), "reason": clean(each.reason)}
        written += add_missing(db, table, [row | what | {"seen_at": now}])
        here = (table.c.ats == ats) & (table.c.kind == row["kind"])
        here &= table.c.ref_id == row["ref_id"]
        here &= (table.c.path != what["path"]) | (table.c.reason != what["reason"])
        written += db.execute(update(table).where(here).values(what | {"seen_at": now})).rowcount
    return written


def hide(db: Connection, ats: str, refs: Sequence[Ref], now: datetime) -> int:
    rows = [
        {"ats": ats, "kind": ref.kind.value, "ref_id": clean(ref.id), "seen_at": now}
        for ref in sorted(set(refs))
    ]
    return sum(add_missing(db, tables.hidden, some) for some in chunks(rows))


def unpark(db: Connection, ats: str, records: Sequence[Record], missing: Sequence[Ref]) -> int:
    """What could be read, or is gone for good, is neither parked nor hidden any more."""
    ids: dict[str, set[str]] = defaultdict(set)
    for ref in missing:
        ids[ref.kind.value].add(clean(ref.id))
    for record in records:
        ids[kind_of(record).value].add(clean(record.id))
        if isinstance(record, Interview):
            ids[Kind.SCORECARD.value].update(
                clean(card.id) for card in record.scorecards if card.id
            )
    written = 0
    for table in (tables.parked, tables.hidden):
        kinds = select(table.c.kind).where(table.c.ats == ats).distinct()
        for kind in set(db.execute(kinds).scalars()) & set(ids):
            for some in chunks(sorted(ids[kind])):
                here = (table.c.ats == ats) & (table.c.kind == kind)
                statement = delete(table).where(here & table.c.ref_id.in_(some))
                written += db.execute(statement).rowcount
    return written
