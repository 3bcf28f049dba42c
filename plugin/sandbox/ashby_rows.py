"""Records of Ashby as JSON objects (ashby.md 3). Ids are UUIDs, instants ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from connectors.model import Kind
from plugin.sandbox.ashby_words import (
    CREDIT_SINCE,
    STATUSES,
    Row,
    archive_reason,
    event_url,
    form_definition,
    named,
    submitted_values,
)
from plugin.sandbox.entities import (
    Application,
    Entity,
    Interview,
    Job,
    Person,
    Seat,
    Slot,
    Stage,
)
from plugin.sandbox.meetings import Agenda, Form, Meeting, asked, handed_in, meeting
from plugin.sandbox.rows import stamp
from plugin.sandbox.world import World


@dataclass(frozen=True)
class Schedule:
    """The interviews of one application that stand at one stage of the plan."""

    application: Application
    stage: Stage
    interviews: tuple[Interview, ...]

    @property
    def id(self) -> str:
        return named("schedule", f"{self.application.id}/{self.stage.id}")

    @property
    def created_at(self) -> datetime:
        return min(each.created_at for each in self.interviews)

    def meetings(self, now: datetime) -> list[Meeting]:
        """Those shown as events: a single one that is called off vanishes, as is presumed; where
        all are, the schedule is cancelled and keeps them (ashby.md 3.2)."""
        found = [m for each in self.interviews if (m := meeting(each, now))]
        standing = [each for each in found if each.called_off_at is None]
        skipped = [each for each in found if each.interview.fixed.at(now) == "skipped"]
        return standing or skipped


@dataclass(frozen=True)
class View:
    """A world at an instant, in Ashby's words."""

    world: World
    agenda: Agenda
    now: datetime
    id_of: Callable[[Kind, Entity], str]
    find: Callable[[Kind, str], Entity | None]
    sees: Callable[[Kind, Entity], bool]
    tells_required: bool
    """Whether interviewers have isFeedbackRequired, as they do since spring 2026."""

    def shown(self, kind: Kind, text: object) -> Entity | None:
        """What exists and may be seen, by its id."""
        found = self.find(kind, str(text))
        there = found is not None and found.exists(self.now) and self.sees(kind, found)
        return found if there else None

    # -- people

    def user_id(self, person: Person | None) -> str | None:
        return self.id_of(Kind.PERSON, person) if person else None

    def user(self, each: Person) -> Row:
        return {
            "id": self.user_id(each),
            "firstName": each.first_name,
            "lastName": each.last_name,
            "email": each.email,
            "globalRole": "Organization Admin" if each.site_admin else "Limited Access",
            "isEnabled": each.active.at(self.now),
            "updatedAt": stamp(each.updated_at(self.now)),
            "managerId": self.user_id(each.manager),
            "customFields": [],
        }

    def team(self, job: Job, application: Application | None = None) -> list[Row]:
        """Of the job, or of an application, which has a recruiter and a coordinator of its own."""
        recruiters, coordinators = job.recruiters, job.coordinators
        if application is not None:
            recruiters = (application.recruiter,) if application.recruiter else ()
            coordinators = (application.coordinator,) if application.coordinator else ()
        roles = [("Recruiter", person) for person in recruiters]
        roles += [("Recruiting Coordinator", person) for person in coordinators]
        roles += [("Hiring Manager", person) for person in job.hiring_managers]
        return [
            {
                "userId": self.user_id(person),
                "email": person.email,
                "firstName": person.first_name,
                "lastName": person.last_name,
                "role": role,
            }
            for role, person in roles
        ]

    # -- jobs and plans

    def job(self, each: Job) -> Row:
        plan = named("plan", each.id)
        return {
            "id": self.id_of(Kind.JOB, each),
            "title": each.name,
            "confidential": each.confidential,
            "status": "Open" if each.is_open.at(self.now) else "Closed",
            "employmentType": "FullTime",
            "locationId": named("location", each.office.id) if each.office else None,
            "departmentId": named("department", each.department.id) if each.department else None,
            "defaultInterviewPlanId": plan,
            "interviewPlanIds": [plan],
            "customFields": [],
            "jobPostingIds": [],
            "customRequisitionId": None,
            "brandId": None,
            "hiringTeam": self.team(each),
            "author": None,
            "createdAt": stamp(each.created_at),
            "updatedAt": stamp(each.updated_at(self.now)),
            "openedAt": stamp(each.created_at),
            "closedAt": stamp(closed) if (closed := each.closed_at(self.now)) else None,
        }

    def stage(self, each: Stage) -> Row:
        kinds = {"Application review": "PreInterviewScreen", "Offer": "Offer"}
        return {
            "id": named("stage", each.id),
            "title": each.name,
            "type": kinds.get(each.name, "Active"),
            "orderInInterviewPlan": each.sort_order,
            "interviewStageGroupId": named("stage group", each.name),
            "interviewPlanId": named("plan", each.job.id),
        }

    def slot(self, each: Slot) -> Row:
        """Interviews made for one job are not shared; those of the phone screen are."""
        shared = each.stage.name == "Phone screen"
        required = each.require_scorecard is not False and not each.debrief
        return {
            "id": named("interview", each.id),
            "title": each.name,
            "externalTitle": None,
            "isArchived": False,
            "isDebrief": each.debrief,
            "isFeedbackRequired": required,
            "isFeedbackRequested": required,
            "instructionsHtml": None,
            "instructionsPlain": None,
            "jobId": None if shared else self.id_of(Kind.JOB, each.job),
            "feedbackFormDefinitionId": named("form", each.id),
        }

    # -- applications

    def application(self, each: Application) -> Row:
        status = each.status.at(self.now)
        reason = each.rejection.at(self.now) or (
            "Moved to another job" if status == "converted" else None
        )
        job = self.job(each.job)
        closed = status != "in_process"
        return {
            "id": self.id_of(Kind.APPLICATION, each),
            "createdAt": stamp(each.created_at),
            "updatedAt": stamp(each.updated_at(self.now)),
            "status": STATUSES.get(status, "Archived"),
            "customFields": [],
            "candidate": {
                "id": self.id_of(Kind.CANDIDATE, each.candidate),
                "name": each.candidate.full_name(self.now),
                "primaryEmailAddress": self._address(each),
                "primaryPhoneNumber": None,
            },
            "currentInterviewStage": self._current_stage(each),
            "source": None,
            "archiveReason": archive_reason(reason) if reason else None,
            "archivedAt": stamp(each.status.changed_at(self.now))
            if closed and status != "hired"
            else None,
            "job": {name: job[name] for name in ("id", "title", "locationId", "departmentId")},
            "creditedToUser": None,
            "hiringTeam": self.team(each.job, each),
            "appliedViaJobPostingId": None,
            "submitterClientIp": "192.0.2.17",
            "submitterUserAgent": "Practice browser",
        }

    def _address(self, each: Application) -> Row | None:
        if any(at <= self.now for at, _ in each.candidate.erased):
            return None
        return {"value": each.candidate.email, "type": "Personal", "isPrimary": True}

    def _current_stage(self, each: Application) -> Row:
        """A closed application stands at the plan's last stage, Archived or Hired."""
        stage = each.stage.at(self.now)
        if stage is not None:
            return self.stage(stage)
        closed = STATUSES.get(each.status.at(self.now), "Archived")
        return {
            "id": named("closing stage", f"{each.job.id}/{closed}"),
            "title": closed,
            "type": closed,
            "orderInInterviewPlan": 1000,
            "interviewStageGroupId": named("stage group", closed),
            "interviewPlanId": named("plan", each.job.id),
        }

    # -- schedules and events

    def schedules(self, application: Application) -> Iterator[Schedule]:
        """Those with at least one interview that is still there and has or had a date."""
        groups: dict[int, list[Interview]] = {}
        for each in self.agenda.of(application):
            if each.created_at <= self.now and _had_a_date(each, self.now):
                groups.setdefault(each.slot.stage.id, []).append(each)
        for held in groups.values():
            if any(each.exists(self.now) for each in held):
                yield Schedule(application, held[0].slot.stage, tuple(held))

    def schedule(self, each: Schedule) -> Row:
        meetings = each.meetings(self.now)
        return {
            "id": each.id,
            "status": self._status(each, meetings),
            "applicationId": self.id_of(Kind.APPLICATION, each.application),
            "interviewStageId": named("stage", each.stage.id),
            "scheduledBy": self.user(each.application.coordinator)
            if each.application.coordinator
            else None,
            "createdAt": stamp(each.created_at),
            "updatedAt": stamp(self.changed_at(each)),
            "interviewEvents": [self.event(m, each.id) for m in meetings],
        }

    def changed_at(self, each: Schedule) -> datetime:
        """Neither the passing of time nor feedback moves it: whether the latter does is unknown."""
        instants = [each.created_at]
        for interview in each.interviews:
            held = meeting(interview, self.now)
            changed_at = held.changed_at if held else interview.gone_at
            instants += [changed_at] if changed_at and changed_at <= self.now else []
        return max(instants)

    def _status(self, schedule: Schedule, meetings: list[Meeting]) -> str:
        """Complete says that every event has some feedback: whether it says more is unknown."""
        if not meetings:
            left = any(each.exists(self.now) for each in schedule.interviews)
            return "NeedsScheduling" if left else "Cancelled"
        if all(each.called_off_at for each in meetings):
            return "Cancelled"
        if any(each.ends_at > self.now for each in meetings):
            return "Scheduled"
        every = all(self.has_feedback(each.interview) for each in meetings)
        return "Complete" if every else "WaitingOnFeedback"

    def event(self, each: Meeting, schedule_id: str) -> Row:
        interview = each.interview
        event_id = self.id_of(Kind.INTERVIEW, interview)
        seats = [seat for seat in interview.panel(self.now) if seat.person]
        return {
            "id": event_id,
            "interviewId": named("interview", interview.slot.id),
            "interviewScheduleId": schedule_id,
            "interviewerUserIds": [self.user_id(seat.person) for seat in seats],
            "interviewers": [self._interviewer(seat, seat.person) for seat in seats if seat.person],
            "createdAt": stamp(interview.created_at),
            "updatedAt": stamp(each.changed_at),
            "startTime": stamp(each.starts_at),
            "endTime": stamp(each.ends_at),
            "feedbackLink": event_url(event_id),
            "location": None,
            "meetingLink": "https://meet.example.org/room",
            "interviewerCalendarEventId": None,
            "hasSubmittedFeedback": self.has_feedback(interview),
            "extraData": {},
        }

    def _interviewer(self, seat: Seat, person: Person) -> Row:
        row = {**self.user(person), "interviewerPool": None, **self.role(seat)}
        if not self.tells_required:
            del row["isFeedbackRequired"]
        return row

    def role(self, seat: Seat) -> Row:
        """Somebody who sits in and owes nothing is a shadow."""
        return {
            "trainingRole": None if seat.card else "Shadow",
            "isFeedbackRequired": asked(seat) and not seat.interview.slot.debrief,
        }

    def has_feedback(self, interview: Interview) -> bool:
        """From anybody at all: not enough for a panel."""
        return any(form.linked for form in handed_in(interview, self.now))

    def briefing(self, interview: Interview) -> Row:
        """The truth for each interviewer; a debrief or a shadow may hand in as well."""
        credited = [f.card.interviewer for f in handed_in(interview, self.now) if f.linked]
        return {
            "id": self.id_of(Kind.INTERVIEW, interview),
            "applicationId": self.id_of(Kind.APPLICATION, interview.application),
            "interviewId": named("interview", interview.slot.id),
            "interviewStageId": named("stage", interview.slot.stage.id),
            "hasSubmittedFeedback": self.has_feedback(interview),
            "feedbackFormDefinitionId": named("form", interview.slot.id),
            "interviewers": [
                {
                    "userId": self.user_id(seat.person),
                    "hasSubmittedFeedback": seat.person in credited,
                    **self.role(seat),
                }
                for seat in interview.panel(self.now)
                if seat.person
            ],
        }

    # -- feedback

    def feedback(self, form: Form) -> Row:
        """Written beside its interview (by hand) it names no event (ashby.md 3.4)."""
        card, slot = form.card, form.interview.slot
        return {
            "id": self.id_of(Kind.SCORECARD, card),
            "applicationId": self.id_of(Kind.APPLICATION, form.interview.application),
            "applicationHistoryId": None,
            "interviewId": named("interview", slot.id),
            "feedbackFormDefinitionId": named("form", slot.id),
            "interviewEventId": self.id_of(Kind.INTERVIEW, form.interview) if form.linked else None,
            "submittedByUser": self.user(form.author),
            "creditedToUser": self.user(card.interviewer) if credited(form) else None,
            "submittedAt": stamp(form.completed_at),
            "formDefinition": form_definition(),
            "submittedValues": submitted_values(form.rating),
        }


def credited(form: Form) -> bool:
    """Whether the record names whose feedback it is, beside who pressed the button."""
    return form.completed_at is not None and form.completed_at >= CREDIT_SINCE


def _had_a_date(interview: Interview, now: datetime) -> bool:
    return any(s.over_at is not None for _, _, s in interview.schedule.periods(now))
