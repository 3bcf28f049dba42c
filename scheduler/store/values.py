"""What goes into the store and comes out of it, as frozen values. No SQL here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from connectors.model import Ref, require_utc
from scheduler.facts import ScorecardFacts, ScorecardKey

LEASE = timedelta(minutes=10)
"""How long a sync may stay silent before another process may take it over."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A connected account."""

    ats: str
    first_sync_at: datetime
    state: Mapping[str, Any]
    """JSON-able; where the sync stands, as sync.py left it."""


@dataclass(frozen=True, slots=True)
class SyncRun:
    """The right to sync one account, until somebody else may take it over."""

    id: int
    ats: str
    token: str
    """What the lease is recognised by; two threads of one process have different ones."""
    lease: timedelta
    first: bool
    """No sync of this account was ever begun before."""
    state: Mapping[str, Any]
    """The connection's state at the start."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a page changed."""

    written: int
    """Rows inserted, changed or removed; history and checkpoint not counted."""
    parked: int = 0
    hidden: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook that was proved to come from the vendor."""

    received_at: datetime
    event_id: str | None
    """The vendor's id of this delivery, if it sends one."""
    body_hash: str
    """SHA-256 of the raw body, hex."""
    secret_id: str
    """Which of the live secrets proved it; never the secret."""
    body: bytes | None
    """None: not kept, because it holds the names of candidates."""
    action: str | None
    refs: tuple[Ref, ...] = ()
    """What to read again."""
    state: str = "waiting"
    """``waiting``, ``ignored`` (nothing to read) or ``parked`` (not understood)."""
    reason: str | None = None

    def __post_init__(self) -> None:
        require_utc(self)


class Received(StrEnum):
    STORED = "stored"
    DUPLICATE = "duplicate"
    """The same delivery again: nothing was stored."""
    CONFLICT = "conflict"
    """The same event id with another body: stored as well, and flagged."""

    @property
    def again(self) -> bool:
        return self is Received.DUPLICATE


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored delivery whose records have not been read again yet."""

    id: int
    refs: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """One message to one person, not claimed yet."""

    id: str
    kind: str
    channel: str
    address: str
    steps: tuple[tuple[ScorecardKey, str], ...] = ()
    """Scorecard and the step's name."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A claimed message that is still to be sent."""

    id: str
    channel: str
    address: str
    steps: tuple[tuple[ScorecardKey, str], ...] = ()
    """Scorecard and the step's name; none for a report."""
    attempts: int = 0
    """Tries that were made before."""
    week: str | None = None
    """For a report: of which week."""
    created_at: datetime | None = None
    """When it was decided; None: just now."""
    doubted: bool = False
    """Sent again after nobody knew whether it had arrived."""


@dataclass(frozen=True, slots=True)
class Pause:
    """What is not sent, since when and why."""

    scope: str
    """``all``, or the name of a channel."""
    since: datetime
    until: datetime | None
    """Of everything: the end, None: until somebody resumes. Of a channel: the next probe."""
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message and what became of it, for pages and ``explain``."""

    id: str
    kind: str
    channel: str
    address: str
    state: str
    """planned, sending, sent, failed, unknown, abandoned."""
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    not_before: datetime | None
    reason: str | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class AlarmToSend:
    """A planned message about a problem of Afterword's own."""

    id: str
    channel: str
    address: str
    attempts: int
    said: str
    over: bool
    """It says that the problem is over."""
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class SaidRow:
    """A message and one step it speaks at, as the rows have it."""

    message_id: str
    kind: str
    channel: str
    address: str
    state: str
    created_at: datetime
    """When it was decided."""
    finished_at: datetime | None
    not_before: datetime | None
    lease_until: datetime | None
    key: ScorecardKey | None = None
    """None: it speaks of nothing any more (its steps were withdrawn, or the ladder was reset)."""
    step: str = ""


@dataclass(frozen=True, slots=True)
class StoredAudit:
    at: datetime
    compared: int
    """Scorecards and messages that were looked at."""
    differences: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class StoredReport:
    week: str
    asof: datetime
    content: Mapping[str, Any]
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A record that could not be read, as it is counted in the open."""

    ats: str
    kind: str
    ref_id: str
    path: str
    reason: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One line of history. No names in it."""

    at: datetime
    interviewer_id: str | None
    event: str
    detail: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A step that was decided, with the message that speaks of it."""

    key: ScorecardKey
    step: str
    decided_at: datetime
    message: OutboxMessage


@dataclass(frozen=True, slots=True)
class Story:
    """Everything known about one interview in one account."""

    ats: str
    interview_id: str
    name: str
    state: str
    ats_status: str
    application_id: str
    starts_at: datetime | None
    first_seen_at: datetime
    deleted_at: datetime | None
    scorecards: tuple[ScorecardFacts, ...]
    history: tuple[Event, ...]
    claimed: tuple[Claimed, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Who has a mail address on a channel, as it was last looked up there."""

    address: str
    """As the ATS has it, lower case; the channel may know this person by another."""
    user_id: str | None
    """None: nobody there has this address."""
    zone: str | None
    """IANA name as the channel gives it, not checked."""
    away_until: datetime | None
    """Out of office until then, as far as the channel shows it."""
    active: bool
    """False: the account there is deactivated."""
    looked_at: datetime

    def __post_init__(self) -> None:
        require_utc(self)


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message that was sent and can still be changed where it is."""

    id: str
    kind: str
    address: str
    reference: str
    sent_at: datetime
    shown: str | None
    """The fingerprint of what it looks like now; None: as it was sent."""
    steps: tuple[tuple[ScorecardKey, str], ...]
