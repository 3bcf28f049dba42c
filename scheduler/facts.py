"""The values that decisions are made from and made of. Pure: no I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from connectors.model import ApplicationState, InterviewState, require_utc
from scheduler.answers import Answer


class Status(StrEnum):
    """The eight statuses of a scorecard."""

    UPCOMING = "upcoming"
    AWAITING = "awaiting"
    OVERDUE = "overdue"
    SUBMITTED = "submitted"
    SUBMITTED_LATE = "submitted_late"
    EXCUSED = "excused"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class ScorecardKey:
    """The unit of everything: one interview × one interviewer, in one connected account."""

    ats: str
    interview_id: str
    interviewer_id: str


@dataclass(frozen=True, slots=True)
class PersonFacts:
    id: str
    name: str
    email: str | None
    active: bool
    shares_address: bool = False
    """Whether somebody of another name in the same account has this address too."""
    zone: str | None = None
    """The time zone set in the ATS: an IANA name as the vendor writes it, not checked."""


@dataclass(frozen=True, slots=True)
class ScorecardFacts:
    """Everything stored about one scorecard that a judgement may use."""

    key: ScorecardKey
    interviewer: PersonFacts
    # the interview
    interview: str
    """Its name."""
    interview_state: InterviewState
    starts_at: datetime | None
    ends_at: datetime | None
    ends_on: date | None
    interview_deleted_at: datetime | None
    # the application
    application_id: str
    application_state: ApplicationState
    application_readable: bool
    """False: hidden from this account; nobody may be nudged on its strength."""
    candidate: str | None
    """None: hidden, erased, or names are not stored."""
    job_id: str | None
    job: str | None
    department: str | None
    candidate_url: str | None
    # the scorecard
    required: bool
    can_tell: bool
    attendance: str | None
    submitted_at: datetime | None
    submitter_id: str | None
    removed_at: datetime | None
    """When we saw that this person was no longer on the panel."""
    url: str | None
    # stamped
    due_at: datetime | None
    """Stamped when the interview had ended; None: not stamped yet."""
    due_for: datetime | None
    """The end that ``due_at`` was stamped for."""
    fresh_as_of: datetime | None = None
    """The age of the copy that all this was read from; None: the ATS itself answered."""
    # whom to ask for help, best first
    recruiters: tuple[PersonFacts, ...] = ()
    coordinators: tuple[PersonFacts, ...] = ()
    hiring_managers: tuple[PersonFacts, ...] = ()
    managers: tuple[PersonFacts, ...] = ()
    """Whom the interviewer reports to."""
    joined_at: datetime | None = None
    """When this person was first seen on a panel that was known before; None: from the start."""
    stage: str | None = None
    """The stage the application is in."""
    job_is_open: bool | None = None
    """False: the requisition is closed; None: the ATS does not say."""
    answers: tuple[Answer, ...] = ()
    """What the interviewer answered, oldest first, undone ones too (``answers.in_force``)."""

    def __post_init__(self) -> None:
        require_utc(self)


@dataclass(frozen=True, slots=True)
class Closing:
    """Since when nothing hangs on an interview any more, as well as it is known; None: it still
    does, or it never did as long as we knew of it."""

    application: datetime | None = None
    job: datetime | None = None
    seen: bool = False
    """Whether we saw the application close; else it is the ATS's last change of it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a scorecard is at a moment, and why in one sentence."""

    status: Status
    reason: str
    """Plain words for ``explain``: 'due on …, not submitted'."""
    ended_at: datetime | None
    due_at: datetime | None
    excuse: str | None = None
    """For excused and cancelled: a short code, e.g. ``not_required``, ``off_the_panel``."""


class Audience(StrEnum):
    INTERVIEWER = "interviewer"
    RECRUITER = "recruiter"
    COORDINATOR = "coordinator"
    HIRING_MANAGER = "hiring_manager"
    MANAGER = "manager"
    """Whom the interviewer reports to."""
    FIXED = "fixed"
    """An address or #channel that the policy names."""
    COLLEAGUE = "colleague"
    """To whom the interviewer handed the scorecard over."""


@dataclass(frozen=True, slots=True)
class Step:
    """A place on the ladder, at the moment it falls due."""

    name: str
    """``nudge 1``, ``nudge 2``, ``escalation 1``, ``hand over``."""
    audience: Audience
    at: datetime
    address: str | None = None
    """Of a FIXED audience."""
    channel: str | None = None
    """The one channel that may carry it; None: the first that reaches the person."""


@dataclass(frozen=True, slots=True)
class Told:
    """A step that was already decided for a scorecard, whatever became of it."""

    step: str
    state: str
    """A state of the outbox: planned, sending, sent, failed, unknown, abandoned."""
    at: datetime
    """When it was sent, or else decided."""
    channel: str = field(default="", compare=False)
    """By which it went, or was to go; for readers, no rule asks."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a scorecard is spoken about now, and why (not)."""

    step: Step | None
    reason: str
