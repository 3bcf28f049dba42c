"""The cells of a spreadsheet: which column is what, and one row as checked values.

Every reason for refusing a cell says what is wrong without repeating names from the file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from connectors.model import ApplicationState, InterviewState

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "interviewer_email": ("interviewer email", "interviewer mail", "panelist email", "email"),
    "interviewer": ("interviewer", "interviewer name", "panelist", "panel member"),
    "candidate": ("candidate", "candidate name", "applicant", "applicant name"),
    "job": ("job", "job title", "job name", "role", "position", "requisition"),
    "department": ("department", "dept", "team"),
    "interview": ("interview", "interview name", "interview type", "round", "stage"),
    "start": ("start", "starts at", "start at", "start time", "interview start", "date"),
    "end": ("end", "ends at", "end at", "end time", "ended at", "interview end"),
    "submitted_at": ("submitted at", "submitted", "submitted on", "feedback submitted at"),
    "status": ("status", "interview status", "state"),
    "recruiter_email": ("recruiter email", "recruiter mail"),
    "recruiter": ("recruiter", "recruiter name"),
    "interview_id": ("interview id",),
    "application_id": ("application id",),
    "url": ("url", "link", "scorecard url", "scorecard link"),
}
"""What a row can say, and the headings it is found under, the surest first."""

_STANDING = (
    *("", "scheduled", "confirmed", "planned", "complete", "completed", "done", "held", "ended"),
    *("pending", "awaiting", "missing", "open", "overdue", "submitted"),
    *("excused", "not required", "declined"),
)
_CANCELLED = ("cancelled", "canceled", "called off", "skipped", "did not happen", "no show")

STATES: Mapping[str, InterviewState] = {
    **dict.fromkeys(_STANDING, InterviewState.STANDING),
    **dict.fromkeys(_CANCELLED, InterviewState.CANCELLED),
    **dict.fromkeys(("unscheduled", "to be scheduled"), InterviewState.UNSCHEDULED),
}
"""``completed`` here says that the interview took place, not that the feedback is in; that is
what the column ``submitted at`` is for."""

UNNAMED = "Interview"
LONGEST_ID = 128
LINK = re.compile(r"https?://[^\s<>\"]+")
EMAIL = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")


class DateOrder(StrEnum):
    """How 03/04/2026 is meant."""

    DMY = "dmy"
    MDY = "mdy"


class BadCell(ValueError):
    """A row that cannot be used; the text says which column and why."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the times of a file are to be read."""

    zone: ZoneInfo
    """For times that carry no zone."""
    dates: DateOrder | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One interview × one interviewer."""

    line: int
    interview_id: str
    application_id: str
    candidate: str | None
    job: str | None
    department: str | None
    interview: str
    state: InterviewState
    ats_status: str
    starts_at: datetime | None
    ends_at: datetime | None
    ends_on: date | None
    interviewer_email: str
    interviewer: str | None
    required: bool
    attendance: str | None
    submitted_at: datetime | None
    recruiter_email: str | None
    recruiter: str | None
    url: str | None
    application_state: ApplicationState = ApplicationState.ACTIVE


def plain(heading: str) -> str:
    """A heading without case, spaces, underscores, dashes and dots: ``E-Mail`` is ``email``."""
    return re.sub(r"[\W_]+", "", heading).casefold()


def listed(headings: Sequence[str]) -> str:
    """Headings for a message; of a file that is no table, not more than a line or two."""
    clean = ["".join(c for c in each if c.isprintable())[:40] for each in headings[:20]]
    return ", ".join(f"'{each}'" for each in clean) + (", …" if len(headings) > 20 else "")


def digest(*parts: str | None) -> str:
    """A stable id for what has none of its own."""
    text = "\x1f".join(" ".join((part or "").split()).casefold() for part in parts)
    return "csv-" + hashlib.sha256(text.encode()).hexdigest()[:20]


def read_row(cells: Mapping[str, str], line: int, reading: Reading) -> Row:
    """A row from its cells by field name. Raises BadCell."""
    if any("\x00" in cell for cell in cells.values()):
        raise BadCell("holds a NUL character, so it is not text")
    starts, starts_on = _moment(cells, "start", reading)
    ends, ends_on = _moment(cells, "end", reading)
    submitted, submitted_on = _moment(cells, "submitted_at", reading)
    if submitted_on:
        submitted = _local(submitted_on, time(), reading.zone)
    if not ends and not ends_on:
        ends_on = starts.astimezone(reading.zone).date() if starts else starts_on
    if starts and ends and ends < starts:
        raise BadCell("'end' is before 'start'")
    status = " ".join(cells["status"].split()).casefold()
    state = STATES.get(status, InterviewState.UNKNOWN)
    if state is InterviewState.STANDING and not ends and not ends_on:
        raise BadCell("'end' and 'start' are both empty")
    if status == "submitted" and not submitted:
        raise BadCell("'status' says submitted, but 'submitted at' is empty")
    email = _email(cells, "interviewer_email")
    if email is None:
        raise BadCell("'interviewer email' is empty")
    recruiter = _email(cells, "recruiter_email")
    when = starts or ends
    day = when.isoformat() if when else str(starts_on or ends_on or "")
    interview_id, application_id = _ids(cells, day)
    return Row(
        line=line,
        interview_id=interview_id,
        application_id=application_id,
        candidate=cells["candidate"] or None,
        job=cells["job"] or None,
        department=cells["department"] or None,
        interview=cells["interview"] or UNNAMED,
        state=state,
        ats_status=status or "scheduled",
        starts_at=starts,
        ends_at=ends,
        ends_on=ends_on,
        interviewer_email=email,
        interviewer=cells["interviewer"] or None,
        required=status not in {"excused", "not required"},
        attendance="declined" if status == "declined" else None,
        submitted_at=submitted,
        recruiter_email=recruiter,
        recruiter=cells["recruiter"] or None,
        url=_url(cells["url"]),
    )


def belongs_to(cells: Mapping[str, str]) -> tuple[str, ...] | None:
    """What ties a bad row to its interview: the id, or else who, for what and which talk."""
    if cells["interview_id"]:
        return (cells["interview_id"],)
    if cells["candidate"]:
        return (cells["candidate"], cells["job"], cells["interview"] or UNNAMED)
    return None


def _ids(cells: Mapping[str, str], day: str) -> tuple[str, str]:
    interview, application = cells["interview_id"], cells["application_id"]
    for name, value in (("interview id", interview), ("application id", application)):
        if len(value) > LONGEST_ID:
            raise BadCell(f"'{name}' is longer than {LONGEST_ID} characters")
    if not interview:
        if not cells["candidate"]:
            raise BadCell("'interview id' and 'candidate' are both empty")
        interview = digest(cells["candidate"], cells["job"], cells["interview"], day)
    return interview, application or application_of(cells["candidate"], cells["job"], interview)


def application_of(candidate: str | None, job: str | None, interview_id: str) -> str:
    """The id of an application that was given none."""
    return digest(candidate, job) if candidate else digest(interview_id)


def _email(cells: Mapping[str, str], field: str) -> str | None:
    value = cells[field].lower()
    if not value:
        return None
    if not EMAIL.fullmatch(value) or len(value) > LONGEST_ID:
        raise BadCell(f"{_quoted(field)} is not a mail address")
    return value


def _url(value: str) -> str | None:
    if value and not LINK.fullmatch(value):
        raise BadCell("'url' does not begin with https://")
    return value or None


def _quoted(field: str) -> str:
    return f"'{field.replace('_', ' ')}'"


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATES = tuple(
    re.compile(form + r"(?:(?:[ T]+|, *)(?P<rest>[\d+-].*))?", re.ASCII | re.IGNORECASE)
    for form in (
        r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})",
        r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
        r"(?P<d>\d{1,2})[ -](?P<name>[a-z]{3,9})\.?[ -,]+(?P<y>\d{4})",
        r"(?P<name>[a-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})",
        r"(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4})",
    )
)
_TIME = re.compile(
    r"(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d)(?:[.,]\d{1,9})?)? ?(?P<half>[ap]\.?m\.?)?"
    r" ?(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)


def _moment(
    cells: Mapping[str, str], field: str, reading: Reading
) -> tuple[datetime | None, date | None]:
    """An instant in UTC, or only a day, or neither for an empty cell."""
    text = cells[field]
    if not text:
        return None, None
    found = next((match for form in _DATES if (match := form.fullmatch(text))), None)
    if not found:
        raise BadCell(f"{_quoted(field)} is not a date that can be read; use 2026-11-03 14:00")
    try:
        day = _day(found.groupdict(), field, reading.dates)
        if not found["rest"]:
            return None, day
        clock = _TIME.fullmatch(found["rest"].strip())
        if not clock:
            raise BadCell(f"{_quoted(field)} has a time that cannot be read; use 14:00")
        return _at(day, clock.groupdict(), reading.zone), None
    except (ValueError, OverflowError) as error:
        if isinstance(error, BadCell):
            raise
        raise BadCell(f"{_quoted(field)} is not a day or time that exists") from None


def _day(found: Mapping[str, str | None], field: str, order: DateOrder | None) -> date:
    if name := found.get("name"):
        if name[:3].lower() not in _MONTHS:
            raise BadCell(f"{_quoted(field)} names a month that is not English")
        month = _MONTHS.index(name[:3].lower()) + 1
        day = date(int(found["y"] or 0), month, int(found["d"] or 0))
    elif found.get("a"):
        a, b = int(found["a"] or 0), int(found["b"] or 0)
        if order is None and a != b and a <= 12 and b <= 12:
            raise BadCell(
                f"{_quoted(field)} may mean two days; say --dates dmy (day first) or --dates mdy"
            )
        day_first = order is DateOrder.DMY or (order is None and a > 12)
        day = date(int(found["y"] or 0), b if day_first else a, a if day_first else b)
    else:
        day = date(int(found["y"] or 0), int(found["m"] or 0), int(found["d"] or 0))
    if not 1970 <= day.year <= 2200:
        raise BadCell(f"{_quoted(field)} lies outside of the years 1970 to 2200")
    return day


def _at(day: date, found: Mapping[str, str | None], zone: ZoneInfo) -> datetime:
    hour = int(found["h"] or 0)
    if half := found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half[0].lower() == "p" else 0)
    at = time(hour, int(found["m"] or 0), int(found["s"] or 0))
    if not (offset := found["zone"]):
        return _local(day, at, zone)
    local = datetime.combine(day, at, UTC)
    if offset.upper() in {"Z", "UTC", "GMT"}:
        return local
    digits = re.sub(r"[^\d]", "", offset)
    distance = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if distance > timedelta(hours=15):
        raise ValueError
    return local - distance if "+" in offset else local + distance


def _local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """A skipped local time moves forward, one that happens twice is the first (fold 0)."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def match_columns(headings: Sequence[str], chosen: Mapping[str, str]) -> dict[str, int]:
    """Field -> place of its column. ``chosen`` is heading -> field, as asked for by the user.

    Raises BadCell for a heading or field that is not there, or a column that is there twice.
    """
    plains = [plain(heading) for heading in headings]
    fields = {plain(field): field for field in COLUMNS}
    found: dict[str, int] = {}
    for heading, field in chosen.items():
        if plain(field) not in fields:
            raise BadCell(f"there is no field '{field}'; the fields are {', '.join(COLUMNS)}")
        if plain(heading) not in plains:
            raise BadCell(f"there is no column '{heading}'; there are {listed(headings)}")
        found[fields[plain(field)]] = plains.index(plain(heading))
    for field, synonyms in COLUMNS.items():
        for synonym in map(plain, synonyms):
            if field in found or plains.count(synonym) == 0:
                continue
            if plains.count(synonym) > 1:
                raise BadCell(f"there are two columns {listed([headings[plains.index(synonym)]])}")
            if plains.index(synonym) not in found.values():
                found[field] = plains.index(synonym)
    return found
