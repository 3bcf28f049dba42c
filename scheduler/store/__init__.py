"""The only home of SQL."""

from scheduler.store.engine import LeaseLost, StoreProblem
from scheduler.store.naming import Named
from scheduler.store.store import Store
from scheduler.store.values import (
    AlarmToSend,
    Claimed,
    Connection,
    Delivery,
    Event,
    Member,
    OutboxMessage,
    Outgoing,
    ParkedRow,
    Pause,
    PlannedMessage,
    Received,
    SaidRow,
    Saved,
    StoredAudit,
    StoredReport,
    Story,
    SyncRun,
    Waiting,
)

__all__ = [
    "AlarmToSend",
    "Claimed",
    "Connection",
    "Delivery",
    "Event",
    "LeaseLost",
    "Member",
    "Named",
    "OutboxMessage",
    "Outgoing",
    "ParkedRow",
    "Pause",
    "PlannedMessage",
    "Received",
    "SaidRow",
    "Saved",
    "Store",
    "StoreProblem",
    "StoredAudit",
    "StoredReport",
    "Story",
    "SyncRun",
    "Waiting",
]
