"""Brings the auditor its rows, and keeps its word."""

from __future__ import annotations

from datetime import datetime, timedelta

from scheduler.audit import LOOKS_BACK, Audit, Grounds, audit
from scheduler.store import Store

OPEN_SINCE = timedelta(days=60)
"""Interviews that ended before are not missed any more."""


def look(store: Store, grounds: Grounds, now: datetime) -> Audit:
    """Compare what was said with what should have been. Changes nothing. Raises StoreProblem."""
    said = store.said_since(now - LOOKS_BACK)
    keys = {row.key for row in said if row.key is not None}
    rows = {
        each.key: each
        for each in (
            *store.scorecards(open_only=True, ended_since=now - OPEN_SINCE),
            *store.scorecards(keys=keys),
        )
    }
    events = store.events_of((key.ats, key.interview_id) for key in keys)
    return audit(rows.values(), said, events, grounds, store.audit(), now)


def keep(store: Store, found: Audit) -> None:
    """Make it the last audit, which ``/readyz`` and the alarms go by."""
    store.save_audit(found.at, found.compared, [each.as_row() for each in found.differences])
