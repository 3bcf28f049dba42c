"""The endpoints of Ashby that the sandbox knows: lists with their parameters, single records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.model import Kind
from plugin.sandbox.ashby_rows import View
from plugin.sandbox.ashby_words import (
    APP,
    ARCHIVE_REASONS,
    Row,
    archive_reason,
    form_definition,
    named,
)
from plugin.sandbox.entities import Application, Candidate, Entity, Interview, Job, Person
from plugin.sandbox.meetings import handed_in


class Refused(Exception):
    """An answer with success false. ``parameter``: which one it is about, if any."""

    def __init__(self, code: str, parameter: str | None = None, status: int = 200) -> None:
        super().__init__(code)
        self.code, self.parameter, self.status = code, parameter, status


@dataclass(frozen=True)
class Entry:
    row: Row
    created_at: datetime
    changed_at: datetime

    @property
    def order(self) -> tuple[str, str]:
        return self.created_at.isoformat(), self.row["id"]


@dataclass(frozen=True)
class Filter:
    type: type
    accepts: Callable[[Any, Entry], bool]
    required: bool = False


@dataclass(frozen=True)
class Listing:
    permission: str
    entries: Callable[[View], Iterable[Entry]]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    unless_asked: Mapping[str, Any] = field(default_factory=dict)
    synced: bool = True
    """Whether it has a sync token; without one it can only be read in full."""
    expand: Mapping[str, Callable[[View, Row], Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Single:
    permission: str
    parameters: Mapping[str, type]
    read: Callable[[View, Mapping[str, Any]], Any]


# -- what lists hold


def _seen(view: View, kind: Kind, everything: Iterable[Any]) -> Iterator[Any]:
    return (each for each in everything if each.exists(view.now) and view.sees(kind, each))


def _entry(view: View, entity: Entity, row: Row) -> Entry:
    return Entry(row, entity.created_at, entity.updated_at(view.now))


def schedules(view: View) -> Iterator[Entry]:
    for application in _seen(view, Kind.APPLICATION, view.world.applications):
        for each in view.schedules(application):
            yield Entry(view.schedule(each), each.created_at, view.changed_at(each))


def events(view: View) -> Iterator[Entry]:
    for application in _seen(view, Kind.APPLICATION, view.world.applications):
        for each in view.schedules(application):
            for held in each.meetings(view.now):
                row = view.event(held, each.id)
                yield Entry(row, held.interview.created_at, held.changed_at)


def feedback(view: View) -> Iterator[Entry]:
    """Of deleted interviews as well; what was deleted itself is gone without a word."""
    for application in _seen(view, Kind.APPLICATION, view.world.applications):
        for interview in view.agenda.of(application):
            for form in handed_in(interview, view.now):
                at = form.completed_at
                assert at is not None
                yield Entry(view.feedback(form), at, at)


def users(view: View) -> Iterator[Entry]:
    """An integration has a key here, not a user."""
    for each in _seen(view, Kind.PERSON, view.world.people):
        if not each.service:
            yield _entry(view, each, view.user(each))


def jobs(view: View) -> Iterator[Entry]:
    for each in _seen(view, Kind.JOB, view.world.jobs):
        yield _entry(view, each, view.job(each))


def applications(view: View) -> Iterator[Entry]:
    for each in _seen(view, Kind.APPLICATION, view.world.applications):
        row = view.application(each)
        changed_at = max(each.updated_at(view.now), each.candidate.updated_at(view.now))
        yield Entry(row, each.created_at, changed_at)


def interviews(view: View) -> Iterator[Entry]:
    for each in view.world.slots:
        if view.sees(Kind.JOB, each.job):
            yield _entry(view, each, view.slot(each))


def plans(view: View) -> Iterator[Entry]:
    for each in _seen(view, Kind.JOB, view.world.jobs):
        row = {"id": named("plan", each.id), "title": f"{each.name} plan", "isArchived": False}
        yield _entry(view, each, row)


def stages(view: View) -> Iterator[Entry]:
    for each in view.world.stages:
        yield _entry(view, each, view.stage(each))


def forms(view: View) -> Iterator[Entry]:
    for each in view.world.slots:
        row = {
            "id": named("form", each.id),
            "organizationId": named("organization", 1),
            "title": each.name,
            "isArchived": False,
            "isDefaultForm": False,
            "formDefinition": form_definition(),
            "interviewId": named("interview", each.id),
        }
        yield _entry(view, each, row)


def departments(view: View) -> Iterator[Entry]:
    for each in view.world.departments:
        row = {"id": named("department", each.id), "name": each.name, "isArchived": False}
        yield _entry(view, each, {**row, "parentId": None})


def locations(view: View) -> Iterator[Entry]:
    for each in view.world.offices:
        row = {"id": named("location", each.id), "name": each.name, "isArchived": False}
        yield _entry(view, each, row)


def archive_reasons(view: View) -> Iterator[Entry]:
    since = view.world.founded
    return (Entry(archive_reason(text), since, since) for text in ARCHIVE_REASONS)


# -- single records


def _found(view: View, kind: Kind, text: Any, code: str) -> Any:
    found = view.shown(kind, text)
    if found is None:
        raise Refused(code)
    return found


def application_info(view: View, body: Mapping[str, Any]) -> Row:
    each: Application = _found(
        view, Kind.APPLICATION, body.get("applicationId"), "application_not_found"
    )
    return view.application(each)


def candidate_info(view: View, body: Mapping[str, Any]) -> Row:
    each: Candidate = _found(view, Kind.CANDIDATE, body.get("id"), "candidate_not_found")
    own = [a for a in view.world.applications if a.candidate is each]
    wanted = view.id_of(Kind.CANDIDATE, each)
    return {
        "id": wanted,
        "name": each.full_name(view.now),
        "profileUrl": f"{APP}/candidate-searches/new/right-side/candidates/{wanted}",
        "emailAddresses": [{"value": each.email, "type": "Personal", "isPrimary": True}],
        "phoneNumbers": [],
        "socialLinks": [],
        "tags": [],
        "position": None,
        "company": None,
        "school": None,
        "applicationIds": [
            view.id_of(Kind.APPLICATION, a) for a in _seen(view, Kind.APPLICATION, own)
        ],
        "fileHandles": [],
        "customFields": [],
        "source": None,
        "creditedToUser": None,
        "timezone": None,
        "location": None,
        "fraudStatus": None,
    }


def user_info(view: View, body: Mapping[str, Any]) -> Row:
    each: Person = _found(view, Kind.PERSON, body.get("userId"), "user_not_found")
    return view.user(each)


def user_search(view: View, body: Mapping[str, Any]) -> list[Row]:
    return [e.row for e in users(view) if e.row["email"] == body.get("email")]


def job_info(view: View, body: Mapping[str, Any]) -> Row:
    each: Job = _found(view, Kind.JOB, body.get("id"), "job_not_found")
    return view.job(each)


def by_id(entries: Callable[[View], Iterable[Entry]], name: str, code: str) -> Any:
    def read(view: View, body: Mapping[str, Any]) -> Row:
        for each in entries(view):
            if each.row["id"] == body.get(name):
                return each.row
        raise Refused(code)

    return read


def briefing(view: View, body: Mapping[str, Any]) -> Row:
    wanted = body.get("interviewEventId")
    each: Interview = _found(view, Kind.INTERVIEW, wanted, "interview_event_not_found")
    held = [m.interview for s in view.schedules(each.application) for m in s.meetings(view.now)]
    if each not in held:
        raise Refused("interview_event_not_found")
    row = view.briefing(each)
    candidate = view.id_of(Kind.CANDIDATE, each.application.candidate)
    expanded: Mapping[str, Callable[[], Any]] = {
        "application": lambda: view.application(each.application),
        "candidate": lambda: candidate_info(view, {"id": candidate}),
        "job": lambda: view.job(each.application.job),
        "interview": lambda: view.slot(each.slot),
        "feedbackFormDefinition": form_definition,
    }
    asked = body.get("expand", [])
    row |= {name: make() for name, make in expanded.items() if name in asked}
    if "interviewers" in asked:
        for told in row["interviewers"]:
            told["user"] = user_info(view, {"userId": told["userId"]})
    return row


# -- the table


def _equals(column: str) -> Callable[[Any, Entry], bool]:
    return lambda value, entry: bool(entry.row[column] == value)


def _created_after(value: int, entry: Entry) -> bool:
    """Filters are epoch milliseconds, answers ISO 8601 (trap 4)."""
    return entry.created_at > datetime.fromtimestamp(value / 1000, UTC)


def _schedule_interview(view: View, row: Row) -> Any:
    return next(e.row for e in interviews(view) if e.row["id"] == row["interviewId"])


CREATED_AFTER = Filter(int, _created_after)
ARCHIVED = Filter(bool, lambda value, entry: True)
"""Nothing here is archived, so that asking for such things changes nothing."""

LISTINGS: Mapping[str, Listing] = {
    "interviewSchedule.list": Listing(
        "interviews",
        schedules,
        {
            "createdAfter": CREATED_AFTER,
            "applicationId": Filter(str, _equals("applicationId")),
            "interviewStageId": Filter(str, _equals("interviewStageId")),
        },
    ),
    "interviewEvent.list": Listing(
        "interviews",
        events,
        {
            "interviewScheduleId": Filter(str, _equals("interviewScheduleId"), required=True),
            "createdAfter": CREATED_AFTER,
        },
        expand={"interview": _schedule_interview},
    ),
    "applicationFeedback.list": Listing(
        "candidates",
        feedback,
        {"applicationId": Filter(str, _equals("applicationId")), "createdAfter": CREATED_AFTER},
    ),
    "user.list": Listing(
        "organization",
        users,
        {"includeDeactivated": Filter(bool, lambda v, e: v or bool(e.row["isEnabled"]))},
        {"includeDeactivated": False},
    ),
    "interview.list": Listing(
        "interviews",
        interviews,
        {
            "includeArchived": ARCHIVED,
            "includeNonSharedInterviews": Filter(bool, lambda v, e: v or e.row["jobId"] is None),
            "excludeArchivedScheduleTemplateInterviews": ARCHIVED,
        },
        {"includeNonSharedInterviews": False},
    ),
    "interviewPlan.list": Listing("interviews", plans, {"includeArchived": ARCHIVED}),
    "interviewStage.list": Listing(
        "interviews",
        stages,
        {"interviewPlanId": Filter(str, _equals("interviewPlanId"), required=True)},
        synced=False,
    ),
    "application.list": Listing(
        "candidates",
        applications,
        {
            "status": Filter(str, _equals("status")),
            "jobId": Filter(str, lambda value, entry: bool(entry.row["job"]["id"] == value)),
            "createdAfter": CREATED_AFTER,
        },
    ),
    "job.list": Listing(
        "jobs",
        jobs,
        {
            "status": Filter(list, lambda value, entry: entry.row["status"] in value),
            "createdAfter": CREATED_AFTER,
        },
    ),
    "feedbackFormDefinition.list": Listing("hiringProcessMetadata", forms),
    "interviewerPool.list": Listing("hiringProcessMetadata", lambda view: ()),
    "archiveReason.list": Listing(
        "hiringProcessMetadata", archive_reasons, {"includeArchived": ARCHIVED}, synced=False
    ),
    "department.list": Listing("organization", departments, {"includeArchived": ARCHIVED}),
    "location.list": Listing("organization", locations, {"includeArchived": ARCHIVED}),
}

SINGLES: Mapping[str, Single] = {
    "interviewBriefing.info": Single(
        "interviews", {"interviewEventId": str, "expand": list}, briefing
    ),
    "application.info": Single(
        "candidates", {"applicationId": str, "expand": list}, application_info
    ),
    "candidate.info": Single("candidates", {"id": str}, candidate_info),
    "user.info": Single("organization", {"userId": str}, user_info),
    "user.search": Single("organization", {"email": str}, user_search),
    "job.info": Single("jobs", {"id": str, "expand": list}, job_info),
    "interview.info": Single(
        "interviews", {"id": str}, by_id(interviews, "id", "interview_not_found")
    ),
    "interviewStage.info": Single(
        "interviews",
        {"interviewStageId": str},
        by_id(stages, "interviewStageId", "interview_stage_not_found"),
    ),
    "feedbackFormDefinition.info": Single(
        "hiringProcessMetadata",
        {"feedbackFormDefinitionId": str},
        by_id(forms, "feedbackFormDefinitionId", "feedback_form_definition_not_found"),
    ),
}
