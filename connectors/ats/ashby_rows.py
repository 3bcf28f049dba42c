"""What comes over the wire from Ashby (ashby.md 3 and 4), and its words in ours.

A model holds what is kept of an answer and nothing else: no form, no text, no rating, no contact
of a candidate. Null and absent are taken wherever we can do without a value (3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from connectors.doorbell import Places
from connectors.model import ApplicationState, InterviewState, Kind, Person
from connectors.wire import Instant, Text, TextId, Wire, text_id

INTERVIEWS, CANDIDATES, JOBS = "interviews:read", "candidates:read", "jobs:read"
ORGANIZATION, KEYS = "organization:read", "apiKeys:read"


class Row(Wire):
    model_config = ConfigDict(alias_generator=to_camel)


class UserRow(Row):
    """A colleague, wherever one is embedded (3.5)."""

    id: TextId
    first_name: Text | None = None
    last_name: Text | None = None
    email: Text | None = None
    is_enabled: bool | None = None
    manager_id: TextId | None = None
    updated_at: Instant | None = None


class SeatRow(UserRow):
    training_role: Text | None = None
    is_feedback_required: bool | None = None


class EventRow(Row):
    """An interview as we call it (3.2)."""

    id: TextId
    interview_id: TextId
    start_time: Instant | None = None
    end_time: Instant
    updated_at: Instant | None = None
    interviewers: list[SeatRow]
    feedback_link: Text | None = None
    has_submitted_feedback: bool | None = None


class ScheduleRow(Row):
    id: TextId
    application_id: TextId
    status: Text | None = None
    created_at: Instant | None = None
    updated_at: Instant | None = None
    interview_events: list[Any] | None = None
    """Read one by one: a bad one does not take the others along."""


class BriefedRow(Row):
    user_id: TextId
    has_submitted_feedback: bool | None = None


class BriefingRow(Row):
    application_id: TextId
    interviewers: list[BriefedRow]


class FeedbackRow(Row):
    id: TextId
    application_id: TextId | None = None
    interview_id: TextId | None = None
    interview_event_id: TextId | None = None
    submitted_by_user: UserRow | None = None
    credited_to_user: UserRow | None = None
    submitted_at: Instant | None = None


class KindRow(Row):
    """The kind of interview that an event is one of (3.6)."""

    title: Text | None = None
    is_debrief: bool | None = None
    is_feedback_required: bool | None = None


class MemberRow(Row):
    """One of a hiring team (3.7)."""

    user_id: TextId
    email: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    role: Text | None = None


OPEN_JOBS = {"Draft": True, "Open": True, "Closed": False, "Archived": False}
"""By ``status`` (ashby.md 3.8); another word tells nothing."""


class JobRow(Row):
    id: TextId
    title: Text | None = None
    status: Text | None = None
    department_id: TextId | None = None
    hiring_team: list[MemberRow] | None = None
    updated_at: Instant | None = None


class DepartmentRow(Row):
    id: TextId
    name: Text | None = None


class NameRow(Row):
    id: TextId
    name: Text | None = None


class StageRow(Row):
    title: Text | None = None


class ReasonRow(Row):
    reason_type: Text | None = None


class ApplicationRow(Row):
    id: TextId
    candidate: NameRow
    job: JobRow | None = None
    status: Text | None = None
    current_interview_stage: StageRow | None = None
    archive_reason: ReasonRow | None = None
    hiring_team: list[MemberRow] | None = None
    updated_at: Instant | None = None


class CandidateRow(NameRow):
    profile_url: Text | None = None
    application_ids: list[TextId] | None = None


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Question(Generic[R]):
    """How one record is asked for."""

    model: type[R]
    method: str
    key: str
    """What the question calls its id."""
    scope: str
    kind: Kind
    optional: bool = False
    """True: without the right to read it we go on, with less to say."""


USER = Question(UserRow, "user.info", "userId", ORGANIZATION, Kind.PERSON, optional=True)
JOB = Question(JobRow, "job.info", "id", JOBS, Kind.JOB, optional=True)
INTERVIEW_KIND = Question(KindRow, "interview.info", "id", INTERVIEWS, Kind.JOB)
APPLICATION = Question(
    ApplicationRow, "application.info", "applicationId", CANDIDATES, Kind.APPLICATION
)
CANDIDATE = Question(CandidateRow, "candidate.info", "id", CANDIDATES, Kind.CANDIDATE)
BRIEFING = Question(
    BriefingRow, "interviewBriefing.info", "interviewEventId", INTERVIEWS, Kind.INTERVIEW
)

_STANDING = (
    "NeedsScheduling WaitingOnCandidateBooking WaitingOnCandidateAvailability "
    "CandidateAvailabilitySubmitted Scheduled WaitingOnFeedback Complete"
)
INTERVIEW_STATES: Mapping[str | None, InterviewState] = {
    # Nobody says that Complete means that all feedback is in: never a proof (3.9).
    **dict.fromkeys(_STANDING.split(), InterviewState.STANDING),
    "Cancelled": InterviewState.CANCELLED,
    "OnHold": InterviewState.CANCELLED,  # nothing is owed (3.9 rule 1)
}
APPLICATION_STATES: Mapping[str | None, ApplicationState] = {
    "Active": ApplicationState.ACTIVE,
    "Lead": ApplicationState.ACTIVE,
    "Hired": ApplicationState.HIRED,
    "Archived": ApplicationState.REJECTED,
}


def application_state(row: ApplicationRow) -> ApplicationState:
    reason = row.archive_reason.reason_type if row.archive_reason else None
    if row.status == "Archived" and reason == "RejectedByCandidate":
        return ApplicationState.WITHDRAWN
    return APPLICATION_STATES.get(row.status, ApplicationState.UNKNOWN)


def person(row: UserRow) -> Person:
    return Person(
        id=row.id,
        name=full_name(row) or f"User {row.id}",
        email=row.email or None,
        active=row.is_enabled is not False,
        updated_at=row.updated_at,
        manager_id=row.manager_id,
    )


def full_name(row: UserRow | MemberRow) -> str:
    return " ".join(
        each.strip() for each in (row.first_name, row.last_name) if each and each.strip()
    )


# -- webhooks (4)

_NOT_FOR_US = (
    "ping interviewPlanTransition jobPostingUpdate jobPostingPublish jobPostingUnpublish "
    "jobPostingDelete offerCreate offerUpdate offerDelete pushToHRIS surveySubmit jobCreate "
    "jobUpdate openingCreate signatureRequestUpdate applicationSubmit"
)
_SCHEDULE = ((Kind.APPLICATION, "data.interviewSchedule.applicationId"),)
LOOSELY: Mapping[str, Kind] = {
    "candidateDelete": Kind.CANDIDATE,
    "candidateMerge": Kind.CANDIDATE,
    "applicationUpdate": Kind.APPLICATION,
    "candidateHire": Kind.APPLICATION,
    "candidateStageChange": Kind.APPLICATION,
}
"""Events whose body nobody documents: their ids are looked for wherever they may be."""
EVENTS: Mapping[str, Places] = {
    **dict.fromkeys((*_NOT_FOR_US.split(), *LOOSELY), ()),
    "interviewScheduleCreate": _SCHEDULE,
    "interviewScheduleUpdate": _SCHEDULE,
}


def ids_in(content: Any, word: str) -> Iterator[str]:
    """Every id under ``…wordId``, ``…wordIds`` or in an object (or list of them) ``…word(s)``."""
    waiting = [content]
    while waiting:
        here = waiting.pop()
        if isinstance(here, list):
            waiting += here
        elif isinstance(here, dict):
            for key, value in here.items():
                name = key.lower()
                if name.endswith((f"{word}id", f"{word}ids")):
                    several = value if isinstance(value, list) else [value]
                elif name.endswith((word, f"{word}s")):
                    several = value if isinstance(value, list) else [value]
                    several = [each.get("id") for each in several if isinstance(each, dict)]
                else:
                    several = []
                yield from filter(None, map(text_id, several))
            waiting += here.values()
