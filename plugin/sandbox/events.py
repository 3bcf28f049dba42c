"""What Greenhouse tells by webhook about the changes between two instants (greenhouse.md 4).

Only events that exist are here: there is none for a scheduled, moved or ended interview, none for
a submitted scorecard, none for users. Payloads keep the older names (status ``active``,
``is_private``) that v3 has left behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from plugin.sandbox.entities import Application, Candidate, Card, Interview, Job, Person
from plugin.sandbox.rows import REJECTION_REASONS, stamp
from plugin.sandbox.webhooks import Event
from plugin.sandbox.world import World


def events(world: World, after: datetime, until: datetime, web_url: str) -> list[Event]:
    """Everything that happened in (after, until], oldest first."""
    told = [
        *_application_events(world, after, until, web_url),
        *_interview_events(world, after, until),
        *_candidate_events(world, after, until),
    ]
    return sorted(told, key=lambda event: event.at)


def _application_events(
    world: World, after: datetime, until: datetime, web_url: str
) -> Iterator[Event]:
    for each in world.applications:
        if after < each.created_at <= until:
            payload = _envelope(world, each, each.created_at, web_url)
            yield Event(each.created_at, "new_candidate_application", payload)
        for at, old, new in each.status.changes(after, until):
            if each.exists(at):
                yield _status_event(world, each, at, old, new, web_url)
        for at, before, stage in each.stage.changes(after, until):
            if before is not None and stage is not None and each.exists(at):
                payload = _envelope(world, each, at, web_url)
                yield Event(at, "candidate_stage_change", payload)
        if (
            each.gone_at
            and after < each.gone_at <= until
            and each.gone_at != each.candidate.gone_at
        ):
            yield Event(each.gone_at, "delete_application", _deleted_application(each))


def _status_event(
    world: World, application: Application, at: datetime, old: str, new: str, web_url: str
) -> Event:
    payload = _envelope(world, application, at, web_url)
    back = {"rejected": "unreject_candidate", "hired": "unhire_candidate"}
    forward = {"rejected": "reject_candidate", "hired": "hire_candidate"}
    action = back.get(old, "application_updated") if new == "in_process" else forward.get(new)
    if action == "hire_candidate":
        payload["application"]["opening"] = {"opening_id": "1-1", "custom_fields": {}}
        payload["application"]["offer"] = {
            "id": application.id - Application.FIRST_ID + 73_000_000_004,
            "version": 1,
            "created_at": stamp(at),
            "sent_at": at.date().isoformat(),
            "resolved_at": stamp(at),
            "starts_at": None,
            "custom_fields": {},
        }
        del payload["application"]["current_stage"]
    return Event(at, action or "application_updated", payload)


def _envelope(world: World, each: Application, at: datetime, web_url: str) -> dict[str, Any]:
    """The shape that all application events share (greenhouse.md 4.3)."""
    status, reason = each.status.at(at), each.rejection.at(at)
    return {
        "application": {
            "id": each.id,
            "status": "active" if status == "in_process" else status,
            "prospect": False,
            "applied_at": stamp(each.created_at),
            "last_activity_at": stamp(each.updated_at(at)),
            "rejected_at": stamp(each.status.changed_at(at)) if status == "rejected" else None,
            "url": f"{web_url}/people/{each.candidate.id}?application_id={each.id}",
            "source": {"id": 12, "name": "Company site"},
            "credited_to": None,
            "rejection_reason": _reason(reason) if reason else None,
            "rejection_details": {"custom_fields": {}} if reason else None,
            "prospect_detail": dict.fromkeys(("prospect_owner", "prospect_pool", "prospect_stage")),
            "current_stage": _current_stage(world, each, at, web_url),
            "custom_fields": {},
            "candidate": _candidate(each, at, web_url),
            "jobs": [_job(each.job)],
        }
    }


def _reason(name: str) -> dict[str, Any]:
    number, _, type_name = REJECTION_REASONS[name]
    return {"id": number, "name": name, "type": {"id": 1, "name": type_name}}


def _current_stage(
    world: World, application: Application, at: datetime, web_url: str
) -> dict[str, Any] | None:
    """With the plan's slots, not the scheduled interviews: ``id`` is the slot's."""
    stage = application.stage.at(at)
    if stage is None:
        return None
    meetings = [
        each for each in world.interviews if each.application is application and each.exists(at)
    ]
    slots = []
    for slot in application.job.slots:
        if slot.stage is stage:
            held = [each for each in meetings if each.slot is slot]
            kit = f"{web_url}/guides/{slot.kit_id}/people/{application.candidate.id}"
            slots.append(
                {
                    "id": slot.id,
                    "name": slot.name,
                    "status": held[-1].status(at) if held else "to_be_scheduled",
                    "interview_kit": {"url": kit, "content": "", "questions": []},
                    "interviewers": _interviewers(held[-1], at) if held else [],
                }
            )
    return {"id": stage.id, "name": stage.name, "interviews": slots}


def _interviewers(interview: Interview, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "id": seat.person.id,
            "display_name": seat.person.name,
            "status": seat.response.at(at),
        }
        for seat in interview.panel(at)
        if seat.person
    ]


def _candidate(application: Application, at: datetime, web_url: str) -> dict[str, Any]:
    each = application.candidate
    first, last = each.name.at(at)
    return {
        "id": each.id,
        "first_name": first,
        "last_name": last,
        "title": None,
        "company": None,
        "created_at": stamp(each.created_at),
        "external_id": None,
        "photo_url": None,
        "url": f"{web_url}/people/{each.id}",
        "is_private": each.private,
        "can_email": True,
        "phone_numbers": [],
        "email_addresses": [{"value": each.email, "type": "personal"}],
        "addresses": [],
        "website_addresses": [],
        "social_media_addresses": [],
        "educations": [],
        "employments": [],
        "recruiter": _user(application.recruiter),
        "coordinator": _user(application.coordinator),
        "attachments": [],
        "tags": [],
        "custom_fields": {},
    }


def _user(person: Person | None) -> dict[str, Any] | None:
    if person is None:
        return None
    return {"id": person.id, "email": person.email, "name": person.name, "employee_id": None}


def _job(job: Job) -> dict[str, Any]:
    department, office = job.department, job.office
    return {
        "id": job.id,
        "name": job.name,
        "requisition_id": None,
        "notes": None,
        "confidential": job.confidential,
        "job_post_id": None,
        "status": "open",
        "created_by_id": None,
        "created_at": stamp(job.created_at),
        "opened_at": stamp(job.created_at),
        "closed_at": None,
        "departments": [{"id": department.id, "name": department.name, "external_id": None}]
        if department
        else [],
        "offices": [
            {
                "id": office.id,
                "name": office.name,
                "location": office.location,
                "external_id": None,
            }
        ]
        if office
        else [],
        "custom_fields": {},
    }


def _deleted_application(each: Application) -> dict[str, Any]:
    return {
        "application": {
            "id": each.id,
            "candidate_id": each.candidate.id,
            "job_id": each.job.id,
            "created_at": stamp(each.created_at),
            "source_id": None,
            "candidate_rejection_reason_id": None,
            "rejection_note_id": None,
            "rejected_at": None,
            "referrer_id": None,
            "prospect": False,
            "rejected_by_user_id": None,
        }
    }


def _interview_events(world: World, after: datetime, until: datetime) -> Iterator[Event]:
    """On cancelling or deleting by itself, not with a candidate or application (4.2)."""
    for each in world.interviews:
        for at in each.called_off:
            if after < at <= until:
                yield Event(at, "interview_deleted", {"interview": {"id": each.id}})
    for card in world.cards:
        if card.deleted_alone and card.gone_at and after < card.gone_at <= until:
            yield Event(card.gone_at, "scorecard_deleted", _deleted_card(card, card.gone_at))


def _deleted_card(card: Card, at: datetime) -> dict[str, Any]:
    return {
        "scorecard": {
            "id": card.id,
            "candidate_id": card.interview.application.candidate.id,
            "interviewed_at": stamp(card.mirrored(at)[1]),
            "created_at": stamp(card.created_at),
            "updated_at": stamp(card.updated_at(at)),
            "scorecard_status": "complete" if card.submission.at(at) else "draft",
        }
    }


def _candidate_events(world: World, after: datetime, until: datetime) -> Iterator[Event]:
    for each in world.candidates:
        if each.gone_at and after < each.gone_at <= until:
            payload = _deleted_candidate(world, each, each.gone_at)
            if each.merged_into:  # this event replaces the other (4.2), with one other field (4.3)
                del payload["person"]["deleted_application_ids"]
                payload["person"]["new_candidate_id"] = each.merged_into.id
            action = "merge_candidate" if each.merged_into else "delete_candidate"
            yield Event(each.gone_at, action, payload)
        for at, with_interviews in each.erased:
            if after < at <= until:
                fields = ["full_name", "email_addresses"]
                fields += ["scorecards_and_interviews"] if with_interviews else []
                payload = {"candidate_id": each.id, "anonymized_fields": fields}
                yield Event(at, "candidate_anonymized", payload)


def _deleted_candidate(world: World, each: Candidate, at: datetime) -> dict[str, Any]:
    first, last = each.name.at(at)
    applications = [a.id for a in world.applications if a.candidate is each]
    return {
        "person": {
            "id": each.id,
            "first_name": first,
            "last_name": last,
            "company": None,
            "title": None,
            "created_at": stamp(each.created_at),
            "headline": None,
            "is_private": each.private,
            "recruiter_user_id": None,
            "coordinator_user_id": None,
            "can_email": True,
            "deleted_application_ids": applications,
        }
    }
