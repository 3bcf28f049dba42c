"""What other programs may push, as models: checked, mapped to records, and told back.

The way from here to records is that of the CSV import (connectors/ats/spreadsheet*.py): one row for
each interviewer. People are known by their mail addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from connectors.ats.spreadsheet import rank, records_of
from connectors.ats.spreadsheet_rows import EMAIL, LINK, LONGEST_ID, UNNAMED, Row, application_of
from connectors.model import ApplicationState, Interview, InterviewState, Page, Scorecard
from connectors.wire import Day, Instant, storable
from scheduler.facts import PersonFacts, ScorecardFacts

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
MOST_PEOPLE = 100


def _clean(value: object) -> object:
    return storable(value).strip() if isinstance(value, str) else value


def _email(value: str) -> str:
    value = value.lower()
    if not EMAIL.fullmatch(value) or len(value) > LONGEST_ID:
        raise ValueError("should be a mail address")
    return value


def _link(value: str) -> str:
    if not LINK.fullmatch(value):
        raise ValueError("should begin with https://")
    return value


def _in_our_time(value: datetime) -> datetime:
    if not FIRST <= value < LAST:
        raise ValueError("should lie in the years 1970 to 2199")
    return value


def _day_in_our_time(value: date) -> date:
    if not FIRST.date() <= value < LAST.date():
        raise ValueError("should lie in the years 1970 to 2199")
    return value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


ID = r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,127}"
Id = Annotated[str, Field(pattern=f"^{ID}$", max_length=LONGEST_ID), BeforeValidator(_clean)]
Words = Annotated[str, Field(min_length=1, max_length=500), BeforeValidator(_clean)]
Email = Annotated[
    str,
    AfterValidator(_email),
    BeforeValidator(_clean),
    Field(json_schema_extra={"format": "email"}, max_length=LONGEST_ID),
]
Link = Annotated[
    str,
    AfterValidator(_link),
    BeforeValidator(_clean),
    Field(json_schema_extra={"format": "uri"}, max_length=2000),
]
Moment = Annotated[Instant, AfterValidator(_in_our_time)]
DayOf = Annotated[Day, AfterValidator(_day_in_our_time)]


class State(StrEnum):
    """Of the meeting itself."""

    STANDING = "standing"
    CANCELLED = "cancelled"
    UNSCHEDULED = "unscheduled"


class Application(StrEnum):
    """Of the candidate's application."""

    ACTIVE = "active"
    REJECTED = "rejected"
    HIRED = "hired"
    WITHDRAWN = "withdrawn"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PushedPerson(_Model):
    email: Email
    name: Words | None = None


class PushedCandidate(_Model):
    name: Words | None = None


class PushedJob(_Model):
    name: Words
    department: Words | None = None


class PushedApplication(_Model):
    id: Id | None = Field(default=None, description="Without one it is made of candidate and job.")
    state: Annotated[Application, BeforeValidator(_lower)] = Application.ACTIVE


class PushedScorecard(_Model):
    """What is left out stays as it is stored."""

    submitted_at: Moment | None = Field(
        None,
        description="When it was handed in; the first one counts. null: not handed in (any more).",
    )
    required: bool = Field(default=True, strict=True, description="Whether feedback is asked for.")
    attendance: Words | None = Field(
        default=None, description="The calendar answer: accepted, declined, …"
    )
    url: Link | None = Field(default=None, description="Where this scorecard is filled.")


class PushedInterviewer(PushedScorecard):
    email: Email
    name: Words | None = None


class PushedInterview(_Model):
    """One meeting of a candidate, with the whole panel: who is left out is off the panel."""

    id: Id | None = Field(default=None, description="If given, the one of the address.")
    name: Words = UNNAMED
    state: Annotated[State, BeforeValidator(_lower)] = State.STANDING
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    ends_on: DayOf | None = Field(default=None, description="Instead of ends_at: all day.")
    candidate: PushedCandidate = PushedCandidate()
    job: PushedJob | None = None
    application: PushedApplication = PushedApplication()
    recruiter: PushedPerson | None = None
    interviewers: tuple[PushedInterviewer, ...] = Field(min_length=1, max_length=MOST_PEOPLE)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.state is State.STANDING and not (self.ends_at or self.ends_on):
            raise _at("ends_at", "is missing, and there is no ends_on either")
        if self.ends_at and self.ends_on:
            raise _at("ends_on", "and ends_at are both given")
        if self.starts_at and self.ends_at and self.ends_at < self.starts_at:
            raise _at("ends_at", "should not be before starts_at")
        emails = [each.email for each in self.interviewers]
        for place, email in enumerate(emails):
            if email in emails[:place]:
                raise _at(f"interviewers.{place}.email", "is on the panel twice")
        return self


def _at(path: str, sentence: str) -> PydanticCustomError:
    """A problem that only the whole shows, at the field to look at."""
    return PydanticCustomError("whole", "{sentence}", {"sentence": sentence, "path": path})


M = TypeVar("M", bound=_Model)


class Unacceptable(ValueError):
    """What is wrong with a body: a sentence for each path."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{path} {said}" for path, said in problems.items()))
        self.problems = dict(problems)


def accepted(model: type[M], content: object) -> M:
    """``content`` as the model. Raises Unacceptable; no value is repeated in it."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems: dict[str, str] = {}
        for each in error.errors(include_input=False, include_url=False):
            place = ".".join(storable(str(part)) for part in each["loc"])
            path = each.get("ctx", {}).get("path") if each["type"] == "whole" else place
            said = each["msg"].removeprefix("Value error, ")
            problems.setdefault(path or "body", f"{said[:1].lower()}{said[1:]}.")
        inner = {path.rpartition(".")[0].rpartition(".")[0] for path in problems}
        # A list all of whose members are wrong is called empty, too.
        raise Unacceptable({p: said for p, said in problems.items() if p not in inner}) from None


# -- into records


def page_of(
    name: str, pushed: PushedInterview, stored: Mapping[str, ScorecardFacts], now: datetime
) -> Page:
    """The interview called ``name`` with all that hangs on it; ``stored``: its panel by address."""
    rows = [_row(name, pushed, each, stored.get(each.email)) for each in pushed.interviewers]
    names = {each.email: each.name for each in pushed.interviewers if each.name}
    if pushed.recruiter and pushed.recruiter.name:
        names.setdefault(pushed.recruiter.email, pushed.recruiter.name)
    for email, facts in stored.items():
        names.setdefault(email, facts.interviewer.name)
    recruiter = pushed.recruiter.email if pushed.recruiter else None
    recruiters = {rows[0].application_id: recruiter} if recruiter else {}
    records = records_of(rows, True, names, recruiters)
    once = dict.fromkeys(records)  # a recruiter may sit on the panel
    return Page(records=tuple(sorted(once, key=rank)), read_at=now)


def _row(
    name: str, pushed: PushedInterview, seat: PushedInterviewer, stored: ScorecardFacts | None
) -> Row:
    card = _card(seat, stored)
    job = pushed.job
    application = pushed.application
    return Row(
        line=0,
        interview_id=name,
        application_id=application.id
        or application_of(pushed.candidate.name, job.name if job else None, name),
        candidate=pushed.candidate.name,
        job=job.name if job else None,
        department=job.department if job else None,
        interview=pushed.name,
        state=InterviewState(pushed.state.value),
        ats_status=pushed.state.value,
        starts_at=pushed.starts_at,
        ends_at=pushed.ends_at,
        ends_on=pushed.ends_on,
        interviewer_email=seat.email,
        interviewer=seat.name,
        required=card.required,
        attendance=card.attendance,
        submitted_at=card.submitted_at,
        recruiter_email=pushed.recruiter.email if pushed.recruiter else None,
        recruiter=pushed.recruiter.name if pushed.recruiter else None,
        url=card.url,
        application_state=ApplicationState(application.state.value),
    )


def _card(pushed: PushedScorecard, stored: ScorecardFacts | None) -> PushedScorecard:
    """What was left out as it is stored."""
    given = {name: getattr(pushed, name) for name in pushed.model_fields_set}
    kept = {n: getattr(stored, n) for n in PushedScorecard.model_fields} if stored else {}
    merged = {**kept, **given}
    return PushedScorecard.model_construct(
        submitted_at=merged.get("submitted_at"),
        required=merged.get("required", True),
        attendance=merged.get("attendance"),
        url=merged.get("url"),
    )


def page_of_scorecard(pushed: PushedScorecard, facts: ScorecardFacts, now: datetime) -> Page:
    """The one scorecard, changed. Of an empty push: handed in now, if it was not before."""
    if not pushed.model_fields_set and facts.submitted_at is None:
        pushed = PushedScorecard.model_construct(submitted_at=now)
    card = _card(pushed, facts)
    scorecard = Scorecard(
        interviewer_id=facts.key.interviewer_id,
        required=card.required,
        submitted_at=card.submitted_at,
        submitter_id=facts.key.interviewer_id if card.submitted_at else None,
        attendance=card.attendance,
        url=card.url,
    )
    interview = Interview(
        id=facts.key.interview_id,
        application_id=facts.application_id,
        job_id=facts.job_id,
        name=facts.interview,
        state=facts.interview_state,
        ats_status=facts.interview_state.value,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        ends_on=facts.ends_on,
        scorecards=(scorecard,),
        panel_complete=False,
    )
    return Page(records=(interview,), read_at=now)


# -- and back


def told(panel: list[ScorecardFacts]) -> dict[str, Any]:
    """A stored interview (by the facts of its panel) as it could be pushed again."""
    first = panel[0]
    recruiter = next(iter(first.recruiters), None)
    return {
        "id": first.key.interview_id,
        "name": first.interview,
        "state": first.interview_state.value,
        "starts_at": _stamp(first.starts_at),
        "ends_at": _stamp(first.ends_at),
        "ends_on": first.ends_on.isoformat() if first.ends_on else None,
        "candidate": {"name": first.candidate},
        "job": {"name": first.job, "department": first.department} if first.job else None,
        "application": {"id": first.application_id, "state": first.application_state.value},
        "recruiter": _person(recruiter) if recruiter else None,
        "interviewers": [{**_person(each.interviewer), **told_card(each)} for each in panel],
    }


def told_card(facts: ScorecardFacts) -> dict[str, Any]:
    return {
        "submitted_at": _stamp(facts.submitted_at),
        "required": facts.required,
        "attendance": facts.attendance,
        "url": facts.url,
    }


def _person(facts: PersonFacts) -> dict[str, Any]:
    return {"email": facts.email, "name": facts.name}


def _stamp(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
