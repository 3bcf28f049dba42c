"""What is not sent at the moment: everything, since somebody said so, or by a channel in trouble.

The kill switch is looked at in the very statement by which a message begins to be sent
(``no_pause``): once ``pause`` has returned, no process begins another one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update

from scheduler.store import tables
from scheduler.store.engine import Database
from scheduler.store.rows import clean
from scheduler.store.upsert import add_missing
from scheduler.store.values import Pause

EVERYTHING = "all"
SHORTEST_GAP = timedelta(minutes=15)
LONGEST_GAP = timedelta(hours=2)
pauses = tables.pauses


class Pauses(Database):
    """The kill switch, and the channels that are left alone."""

    def pause(self, reason: str, by: str, now: datetime, until: datetime | None = None) -> None:
        """Stop nudges, escalations and reports at once; alarms go on. A new pause replaces an
        older one. ``by``: which door it came through, no name."""
        row = {"reason": clean(reason) or "", "by": by, "since": now, "until": until}
        with self._write() as db:
            here = update(pauses).where(pauses.c.scope == EVERYTHING)
            if not db.execute(here.values(row)).rowcount:
                add_missing(db, pauses, [{"scope": EVERYTHING, **row}])

    def resume(self, scope: str = EVERYTHING) -> bool:
        """End a pause. False: there was none."""
        with self._write() as db:
            return db.execute(delete(pauses).where(pauses.c.scope == scope)).rowcount == 1

    def paused(self, now: datetime) -> Pause | None:
        """The pause of everything that is in force at ``now``."""
        with self._read() as db:
            row = db.execute(
                select(pauses).where(pauses.c.scope == EVERYTHING, _in_force(now))
            ).one_or_none()
        return None if row is None else Pause(row.scope, row.since, row.until, row.reason, row.by)

    def pause_channel(self, channel: str, reason: str, now: datetime) -> Pause:
        """Leave a channel alone until it is probed again (``until``).

        The gap is as long as the trouble has lasted, between 15 minutes and two hours.
        """
        here = pauses.c.scope == channel
        with self._write(f"pause {channel}") as db:
            since = db.execute(select(pauses.c.since).where(here)).scalar_one_or_none() or now
            until = now + min(max(now - since, SHORTEST_GAP), LONGEST_GAP)
            pause = Pause(channel, since, until, clean(reason) or "", "afterword")
            row = {"since": since, "until": until, "reason": pause.reason, "by": pause.by}
            if not db.execute(update(pauses).where(here).values(row)).rowcount:
                add_missing(db, pauses, [{"scope": channel, **row}])
        return pause

    def probe_now(self, now: datetime) -> list[str]:
        """Have the channels in trouble probed by the next run; their names. Somebody may have
        mended them just now."""
        with self._write() as db:
            here = update(pauses).where(pauses.c.scope != EVERYTHING).values(until=now)
            return sorted(db.execute(here.returning(pauses.c.scope)).scalars())

    def channel_pauses(self) -> dict[str, Pause]:
        """The channels in trouble by name; ``until``: when each may be probed again."""
        with self._read() as db:
            rows = db.execute(
                select(pauses).where(pauses.c.scope != EVERYTHING).order_by(pauses.c.scope)
            ).all()
        return {r.scope: Pause(r.scope, r.since, r.until, r.reason, r.by) for r in rows}


def no_pause(now: datetime) -> ColumnElement[bool]:
    """Nothing stops everything at ``now``."""
    return ~select(pauses.c.scope).where(pauses.c.scope == EVERYTHING, _in_force(now)).exists()


def _in_force(now: datetime) -> ColumnElement[bool]:
    return or_(pauses.c.until.is_(None), pauses.c.until > now)
