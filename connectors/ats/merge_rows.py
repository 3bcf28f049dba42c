"""What comes over the wire from Merge's unified ATS API (other-ats.md 4), and its words in ours.

Merge has no parameter for the fields that are wanted, so whole records come over; what a model
here does not hold is dropped as it is read. ``remote_data``, where an ATS may put what somebody
wrote, is never asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, ClassVar, NamedTuple

from pydantic import BeforeValidator, Field

from connectors.ats.base import Rung, Unreadable, Window
from connectors.doorbell import LONGEST_ACTION, LONGEST_EVENT_ID
from connectors.model import (
    Application,
    ApplicationState,
    Candidate,
    InterviewState,
    Job,
    Kind,
    Person,
    Ref,
)
from connectors.wire import Instant, Text, TextId, Wire, parse_json, storable, text_id


def _id_of(value: object) -> object:
    return value.get("id") if isinstance(value, dict) else value


IdOf = Annotated[TextId, BeforeValidator(_id_of)]
"""An id, or the object it was expanded to."""


class Row(Wire):
    path: ClassVar[str]
    kind: ClassVar[Kind]

    id: TextId
    modified_at: Instant | None = None
    """Merge's own clock: when its copy of the record last changed."""
    remote_was_deleted: bool | None = None

    def __init_subclass__(cls, *, path: str, kind: Kind) -> None:
        cls.path, cls.kind = path, kind


class UserRow(Row, path="users", kind=Kind.PERSON):
    first_name: Text | None = None
    last_name: Text | None = None
    email: Text | None = None
    disabled: bool | None = None


class CandidateRow(Row, path="candidates", kind=Kind.CANDIDATE):
    first_name: Text | None = None
    last_name: Text | None = None


class _Named(Wire):
    id: TextId
    name: Text | None = None


MaybeNamed = Annotated[_Named | IdOf, Field(union_mode="left_to_right")]
MaybeUser = Annotated[UserRow | IdOf, Field(union_mode="left_to_right")]
MaybeCandidate = Annotated[CandidateRow | IdOf, Field(union_mode="left_to_right")]


class JobRow(Row, path="jobs", kind=Kind.JOB):
    name: Text | None = None
    departments: list[MaybeNamed | None] | None = None
    recruiters: list[MaybeUser | None] | None = None
    hiring_managers: list[MaybeUser | None] | None = None


class ApplicationRow(Row, path="applications", kind=Kind.APPLICATION):
    candidate: MaybeCandidate
    job: IdOf | None = None
    rejected_at: Instant | None = None
    current_stage: MaybeNamed | None = None


class InterviewRow(Row, path="interviews", kind=Kind.INTERVIEW):
    application: IdOf
    job_interview_stage: MaybeNamed | None = None
    interviewers: list[MaybeUser | None] | None = None
    start_at: Instant | None = None
    end_at: Instant | None = None
    status: Text | None = None


class ScorecardRow(Row, path="scorecards", kind=Kind.SCORECARD):
    application: IdOf | None = None
    interview: IdOf | None = None
    interviewer: IdOf | None = None
    submitted_at: Instant | None = None


class SyncRow(Wire):
    """How old Merge's copy of one model is (path and fields from the vendor's SDK 4.2.1)."""

    model_id: Text
    last_sync_start: Instant | None = None
    last_sync_finished: Instant | None = None
    last_sync_result: Text | None = None
    data_fresh_as_of: Instant | None = None

    @property
    def model(self) -> str:
        return self.model_id.rpartition(".")[2].lower()

    @property
    def fresh_as_of(self) -> datetime | None:
        """None while nobody knows: never read yet, or being read now."""
        began, ended = self.last_sync_start, self.last_sync_finished
        if self.data_fresh_as_of or self.last_sync_result != "DONE" or not began or not ended:
            return self.data_fresh_as_of
        return began if began <= ended else None


STATES: Mapping[str | None, InterviewState] = {
    "SCHEDULED": InterviewState.STANDING,
    "AWAITING_FEEDBACK": InterviewState.STANDING,
    "COMPLETE": InterviewState.COMPLETE,
}
"""Every other word is the ATS's own, passed through; there is none for a cancelled interview."""


def state_of(row: InterviewRow) -> InterviewState:
    """An unknown word stays unknown; a known one without any date is a placeholder."""
    state = STATES.get(row.status, InterviewState.UNKNOWN)
    undated = row.start_at is None and row.end_at is None
    return InterviewState.UNSCHEDULED if undated and row.status in STATES else state


def falls_into(row: InterviewRow, window: Window) -> bool:
    """By its end; one without an end by its start."""
    at = row.end_at or row.start_at
    return at is not None and window.since <= at < window.until


def person(row: UserRow) -> Person:
    active = not (row.disabled or row.remote_was_deleted)
    name = _joined(row.first_name, row.last_name) or f"User {row.id}"
    return Person(row.id, name, row.email or None, active, row.modified_at)


def candidate(row: CandidateRow) -> Candidate:
    return Candidate(row.id, _joined(row.first_name, row.last_name), row.modified_at)


def application(row: ApplicationRow) -> Application:
    """Merge tells rejections only: a hired candidate's application looks like one in process."""
    rejected = row.rejected_at is not None
    stage = row.current_stage
    return Application(
        id=row.id,
        candidate_id=id_of(row.candidate),
        job_id=row.job,
        state=ApplicationState.REJECTED if rejected else ApplicationState.ACTIVE,
        ats_status="rejected" if rejected else "",
        stage=stage.name if isinstance(stage, _Named) else None,
        updated_at=row.modified_at,
    )


def job(row: JobRow) -> Job:
    departments = [each.name for each in row.departments or [] if isinstance(each, _Named)]
    return Job(
        id=row.id,
        name=row.name or f"Job {row.id}",
        department=next(iter(departments), None),
        recruiter_ids=ids(row.recruiters),
        hiring_manager_ids=ids(row.hiring_managers),
        updated_at=row.modified_at,
    )


def interview_name(row: InterviewRow) -> str:
    stage = row.job_interview_stage
    return (stage.name if isinstance(stage, _Named) else None) or "Interview"


def id_of(value: Row | str) -> str:
    return value if isinstance(value, str) else value.id


def ids(values: Iterable[UserRow | str | None] | None) -> tuple[str, ...]:
    """Without repetition and gaps, in the given order."""
    return tuple(dict.fromkeys(id_of(each) for each in values or () if each))


def _joined(*names: str | None) -> str | None:
    return " ".join(name.strip() for name in names if name and name.strip()) or None


class Filed(NamedTuple):
    """What is kept of a scorecard."""

    id: str
    interviewer: str | None
    submitted_at: datetime | None
    modified_at: datetime | None
    deleted: bool


# -- webhooks

PLACES: Mapping[str, tuple[tuple[Kind, str], ...]] = {
    "scheduledinterview": ((Kind.INTERVIEW, "id"),),
    "interview": ((Kind.INTERVIEW, "id"),),
    "scorecard": (
        (Kind.INTERVIEW, "interview"),
        (Kind.APPLICATION, "application"),
        (Kind.SCORECARD, "id"),
    ),
    "application": ((Kind.APPLICATION, "id"),),
    "candidate": ((Kind.CANDIDATE, "id"),),
    "job": ((Kind.JOB, "id"),),
    "remoteuser": ((Kind.PERSON, "id"),),
    "user": ((Kind.PERSON, "id"),),
}
"""By model in lower case: where in the record is the name of what to read again, best first."""
NOT_FOR_US = frozenset(
    {"linkedaccount", "issue", "activity", "attachment", "department", "eeoc", "jobposting"}
    | {"jobinterviewstage", "office", "offer", "rejectreason", "screeningquestion", "tag"}
)
OF_A_RECORD = frozenset({"changed", "added", "created", "updated", "removed", "deleted"})


def ring(body: bytes, signature: str | None) -> Rung:
    """What a webhook is about. The spelling of events is not certain, so case does not count.

    The signature is unique to a delivery, which ``hook.id`` is not. Raises Unreadable.
    """
    try:
        envelope = parse_json(body)
    except ValueError as error:
        raise Unreadable("body", str(error)) from None
    event = _object(_object(envelope, "body").get("hook"), "hook").get("event")
    if not isinstance(event, str) or not event:
        raise Unreadable("hook.event", "should be a word")
    model, _, happened = event.lower().replace("_", "").rpartition(".")
    refs: tuple[Ref, ...] = ()
    if model in PLACES and happened in OF_A_RECORD:
        refs = (_ref(model, _object(envelope.get("data"), "data")),)
    return Rung(
        action=storable(event)[:LONGEST_ACTION],
        event_id=storable(signature).rstrip("=")[:LONGEST_EVENT_ID] if signature else None,
        refs=refs,
        known=model in PLACES or model in NOT_FOR_US,
    )


def _object(value: object, path: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Unreadable(path, "should be an object")
    return value


def _ref(model: str, record: Mapping[str, object]) -> Ref:
    for kind, key in PLACES[model]:
        name = text_id(_id_of(record.get(key)))
        if name is not None:
            return Ref(kind, name)
    raise Unreadable(f"data.{PLACES[model][-1][1]}", "should be an id")
