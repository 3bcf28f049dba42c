"""What comes over the wire from Workable (other-ats.md 5), and its words in ours."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from connectors.ats.base import Rung, Unreadable
from connectors.doorbell import LONGEST_ACTION
from connectors.model import (
    Application,
    ApplicationState,
    Interview,
    InterviewState,
    Kind,
    Ref,
    Scorecard,
)
from connectors.wire import Instant, Text, TextId, Wire, parse_json, storable, text_id

ABOUT_CANDIDATES = ("candidate_created", "candidate_moved", "candidate_deleted")
"""Webhook events (the third from the vendor's page of 2026); the others are about employees."""
NOT_FOR_US = (
    *("employee_created", "employee_updated", "employee_published"),
    *("onboarding_completed", "timeoff_updated"),
)
SHORTEST_NAME = 3
"""Letters of a word that may be a part of a name; shorter ones are in every title."""


class NamedRow(Wire):
    id: TextId
    name: Text | None = None


class AttendeeRow(NamedRow):
    status: Text | None = None


class MemberRow(NamedRow):
    email: Text | None = None
    active: bool | None = None


class JobRow(Wire):
    shortcode: TextId
    title: Text | None = None


class EventRow(Wire):
    id: TextId
    title: Text | None = None
    starts_at: Instant
    ends_at: Instant
    cancelled: bool | None = None
    job: JobRow | None = None
    candidate: NamedRow | None = None
    members: list[Any] | None = None


class CandidateRow(NamedRow):
    """``disqualified`` is documented for the body of webhooks, "similar to candidate details"."""

    job: JobRow | None = None
    stage: Text | None = None
    disqualified: bool | None = None
    hired_at: Text | None = None
    profile_url: Text | None = None

    @property
    def url(self) -> str | None:
        """The page for recruiters, which is where interviewers rate, too."""
        found = self.profile_url or ""
        return found if found.startswith(("https://", "http://")) else None


class ActivityRow(Wire):
    """Neither its body nor its rating: what somebody wrote or thought is never taken over."""

    action: Text
    created_at: Instant
    updated_at: Instant | None = None
    member: NamedRow | None = None


def application(row: CandidateRow, job_id: str | None) -> Application:
    state, word = ApplicationState.ACTIVE, "in process"
    if row.disqualified is None:
        state, word = ApplicationState.UNKNOWN, ""
    if row.hired_at:
        state, word = ApplicationState.HIRED, "hired"
    if row.disqualified:
        state, word = ApplicationState.REJECTED, "disqualified"
    return Application(
        id=row.id,
        candidate_id=row.id,
        job_id=job_id,
        state=state,
        ats_status=word,
        stage=row.stage,
        url=row.url,
    )


def interview(
    row: EventRow, candidate_id: str, job_id: str | None, panel: tuple[Scorecard, ...], whole: bool
) -> Interview:
    state = InterviewState.CANCELLED if row.cancelled else InterviewState.STANDING
    if row.cancelled is None:
        state = InterviewState.UNKNOWN
    return Interview(
        id=row.id,
        application_id=candidate_id,
        job_id=job_id,
        name=_title(row),
        state=state,
        ats_status="cancelled" if row.cancelled else "",
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        scorecards=panel,
        panel_complete=whole,
    )


def _title(row: EventRow) -> str:
    """Titles often name the candidate, whose name may not be stored: such a title is left out."""
    title = row.title or ""
    words = re.findall(r"\w+", title.casefold())
    names = re.findall(r"\w+", (row.candidate.name or "").casefold()) if row.candidate else []
    named = any(len(each) >= SHORTEST_NAME and each in words for each in names)
    return "Interview" if named or not title.strip() else title


def ratings_of(who: str, row: EventRow, given: Iterable[ActivityRow]) -> list[datetime]:
    """When this member gave feedback on the candidate since the event began.

    One that was changed counts twice: it may be the only one a member has for a candidate.
    """
    return [
        moment
        for each in given
        if each.member and each.member.id == who
        for moment in (each.created_at, each.updated_at)
        if moment and moment >= row.starts_at
    ]


def submitted_at(
    row: EventRow, who: str, ratings: Iterable[datetime], events: Iterable[EventRow]
) -> datetime | None:
    """When this member first gave feedback that belongs to this event (the matching rule).

    ``events``: all of the candidate. What was given after a later one of them began, with the same
    member, is about that one, unless the member declined it.
    """
    later = [e.starts_at for e in events if e.starts_at > row.starts_at and _takes_part(who, e)]
    first = min(ratings, default=None)
    return first if first and (not later or first < min(later)) else None


def _takes_part(who: str, row: EventRow) -> bool:
    seats = [each for each in row.members or [] if isinstance(each, dict)]
    coming = [each for each in seats if each.get("status") != "declined"]
    return not row.cancelled and who in [each.get("id") for each in coming]


def ring(body: bytes) -> Rung:
    """The candidate is in ``data`` (vendor's page); where the event's name is, is told nowhere.

    Nor is an id of the delivery. Raises Unreadable.
    """
    try:
        envelope = parse_json(body)
    except ValueError as error:
        raise Unreadable("body", str(error)) from None
    if not isinstance(envelope, dict):
        raise Unreadable("body", "should be an object")
    found = [envelope.get(key) for key in ("event_type", "event", "action", "type")]
    words = [word for word in found if isinstance(word, str) and word]
    action: str = next((w for w in words if w in (*ABOUT_CANDIDATES, *NOT_FOR_US)), "")
    refs: tuple[Ref, ...] = ()
    if action in ABOUT_CANDIDATES or not words:
        data = envelope.get("data")
        name = text_id(data.get("id")) if isinstance(data, dict) else None
        if name is None:
            raise Unreadable("data.id", "should be the id of a candidate")
        refs = (Ref(Kind.CANDIDATE, name),)
    told = action or next(iter(words), "candidate")
    known = bool(action) or not words
    return Rung(storable(told)[:LONGEST_ACTION], None, refs, known)
