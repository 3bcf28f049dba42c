"""A world in Workable's records (other-ats.md 5): events, members, candidates, activities."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.model import Kind
from plugin.sandbox.entities import Application, Entity, Interview, Person, Seat, Submission
from plugin.sandbox.meetings import Agenda, asked, handed_in, meeting
from plugin.sandbox.rows import NOTES, stamp
from plugin.sandbox.world import World

Row = dict[str, Any]

SCORES = {
    "strong_yes": ("definite", 2),
    "yes": ("positive", 1),
    "no": ("negative", 0),
    "strong_no": ("negative", 0),
}
"""(score, grade on the scale of thumbs)"""


def attendance(seat: Seat, now: datetime) -> str:
    word = seat.response.at(now)
    return word.replace("_", "-") if word else "needs-action"


@dataclass(frozen=True)
class View:
    """A world at an instant, in Workable's ids."""

    world: World
    agenda: Agenda
    now: datetime
    id_of: Callable[[Kind, Entity], str]
    profile_url: Callable[[Application], str | None]

    def events(self, applications: Iterable[Application]) -> Iterator[Row]:
        """By the time of their making, which is the order of their ids at Workable."""
        found = [each for a in applications for each in self.agenda.meetings(a, self.now)]
        for each in sorted(found, key=lambda m: (m.interview.created_at, m.interview.id)):
            interview = each.interview
            application = interview.application
            seats = [seat for seat in interview.panel(self.now) if seat.person]
            called_off = each.called_off_at is not None
            scored = any(asked(seat) for seat in interview.seats)
            yield {
                "id": self.id_of(Kind.INTERVIEW, interview),
                "title": interview.slot.name,
                "description": None,
                "type": "InterviewEvent" if scored else "MeetingEvent",
                "starts_at": stamp(each.starts_at),
                "ends_at": stamp(each.ends_at),
                "cancelled": called_off,
                "job": {
                    "shortcode": self.id_of(Kind.JOB, application.job),
                    "title": application.job.name,
                },
                "candidate": {
                    "id": self.id_of(Kind.APPLICATION, application),
                    "name": application.candidate.full_name(self.now),
                },
                "members": [
                    {
                        **self._member(seat.person),
                        "type": "Member",
                        "status": attendance(seat, self.now),
                    }
                    for seat in seats
                    if seat.person
                ],
                "conference": None,
            }

    def _member(self, person: Person) -> Row:
        return {"id": self.id_of(Kind.PERSON, person), "name": person.name}

    def members(self) -> Iterator[Row]:
        for each in self.world.people:
            if each.exists(self.now) and not each.service:
                roles = ["ats.admin"] if each.site_admin else ["ats.simple"]
                yield {
                    **self._member(each),
                    "headline": each.title,
                    "email": each.email,
                    "roles": roles,
                    "active": each.active.at(self.now),
                    "collaboration_rules": [],
                    "role": roles[0].removeprefix("ats."),
                    "type": "Member",
                    "hris_role": None,
                    "hris_member_scope": None,
                }

    def candidate(self, application: Application) -> Row:
        """As by GET /candidates/{id}, and in the body of a webhook."""
        first, last = application.candidate.name.at(self.now)
        status, stage = application.status.at(self.now), application.stage.at(self.now)
        closed = status in ("rejected", "converted")
        changed_at = stamp(application.status.changed_at(self.now))
        return {
            "id": self.id_of(Kind.APPLICATION, application),
            "name": application.candidate.full_name(self.now),
            "firstname": first,
            "lastname": last,
            "headline": None,
            "job": {
                "shortcode": self.id_of(Kind.JOB, application.job),
                "title": application.job.name,
            },
            "stage": stage.name if stage else None,
            "disqualified": closed,
            "disqualified_at": changed_at if closed else None,
            "disqualification_reason": application.rejection.at(self.now),
            "hired_at": changed_at if status == "hired" else None,
            "profile_url": self.profile_url(application),
            "email": application.candidate.email,
            "cover_letter": NOTES,
            "created_at": stamp(application.created_at),
            "updated_at": stamp(application.updated_at(self.now)),
        }

    def activities(self, application: Application) -> Iterator[Row]:
        """What happened to a candidate, in no order."""
        yield self._activity(application, "applied", application.created_at, None)
        for at, _, stage in application.stage.changes(application.created_at, self.now):
            if stage:
                slug = re.sub(r"[^a-z0-9]+", "-", stage.name.lower())
                yield self._activity(application, slug, at, application.recruiter)
        words = {"in_process": "reverted", "hired": "hired"}
        for at, _, status in application.status.changes(application.created_at, self.now):
            word = words.get(status, "disqualified")
            yield self._activity(application, word, at, application.recruiter, body=NOTES)
        for interview in self.agenda.of(application):
            if interview.created_at <= self.now:
                yield self._activity(application, "event", interview.created_at, None)
            for form in handed_in(interview, self.now):
                assert form.completed_at is not None
                score, grade = SCORES.get(form.rating or "", ("positive", 1))
                rating = {"score": score, "scale": "thumbs", "grade": grade}
                yield self._activity(
                    application,
                    "rating",
                    form.completed_at,
                    form.author,
                    body=NOTES,
                    rating=rating,
                    key=str(form.card.id),
                )

    def _activity(
        self,
        application: Application,
        action: str,
        at: datetime,
        by: Person | None,
        *,
        key: str = "",
        **more: Any,
    ) -> Row:
        name = f"workable/activity/{application.id}/{action}/{at.isoformat()}/{key}"
        return {
            "id": uuid.uuid5(uuid.NAMESPACE_URL, name).hex[:12],
            "action": action,
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "stage_name": None,
            "action_stage": None,
            "target_stage": None,
            "member": self._member(by) if by else None,
            "candidate": {
                "id": self.id_of(Kind.APPLICATION, application),
                "name": application.candidate.full_name(self.now),
            },
            "visibility_roles": [],
            **more,
        }


def has_begun(interview: Interview, now: datetime) -> bool:
    mine = meeting(interview, now)
    return mine is not None and mine.called_off_at is None and mine.starts_at <= now


def ratings(view: View, seat: Seat, now: datetime) -> list[datetime]:
    """Of this member on this candidate, since the interview began."""
    mine = meeting(seat.interview, now)
    if mine is None or not has_begun(seat.interview, now):
        return []
    return [
        form.completed_at
        for each in view.agenda.of(seat.interview.application)
        for form in handed_in(each, now)
        if form.author is seat.person and form.completed_at
        if form.completed_at >= mine.starts_at
    ]


def rated(view: View, seat: Seat, now: datetime) -> Submission | None:
    """What the ratings say: each is about the latest event before it, with the same member."""
    found, mine = ratings(view, seat, now), meeting(seat.interview, now)
    if not found or mine is None or seat.person is None:
        return None
    later = [
        each.starts_at
        for each in view.agenda.meetings(seat.interview.application, now)
        if each.starts_at > mine.starts_at and each.called_off_at is None
        if any(asked(other) for other in each.interview.seats)
        for other in each.interview.panel(now)
        if other.person is seat.person and attendance(other, now) != "declined"
    ]
    first = min(found)
    taken = bool(later) and first >= min(later)
    return None if taken else Submission(at=first, submitter=seat.person, rating="")
