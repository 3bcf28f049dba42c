"""Gathering what one linked account of Merge says (other-ats.md 4): wire rows in, records out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from connectors.ats.merge_evidence import NEVER, Evidence
from connectors.ats.merge_rows import (
    ApplicationRow,
    CandidateRow,
    InterviewRow,
    JobRow,
    Row,
    ScorecardRow,
    UserRow,
    application,
    candidate,
    id_of,
    interview_name,
    job,
    person,
    state_of,
)
from connectors.errors import NotFound, ScopeMissing
from connectors.gathering import Gathering
from connectors.model import Interview, Kind, Parked, Ref
from connectors.paging import WrappedApi
from connectors.wire import Bad, read_rows

R = TypeVar("R", bound=Row)

PER_PAGE = 100
"""The most that Merge gives."""
MOST_MET = 20_000
"""Names of applications, candidates, jobs and people that a pull remembers to have told: one that
it has forgotten is asked for and told once more, which changes nothing."""
DELETED_TOO = {"include_deleted_data": "true"}
EXPANDED: Mapping[type[Row], str] = {
    InterviewRow: "interviewers,job_interview_stage",
    ApplicationRow: "candidate,current_stage",
    JobRow: "departments,hiring_managers,recruiters",
}


class Reading(Gathering):
    """One pull or one re-read: wire rows in, records out, each once."""

    def __init__(self, api: WrappedApi, tells: bool, *, most_met: int = MOST_MET) -> None:
        super().__init__()
        self._api, self._tells, self._most_met = api, tells, most_met
        self.evidence = Evidence()
        self.cards_from = NEVER
        """Scorecards that Merge wrote before this are known."""
        self._met: OrderedDict[tuple[Kind, str], None] = OrderedDict()
        self._jobs: dict[str, str | None] = {}
        """By application."""
        self._denied: set[Kind] = set()

    def pages(self, model: type[R], **params: str) -> Iterator[tuple[list[R], list[Bad]]]:
        """One answer at a time. Raises ConnectorError."""
        expand = {"expand": EXPANDED[model]} if model in EXPANDED else {}
        for raw in self._api.pages(model.path, page_size=PER_PAGE, **expand, **params):
            rows, bad = read_rows(model, raw)
            self._park(model, bad)
            yield rows, bad

    def cards(self, **params: str) -> None:
        """Learn what was handed in. Without the right to see it, nobody can tell."""
        try:
            for rows, bad in self.pages(ScorecardRow, **DELETED_TOO, **params):
                self.evidence.add(rows)
                self.evidence.doubt(bad)
        except ScopeMissing:
            self._tells = False

    def one(self, model: type[R], name: str) -> tuple[R | None, bool]:
        """The record, if there is one that can be read; and whether it is gone."""
        expand = {"expand": EXPANDED[model]} if model in EXPANDED else {}
        try:
            raw = self._api.one(f"{model.path}/{name}", **expand)
        except NotFound:
            return None, True
        rows, bad = read_rows(model, [raw])
        self._park(model, bad, name)
        return (rows[0], bool(rows[0].remote_was_deleted)) if rows else (None, False)

    def _park(self, model: type[Row], bad: Iterable[Bad], name: str | None = None) -> None:
        for each in bad:
            ref = Ref(model.kind, name or each.text_id() or f"{model.path}/without an id")
            self.parked.append(Parked(ref, f"{model.path}.{each.path.split('.')[0]}", each.reason))

    def _first_time(self, kind: Kind, name: str) -> bool:
        new = (kind, name) not in self._met
        self._met[kind, name] = None
        self._met.move_to_end((kind, name))
        return new

    def _forget(self) -> None:
        while len(self._met) > self._most_met:
            (_, name), _ = self._met.popitem(last=False)
            self._jobs.pop(name, None)

    def people(self, values: Iterable[UserRow | str | None] | None) -> bool:
        """False: somebody asked for is gone."""
        there = True
        for each in values or ():
            if each is None or not self._first_time(Kind.PERSON, id_of(each)):
                continue
            row, gone = (each, False) if isinstance(each, UserRow) else self.one(UserRow, each)
            if row is not None:  # a deleted one has left
                self.records.append(person(row))
            else:
                self.hide(Kind.PERSON, [id_of(each)])
                there = there and not gone
        return there

    def candidate(self, value: CandidateRow | str) -> bool:
        return self._around(CandidateRow, value, lambda row: [candidate(row)])

    def job(self, name: str | None) -> bool:
        def record(row: JobRow) -> list[Any]:
            self.people(row.recruiters)
            self.people(row.hiring_managers)
            return [job(row)]

        return name is None or self._around(JobRow, name, record)

    def application(self, name: str) -> bool:
        def record(row: ApplicationRow) -> list[Any]:
            self._jobs[name] = row.job
            self.candidate(row.candidate)
            self.job(row.job)
            return [application(row)]

        return self._around(ApplicationRow, name, record)

    def _around(self, model: type[R], value: R | str, record: Callable[[R], list[Any]]) -> bool:
        """Gather what an interview needs around it; False when it is gone."""
        name = id_of(value)
        if not self._first_time(model.kind, name):
            return True
        row, gone = (None, False) if isinstance(value, str) else (value, False)
        if row is None and model.kind not in self._denied:
            try:
                row, gone = self.one(model, name)
            except ScopeMissing:
                if model is ApplicationRow:
                    raise
                self._denied.add(model.kind)
        if row is None or gone or row.remote_was_deleted:
            self.hide(model.kind, [name])
        else:
            self.records += record(row)
        return not gone

    def interviews(self, rows: Iterable[InterviewRow]) -> None:
        """Gather these, each with its whole panel; the evidence must be there already."""
        for row in rows:
            self._forget()
            self.application(row.application)
            self.people(row.interviewers)
            self.records.append(
                Interview(
                    id=row.id,
                    application_id=row.application,
                    job_id=self._jobs.get(row.application),
                    name=interview_name(row),
                    state=state_of(row),
                    ats_status=row.status or "",
                    starts_at=row.start_at,
                    ends_at=row.end_at,
                    scorecards=self.evidence.panel(row, self._tells),
                    panel_complete=row.interviewers is not None and None not in row.interviewers,
                    updated_at=row.modified_at,
                )
            )

    def take(self, rows: Iterable[InterviewRow]) -> list[InterviewRow]:
        """Without those that Merge knows to be deleted."""
        standing = []
        for row in rows:
            if row.remote_was_deleted:
                self.miss(Kind.INTERVIEW, [row.id])
            else:
                standing.append(row)
        return standing

    def ask(self, kind: Kind, name: str) -> list[InterviewRow]:
        """Gather a named record; the interviews that hang on it are returned."""
        there, applications, found = True, [name] if kind is Kind.APPLICATION else [], {}
        if kind is Kind.PERSON:
            there = self.people([name])
        elif kind is Kind.JOB:
            there = self.job(name)
        elif kind is Kind.CANDIDATE:
            there = self.candidate(name)
            listed = self.pages(ApplicationRow, candidate_id=name)
            applications = [row.id for rows, _ in listed for row in rows]
        elif kind is Kind.SCORECARD:
            card, gone = self.one(ScorecardRow, name)
            there = not gone
            if card and card.interview:
                return self.ask(Kind.INTERVIEW, card.interview)
            applications = [card.application] if card and card.application else []
        elif kind is Kind.INTERVIEW:
            row, gone = self.one(InterviewRow, name)
            there, found = not gone, {row.id: row} if row and not gone else {}
        for each in applications:
            there = self.application(each) and there
            for rows, _ in self.pages(InterviewRow, application_id=each):
                found |= {row.id: row for row in rows}
        if not there:
            self.miss(kind, [name])
        return self.take(found.values())
