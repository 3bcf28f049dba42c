"""Short ways to write records, pages and an ATS that answers from a dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, create_engine, select

from connectors.ats.base import Capabilities, Finding, Rung, WebhookRequest, Window
from connectors.errors import BadSignature, ConnectorError
from connectors.model import (
    Application,
    ApplicationState,
    Candidate,
    Interview,
    InterviewState,
    Job,
    Kind,
    Page,
    Parked,
    Person,
    Record,
    Ref,
    Scorecard,
)
from scheduler.facts import ScorecardKey
from scheduler.store import Store, tables
from scheduler.store.engine import parse

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
KEY = ScorecardKey("greenhouse", "i1", "p1")


def key(interview_id: str = "i1", who: str = "p1", ats: str = "greenhouse") -> ScorecardKey:
    return ScorecardKey(ats, interview_id, who)


def person(id: str = "p1", name: str = "Bo Ek", **more: Any) -> Person:
    return Person(id, name, more.pop("email", f"{id}@example.org"), **more)


def candidate(id: str = "c1", name: str | None = "Noor V.", **more: Any) -> Candidate:
    return Candidate(id, name, **more)


def job(id: str = "j1", name: str = "Platform engineer", **more: Any) -> Job:
    return Job(id, name, **more)


def application(id: str = "a1", **more: Any) -> Application:
    values: dict[str, Any] = {
        "candidate_id": "c1",
        "job_id": "j1",
        "state": ApplicationState.ACTIVE,
        "ats_status": "active",
    }
    return Application(id, **(values | more))


def card(who: str = "p1", **more: Any) -> Scorecard:
    return Scorecard(who, **more)


def interview(id: str = "i1", *cards: Scorecard, **more: Any) -> Interview:
    ends_at = more.pop("ends_at", MONDAY)
    values: dict[str, Any] = {
        "application_id": "a1",
        "job_id": "j1",
        "name": "Systems talk",
        "state": InterviewState.STANDING,
        "ats_status": "scheduled",
        "starts_at": ends_at - HOUR if ends_at is not None else None,
        "ends_at": ends_at,
    }
    return Interview(id, scorecards=cards or (card(),), **(values | more))


def page(*records: Record, at: datetime = MONDAY, **more: Any) -> Page:
    return Page(records, at, **more)


def world(*interviews: Interview) -> tuple[Record, ...]:
    """Everything that interviews need around them."""
    around = (person(), person("p2", "Ali"), candidate(), job(recruiter_ids=("p2",)), application())
    return (*around, *(interviews or (interview(),)))


def save(store: Store, *records: Record, at: datetime = MONDAY, **more: Any) -> int:
    """Save one page; returns the rows written."""
    saved = store.save_page("greenhouse", page(*records, at=at, **more), store_names=True)
    return saved.written


def events(store: Store, interview_id: str = "i1") -> list[str]:
    return [each.event for story in store.story(interview_id) for each in story.history]


RECORDS = (
    tables.people,
    tables.candidates,
    tables.jobs,
    tables.applications,
    tables.interviews,
    tables.scorecards,
    tables.parked,
    tables.hidden,
)


def rows(url: str, *wanted: Table) -> dict[str, list[str]]:
    """What is in the tables, read past the store, without the numbers that the database gives."""
    engine = create_engine(parse(url))
    found: dict[str, list[str]] = {}
    with closing(engine.connect()) as db:
        for table in wanted or RECORDS:
            numbered = table.c.id if "id" in table.c and table.c.id.autoincrement is True else None
            columns = [column for column in table.c if column is not numbered]
            found[table.name] = sorted(map(repr, db.execute(select(*columns)).all()))
        db.rollback()
    engine.dispose()
    return found


@dataclass
class FakeAts:
    """An account with records; says what the Protocol asks, and what it was told to do wrong.

    >>> FakeAts().with_records(*world()).failing_after(2, Unreachable("…"))
    """

    name: str = "greenhouse"
    page_size: int = 1
    records: dict[Ref, Record] = field(default_factory=dict)
    flaws: list[Parked] = field(default_factory=list)
    hidden: tuple[Ref, ...] = ()
    read_at: datetime = MONDAY
    windows: list[Window] = field(default_factory=list)
    states: list[Mapping[str, Any]] = field(default_factory=list)
    asked: list[tuple[Ref, ...]] = field(default_factory=list)
    fails_after: int | None = None
    failure: BaseException | None = None
    refused_refs: dict[Ref, ConnectorError] = field(default_factory=dict)
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(submission=True, webhooks=True, own_reminders="none")
    )

    def with_records(self, *records: Record) -> FakeAts:
        kinds = {
            Person: Kind.PERSON,
            Candidate: Kind.CANDIDATE,
            Job: Kind.JOB,
            Application: Kind.APPLICATION,
            Interview: Kind.INTERVIEW,
        }
        self.records |= {Ref(kinds[type(each)], each.id): each for each in records}
        return self

    def without(self, *refs: Ref) -> FakeAts:
        for ref in refs:
            self.records.pop(ref, None)
        return self

    def at(self, read_at: datetime) -> FakeAts:
        self.read_at = read_at
        return self

    def failing_after(self, pages: int, failure: BaseException) -> FakeAts:
        """The next pull raises after so many pages; only once."""
        self.fails_after, self.failure = pages, failure
        return self

    def refusing(self, ref: Ref, failure: ConnectorError) -> FakeAts:
        self.refused_refs[ref] = failure
        return self

    def pull(self, window: Window, state: Mapping[str, Any]) -> Iterator[Page]:
        self.windows.append(window)
        self.states.append(dict(state))
        found = [each for each in self.records.values() if _in(each, window)]
        start = int(state.get("done", 0))
        pages = 0
        for place in range(start, len(found) or 1, self.page_size):
            self._fail_if_told(pages)
            some = tuple(found[place : place + self.page_size])
            flaws = tuple(self.flaws) if place == start else ()
            done = place + self.page_size
            yield Page(some, self.read_at, {"done": done}, flaws, hidden=self.hidden)
            pages += 1
        self._fail_if_told(pages)

    def _fail_if_told(self, pages: int) -> None:
        if self.failure is not None and self.fails_after == pages:
            failure, self.failure = self.failure, None
            raise failure

    def read(self, refs: Sequence[Ref]) -> Iterator[Page]:
        self.asked.append(tuple(refs))
        for ref in refs:
            if ref in self.refused_refs:
                raise self.refused_refs[ref]
        found = tuple(self.records[ref] for ref in refs if ref in self.records)
        missing = tuple(ref for ref in refs if ref not in self.records)
        yield Page(found, self.read_at, missing=missing)

    def verify(self, request: WebhookRequest, now: datetime) -> str:
        raise BadSignature("no webhooks here")

    def rung(self, request: WebhookRequest) -> Rung:
        return Rung("none", None)

    def check(self) -> Iterable[Finding]:
        return ()


def _in(record: Record, window: Window) -> bool:
    if not isinstance(record, Interview):
        return True
    return record.ends_at is not None and window.since <= record.ends_at < window.until


def moved(record: Interview, to: datetime, **more: Any) -> Interview:
    return replace(record, starts_at=to - HOUR, ends_at=to, **more)
