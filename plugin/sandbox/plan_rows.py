"""Records of Harvest v3 about jobs, their interview plans and the organisation."""

from __future__ import annotations

from collections.abc import Iterator

from plugin.sandbox.entities import Job, Person, Slot
from plugin.sandbox.rows import REJECTION_REASONS, Row, View, identity, stamp, stamped


def jobs(view: View) -> Iterator[Row]:
    for each in visible_jobs(view):
        yield {
            "id": each.id,
            "name": each.name,
            "requisition_id": f"R-{each.id // 1000 % 1000}",
            "notes": None,
            "confidential": each.confidential,
            "status": "open" if each.is_open.at(view.now) else "closed",
            "opened_at": stamp(each.created_at),
            "closed_at": stamp(each.closed_at(view.now)),
            "is_template": False,
            "copied_from_id": None,
            "department_id": identity(each.department),
            "office_ids": [each.office.id] if each.office else [],
            "custom_fields": {},
            **stamped(each, view.now),
        }


def visible_jobs(view: View) -> Iterator[Job]:
    """Confidential jobs are for their hiring team only (greenhouse.md 2.7)."""
    return (
        each for each in view.alive(view.world.jobs) if view.sees_private or not each.confidential
    )


def job_interview_stages(view: View) -> Iterator[Row]:
    for each in view.alive(view.world.stages):
        yield {
            "id": each.id,
            "job_id": each.job.id,
            "name": each.name,
            "sort_order": each.sort_order,
            "active": True,
            **stamped(each, view.now),
        }


def job_interviews(view: View) -> Iterator[Row]:
    for each in view.alive(view.world.slots):
        yield {
            "id": each.id,
            "job_id": each.job.id,
            "job_interview_stage_id": each.stage.id,
            "name": each.name,
            "sort_order": each.sort_order,
            "duration": each.minutes,
            "scheduling_type": each.scheduling_type,
            "require_scorecard": each.require_scorecard,
            "active": True,
            "summary": None,
            "instructions": None,
            **stamped(each, view.now),
        }


def interview_kits(view: View) -> Iterator[Row]:
    for each in view.alive(view.world.slots):
        yield {
            "id": each.kit_id,
            "job_id": each.job.id,
            "job_interview_id": each.id,
            "exercises": None,
            "anonymize_candidate": each.anonymize,
            "anonymize_resumes": each.anonymize,
            **stamped(each, view.now),
        }


def default_interviewers(view: View) -> Iterator[Row]:
    slots: Iterator[Slot] = view.alive(view.world.slots)
    for slot in slots:
        for place, person in enumerate(slot.default_interviewers):
            yield {
                "id": 57_000_000_004 + (slot.id - Slot.FIRST_ID) * 10 + place * 1000,
                "user_id": person.id,
                "interview_kit_id": slot.kit_id,
                **stamped(slot, view.now),
            }


def job_owners(view: View) -> Iterator[Row]:
    for job in visible_jobs(view):
        owners = [("recruiter", p) for p in job.recruiters]
        owners += [("coordinator", p) for p in job.coordinators]
        firsts = {job.recruiters[:1], job.coordinators[:1]}
        for place, (role, person) in enumerate(owners):
            yield {
                **_team_row(view, job, person, 32_000_000_004, place),
                "type": role,
                "responsible": (person,) in firsts,
            }


def job_hiring_managers(view: View) -> Iterator[Row]:
    for job in visible_jobs(view):
        for place, person in enumerate(job.hiring_managers):
            yield _team_row(view, job, person, 33_000_000_004, place)


def _team_row(view: View, job: Job, person: Person, first_id: int, place: int) -> Row:
    return {
        "id": first_id + (job.id - Job.FIRST_ID) * 10 + place * 1000,
        "job_id": job.id,
        "user_id": person.id,
        **stamped(job, view.now),
    }


def departments(view: View) -> Iterator[Row]:
    for each in view.alive(view.world.departments):
        yield {
            "id": each.id,
            "name": each.name,
            "parent_id": None,
            "external_id": None,
            **stamped(each, view.now),
        }


def offices(view: View) -> Iterator[Row]:
    for each in view.alive(view.world.offices):
        yield {
            "id": each.id,
            "name": each.name,
            "parent_id": None,
            "external_id": None,
            "location": each.location,
            "primary_in_house_contact_user_id": None,
            **stamped(each, view.now),
        }


def rejection_reasons(view: View) -> Iterator[Row]:
    """One of them is the vendor's own and is shown only with ``include_defaults``."""
    since = stamp(view.world.founded)
    for place, (name, (number, key, type_name)) in enumerate(REJECTION_REASONS.items()):
        yield {
            "id": number,
            "name": name,
            "type": {"id": place + 1, "key": key, "name": type_name},
            "_default": place == len(REJECTION_REASONS) - 1,
            "created_at": since,
            "updated_at": since,
        }
