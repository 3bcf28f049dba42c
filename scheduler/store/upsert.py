"""Rows compared with what is stored, and written only where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Insert,
    Table,
    and_,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from scheduler.store import tables
from scheduler.store.rows import Row, differing, newest, stale

T = TypeVar("T")

CHUNK = 400
"""Values in one IN: far below the limits of both databases."""


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    rest = list(values)
    for start in range(0, len(rest), size):
        yield rest[start : start + size]


def insert_new(db: Connection, table: Table, rows: Sequence[Row]) -> Insert:
    """Insert rows; those that are there already are left alone, without an error."""
    if db.dialect.name == "postgresql":
        return postgresql.insert(table).values(list(rows)).on_conflict_do_nothing()
    return sqlite.insert(table).values(list(rows)).on_conflict_do_nothing()


def add_missing(db: Connection, table: Table, rows: Sequence[Row]) -> int:
    """The same; returns how many were new.

    They are counted by what comes back: the drivers' row counts of an INSERT are not reliable.
    """
    statement = insert_new(db, table, rows).returning(*table.primary_key.columns)
    return len(db.execute(statement).all())


def load(db: Connection, table: Table, ats: str, ids: Iterable[str], by: str = "id") -> list[Row]:
    """The stored rows of one account whose column ``by`` is among ``ids``."""
    found: list[Row] = []
    for some in chunks(sorted(set(ids))):
        statement = select(table).where(table.c.ats == ats, table.c[by].in_(some))
        found.extend(dict(row) for row in db.execute(statement).mappings())
    return found


def write_rows(
    db: Connection, table: Table, new: Sequence[Row], changed: Sequence[Row], key: Sequence[str]
) -> int:
    """Insert ``new`` and update ``changed`` (whole rows), both in bulk."""
    if new:
        db.execute(insert(table), list(new))
    if changed:
        columns = [name for name in changed[0] if name not in key]
        statement = (
            update(table)
            .where(and_(*(table.c[name] == bindparam(f"key_{name}") for name in key)))
            .values({name: bindparam(f"new_{name}") for name in columns})
        )
        values = [
            {f"key_{name}": row[name] for name in key} | {f"new_{n}": row[n] for n in columns}
            for row in changed
        ]
        db.execute(statement, values)
    return len(new) + len(changed)


def upsert(
    db: Connection, table: Table, ats: str, rows: Sequence[Row], read_at: datetime
) -> tuple[int, list[tuple[Row | None, Row]]]:
    """Newer wins; a deleted record comes back only by a reading made after its deletion.

    Returns the rows written, and (stored, now) of each that is new or differs.
    """
    stored = {row["id"]: row for row in load(db, table, ats, (row["id"] for row in rows))}
    outcome: list[tuple[Row | None, Row]] = []
    new: list[Row] = []
    changed: list[Row] = []
    for row in newest(rows):
        row = {"ats": ats, **row}
        if "deleted_at" in table.c:
            row["deleted_at"] = None
        old = stored.get(row["id"])
        if old is None:
            new.append(row)
            outcome.append((None, row))
            continue
        if stale(old, row) or (old.get("deleted_at") and read_at <= old["deleted_at"]):
            continue
        difference = differing(old, row)
        if difference:
            changed.append(old | difference)
            outcome.append((old, old | difference))
    return write_rows(db, table, new, changed, ("ats", "id")), outcome


class Log:
    """Lines of history, kept until they are written together at the end of a transaction."""

    def __init__(self, db: Connection, at: datetime) -> None:
        self._db = db
        self._at = at
        self._lines: list[Row] = []

    def note(
        self, ats: str, interview_id: str, event: str, detail: str = "", who: str | None = None
    ) -> None:
        """``detail`` holds no names; ``who`` is an interviewer's id."""
        line: dict[str, Any] = {"at": self._at, "ats": ats, "interview_id": interview_id}
        self._lines.append(line | {"interviewer_id": who, "event": event, "detail": detail})

    def write(self) -> None:
        if self._lines:
            self._db.execute(insert(tables.history), self._lines)
            self._lines = []
