"""Records of Merge's unified ATS models (other-ats.md 4), one function for each listing.

What the source ATS says of a person, job or meeting is told in Merge's words, with the stamps of
Merge's own copy: ``modified_at`` is when Merge wrote it, not when it became true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.model import Kind
from plugin.sandbox.entities import Entity
from plugin.sandbox.meetings import forms, meeting
from plugin.sandbox.rows import Row, stamp
from plugin.sandbox.world import World

STATUSES = {
    "scheduled": "SCHEDULED",
    "awaiting_feedback": "AWAITING_FEEDBACK",
    "complete": "COMPLETE",
}
"""Every other word of the source ATS is passed through as it is."""
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Copy:
    """What Merge holds of a world: as it was at ``asof``, when Merge read it."""

    world: World
    asof: datetime
    written_at: Callable[[datetime], datetime]
    """When something that became true was written into Merge's copy."""
    id_of: Callable[[Kind, Entity], str]
    scorecards: bool
    """Whether the source ATS gives any."""
    linked_cards: bool
    """Whether it tells to which interview a scorecard belongs."""
    cancelled_is_deleted: bool
    """Merge has no word for a cancelled interview: it is deleted, or shows the ATS's own word."""

    def name(self, kind: Kind, entity: Entity | None) -> str | None:
        return self.id_of(kind, entity) if entity else None

    def names(self, kind: Kind, entities: Iterable[Entity]) -> list[str]:
        return [self.id_of(kind, each) for each in entities]

    def known(self, entities: Iterable[Any]) -> Iterator[Any]:
        """Merge keeps what was deleted in the source, and marks it."""
        return (each for each in entities if each.created_at <= self.asof)

    def common(self, kind: Kind, entity: Entity, *changes: datetime) -> Row:
        """The fields that all models share. ``changes``: further instants at which it changed."""
        asof, gone_at = self.asof, entity.gone_at
        told = [entity.updated_at(asof), *(each for each in changes if each <= asof)]
        gone = gone_at is not None and gone_at <= asof
        if gone and gone_at:
            told.append(gone_at)
        return {
            "id": self.id_of(kind, entity),
            "remote_id": str(entity.id),
            "created_at": stamp(self.written_at(entity.created_at)),
            "modified_at": stamp(self.written_at(max(told))),
            "remote_created_at": stamp(entity.created_at),
            "remote_was_deleted": gone,
            "field_mappings": {},
            "remote_data": None,
        }


def users(copy: Copy) -> Iterator[Row]:
    for each in copy.known(copy.world.people):
        yield copy.common(Kind.PERSON, each) | {
            "first_name": each.first_name,
            "last_name": each.last_name,
            "email": each.email or None,
            "disabled": not each.active.at(copy.asof),
            "access_role": "SUPER_ADMIN" if each.site_admin else "TEAM_MEMBER",
        }


def candidates(copy: Copy) -> Iterator[Row]:
    applications: dict[int, list[str]] = {}
    for each in copy.known(copy.world.applications):
        mine = applications.setdefault(each.candidate.id, [])
        mine.append(copy.id_of(Kind.APPLICATION, each))
    for each in copy.known(copy.world.candidates):
        first, last = each.name.at(copy.asof)
        yield copy.common(Kind.CANDIDATE, each) | {
            "first_name": first,
            "last_name": last,
            "company": None,
            "title": None,
            "remote_updated_at": stamp(each.updated_at(copy.asof)),
            "is_private": each.private,
            "can_email": True,
            "phone_numbers": [],
            "email_addresses": [{"value": each.email, "email_address_type": "PERSONAL"}],
            "tags": [],
            "applications": applications.get(each.id, []),
            "attachments": [],
        }


def departments(copy: Copy) -> Iterator[Row]:
    for each in copy.known(copy.world.departments):
        yield copy.common(Kind.JOB, each) | {"name": each.name}


def jobs(copy: Copy) -> Iterator[Row]:
    for each in copy.known(copy.world.jobs):
        yield copy.common(Kind.JOB, each) | {
            "name": each.name,
            "description": None,
            "code": None,
            "status": "OPEN",
            "confidential": each.confidential,
            "departments": copy.names(Kind.JOB, [each.department] if each.department else []),
            "offices": [],
            "hiring_managers": copy.names(Kind.PERSON, each.hiring_managers),
            "recruiters": copy.names(Kind.PERSON, each.recruiters),
            "remote_updated_at": stamp(each.updated_at(copy.asof)),
        }


def stages(copy: Copy) -> Iterator[Row]:
    for each in copy.known(copy.world.stages):
        yield copy.common(Kind.JOB, each) | {
            "name": each.name,
            "job": copy.id_of(Kind.JOB, each.job),
            "stage_order": each.sort_order,
        }


def applications(copy: Copy) -> Iterator[Row]:
    for each in copy.known(copy.world.applications):
        rejected = each.status.at(copy.asof) == "rejected"
        yield copy.common(Kind.APPLICATION, each) | {
            "candidate": copy.id_of(Kind.CANDIDATE, each.candidate),
            "job": copy.id_of(Kind.JOB, each.job),
            "applied_at": stamp(each.created_at),
            "rejected_at": stamp(each.status.changed_at(copy.asof)) if rejected else None,
            "offers": [],
            "source": "Company site",
            "credited_to": None,
            "screening_question_answers": [],
            "current_stage": copy.name(Kind.JOB, each.stage.at(copy.asof)),
            "reject_reason": None,
        }


def interviews(copy: Copy) -> Iterator[Row]:
    for each in copy.known(copy.world.interviews):
        # What is gone has lost its panel and its date; Merge keeps what it last knew.
        seen_at = min(copy.asof, each.gone_at - INSTANT) if each.gone_at else copy.asof
        held = meeting(each, seen_at)
        if held is None:
            continue
        dated = each.schedule.at(seen_at).over_at is not None
        word = each.status(seen_at)
        filed = [form.completed_at for form in forms(each, seen_at) if form.completed_at]
        panel = [seat.person for seat in each.panel(seen_at) if seat.person]
        row = copy.common(Kind.INTERVIEW, each, held.changed_at, held.ends_at, *filed) | {
            "application": copy.id_of(Kind.APPLICATION, each.application),
            "job_interview_stage": copy.id_of(Kind.JOB, each.slot.stage),
            "organizer": copy.name(Kind.PERSON, each.organizer),
            "interviewers": copy.names(Kind.PERSON, panel),
            "location": None,
            "start_at": stamp(held.starts_at) if dated else None,
            "end_at": stamp(held.ends_at) if dated else None,
            "remote_updated_at": stamp(held.changed_at),
            "status": STATUSES.get(word, word),
        }
        if word == "skipped" and copy.cancelled_is_deleted:
            row |= {"status": "SCHEDULED", "remote_was_deleted": True}
        yield row


def scorecards(copy: Copy) -> Iterator[Row]:
    """What was written; nothing stands for what was not. A card made by hand names no interview."""
    if not copy.scorecards:
        return
    for interview in copy.known(copy.world.interviews):
        for form in forms(interview, copy.asof):
            linked = form.linked and copy.linked_cards
            yield copy.common(Kind.SCORECARD, form.card, form.created_at) | {
                "application": copy.id_of(Kind.APPLICATION, interview.application),
                "interview": copy.id_of(Kind.INTERVIEW, interview) if linked else None,
                "interviewer": copy.id_of(Kind.PERSON, form.card.interviewer),
                "submitted_at": stamp(form.completed_at),
                "overall_recommendation": form.rating.upper() if form.rating else None,
            }


@dataclass(frozen=True)
class Listing:
    rows: Callable[[Copy], Iterator[Row]]
    filters: Mapping[str, str] = field(default_factory=dict)
    """Parameter to the field that it compares with."""
    expands: Mapping[str, str] = field(default_factory=dict)
    """Field to the listing that holds what it names."""


LISTINGS: Mapping[str, Listing] = {
    "interviews": Listing(
        interviews,
        {
            "application_id": "application",
            "job_interview_stage_id": "job_interview_stage",
            "organizer_id": "organizer",
        },
        {
            "application": "applications",
            "interviewers": "users",
            "job_interview_stage": "job-interview-stages",
            "organizer": "users",
        },
    ),
    "scorecards": Listing(
        scorecards,
        {
            "application_id": "application",
            "interview_id": "interview",
            "interviewer_id": "interviewer",
        },
        {"application": "applications", "interview": "interviews", "interviewer": "users"},
    ),
    "users": Listing(users, {"email": "email"}),
    "applications": Listing(
        applications,
        {"candidate_id": "candidate", "job_id": "job", "current_stage_id": "current_stage"},
        {"candidate": "candidates", "job": "jobs", "current_stage": "job-interview-stages"},
    ),
    "candidates": Listing(candidates, {}, {"applications": "applications"}),
    "jobs": Listing(
        jobs,
        {"status": "status"},
        {"departments": "departments", "hiring_managers": "users", "recruiters": "users"},
    ),
    "job-interview-stages": Listing(stages, {"job_id": "job"}, {"job": "jobs"}),
    "departments": Listing(departments),
}
"""By path."""
