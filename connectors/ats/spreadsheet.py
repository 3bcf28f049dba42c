"""Interviews from a CSV file, for an ATS without an API: one row per interview × interviewer.

The file is read once and grouped by interview, because nothing says that the rows of an interview
stand together. All rows are in memory then: about 1 KB a row, so 100 MB for 100,000 rows; a file
of more than MOST_ROWS rows is refused. Records are built page by page.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from connectors.ats.base import Capabilities
from connectors.ats.spreadsheet_rows import (
    COLUMNS,
    BadCell,
    DateOrder,
    Reading,
    Row,
    belongs_to,
    digest,
    listed,
    match_columns,
    plain,
    read_row,
)
from connectors.model import (
    Application,
    Candidate,
    Interview,
    Job,
    Page,
    Person,
    Record,
    Scorecard,
)

__all__ = ["BadRow", "DateOrder", "SheetProblem", "Spreadsheet", "read"]

NAME = "csv"
CAPABILITIES = Capabilities(
    submission=True,
    webhooks=False,
    own_reminders="A file sends no reminders, and it is as old as its last import.",
)
PAGE = 500
"""Interviews in one page."""
MOST_ROWS = 500_000


class SheetProblem(ValueError):
    """The whole file cannot be used. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class BadRow:
    line: int
    """Where the row begins in the file; the heading is line 1."""
    reason: str


@dataclass(frozen=True, slots=True)
class Spreadsheet:
    """A file that has been read. ``pages`` gives its records."""

    read_at: datetime
    encoding: str
    """``utf-8``, ``utf-16``, or ``latin-1`` when it was neither."""
    delimiter: str
    mapping: Mapping[str, str]
    """Field -> heading of the column it was found in."""
    unused: tuple[str, ...]
    """Headings that no field was found for."""
    bad_rows: tuple[BadRow, ...]
    panels: Mapping[str, tuple[Row, ...]] = field(repr=False)
    """Interview id -> its good rows, in the order of the file."""
    broken: frozenset[str] = field(repr=False)
    """Ids of interviews that may have lost a row."""

    @property
    def interviews(self) -> int:
        return len(self.panels)

    @property
    def scorecards(self) -> int:
        return sum(len(rows) for rows in self.panels.values())

    def pages(self) -> Iterator[Page]:
        """The records, at most PAGE interviews at a time, people and jobs before who names them."""
        names, recruiters = _Known(), _Known()
        for row in (row for rows in self.panels.values() for row in rows):
            names.learn(row.interviewer_email, row.interviewer)
            names.learn(row.recruiter_email, row.recruiter)
            recruiters.learn(row.application_id, row.recruiter_email)
        waiting, done = iter(self.panels.values()), 0
        seen: set[tuple[type[Record], str]] = set()
        while batch := list(islice(waiting, PAGE)):
            records: list[Record] = []
            for rows in batch:
                complete = rows[0].interview_id not in self.broken
                for record in records_of(rows, complete, names, recruiters):
                    if (type(record), record.id) not in seen:
                        seen.add((type(record), record.id))
                        records.append(record)
            done += len(batch)
            yield Page(
                records=tuple(sorted(records, key=rank)),
                read_at=self.read_at,
                fraction=done / len(self.panels),
            )


class _Known(dict[str, str]):
    """What the whole file says of somebody; the first row that says it is believed."""

    def learn(self, key: str | None, value: str | None) -> None:
        if key and value:
            self.setdefault(key, value)


def read(
    path: Path,
    *,
    zone: ZoneInfo,
    now: datetime,
    columns: Mapping[str, str] | None = None,
    dates: DateOrder | None = None,
) -> Spreadsheet:
    """Read a file. Raises SheetProblem, and OSError when it cannot be opened.

    ``zone`` is meant where a time carries none. ``columns`` maps headings to fields where the
    heading alone does not tell. ``now`` becomes the pages' ``read_at``, aware UTC.
    """
    encoding = _encoding(path)
    try:
        with path.open(encoding=encoding, newline="") as stream:
            headings, delimiter, first = _headings(stream)
            places = match_columns(headings, columns or {})
            _require(places, headings)
            gathered = _Gathered(places, Reading(zone, dates), len(headings))
            for line, cells in _rows(stream, delimiter, first):
                gathered.take(line, cells)
    except BadCell as error:
        raise SheetProblem(f"{path.name} cannot be imported: {error}.") from None
    except UnicodeDecodeError:
        raise SheetProblem(f"{path.name} cannot be imported: it is cut off or not text.") from None
    return Spreadsheet(
        read_at=now,
        encoding=encoding.removesuffix("-sig"),
        delimiter=delimiter,
        mapping={name: headings[places[name]] for name in COLUMNS if name in places},
        unused=tuple(h for i, h in enumerate(headings) if h and i not in places.values()),
        bad_rows=tuple(gathered.bad),
        panels={key: tuple(rows) for key, rows in gathered.panels.items()},
        broken=frozenset(gathered.broken()),
    )


class _Gathered:
    """Rows grouped by interview, and what was wrong on the way."""

    def __init__(self, places: Mapping[str, int], reading: Reading, width: int) -> None:
        self.places, self.reading, self.width = places, reading, width
        self.panels: dict[str, list[Row]] = {}
        self.bad: list[BadRow] = []
        self.lost: set[tuple[str, ...] | None] = set()
        """What the bad rows belong to; None for a row that cannot be placed at all."""

    def take(self, line: int, values: list[str] | None) -> None:
        """One row of cells; None for one that could not even be split into cells."""
        if values is None:
            self._refuse(line, "is not readable as CSV", None)
            return
        if any(cell.strip() for cell in values[self.width :]):
            self._refuse(line, f"has more cells than the heading ({self.width})", None)
            return
        cells = dict.fromkeys(COLUMNS, "")
        for name, place in self.places.items():
            if place < len(values):
                cells[name] = values[place].strip()
        try:
            row = read_row(cells, line, self.reading)
            panel = self.panels.get(row.interview_id, [])
            self._compare(row, panel)
        except BadCell as error:
            self._refuse(line, str(error), belongs_to(cells))
            return
        if all(other.interviewer_email != row.interviewer_email for other in panel):
            self.panels.setdefault(row.interview_id, []).append(row)

    def _compare(self, row: Row, panel: list[Row]) -> None:
        """Rows of one interview must agree on it; the same row twice is one row."""
        for other in panel[:1]:
            for name in ("starts_at", "ends_at", "ends_on", "state", "application_id", "interview"):
                if getattr(row, name) != getattr(other, name):
                    raise BadCell(
                        f"differs in '{name.replace('_', ' ')}' from line {other.line}, "
                        "which is the same interview"
                    )
        for other in panel:
            if other.interviewer_email == row.interviewer_email and (
                (row.submitted_at, row.required) != (other.submitted_at, other.required)
            ):
                raise BadCell(f"says something else than line {other.line} of the same person")

    def _refuse(self, line: int, reason: str, whose: tuple[str, ...] | None) -> None:
        self.bad.append(BadRow(line, reason))
        self.lost.add(whose)

    def broken(self) -> Iterator[str]:
        for key, rows in self.panels.items():
            row = rows[0]
            talk = (row.candidate or "", row.job or "", row.interview)
            if None in self.lost or (key,) in self.lost or talk in self.lost:
                yield key


def _encoding(path: Path) -> str:
    with path.open("rb") as stream:
        if stream.read(2) in (b"\xff\xfe", b"\xfe\xff"):
            return "utf-16"
    try:
        with path.open(encoding="utf-8-sig") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _headings(stream: TextIO) -> tuple[list[str], str, int]:
    """The headings, the delimiter that makes most of them known, and the number of their line."""
    lines = enumerate(iter(stream.readline, ""), 1)
    number, text = next(
        ((n, line) for n, line in lines if line.strip() and not re.fullmatch(r"sep=.\s*", line)),
        (0, ""),
    )
    if not text:
        raise BadCell("it is empty; the first row must hold the headings")
    try:
        tries = {d: next(csv.reader([text], delimiter=d)) for d in (",", ";", "\t")}
    except (csv.Error, StopIteration):
        raise BadCell("its first row is not readable as headings") from None
    known = {plain(synonym) for synonyms in COLUMNS.values() for synonym in synonyms}
    best = max(tries, key=lambda d: (sum(plain(h) in known for h in tries[d]), len(tries[d])))
    return [heading.strip() for heading in tries[best]], best, number


def _require(places: Mapping[str, int], headings: Sequence[str]) -> None:
    for needed in (("interviewer_email",), ("start", "end"), ("interview_id", "candidate")):
        if not any(name in places for name in needed):
            wanted = " or ".join(f"'{name.replace('_', ' ')}'" for name in needed)
            raise BadCell(
                f"no column is called {wanted}; the columns are {listed(headings)}; "
                f'say which with --map "its heading={needed[-1]}"'
            )


def _rows(stream: TextIO, delimiter: str, first: int) -> Iterator[tuple[int, list[str] | None]]:
    """Each row that is not blank with the line it begins in."""
    reader, seen = csv.reader(stream, delimiter=delimiter), 0
    while True:
        line = first + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, None
            continue
        if any(cell.strip() for cell in cells):
            seen += 1
            if seen > MOST_ROWS:
                raise BadCell(f"it has more than {MOST_ROWS} rows; split it")
            yield line, cells


_RANKS = (Person, Candidate, Job, Application, Interview)


def rank(record: Record) -> int:
    """Who is named comes before who names."""
    return _RANKS.index(type(record))


def records_of(
    rows: Sequence[Row], complete: bool, names: Mapping[str, str], recruiters: Mapping[str, str]
) -> Iterator[Record]:
    """One interview with everything that hangs on it."""
    row = rows[0]
    recruiter = recruiters.get(row.application_id)
    candidate_id = digest(row.candidate) if row.candidate else digest(row.application_id)
    job_id = digest(row.job, row.department) if row.job else None
    for email in (*(each.interviewer_email for each in rows), *filter(None, [recruiter])):
        yield Person(email, names.get(email, email), email)
    yield Candidate(candidate_id, row.candidate)
    if row.job and job_id:
        yield Job(job_id, row.job, row.department)
    yield Application(
        id=row.application_id,
        candidate_id=candidate_id,
        job_id=job_id,
        state=row.application_state,
        ats_status="imported",
        recruiter_id=recruiter,
    )
    yield Interview(
        id=row.interview_id,
        application_id=row.application_id,
        job_id=job_id,
        name=row.interview,
        state=row.state,
        ats_status=row.ats_status,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        ends_on=row.ends_on,
        scorecards=tuple(
            Scorecard(
                interviewer_id=each.interviewer_email,
                required=each.required,
                submitted_at=each.submitted_at,
                submitter_id=each.interviewer_email if each.submitted_at else None,
                attendance=each.attendance,
                url=each.url,
            )
            for each in rows
        ),
        panel_complete=complete,
    )
