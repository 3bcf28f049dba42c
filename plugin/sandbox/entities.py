"""What a company's ATS is about, each fact with the instant from which it is true. Pure.

Every instant is aware UTC. Ids are integers of 11 or 12 digits, as on a real sharded account
(greenhouse.md 2.1), and every kind has a range of its own so that a mixed-up id is found at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from plugin.sandbox.timeline import Timeline


@dataclass(eq=False, kw_only=True)
class Entity:
    """Something with an id that exists from ``created_at`` until it is gone without a trace."""

    FIRST_ID: ClassVar[int]
    id: int
    created_at: datetime
    gone_at: datetime | None = None

    def exists(self, now: datetime) -> bool:
        return self.created_at <= now and (self.gone_at is None or now < self.gone_at)

    def facts(self) -> tuple[Timeline[Any], ...]:
        """The timelines whose changes move ``updated_at``."""
        return ()

    def updated_at(self, now: datetime) -> datetime:
        return max(
            self.created_at, *(each.changed_at(now) for each in self.facts()), self.created_at
        )

    def go(self, at: datetime) -> None:
        self.gone_at = at if self.gone_at is None else min(at, self.gone_at)


@dataclass(eq=False, kw_only=True)
class Department(Entity):
    FIRST_ID = 11_000_000_004
    name: str


@dataclass(eq=False, kw_only=True)
class Office(Entity):
    FIRST_ID = 12_000_000_004
    name: str
    location: str
    zone: str
    """IANA name; the ATS does not know it (greenhouse.md 2.9)."""


@dataclass(eq=False, kw_only=True)
class Person(Entity):
    FIRST_ID = 21_000_000_004
    first_name: str
    last_name: str
    email: str
    """Empty for a service account (trap 14)."""
    title: str | None
    department: Department | None
    office: Office | None
    site_admin: bool
    service: bool
    active: Timeline[bool]
    manager: Person | None = None
    """Whom this person reports to; not every ATS is told."""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def zone(self) -> str:
        return self.office.zone if self.office else "UTC"

    def facts(self) -> tuple[Timeline[Any], ...]:
        return (self.active,)


@dataclass(eq=False, kw_only=True)
class Job(Entity):
    FIRST_ID = 31_000_000_004
    name: str
    department: Department | None
    office: Office | None
    confidential: bool
    recruiters: tuple[Person, ...]
    coordinators: tuple[Person, ...]
    hiring_managers: tuple[Person, ...]
    is_open: Timeline[bool]
    """False once the requisition is closed."""
    stages: list[Stage] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)

    def facts(self) -> tuple[Timeline[Any], ...]:
        return (self.is_open,)

    def closed_at(self, now: datetime) -> datetime | None:
        return None if self.is_open.at(now) else self.is_open.changed_at(now)


@dataclass(eq=False, kw_only=True)
class Stage(Entity):
    FIRST_ID = 41_000_000_004
    job: Job
    name: str
    sort_order: int


@dataclass(eq=False, kw_only=True)
class Slot(Entity):
    """One place on a job's interview plan; the ATS calls it job_interview."""

    FIRST_ID = 51_000_000_004
    job: Job
    stage: Stage
    name: str
    sort_order: int
    minutes: int | None
    scheduling_type: str | None
    require_scorecard: bool | None
    anonymize: bool
    kit_id: int
    debrief: bool = False
    """The panel talks about the candidate, who is not there."""
    default_interviewers: tuple[Person, ...] = ()


@dataclass(eq=False, kw_only=True)
class Candidate(Entity):
    FIRST_ID = 61_000_000_004
    name: Timeline[tuple[str, str]]
    email: str
    private: bool
    """Hidden from an account without the special permission (trap 21)."""
    erased: list[tuple[datetime, bool]] = field(default_factory=list)
    """When it was anonymized, and whether its interviews were destroyed with it."""
    merged_into: Candidate | None = None
    """Who goes on with its applications since it is gone."""

    def facts(self) -> tuple[Timeline[Any], ...]:
        return (self.name,)

    def full_name(self, now: datetime) -> str:
        return " ".join(self.name.at(now)).strip()


@dataclass(eq=False, kw_only=True)
class Application(Entity):
    FIRST_ID = 71_000_000_004
    candidate: Candidate
    job: Job
    recruiter: Person | None
    coordinator: Person | None
    status: Timeline[str]
    """in_process, rejected, hired or converted: the words of the answers, not of the filter."""
    stage: Timeline[Stage | None]
    rejection: Timeline[str | None]
    """The name of the reason while it is rejected."""

    def facts(self) -> tuple[Timeline[Any], ...]:
        return (self.status, self.stage, self.rejection)


@dataclass(frozen=True)
class Schedule:
    """When a meeting is: two instants, or two days for an all-day event, or nothing at all."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    start_on: date | None = None
    end_on: date | None = None

    @property
    def over_at(self) -> datetime | None:
        """The end; of an all-day event the end of its last day in UTC (greenhouse.md 2.2.2)."""
        if self.end_on is not None:
            return datetime.combine(self.end_on, time(), UTC) + timedelta(days=1)
        return self.ends_at


@dataclass(frozen=True)
class Submission:
    at: datetime
    submitter: Person
    rating: str


@dataclass(eq=False, kw_only=True)
class Card(Entity):
    """A scorecard of the ATS: a placeholder from scheduling on, a draft until it is submitted."""

    FIRST_ID = 101_000_000_004
    interview: Interview
    interviewer: Person
    submission: Timeline[Submission | None]
    saved: Timeline[bool]
    """Whether somebody has written into the draft."""
    extra: bool = False
    """Filled instead of the placeholder; no panel seat points to it."""
    deleted_alone: bool = False
    """Deleted by itself, not with its interview or seat: only this sends a webhook."""

    def facts(self) -> tuple[Timeline[Any], ...]:
        return (self.submission, self.saved)

    def updated_at(self, now: datetime) -> datetime:
        return max(super().updated_at(now), self.mirrored(now)[0])

    def mirrored(self, now: datetime) -> tuple[datetime, datetime | None]:
        """(since when, the scheduled start it copies); a submitted card keeps its copy."""
        submitted = self.submission.at(now)
        schedule = self.interview.schedule
        seen = min(now, submitted.at) if submitted else now
        return max(self.created_at, schedule.changed_at(seen)), schedule.at(seen).starts_at


@dataclass(eq=False, kw_only=True)
class Seat(Entity):
    """One panel member of one interview: the only join between interview and scorecard."""

    FIRST_ID = 91_000_000_004
    interview: Interview
    person: Person | None
    """None: an outside attendee without an account (trap 16)."""
    email: str
    card: Card | None
    """None: no scorecard is expected from this attendee."""
    response: Timeline[str | None]

    def facts(self) -> tuple[Timeline[Any], ...]:
        return (self.response,)


@dataclass(eq=False, kw_only=True)
class Interview(Entity):
    FIRST_ID = 81_000_000_004
    application: Application
    slot: Slot
    schedule: Timeline[Schedule]
    fixed: Timeline[str | None]
    """A status that somebody set by hand; None: the clock and the cards decide."""
    organizer: Person | None = None
    seats: list[Seat] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    called_off: list[datetime] = field(default_factory=list)
    """When it was cancelled or deleted by itself: what the webhook speaks of."""

    def facts(self) -> tuple[Timeline[Any], ...]:
        return (self.schedule, self.fixed)

    def panel(self, now: datetime) -> list[Seat]:
        return [seat for seat in self.seats if seat.exists(now)]

    def status(self, now: datetime) -> str:
        """One of the values of greenhouse.md 2.2.1, or whatever odd word was fixed."""
        fixed = self.fixed.at(now)
        if fixed is not None:
            return fixed
        over_at = self.schedule.at(now).over_at
        if over_at is None:
            return "to_be_scheduled"
        if now < over_at:
            return "scheduled"
        cards = [seat.card for seat in self.panel(now) if seat.card and seat.card.exists(now)]
        return "complete" if all(c.submission.at(now) for c in cards) else "awaiting_feedback"
