"""Who does not want a list's messages any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.rows import clean
from scheduler.store.upsert import add_missing

REPORT = "report"
"""The list of the weekly report."""

u = tables.unsubscribed.c


class Unsubscribed(Database):
    """By list and lower-case mail address."""

    def unsubscribe(self, name: str, address: str, now: datetime) -> bool:
        """Take an address off a list. False: it is off already."""
        row = {"list": name, "address": _folded(address), "at": now}
        with self._write() as db:
            return add_missing(db, tables.unsubscribed, [row]) == 1

    def subscribe_again(self, name: str, address: str) -> bool:
        """Put it back. False: it was not off."""
        statement = delete(tables.unsubscribed).where(u.list == name, u.address == _folded(address))
        with self._write() as db:
            return bool(db.execute(statement.returning(u.address)).all())

    def unsubscribed(self, name: str) -> frozenset[str]:
        """The addresses that want nothing of this list."""
        with self._read() as db:
            return frozenset(db.execute(select(u.address).where(u.list == name)).scalars())


def _folded(address: str) -> str:
    folded: str = clean(address).strip().lower()
    return folded
