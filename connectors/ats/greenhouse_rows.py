"""What comes over the wire from Harvest v3 (greenhouse.md 2.2 to 2.9), and its words in ours.

A model holds what is asked for (``fields``) and nothing else: there is no scorecard text, no
rating and no contact of a candidate here, so none is ever downloaded (trap 18). Null is taken
wherever we can do without a value, whatever the specification promises (trap 13).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from connectors.doorbell import Places
from connectors.model import (
    Application,
    ApplicationState,
    Candidate,
    Interview,
    InterviewState,
    Kind,
    Person,
    Scorecard,
)
from connectors.rows import Listed
from connectors.wire import Day, Instant, NumberId, Text


class InterviewRow(Listed, path="interviews", kind=Kind.INTERVIEW):
    application_id: NumberId
    job_id: NumberId | None = None
    job_interview_id: NumberId | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    all_day_start_on: Day | None = None
    all_day_end_on: Day | None = None
    status: Text | None = None
    updated_at: Instant | None = None


class InterviewerRow(Listed, path="interviewers", kind=Kind.SCORECARD, named_by="scorecard_id"):
    interview_id: NumberId
    user_id: NumberId | None = None
    scorecard_id: NumberId | None = None
    response_status: Text | None = None


class ScorecardRow(Listed, path="scorecards", kind=Kind.SCORECARD):
    application_id: NumberId | None = None
    interview_kit_id: NumberId | None = None
    interviewer_id: NumberId | None = None
    submitter_id: NumberId | None = None
    status: Text | None = None
    submitted_at: Instant | None = None
    updated_at: Instant | None = None


class ApplicationRow(Listed, path="applications", kind=Kind.APPLICATION):
    candidate_id: NumberId
    job_id: NumberId | None = None
    recruiter_id: NumberId | None = None
    coordinator_id: NumberId | None = None
    status: Text | None = None
    stage_name: Text | None = None
    updated_at: Instant | None = None


class UserRow(Listed, path="users", kind=Kind.PERSON):
    first_name: Text | None = None
    last_name: Text | None = None
    name: Text | None = None
    primary_email: Text | None = None
    deactivated: bool | None = None
    updated_at: Instant | None = None


class JobRow(Listed, path="jobs", kind=Kind.JOB):
    name: Text | None = None
    status: Text | None = None
    department_id: NumberId | None = None
    updated_at: Instant | None = None


class CandidateRow(Listed, path="candidates", kind=Kind.CANDIDATE, optional=True):
    first_name: Text | None = None
    last_name: Text | None = None
    preferred_name: Text | None = None
    updated_at: Instant | None = None


class SlotRow(Listed, path="job_interviews", kind=Kind.JOB, optional=True, named_by="job_id"):
    job_id: NumberId | None = None
    name: Text | None = None
    require_scorecard: bool | None = None


class DepartmentRow(Listed, path="departments", kind=Kind.JOB, optional=True, named_by=""):
    name: Text | None = None


class JobOwnerRow(Listed, path="job_owners", kind=Kind.JOB, optional=True, named_by="job_id"):
    job_id: NumberId
    user_id: NumberId
    type: Text | None = None
    responsible: bool | None = None


class HiringManagerRow(
    Listed, path="job_hiring_managers", kind=Kind.JOB, optional=True, named_by="job_id"
):
    job_id: NumberId
    user_id: NumberId


OPEN_JOBS = {"open": True, "draft": True, "closed": False}
"""By ``status`` of a job (greenhouse.md 2.7); another word tells nothing."""
TAKE_HOME = ("to_be_sent", "sent", "received")
"""States of a take-home test, which is not a meeting (2.2.1)."""
INTERVIEW_STATES: Mapping[str | None, InterviewState] = {
    "scheduled": InterviewState.STANDING,
    "awaiting_feedback": InterviewState.STANDING,
    "complete": InterviewState.COMPLETE,
    "skipped": InterviewState.CANCELLED,
    "to_be_scheduled": InterviewState.UNSCHEDULED,
    "collect_feedback": InterviewState.UNSCHEDULED,
    **dict.fromkeys(TAKE_HOME, InterviewState.UNSCHEDULED),
}
APPLICATION_STATES: Mapping[str | None, ApplicationState] = {
    "in_process": ApplicationState.ACTIVE,  # what v3 answers
    "active": ApplicationState.ACTIVE,  # what its own filter and the webhooks say (trap 6)
    "rejected": ApplicationState.REJECTED,
    "hired": ApplicationState.HIRED,
    "converted": ApplicationState.CONVERTED,
}


MANDATORY: tuple[type[Listed], ...] = (
    InterviewRow,
    InterviewerRow,
    ScorecardRow,
    UserRow,
    ApplicationRow,
    JobRow,
)
OPTIONAL: tuple[type[Listed], ...] = (
    CandidateRow,
    SlotRow,
    DepartmentRow,
    JobOwnerRow,
    HiringManagerRow,
)

_NOT_FOR_US = (
    "ping new_prospect_application offer_created offer_approved offer_updated offer_deleted "
    "job_created job_approved job_deleted job_post_created job_post_updated job_post_deleted "
    "job_interview_stage_deleted department_deleted office_deleted"
)
_OF_AN_APPLICATION = (
    "candidate_stage_change application_updated reject_candidate unreject_candidate "
    "hire_candidate unhire_candidate new_candidate_application delete_application"
)
EVENTS: Mapping[str, Places] = {
    **dict.fromkeys(_NOT_FOR_US.split(), ()),
    **dict.fromkeys(_OF_AN_APPLICATION.split(), ((Kind.APPLICATION, "payload.application.id"),)),
    "interview_deleted": ((Kind.INTERVIEW, "payload.interview.id"),),
    # With the scorecard goes the way back to its interview; the candidate leads there too.
    "scorecard_deleted": ((Kind.CANDIDATE, "payload.scorecard.candidate_id"),),
    "update_candidate": ((Kind.CANDIDATE, "payload.candidate.id"),),
    "candidate_anonymized": ((Kind.CANDIDATE, "payload.candidate_id"),),
    "delete_candidate": (
        (Kind.CANDIDATE, "payload.person.id"),
        (Kind.APPLICATION, "payload.person.deleted_application_ids[]"),
    ),
    "merge_candidate": (
        (Kind.CANDIDATE, "payload.person.id"),
        (Kind.CANDIDATE, "payload.person.new_candidate_id"),
    ),
    "job_updated": ((Kind.JOB, "payload.job.id"),),
}
"""The 29 documented actions and ping (4.2), and where each says what changed (4.3)."""


def interview(
    row: InterviewRow, slot: SlotRow | None, panel: tuple[Scorecard, ...], whole: bool
) -> Interview:
    return Interview(
        id=row.id,
        application_id=row.application_id,
        job_id=row.job_id,
        name=(slot.name if slot else None) or "Interview",
        state=state_of(row),
        ats_status=row.status or "",
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        ends_on=None if row.ends_at else row.all_day_end_on,
        scorecards=panel,
        panel_complete=whole,
        updated_at=row.updated_at,
    )


def state_of(row: InterviewRow) -> InterviewState:
    """An unknown word stays unknown; a known one without a date is a placeholder (trap 1)."""
    state = INTERVIEW_STATES.get(row.status, InterviewState.UNKNOWN)
    dated = row.ends_at or row.all_day_end_on
    return state if dated or state is InterviewState.UNKNOWN else InterviewState.UNSCHEDULED


def person(row: UserRow) -> Person:
    name = row.name or _joined(row.first_name, row.last_name) or f"User {row.id}"
    # A service user's address is empty (trap 14).
    return Person(row.id, name, row.primary_email or None, not row.deactivated, row.updated_at)


def candidate(row: CandidateRow) -> Candidate:
    name = row.preferred_name or _joined(row.first_name, row.last_name)
    return Candidate(row.id, name, row.updated_at)


def application(row: ApplicationRow, web_url: str) -> Application:
    return Application(
        id=row.id,
        candidate_id=row.candidate_id,
        job_id=row.job_id,
        state=APPLICATION_STATES.get(row.status, ApplicationState.UNKNOWN),
        ats_status=row.status or "",
        stage=row.stage_name,
        recruiter_id=row.recruiter_id,
        coordinator_id=row.coordinator_id,
        url=f"{web_url}/people/{row.candidate_id}?application_id={row.id}",
        updated_at=row.updated_at,
    )


def user_ids(rows: Iterable[JobOwnerRow] | Iterable[HiringManagerRow]) -> tuple[str, ...]:
    """Without repetition, in the given order."""
    return tuple(dict.fromkeys(row.user_id for row in rows))


def _joined(*names: str | None) -> str | None:
    return " ".join(name.strip() for name in names if name and name.strip()) or None


def slot_key(card: ScorecardRow) -> tuple[str | None, str | None, str | None]:
    return card.application_id, card.interviewer_id, card.interview_kit_id


def submitted_at_of(card: ScorecardRow) -> datetime | None:
    """Owed = not complete and no ``submitted_at`` (2.11 rule 4)."""
    return card.submitted_at or (card.updated_at if card.status == "complete" else None)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, datetime.min.time(), UTC) if day else None


def start_of(row: InterviewRow) -> datetime | None:
    return row.starts_at or _midnight(row.all_day_start_on) or row.ends_at


def has_ended(row: InterviewRow, now: datetime) -> bool:
    end = row.ends_at or _midnight(row.all_day_end_on)
    return end is not None and end <= now
