"""Records of Lever as JSON objects (lever.md 3). Ids are UUIDs, instants epoch milliseconds."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.model import Kind
from plugin.sandbox.entities import Application, Entity, Interview, Job, Person, Seat, Slot
from plugin.sandbox.meetings import Agenda, Form, Meeting, forms
from plugin.sandbox.rows import NOTES
from plugin.sandbox.world import World

Row = dict[str, Any]
NO_FEEDBACK = "no-feedback"
INTERVIEWER_TEMPLATES_SINCE = datetime(2024, 6, 24, tzinfo=UTC)
"""Older interviewers have no feedbackTemplate of their own (lever.md 3.2)."""
ARCHIVE_REASONS = {
    "Skills gap": "non-hired",
    "Took another offer": "non-hired",
    "No longer hiring": "non-hired",
    # A conversion is not a thing of its own here.
    "Moved to another job": "non-hired",
    "Hired": "hired",
}
SCORES = ("strong_no", "no", "yes", "strong_yes")


def ms(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp() * 1000)


def named(kind: str, name: str) -> str:
    """The id of something that the world knows by name only."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"lever/{kind}/{name}"))


def stage_id(name: str) -> str:
    """One list of stages for the whole account; the first has a slug for its id (lever.md 3)."""
    return "applicant-new" if name == "Application review" else named("stage", name)


@dataclass(frozen=True)
class View:
    """A world at an instant, in Lever's words."""

    world: World
    agenda: Agenda
    now: datetime
    id_of: Callable[[Kind, Entity], str]
    find: Callable[[Kind, str], Entity | None]
    web_url: str
    scheduling_bumps: bool

    def user_id(self, person: Person | None) -> str | None:
        return self.id_of(Kind.PERSON, person) if person else None

    def template_id(self, slot: Slot) -> str:
        return named("template", str(slot.id))

    def panel_id(self, interview: Interview) -> str:
        """One panel for all interviews of an application that stand at one stage of the plan."""
        stage = interview.slot.stage.name
        return named("panel", f"{interview.application.id}/{stage}")

    # -- people and jobs

    def user(self, each: Person) -> Row:
        return {
            "id": self.user_id(each),
            "name": each.name,
            "username": each.email.partition("@")[0],
            "email": each.email,
            "accessRole": self._role(each),
            "photo": None,
            "createdAt": ms(each.created_at),
            "deactivatedAt": None if each.active.at(self.now) else ms(self._left_at(each)),
            "externalDirectoryId": None,
            "linkedContactIds": None,
            "jobTitle": each.title,
            "managerId": self.user_id(each.manager),
        }

    def user_by_id(self, text: str | None) -> Row | None:
        found = self.find(Kind.PERSON, text) if text else None
        return self.user(found) if isinstance(found, Person) else None

    def _left_at(self, each: Person) -> datetime:
        return each.active.changed_at(self.now)

    def _role(self, each: Person) -> str:
        """An own role of the customer is an id where an enum is expected (trap 8)."""
        if each.site_admin:
            return "super admin"
        if each.title == "Recruiting coordinator":
            return named("role", each.title)
        return "team member" if each.title == "Recruiter" else "interviewer"

    def posting(self, each: Job) -> Row:
        lead = each.hiring_managers[0] if each.hiring_managers else None
        location = each.office.location if each.office else None
        return {
            "id": self.id_of(Kind.JOB, each),
            "text": each.name,
            "state": "published" if each.is_open.at(self.now) else "closed",
            "distributionChannels": ["public"],
            "user": self.user_id(each.coordinators[0] if each.coordinators else None),
            "owner": self.user_id(each.recruiters[0] if each.recruiters else None),
            "hiringManager": self.user_id(lead),
            "categories": {
                "team": None,
                "department": each.department.name if each.department else None,
                "location": location,
                "allLocations": [location] if location else [],
                "commitment": "Full-time",
                "level": None,
            },
            "tags": [],
            "content": {"description": "", "lists": [], "closing": ""},
            "country": None,
            "followers": [self.user_id(person) for person in each.coordinators],
            "reqCode": f"R-{each.id // 1000 % 1000}",
            "requisitionCodes": [],
            "urls": {"list": None, "show": None, "apply": None},
            "confidentiality": _confidentiality(each.confidential),
            "createdAt": ms(each.created_at),
            "updatedAt": ms(each.updated_at(self.now)),
            "workplaceType": "hybrid",
        }

    def template(self, slot: Slot) -> Row:
        return {
            "id": self.template_id(slot),
            "text": slot.name,
            "instructions": None,
            "group": None,
            "fields": [_score_field(None)],
            "stage": {"id": stage_id(slot.stage.name), "text": slot.stage.name},
            "createdAt": ms(slot.created_at),
            "updatedAt": ms(slot.created_at),
        }

    # -- opportunities

    def opportunity(self, each: Application) -> Row:
        candidate, erased = each.candidate, self.is_erased(each)
        updated_at, touched_at = self.updated_at(each), self.touched_at(each)
        stages = [(since, s) for since, _, s in each.stage.periods(self.now) if s is not None]
        url = f"{self.web_url}/candidates/{self.id_of(Kind.APPLICATION, each)}"
        return {
            "id": self.id_of(Kind.APPLICATION, each),
            "name": candidate.full_name(self.now),
            "contact": self.id_of(Kind.CANDIDATE, candidate),
            "headline": None,
            # Archiving leaves the stage as it was.
            "stage": stage_id(stages[-1][1].name) if stages else None,
            "stageChanges": [
                {
                    "toStageId": stage_id(stage.name),
                    "toStageIndex": stage.sort_order,
                    "updatedAt": ms(since),
                    "userId": None,
                }
                for since, stage in stages
            ],
            "confidentiality": _confidentiality(self.is_confidential(each)),
            "location": None,
            "opportunityLocation": None,
            "phones": [],
            "emails": [] if erased else [candidate.email],
            "links": [],
            "tags": [each.job.name],
            "sources": ["Company site"],
            "archived": self.archived(each),
            "origin": "applied",
            "sourcedBy": None,
            "owner": self.user_id(each.recruiter),
            "followers": [self.user_id(each.coordinator)] if each.coordinator else [],
            "applications": [self.application_id(each)],
            "createdAt": ms(each.created_at),
            "updatedAt": ms(updated_at),
            "lastInteractionAt": ms(touched_at),
            "lastAdvancedAt": ms(stages[-1][0]) if stages else None,
            "snoozedUntil": None,
            "urls": {"list": f"{self.web_url}/candidates", "show": url},
            "isAnonymized": erased,
            "dataProtection": None,
            # Not a field of the API; filters read it, and it is dropped.
            "_posting": self.id_of(Kind.JOB, each.job),
        }

    def deleted(self, each: Application) -> Row:
        return {**self.opportunity(each), "deletedBy": None, "deletedAt": ms(each.gone_at)}

    def is_confidential(self, each: Application) -> bool:
        return each.candidate.private or each.job.confidential

    def is_erased(self, each: Application) -> bool:
        return any(at <= self.now for at, _ in each.candidate.erased)

    def touched_at(self, each: Application) -> datetime | None:
        """The last interaction: a form was handed in, and (as far as seen) a meeting changed."""
        instants = []
        for interview in self.agenda.of(each):
            if self.scheduling_bumps and interview.schedule.at(self.now).over_at:
                moved_at = interview.updated_at(self.now)
                instants += [moved_at] if moved_at <= self.now else []
            written = forms(interview, self.now)
            # Writing on in a form that exists moves nothing (lever.md 3.1).
            instants += [form.completed_at for form in written if form.completed_at]
        return max(instants, default=None)

    def updated_at(self, each: Application) -> datetime:
        own = max(each.updated_at(self.now), each.candidate.updated_at(self.now))
        touched_at = self.touched_at(each)
        return max(own, touched_at + timedelta(milliseconds=1)) if touched_at else own

    def archived(self, each: Application) -> Row | None:
        status = each.status.at(self.now)
        if status == "in_process":
            return None
        other = "Hired" if status == "hired" else "Moved to another job"
        reason = each.rejection.at(self.now) or other
        at = ms(each.status.changed_at(self.now))
        return {"archivedAt": at, "reason": named("archive reason", reason)}

    def application_id(self, each: Application) -> str:
        return named("posting application", str(each.id))

    def application(self, each: Application) -> Row:
        lead = each.job.hiring_managers[0] if each.job.hiring_managers else None
        owner = each.job.recruiters[0] if each.job.recruiters else None
        opportunity = self.id_of(Kind.APPLICATION, each)
        return {
            "id": self.application_id(each),
            "type": "posting",
            "opportunityId": opportunity,
            "candidateId": opportunity,
            "posting": self.id_of(Kind.JOB, each.job),
            "postingOwner": self.user_id(owner),
            "postingHiringManager": self.user_id(lead),
            "user": None,
            "createdAt": ms(each.created_at),
            "archived": self.archived(each),
            "requisitionForHire": None,
            "name": None if self.is_erased(each) else each.candidate.full_name(self.now),
            "email": None if self.is_erased(each) else each.candidate.email,
            "phone": None,
            "ipAddress": None,
            "userAgent": None,
            "referer": None,
        }

    # -- interviews and feedback

    def interview(self, each: Meeting) -> Row:
        interview = each.interview
        stage = interview.application.stage.at(interview.created_at)
        written = [f for f in forms(interview, self.now) if f.linked and not f.deleted_at]
        return {
            "id": self.id_of(Kind.INTERVIEW, interview),
            "panel": self.panel_id(interview),
            "subject": interview.slot.name,
            "note": None,
            "interviewers": [
                self._interviewer(seat, interview) for seat in interview.panel(self.now)
            ],
            "timezone": interview.application.job.office.zone
            if interview.application.job.office
            else "UTC",
            "createdAt": ms(interview.created_at),
            "date": ms(each.starts_at),
            "duration": each.minutes,
            "location": None,
            "feedbackTemplate": self._template_of(interview),
            "feedbackForms": [self.feedback_id(form) for form in written],
            "feedbackReminder": "none" if interview.id % 7000 == 4 else "frequently",
            "user": self.user_id(interview.organizer or interview.application.recruiter),
            "stage": stage_id(stage.name) if stage else None,
            "canceledAt": ms(each.called_off_at),
            "postings": [self.id_of(Kind.JOB, interview.application.job)],
            "gcalEventUrl": None,
            "opportunityId": self.id_of(Kind.APPLICATION, interview.application),
        }

    def _template_of(self, interview: Interview) -> str | None:
        required = interview.slot.require_scorecard
        if required is None:
            return None
        return self.template_id(interview.slot) if required else NO_FEEDBACK

    def _interviewer(self, seat: Seat, interview: Interview) -> Row:
        """An outsider without an account: unknown; here there is no id, and feedback is asked."""
        row = {
            "id": self.user_id(seat.person),
            "name": seat.person.name if seat.person else None,
            "email": seat.email,
        }
        if seat.person and seat.card is None:
            row["feedbackTemplate"] = NO_FEEDBACK
        elif interview.created_at >= INTERVIEWER_TEMPLATES_SINCE:
            row["feedbackTemplate"] = self._template_of(interview)
        return row

    def panel(self, held: list[Meeting]) -> Row:
        """Of the meetings that share a panel id; no forms are told here (lever.md 3.3)."""
        first = held[0].interview
        off = [each.called_off_at for each in held]
        inner = ("id", "date", "duration", "feedbackReminder", "feedbackTemplate")
        interviews = []
        for each in held:
            whole = self.interview(each)
            row = {name: whole[name] for name in (*inner, "location", "note", "subject")}
            seats = each.interview.panel(self.now)
            row["interviewers"] = [
                {**told, "responseStatus": camel(seat.response.at(self.now))}
                for told, seat in zip(whole["interviewers"], seats, strict=True)
            ]
            interviews.append(row)
        shared = self.interview(held[0])
        return {
            "id": self.panel_id(first),
            "applications": [self.application_id(first.application)],
            "canceledAt": ms(max(filter(None, off))) if all(off) else None,
            "createdAt": ms(min(each.interview.created_at for each in held)),
            "start": ms(min(each.starts_at for each in held)),
            "end": ms(max(each.ends_at for each in held)),
            **{name: shared[name] for name in ("timezone", "feedbackReminder", "user", "stage")},
            "note": None,
            "externallyManaged": False,
            "externalUrl": None,
            "interviews": interviews,
        }

    def feedback_id(self, form: Form) -> str:
        return self.id_of(Kind.SCORECARD, form.card)

    def feedback(self, form: Form) -> Row:
        """Filed for somebody else it bears the name of whoever filed it (trap 11)."""
        interview = form.interview
        return {
            "id": self.feedback_id(form),
            "type": "interview",
            "text": interview.slot.name,
            "instructions": None,
            "fields": [_score_field(form.rating), _text_field()],
            "baseTemplateId": self.template_id(interview.slot),
            "user": self.user_id(form.author),
            "panel": self.panel_id(interview) if form.linked else None,
            "interview": self.id_of(Kind.INTERVIEW, interview) if form.linked else None,
            "createdAt": ms(form.created_at),
            "updatedAt": ms(form.completed_at or form.created_at),
            "completedAt": ms(form.completed_at),
            "deletedAt": ms(form.deleted_at),
        }


def _confidentiality(hidden: bool) -> str:
    return "confidential" if hidden else "non-confidential"


def camel(word: str | None) -> str | None:
    """needs_action: needsAction."""
    if word is None:
        return None
    first, *rest = word.split("_")
    return first + "".join(each.title() for each in rest)


def _score_field(rating: str | None) -> Row:
    return {
        "id": named("field", "score"),
        "type": "score-system",
        "text": "Rating",
        "description": None,
        "required": True,
        "options": [{"text": str(place + 1)} for place in range(len(SCORES))],
        "value": SCORES.index(rating) + 1 if rating in SCORES else None,
    }


def _text_field() -> Row:
    return {
        "id": named("field", "notes"),
        "type": "textarea",
        "text": "Notes",
        "description": None,
        "required": False,
        "value": NOTES,
    }
