"""How many messages in a row brought nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection as Db
from sqlalchemy import and_, func, select

from connectors.notify.base import DeliveryState, MessageKind
from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.upsert import chunks

m, p, s, a = tables.messages.c, tables.people.c, tables.scorecards.c, tables.answers.c


class Patience(Database):
    """What people did with the messages they got."""

    def ignored(self, addresses: Iterable[str], since: datetime) -> dict[str, int]:
        """Nudges that arrived after an address's owner last handed something in or answered.

        Counted from ``since`` on, by lower-case address; who ignored nothing is absent.
        """
        found: Counter[str] = Counter()
        nudges = m.kind.in_((MessageKind.NUDGE, MessageKind.DIGEST))
        arrived = and_(nudges, m.state == DeliveryState.SENT, m.finished_at > since)
        with self._read() as db:
            for some in chunks(sorted(set(addresses))):
                moved = _last_moved(db, some, since)
                statement = select(m.address, m.finished_at).where(arrived, m.address.in_(some))
                for row in db.execute(statement):
                    found[row.address] += row.finished_at > moved.get(row.address, since)
        return dict(+found)


def _last_moved(db: Db, addresses: Sequence[str], since: datetime) -> dict[str, datetime]:
    """When each of them last handed something in or answered, after ``since``."""
    address = func.lower(func.trim(p.email)).label("address")
    handed_in = (
        select(address, func.max(s.submitted_at, type_=tables.Instant()).label("at"))
        .join(tables.scorecards, and_(s.ats == p.ats, s.interviewer_id == p.id))
        .where(address.in_(addresses), s.submitted_at > since)
        .group_by(address)
    )
    answered = (
        select(a.by.label("address"), func.max(a.at, type_=tables.Instant()).label("at"))
        .where(a.by.in_(addresses), a.at > since)
        .group_by(a.by)
    )
    found: dict[str, datetime] = {}
    for statement in (handed_in, answered):
        for row in db.execute(statement):
            found[row.address] = max(row.at, found.get(row.address, since))
    return found
