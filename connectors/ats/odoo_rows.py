"""What comes from Odoo 19 (other-ats.md 8.3), and its words in ours.

Empty is ``false``; a link to a record is [id, name]; datetimes are UTC and do not say so. A model
holds what is asked for and nothing else: no note, no answer, no rating and no contact is among it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator

from connectors.ats.base import Rung, Unreadable
from connectors.doorbell import LONGEST_ACTION
from connectors.model import (
    Application,
    ApplicationState,
    Candidate,
    Interview,
    InterviewState,
    Job,
    Kind,
    Person,
    Ref,
    Scorecard,
)
from connectors.rows import Listed
from connectors.wire import Day, NumberId, Text, number_id, parse_json, storable

WITHOUT_CONTACT = "applicant-"
"""Begins the name of a candidate of whom Odoo made no contact; their application's id follows."""


def _unless_empty(value: object) -> object:
    return None if value is False else value


def _moment(value: object) -> object:
    if value is False:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError("should be YYYY-MM-DD HH:MM:SS") from None


def _link(value: object) -> object:
    if value is False:
        return None
    both = value if isinstance(value, list) else [value]
    name = number_id(both[0]) if both else None
    if name is None:
        raise ValueError("should be [id, name] or false")
    shown = both[1] if len(both) > 1 and isinstance(both[1], str) else ""
    return (name, storable(shown))


def _link_id(value: object) -> object:
    link = _link(value)
    return link[0] if isinstance(link, tuple) else None


Words = Annotated[Text | None, BeforeValidator(_unless_empty)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Date = Annotated[Day | None, BeforeValidator(_unless_empty)]
Link = Annotated[tuple[str, str] | None, BeforeValidator(_link)]
LinkId = Annotated[str | None, BeforeValidator(_link_id)]


class MeetingRow(Listed, path="calendar.event", kind=Kind.INTERVIEW):
    name: Words = None
    applicant_id: LinkId
    start: Moment
    stop: Moment
    allday: bool
    start_date: Date = None
    stop_date: Date = None
    active: bool
    write_date: Moment = None

    def began(self) -> datetime | None:
        """An all-day meeting's ``start`` is a date in disguise."""
        if not self.allday:
            return self.start
        return (
            datetime.combine(self.start_date, datetime.min.time(), UTC) if self.start_date else None
        )


class AttendeeRow(Listed, path="calendar.attendee", kind=Kind.SCORECARD):
    event_id: LinkId
    partner_id: LinkId = None
    state: Words = None


class UserRow(Listed, path="res.users", kind=Kind.PERSON):
    name: Words = None
    email: Words = None
    partner_id: LinkId = None
    active: bool
    share: bool
    tz: Words = None
    write_date: Moment = None


class ApplicantRow(Listed, path="hr.applicant", kind=Kind.APPLICATION):
    partner_id: Link = None
    partner_name: Words = None
    job_id: LinkId = None
    user_id: LinkId = None
    stage_id: Link = None
    application_status: Words = None
    active: bool
    write_date: Moment = None


class JobRow(Listed, path="hr.job", kind=Kind.JOB):
    name: Words = None
    department_id: Link = None
    user_id: LinkId = None
    active: bool
    write_date: Moment = None


class JobFormRow(Listed, path="hr.job", kind=Kind.JOB):
    """Apart from JobRow, because this column comes with the module for interview forms."""

    survey_id: LinkId = None
    active: bool


class FormRow(Listed, path="survey.user_input", kind=Kind.SCORECARD):
    applicant_id: LinkId = None
    partner_id: LinkId = None
    state: Words = None
    end_datetime: Moment = None


class ActivityRow(Listed, path="mail.activity", kind=Kind.SCORECARD):
    calendar_event_id: LinkId = None
    user_id: LinkId = None
    date_done: Date = None
    active: bool
    write_date: Moment = None

    def done_at(self) -> datetime | None:
        """When it was marked done: the last change, unless that came on a later day."""
        if self.active or self.date_done is None:
            return None
        end_of_day = datetime.combine(self.date_done, datetime.max.time(), UTC)
        # The day is the user's own, which may begin before or end after that of UTC.
        late = self.write_date is None or self.write_date > end_of_day + timedelta(hours=14)
        return end_of_day.replace(microsecond=0) if late else self.write_date


class NoteRow(Listed, path="mail.message", kind=Kind.SCORECARD):
    res_id: NumberId
    author_id: LinkId = None
    date: Moment = None


EVIDENCE_ROWS: Mapping[str, type[Listed]] = {
    "form": FormRow,
    "activity": ActivityRow,
    "message": NoteRow,
}
APPLICATION_STATES: Mapping[str | None, ApplicationState] = {
    "ongoing": ApplicationState.ACTIVE,
    "hired": ApplicationState.HIRED,
    "refused": ApplicationState.REJECTED,
    "archived": ApplicationState.WITHDRAWN,  # closed, neither hired nor refused
}
WEBHOOKS: Mapping[str, tuple[Kind, str]] = {
    "calendar.event": (Kind.INTERVIEW, "_id"),
    "hr.applicant": (Kind.APPLICATION, "_id"),
    "hr.job": (Kind.JOB, "_id"),
    "res.users": (Kind.PERSON, "_id"),
    "calendar.attendee": (Kind.INTERVIEW, "event_id"),
    "mail.activity": (Kind.INTERVIEW, "calendar_event_id"),
    "survey.user_input": (Kind.APPLICATION, "applicant_id"),
}
"""By model: what to read again, and the field of the webhook that names it."""


def person(row: UserRow) -> Person:
    name = row.name or f"User {row.id}"
    # The login need not be an address, so it is never taken for one.
    return Person(row.id, name, row.email or None, row.active, row.write_date, zone=row.tz or None)


def job(row: JobRow) -> Job:
    return Job(
        id=row.id,
        name=row.name or f"Job {row.id}",
        department=(row.department_id[1] or None) if row.department_id else None,
        recruiter_ids=(row.user_id,) if row.user_id else (),
        updated_at=row.write_date,
        is_open=row.active,
    )


def candidate_id(row: ApplicantRow) -> str:
    return row.partner_id[0] if row.partner_id else f"{WITHOUT_CONTACT}{row.id}"


def candidate(row: ApplicantRow) -> Candidate:
    """By the contact's name, which is one for all applications of a person."""
    contact = row.partner_id[1] if row.partner_id else ""
    return Candidate(
        candidate_id(row), contact if contact and "@" not in contact else row.partner_name
    )


def application(row: ApplicantRow, web_url: str) -> Application:
    return Application(
        id=row.id,
        candidate_id=candidate_id(row),
        job_id=row.job_id,
        state=APPLICATION_STATES.get(row.application_status, ApplicationState.UNKNOWN),
        ats_status=row.application_status or "",
        stage=(row.stage_id[1] or None) if row.stage_id else None,
        recruiter_id=row.user_id,
        url=page_of(row.id, web_url),
        updated_at=row.write_date,
    )


def page_of(applicant_id: str, web_url: str) -> str:
    return f"{web_url}/odoo/hr.applicant/{applicant_id}"


def interview(
    row: MeetingRow, applicant: ApplicantRow | None, panel: tuple[Scorecard, ...], whole: bool
) -> Interview:
    state = InterviewState.STANDING if row.active else InterviewState.CANCELLED
    dated = row.stop_date if row.allday else row.stop
    return Interview(
        id=row.id,
        application_id=row.applicant_id or "",
        job_id=applicant.job_id if applicant else None,
        name=_subject(row, applicant),
        state=state if dated or not row.active else InterviewState.UNSCHEDULED,
        ats_status="active" if row.active else "archived",
        starts_at=None if row.allday else row.start,
        ends_at=None if row.allday else row.stop,
        ends_on=row.stop_date if row.allday else None,
        scorecards=panel,
        panel_complete=whole,
        updated_at=row.write_date,
    )


def _subject(row: MeetingRow, applicant: ApplicantRow | None) -> str:
    """The meeting's subject, unless it may hold the candidate's name, which Odoo proposes for it:
    a name belongs where it can be withheld and erased."""
    known = applicant and {applicant.partner_name, applicant.partner_id and applicant.partner_id[1]}
    words = {word for name in known or () if name for word in _words(name)}
    subject = row.name or ""
    return "Interview" if not subject or not known or words & _words(subject) else subject


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def rung(body: bytes) -> Rung:
    """What an automation rule's webhook is about. Raises Unreadable."""
    try:
        envelope = parse_json(body)
    except ValueError as error:
        raise Unreadable("body", str(error)) from None
    model = envelope.get("_model") if isinstance(envelope, dict) else None
    if not isinstance(model, str) or not model:
        raise Unreadable("_model", "should be the name of a model")
    action = storable(model)[:LONGEST_ACTION]
    if model not in WEBHOOKS:
        return Rung(action, None, known=False)
    kind, key = WEBHOOKS[model]
    if key not in envelope:
        raise Unreadable(key, "is missing: tick this field in the webhook's action")
    if envelope[key] is False:  # about no applicant
        return Rung(action, None)
    name = number_id(envelope[key])
    if name is None:
        raise Unreadable(key, "should be a whole number of at most 64 bits")
    return Rung(action, None, (Ref(kind, name),))
