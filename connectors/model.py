"""What an ATS says, as frozen records.

Every instant is an aware UTC ``datetime`` and is refused at construction otherwise; every id is a
string, exactly as the ATS writes it. ``updated_at`` is the vendor's own stamp of the record, or
None where the vendor has none. Nothing here knows of lateness, and nothing here can hold what an
interviewer wrote: there is no field for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any


class NaiveTime(ValueError):
    """A record was built with a time that is not aware UTC."""


def require_utc(value: object) -> None:
    """Raise NaiveTime for every datetime field of a dataclass instance that is not aware UTC."""
    for each in fields(value):  # type: ignore[arg-type]
        instant = getattr(value, each.name)
        if isinstance(instant, datetime) and instant.utcoffset() != timedelta(0):
            raise NaiveTime(f"{type(value).__name__}.{each.name} must be aware UTC, got {instant}")


SHADOW = "shadow"
"""The ``attendance`` of somebody who sits in to learn; whether they owe is said by ``required``."""


class InterviewState(StrEnum):
    """What the ATS says of the meeting itself."""

    STANDING = "standing"
    """It has a date and was not called off; whether it is over is a matter of the clock."""
    COMPLETE = "complete"
    """The ATS says that all the feedback it wants is in."""
    CANCELLED = "cancelled"
    """Called off or skipped."""
    UNSCHEDULED = "unscheduled"
    """It has no date (any more)."""
    UNKNOWN = "unknown"
    """The ATS used a word we do not know; nobody is nudged on its strength."""


class ApplicationState(StrEnum):
    ACTIVE = "active"
    REJECTED = "rejected"
    HIRED = "hired"
    WITHDRAWN = "withdrawn"
    CONVERTED = "converted"
    """Turned into another application; closed for our purpose."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Person:
    """A colleague: interviewer, recruiter, coordinator or hiring manager."""

    id: str
    name: str
    email: str | None
    """None when the ATS has no address (service accounts)."""
    active: bool = True
    """False when the account is deactivated: the person has left."""
    updated_at: datetime | None = None
    manager_id: str | None = None
    """Person id of whom they report to, where the ATS knows it."""
    zone: str | None = None
    """The time zone that this person set in the ATS, an IANA name as the vendor writes it."""

    def __post_init__(self) -> None:
        require_utc(self)


@dataclass(frozen=True, slots=True)
class Candidate:
    id: str
    name: str | None
    """None when the ATS hides it (private candidate) or it was erased."""
    updated_at: datetime | None = None

    def __post_init__(self) -> None:
        require_utc(self)


@dataclass(frozen=True, slots=True)
class Job:
    id: str
    name: str
    department: str | None = None
    recruiter_ids: tuple[str, ...] = ()
    """Person ids, the responsible one first."""
    coordinator_ids: tuple[str, ...] = ()
    hiring_manager_ids: tuple[str, ...] = ()
    updated_at: datetime | None = None
    is_open: bool | None = None
    """False when the requisition is closed or filled; None when the ATS does not say."""

    def __post_init__(self) -> None:
        require_utc(self)


@dataclass(frozen=True, slots=True)
class Application:
    """One candidate for one job."""

    id: str
    candidate_id: str
    job_id: str | None
    state: ApplicationState
    ats_status: str
    """The vendor's own word behind ``state``."""
    stage: str | None = None
    recruiter_id: str | None = None
    coordinator_id: str | None = None
    url: str | None = None
    """The candidate's page for recruiters; interviewers may not be allowed to open it."""
    updated_at: datetime | None = None

    def __post_init__(self) -> None:
        require_utc(self)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The feedback one interviewer owes for one interview; the text of it never comes over."""

    interviewer_id: str
    """Person id of the panel member from whom feedback is asked."""
    id: str | None = None
    """The vendor's id of the card, if there is one."""
    required: bool = True
    """False when this ATS says that no feedback is asked for from this person here."""
    submitted_at: datetime | None = None
    """First submission. None: not submitted, or (``can_tell`` False) we cannot know."""
    submitter_id: str | None = None
    """Who submitted; differs from the interviewer when somebody filed on their behalf."""
    can_tell: bool = True
    """False when this ATS or account cannot say whether it was submitted: status unknown."""
    attendance: str | None = None
    """The calendar answer in the vendor's word (accepted, declined, …), not attendance itself; or
    SHADOW."""
    url: str | None = None
    """The page where this interviewer fills this very card."""
    updated_at: datetime | None = None

    def __post_init__(self) -> None:
        require_utc(self)


@dataclass(frozen=True, slots=True)
class Interview:
    """One meeting of a candidate with a panel, with the *whole* panel.

    ``scorecards`` is complete unless ``panel_complete`` is False (a seat could not be read): a
    stored scorecard that is missing from a complete panel is no longer on the panel.
    An all-day interview has ``ends_on`` (its last day, inclusive) instead of ``ends_at``.
    """

    id: str
    application_id: str
    job_id: str | None
    name: str
    state: InterviewState
    ats_status: str
    starts_at: datetime | None
    ends_at: datetime | None
    ends_on: date | None = None
    scorecards: tuple[Scorecard, ...] = ()
    panel_complete: bool = True
    updated_at: datetime | None = None

    def __post_init__(self) -> None:
        require_utc(self)


Record = Person | Candidate | Job | Application | Interview


class Kind(StrEnum):
    """The kinds of thing that can be re-read, parked or missing, one word for each record."""

    PERSON = "person"
    CANDIDATE = "candidate"
    JOB = "job"
    APPLICATION = "application"
    INTERVIEW = "interview"
    SCORECARD = "scorecard"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """A record by name, to be read (again)."""

    kind: Kind
    id: str


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that could not be read. The run goes on without it; it is counted in the open."""

    ref: Ref
    path: str
    """Where in the record: ``ends_at``, ``payload.application.id``."""
    reason: str
    """What is wrong there, without the value (it may be personal)."""


@dataclass(frozen=True, slots=True)
class Page:
    """Records that belong together, and the state to resume after them.

    A page and its state are stored in one transaction. Referenced records (people, jobs,
    candidates, applications) come in the same page as, or an earlier page than, the interviews
    that name them, or they are listed in ``hidden``.
    """

    records: tuple[Record, ...]
    read_at: datetime
    """When the first request for this page was sent: facts may be younger, never older."""
    state: Mapping[str, Any] = field(default_factory=dict)
    """JSON-able; handed back to ``pull`` to go on after this page. Never holds a cursor."""
    parked: tuple[Parked, ...] = ()
    missing: tuple[Ref, ...] = ()
    """Asked for by id and not returned: deleted, as far as this account can see."""
    hidden: tuple[Ref, ...] = ()
    """Named by an interview but not readable by this account (private, confidential)."""
    fraction: float | None = None
    """How much of the whole pull is done after this page, 0 to 1; None when nobody knows."""
    fresh_as_of: datetime | None = None
    """On every page of a pull through a middleman that keeps a copy of the ATS: as of when all of
    this pull is known; what was missing from it was missing then. None: the ATS itself answers."""

    def __post_init__(self) -> None:
        require_utc(self)


def utc(value: str) -> datetime:
    """An ISO 8601 instant with any offset or Z, as aware UTC. ValueError if it has no zone."""
    parsed = datetime.fromisoformat(value)
    if parsed.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return parsed.astimezone(UTC)
