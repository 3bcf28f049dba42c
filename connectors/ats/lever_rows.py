"""What comes over the wire from Lever's Data API (lever.md 3), and its words in ours. Pure.

There is no text of a form, no score and no contact of a candidate in any model, so none is ever
downloaded. Null is taken wherever we can do without a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from connectors.ats.lever_config import LeverConfig
from connectors.model import (
    ApplicationState,
    Interview,
    InterviewState,
    Job,
    Person,
    Scorecard,
)
from connectors.wire import Millis, Text, TextId, Wire


def _id_of(value: object) -> object:
    return value.get("id") if isinstance(value, dict) else value


IdOf = Annotated[TextId, BeforeValidator(_id_of)]
"""An id, or the object it was expanded to (trap 4)."""


class Camel(Wire):
    model_config = ConfigDict(alias_generator=to_camel)


class Row(Camel):
    """``class UserRow(Row, path="users")``: what a model holds is asked for, and nothing else."""

    path: ClassVar[str] = ""
    """The last part of where it is listed."""

    id: TextId

    def __init_subclass__(cls, *, path: str = "") -> None:
        cls.path = path


class Archived(Wire):
    reason: IdOf | None = None


class AppliedRow(Row):
    posting: IdOf | None = None


class Stage(Wire):
    text: Text | None = None


class Urls(Wire):
    show: Text | None = None


class OpportunityRow(Row, path="opportunities"):
    name: Text | None = None
    contact: IdOf
    stage: Stage | Text | None = None
    confidentiality: Text | None = None
    archived: Archived | None = None
    owner: IdOf | None = None
    applications: list[AppliedRow | TextId] | None = None
    updated_at: Millis | None = None
    urls: Urls | None = None
    is_anonymized: bool | None = None

    @property
    def postings(self) -> list[str]:
        rows = self.applications or []
        return [each.posting for each in rows if isinstance(each, AppliedRow) and each.posting]

    @property
    def url(self) -> str | None:
        show = self.urls.show if self.urls else None
        return show if show and show.startswith(("https://", "http://")) else None


class InterviewRow(Row, path="interviews"):
    subject: Text | None = None
    interviewers: list[Any]
    date: Millis
    duration: Annotated[int, Field(ge=1, le=60 * 24 * 365)]
    feedback_template: Text | None = None
    canceled_at: Millis | None = None
    postings: list[IdOf] | None = None

    @property
    def ends_at(self) -> datetime:
        return self.date + timedelta(minutes=self.duration)


class InterviewerRow(Row, path="interviewers"):
    feedback_template: Text | None = None


class FormRow(Row, path="feedback"):
    type: Text | None = None
    user: IdOf | None = None
    interview: IdOf | None = None
    created_at: Millis | None = None
    completed_at: Millis | None = None
    deleted_at: Millis | None = None


class Invited(Camel):
    id: TextId | None = None
    """What an outsider without an account has there is unknown (3.2)."""
    response_status: Text | None = None


class Meeting(Row):
    interviewers: list[Invited] = Field(default_factory=list)


class PanelRow(Row, path="panels"):
    interviews: list[Meeting] = Field(default_factory=list)


class UserRow(Row, path="users"):
    name: Text | None = None
    email: Text | None = None
    deactivated_at: Millis | None = None
    manager_id: IdOf | None = None


class Categories(Wire):
    department: Text | None = None
    team: Text | None = None


OPEN_POSTINGS = {"published": True, "internal": True, "closed": False}
"""By ``state`` (lever.md 3.9). Draft, pending and rejected postings are not advertised, which says
nothing of the hiring; they and unknown words tell nothing."""


class PostingRow(Row, path="postings"):
    text: Text | None = None
    state: Text | None = None
    categories: Categories | None = None
    owner: IdOf | None = None
    hiring_manager: IdOf | None = None
    updated_at: Millis | None = None


class ReasonRow(Row, path="archive_reasons"):
    type: Text | None = None


Seat = tuple[str, str]
"""Lever's own ids of an interview and an interviewer (trap 5)."""

FORMS = ("interview", "assignment", "share")
"""The documented types (3.4)."""
NO_FEEDBACK = "no-feedback"
"""The template of whoever owes nothing; it is a word and not null (trap 7)."""
ARCHIVED = {"hired": ApplicationState.HIRED, "non-hired": ApplicationState.REJECTED}
NOT_FOR_US = ("applicationCreated", "contactCreated", "contactUpdated")
EVENTS = (
    *NOT_FOR_US,
    *("candidateHired", "candidateStageChange", "candidateArchiveChange", "candidateDeleted"),
    *("interviewCreated", "interviewUpdated", "interviewDeleted"),
)
"""The documented ones (4.1); none is about feedback."""


def asking(model: type[Row], *expand: str) -> dict[str, Any]:
    """``include`` keeps all else at Lever: what people wrote is never downloaded (2.2, 3.4)."""
    asked = [each.alias or name for name, each in model.model_fields.items()]
    return {"include": asked, "expand": list(expand)}


class HookRow(Wire):
    """A webhook's body; of what is in ``data`` only the opportunity's id is documented (4.3)."""

    event: Annotated[str, Field(min_length=1)]
    id: str | None = None
    token: str | None = None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """Who sits in one interview. (Lever's own panels group interviews.)"""

    interview: InterviewRow
    seats: tuple[InterviewerRow, ...]
    whole: bool
    """False when a seat could not be read."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of the feedback on one opportunity."""

    forms: Sequence[FormRow] = ()
    """Handed in for an interview, the earliest first."""
    by_hand: Mapping[Seat, FormRow] = field(default_factory=dict)
    answers: Mapping[Seat, str | None] = field(default_factory=dict)
    """What people answered in their calendars."""
    unsure: bool = False
    """There are forms that could not be read or are of a type that nobody documents."""


def scorecards(
    row: OpportunityRow,
    panel: Panel,
    evidence: Evidence,
    config: LeverConfig,
) -> Iterator[Scorecard]:
    """The rule of 3.5.

    A form by somebody who is not on the panel stands for a seat that nobody can name (trap 11), so
    of the open seats of that interview we cannot tell.
    """
    each = panel.interview
    filed = {f.user: f for f in reversed(evidence.forms) if f.interview == each.id}
    unsure = evidence.unsure or not filed.keys() <= {seat.id for seat in panel.seats}
    page = config.form_url.replace("{interview_id}", each.id) if config.form_url else row.url
    for seat in panel.seats:
        form, spare = filed.get(seat.id), evidence.by_hand.get((each.id, seat.id))
        form = form or (spare if config.count_by_hand else None)
        template = seat.feedback_template or each.feedback_template
        yield Scorecard(
            interviewer_id=seat.id,
            id=form.id if form else None,
            required=template != NO_FEEDBACK if template else config.required_without_template,
            submitted_at=form.completed_at if form else None,
            submitter_id=form.user if form else None,
            can_tell=form is not None or not (unsure or spare),
            attendance=evidence.answers.get((each.id, seat.id)),
            url=page,
        )


def job_of(row: OpportunityRow, each: InterviewRow) -> str | None:
    """An opportunity has one application at most nowadays (3.1), an interview may name more."""
    return next(iter([*row.postings, *(each.postings or [])]), None)


def by_hand(forms: Sequence[FormRow], panels: Iterable[Panel]) -> dict[Seat, FormRow]:
    """Forms that name no interview (3.5.5), each with the last one it can have been meant for."""
    filed = {(form.interview, form.user) for form in forms}
    late_first = sorted(panels, key=lambda panel: panel.interview.date, reverse=True)
    found: dict[Seat, FormRow] = {}
    for form in forms:
        made = form.created_at or form.completed_at
        for panel in late_first if made and not form.interview else ():
            seat, each = (panel.interview.id, form.user or ""), panel.interview
            sits = any(one.id == form.user for one in panel.seats) and not each.canceled_at
            if sits and made and each.date <= made and seat not in filed and seat not in found:
                found[seat] = form
                break
    return found


def _words(text: str | None) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}", (text or "").casefold()))


def interview(row: OpportunityRow, panel: Panel, cards: Iterable[Scorecard]) -> Interview:
    each = panel.interview
    tells = _words(each.subject) & _words(row.name)
    return Interview(
        id=f"{row.id}:{each.id}",
        application_id=row.id,
        job_id=job_of(row, each),
        # A subject with the candidate in it is a name in a place where none is expected.
        name=each.subject if each.subject and not tells else "Interview",
        state=InterviewState.CANCELLED if each.canceled_at else InterviewState.STANDING,
        ats_status="canceled" if each.canceled_at else "scheduled",
        starts_at=each.date,
        ends_at=each.ends_at,
        scorecards=tuple(cards),
        panel_complete=panel.whole,
    )


def person(row: UserRow) -> Person:
    return Person(
        id=row.id,
        name=row.name or f"User {row.id}",
        email=row.email or None,
        active=row.deactivated_at is None,
        manager_id=row.manager_id,
    )


def job(row: PostingRow) -> Job:
    categories = row.categories or Categories()
    return Job(
        id=row.id,
        name=row.text or f"Posting {row.id}",
        department=categories.department or categories.team,
        recruiter_ids=(row.owner,) if row.owner else (),
        hiring_manager_ids=(row.hiring_manager,) if row.hiring_manager else (),
        updated_at=row.updated_at,
        is_open=OPEN_POSTINGS.get(row.state or ""),
    )
