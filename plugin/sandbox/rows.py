"""Records of Greenhouse Harvest v3 as flat JSON objects, one function for each list endpoint.

Field names and types: greenhouse.md 2.2 to 2.9. Each function gives the rows that exist at an
instant; what the account may not see is left out (trap 21).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from plugin.sandbox.entities import Application, Card, Entity, Person
from plugin.sandbox.world import World

Row = dict[str, Any]

REJECTION_REASONS: Mapping[str, tuple[int, str, str]] = {
    "Skills gap": (14_000_000_004, "WE_REJECTED_THEM", "We rejected them"),
    "Took another offer": (14_000_001_004, "THEY_REJECTED_US", "They rejected us"),
    "No longer hiring": (14_000_002_004, "NONE_SPECIFIED", "None specified"),
}
NOTES = "Private remark of the sandbox: nobody may ever have asked for this text."


@dataclass(frozen=True)
class View:
    """A world at an instant, as one credential sees it."""

    world: World
    now: datetime
    sees_private: bool = False

    def alive(self, entities: Iterable[Any]) -> Iterator[Any]:
        return (each for each in entities if each.exists(self.now))

    def hidden(self, application: Application) -> bool:
        return application.candidate.private and not self.sees_private


def stamp(instant: datetime | None) -> str | None:
    """Millisecond precision with Z, as in every documented example (greenhouse.md 2.1)."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def identity(person: Entity | None) -> int | None:
    return person.id if person else None


def stamped(entity: Entity, now: datetime) -> Row:
    return {"created_at": stamp(entity.created_at), "updated_at": stamp(entity.updated_at(now))}


def interviews(view: View) -> Iterator[Row]:
    for each in view.alive(view.world.interviews):
        schedule = each.schedule.at(view.now)
        dated = schedule.over_at is not None
        yield {
            "id": each.id,
            "application_id": each.application.id,
            "job_id": each.application.job.id,
            "job_interview_id": each.slot.id,
            "starts_at": stamp(schedule.starts_at),
            "ends_at": stamp(schedule.ends_at),
            "all_day_start_on": day(schedule.start_on),
            "all_day_end_on": day(schedule.end_on),
            "status": each.status(view.now),
            "organizer_id": identity(each.organizer),
            "location": "Room Amber" if dated and each.id % 5000 == 4 else None,
            "video_conferencing_url": "https://meet.example.org/room" if dated else None,
            "external_event_id": f"event{each.id}" if dated else None,
            "scheduled_at": stamp(each.created_at) if dated else None,
            "availability_received_at": None,
            **stamped(each, view.now),
        }


def interviewers(view: View) -> Iterator[Row]:
    for each in view.alive(view.world.seats):
        yield {
            "id": each.id,
            "interview_id": each.interview.id,
            "user_id": identity(each.person),
            "scorecard_id": identity(each.card),
            "email": each.email,
            "response_status": each.response.at(view.now),
            **stamped(each, view.now),
        }


def scorecards(view: View) -> Iterator[Row]:
    for each in view.alive(view.world.cards):
        yield {**_scorecard(each, view.now), **stamped(each, view.now)}


def _scorecard(card: Card, now: datetime) -> Row:
    submitted = card.submission.at(now)
    written = NOTES if submitted or card.saved.at(now) else None
    texts = ("notes", "private_notes", "public_notes")
    return {
        "id": card.id,
        "application_id": card.interview.application.id,
        "interview_kit_id": card.interview.slot.kit_id,
        "interviewer_id": card.interviewer.id,
        "submitter_id": submitted.submitter.id if submitted else None,
        "status": "complete" if submitted else "draft",
        "interviewed_at": stamp(card.mirrored(now)[1]),
        "submitted_at": stamp(submitted.at) if submitted else None,
        "candidate_rating": submitted.rating if submitted else None,
        **dict.fromkeys(texts, written),
        **dict.fromkeys((f"{text}_with_tags" for text in texts), written),
    }


def applications(view: View) -> Iterator[Row]:
    for each in view.alive(view.world.applications):
        if not view.hidden(each):
            yield {**_application(each, view.now), **stamped(each, view.now)}


def _application(each: Application, now: datetime) -> Row:
    status, stage, reason = each.status.at(now), each.stage.at(now), each.rejection.at(now)
    return {
        "id": each.id,
        "candidate_id": each.candidate.id,
        "job_id": each.job.id,
        "recruiter_id": identity(each.recruiter),
        "coordinator_id": identity(each.coordinator),
        "status": status,
        "stage_id": stage_instance(each, len(each.stage.periods(now)) - 1) if stage else None,
        "stage_name": stage.name if stage else None,
        "job_interview_stage_id": identity(stage),
        "needs_decision": False if stage else None,
        "prospect": False,
        "rejected_at": stamp(each.status.changed_at(now)) if status == "rejected" else None,
        "last_activity_at": stamp(each.updated_at(now)),
        "rejection_reason_id": REJECTION_REASONS[reason][0] if reason else None,
        "source_id": None,
        "referrer_id": None,
        "job_post_id": None,
        "agency_note_id": None,
        "location_address": None,
        "answers": None,
        "prospective_job_ids": [],
        "custom_fields": {},
    }


def stage_instance(application: Application, place: int) -> int:
    """The id of an application's nth stay in a stage: not the id of the stage (trap 20)."""
    return 120_000_000_004 + (application.id - Application.FIRST_ID) * 20 + place * 1000


def application_stages(view: View) -> Iterator[Row]:
    for application in view.alive(view.world.applications):
        periods = application.stage.periods(view.now)
        for place, (since, until, stage) in enumerate(periods):
            if stage is None or view.hidden(application):
                continue
            yield {
                "id": stage_instance(application, place),
                "application_id": application.id,
                "job_interview_stage_id": stage.id,
                "entered_at": stamp(since),
                "exited_at": stamp(until),
                "days_in_stage": ((until or view.now) - since).days,
                "current": until is None,
                "created_at": stamp(since),
                "updated_at": stamp(until or since),
            }


def candidates(view: View) -> Iterator[Row]:
    for each in view.alive(view.world.candidates):
        if each.private and not view.sees_private:
            continue
        first, last = each.name.at(view.now)
        erased = any(at <= view.now for at, _ in each.erased)
        yield {
            "id": each.id,
            "first_name": first,
            "last_name": last,
            "preferred_name": None,
            "company": None,
            "title": None,
            "private": each.private,
            "can_email": True,
            "time_zone": None,
            "tags": [],
            "linked_user_ids": [],
            "phone_numbers": [],
            "addresses": [],
            "email_addresses": [] if erased else [{"value": each.email, "type": "personal"}],
            "website_addresses": [],
            "social_media_addresses": [],
            "custom_fields": {},
            "last_activity_at": stamp(each.updated_at(view.now)),
            **stamped(each, view.now),
        }


def users(view: View) -> Iterator[Row]:
    for each in view.alive(view.world.people):
        yield {
            "id": each.id,
            "first_name": each.first_name,
            "last_name": each.last_name,
            "name": each.name,
            "job_title": each.title,
            "primary_email": each.email,
            "emails": [each.email] if each.email else None,
            "deactivated": not each.active.at(view.now),
            "site_admin": each.site_admin,
            "agency_id": None,
            "employee_id": None,
            "office_ids": [each.office.id] if each.office else [],
            "department_ids": [each.department.id] if each.department else [],
            "linked_candidate_ids": [],
            "interviewer_tags": [],
            "custom_fields": {},
            # Not a column of the API; the filter show_service_accounts reads and drops it.
            "_service": each.service,
            **stamped(each, view.now),
        }


def user_emails(view: View) -> Iterator[Row]:
    people: Iterable[Person] = view.alive(view.world.people)
    for each in people:
        if each.email:
            yield {
                "id": each.id - Person.FIRST_ID + 22_000_000_004,
                "user_id": each.id,
                "email": each.email,
                "verified": True,
                "verification_token_sent_at": None,
                **stamped(each, view.now),
            }


def rejection_details(view: View) -> Iterator[Row]:
    for each in view.alive(view.world.applications):
        reason = each.rejection.at(view.now)
        if reason is None or view.hidden(each):
            continue
        at = stamp(each.rejection.changed_at(view.now))
        yield {
            "id": each.id - Application.FIRST_ID + 72_000_000_004,
            "application_id": each.id,
            "rejected_by_id": identity(each.recruiter),
            "rejection_reason_id": REJECTION_REASONS[reason][0],
            "rejection_note_id": None,
            "rejected_at": at,
            "question_custom_fields": None,
            "created_at": at,
            "updated_at": at,
        }
