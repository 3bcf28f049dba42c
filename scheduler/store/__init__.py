"""The only home of SQL."""

from scheduler.store.engine import LeaseLost, StoreProblem
from scheduler.store.store import Store
from scheduler.store.values import (
    Claimed,
    Connection,
    Delivery,
    Event,
    Member,
    OutboxMessage,
    Outgoing,
    ParkedRow,
    PlannedMessage,
    Received,
    Saved,
    StoredReport,
    Story,
    SyncRun,
    Waiting,
)

__all__ = [
    "Claimed",
    "Connection",
    "Delivery",
    "Event",
    "LeaseLost",
    "Member",
    "OutboxMessage",
    "Outgoing",
    "ParkedRow",
    "PlannedMessage",
    "Received",
    "Saved",
    "Store",
    "StoreProblem",
    "StoredReport",
    "Story",
    "SyncRun",
    "Waiting",
]
