"""Scorecards with everything that a judgement may use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Table, and_, false, func, or_, select, tuple_
from sqlalchemy import Connection as Db
from sqlalchemy import Row as SqlRow

from connectors.ats.base import Window
from connectors.model import ApplicationState, InterviewState, Kind, utc
from scheduler.answers import Answer
from scheduler.facts import PersonFacts, ScorecardFacts, ScorecardKey
from scheduler.store import tables
from scheduler.store.answers import answers_of
from scheduler.store.engine import Database
from scheduler.store.rows import Row
from scheduler.store.upsert import chunks, load

s, i, a = tables.scorecards.c, tables.interviews.c, tables.applications.c
c, p, h = tables.candidates.c, tables.people.c, tables.hidden.c
DAY = timedelta(days=1)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
FILLING = timedelta(hours=1)
"""So long after an interview was first seen, who is new on its panel was there from the start:
interviews that are pushed or paged come in pieces."""
ROWS_AT_ONCE = 1000
ROLES = ("recruiter_ids", "coordinator_ids", "hiring_manager_ids")
AnyRow = SqlRow[*tuple[Any, ...]]
WORDS = {kind: frozenset(kind) for kind in (InterviewState, ApplicationState)}
State = TypeVar("State", InterviewState, ApplicationState)


class Queries(Database):
    """Questions about scorecards and interviews."""

    def scorecards(
        self,
        *,
        ats: str | None = None,
        interview_id: str | None = None,
        ended_since: datetime | None = None,
        ended_until: datetime | None = None,
        open_only: bool = False,
        unstamped: bool = False,
        keys: Iterable[ScorecardKey] | None = None,
        after: ScorecardKey | None = None,
        limit: int | None = None,
    ) -> list[ScorecardFacts]:
        """Facts, in the order of account, interview, interviewer.

        ``ended_*``: the end lies in [since, until); all-day interviews come with a day of margin,
        so the caller judges exactly. ``open_only``: not submitted, on the panel, not deleted.
        ``unstamped``: ``due_at`` is missing or was stamped for another end.
        ``after`` and ``limit``: a long list in parts, each going on after the last key of the one
        before.
        """
        conditions = ended_conditions(ended_since, ended_until)
        if ats is not None:
            conditions.append(s.ats == ats)
        if interview_id is not None:
            conditions.append(s.interview_id == interview_id)
        if open_only:
            conditions.append(_is_open())
        if unstamped:
            conditions.append(_unstamped())
        mine = tuple_(s.ats, s.interview_id, s.interviewer_id)
        if after is not None:
            conditions.append(mine > tuple_(after.ats, after.interview_id, after.interviewer_id))
        statement = _facts_statement().where(*conditions).limit(limit)
        with self._read() as db:
            if keys is None:
                return _facts(db, [statement])
            wanted = [(k.ats, k.interview_id, k.interviewer_id) for k in sorted(set(keys))]
            return _facts(db, [statement.where(mine.in_(some)) for some in chunks(wanted, 200)])

    def open_or_ended_since(self, since: datetime) -> list[ScorecardFacts]:
        """Facts, in the same order, of all that is open, whenever it ended, and of every scorecard
        of the interviews that ended at ``since`` or later, or have not ended yet."""
        wanted = or_(_is_open(), *ended_conditions(since, None))
        with self._read() as db:
            return _facts(db, [_facts_statement().where(wanted)])

    def panels(self, ats: str, interview_ids: Iterable[str]) -> dict[str, list[ScorecardFacts]]:
        """All the scorecards of each of these interviews; those without any are absent."""
        found: dict[str, list[ScorecardFacts]] = defaultdict(list)
        mine = _facts_statement().where(s.ats == ats)
        statements = [mine.where(s.interview_id.in_(some)) for some in chunks(interview_ids)]
        with self._read() as db:
            for facts in _facts(db, statements):
                found[facts.key.interview_id].append(facts)
        return dict(found)

    def interview_ids(
        self, ats: str, window: Window, *, known_before: datetime | None = None
    ) -> set[str]:
        """Stored, not deleted interviews that end in the window; of a day, in UTC.

        ``known_before``: only those that were stored before this moment.
        """
        statement = select(i.id).where(i.ats == ats, i.deleted_at.is_(None), _in(window))
        if known_before is not None:
            statement = statement.where(i.first_seen_at < known_before)
        with self._read() as db:
            return set(db.execute(statement).scalars())

    def candidate_ids(self, ats: str, interview_ids: Iterable[str]) -> set[str]:
        """Whose interviews these are, where a name is stored."""
        mine = and_(a.ats == i.ats, a.id == i.application_id)
        named = and_(c.ats == i.ats, c.id == a.candidate_id, c.name.is_not(None))
        statement = select(c.id).select_from(tables.interviews)
        statement = statement.join(tables.applications, mine).join(tables.candidates, named)
        found: set[str] = set()
        with self._read() as db:
            for some in chunks(sorted(set(interview_ids))):
                here = statement.where(i.ats == ats, i.id.in_(some))
                found.update(db.execute(here).scalars())
        return found

    def open_interview_ids(self, ats: str, outside: Window) -> set[str]:
        """Interviews with an open scorecard that do not end in the window."""
        statement = (
            select(i.id)
            .join(tables.scorecards, _same_interview())
            .where(i.ats == ats, _is_open(), ~func.coalesce(_in(outside), false()))
            .distinct()
        )
        with self._read() as db:
            return set(db.execute(statement).scalars())


def _same_interview() -> ColumnElement[bool]:
    return and_(i.ats == s.ats, i.id == s.interview_id)


def _is_open() -> ColumnElement[bool]:
    return and_(s.submitted_at.is_(None), s.removed_at.is_(None), i.deleted_at.is_(None))


def _in(window: Window) -> ColumnElement[bool]:
    days = and_(i.ends_on >= window.since.date(), i.ends_on <= window.until.date())
    return or_(
        and_(i.ends_at >= window.since, i.ends_at < window.until),
        and_(i.ends_at.is_(None), days),
    )


def ended_conditions(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    conditions = []
    if since is not None:
        conditions.append(or_(i.ends_at >= since, i.ends_on >= (since - DAY).date()))
    if until is not None:
        conditions.append(or_(i.ends_at < until, i.ends_on <= (until + DAY).date()))
    return conditions


def _unstamped() -> ColumnElement[bool]:
    """Of a day's end in the company's zone SQL knows nothing: these are always included."""
    dated = or_(i.ends_at.is_not(None), i.ends_on.is_not(None))
    return and_(dated, or_(s.due_for.is_(None), i.ends_at.is_(None), s.due_for != i.ends_at))


@cache
def _facts_statement() -> Select[Any]:
    """Made once: it never changes, and making it costs more than most answers to it."""
    application = and_(a.ats == i.ats, a.id == i.application_id)
    out_of_sight = and_(
        h.ats == i.ats, h.kind == Kind.APPLICATION.value, h.ref_id == i.application_id
    )
    joined = (
        tables.scorecards.join(tables.interviews, _same_interview())
        .outerjoin(tables.applications, application)
        .outerjoin(tables.hidden, out_of_sight)
        .outerjoin(tables.candidates, and_(c.ats == a.ats, c.id == a.candidate_id))
        .outerjoin(tables.people, and_(p.ats == s.ats, p.id == s.interviewer_id))
    )
    return (
        select(
            s.ats,
            s.interview_id,
            s.interviewer_id,
            s.required,
            s.can_tell,
            s.attendance,
            s.submitted_at,
            s.submitter_id,
            s.removed_at,
            s.url,
            s.due_at,
            s.due_for,
            s.seen_at,
            i.first_seen_at,
            i.name.label("interview"),
            i.state.label("interview_state"),
            i.starts_at,
            i.ends_at,
            i.ends_on,
            i.deleted_at.label("interview_deleted_at"),
            i.application_id,
            a.state.label("application_state"),
            and_(a.id.is_not(None), h.ref_id.is_(None)).label("application_readable"),
            a.recruiter_id,
            a.coordinator_id,
            a.url.label("candidate_url"),
            a.stage,
            c.name.label("candidate"),
            func.coalesce(i.job_id, a.job_id).label("job_id"),
            p.name.label("person_name"),
            p.email.label("person_email"),
            p.active.label("person_active"),
            p.manager_id,
            p.zone.label("person_zone"),
        )
        .select_from(joined)
        .order_by(s.ats, s.interview_id, s.interviewer_id)
    )


def facts_of_interview(db: Db, interview_id: str) -> list[ScorecardFacts]:
    """The scorecards of an interview, whatever its account."""
    return _facts(db, [_facts_statement().where(s.interview_id == interview_id)])


def _facts(db: Db, statements: Sequence[Select[Any]]) -> list[ScorecardFacts]:
    found: list[ScorecardFacts] = []
    around = _Around(db)
    for statement in statements:
        rows = db.execute(statement.execution_options(yield_per=ROWS_AT_ONCE))
        for some in rows.partitions():
            around.learn(some)
            found.extend(_facts_of(row, around) for row in some)
    return found


class _Around:
    """Jobs, and the colleagues that jobs and applications name, each looked up once."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._jobs: dict[tuple[str, str], Row | None] = {}
        self._people: dict[tuple[str, str], PersonFacts | None] = {}
        self._owners: dict[tuple[str, str], set[str]] = {}
        self._teams: dict[tuple[str | None, ...], tuple[PersonFacts, ...]] = {}
        self.answers: dict[tuple[str, str, str], tuple[Answer, ...]] = {}
        """Of the rows at hand only."""
        self._answered = db.execute(select(tables.answers.c.id).limit(1)).first() is not None
        accounts = db.execute(select(tables.connections.c.ats, tables.connections.c.state))
        self.fresh_as_of = {row.ats: _fresh_as_of(row.state) for row in accounts}

    def learn(self, rows: Sequence[AnyRow]) -> None:
        jobs = {(row.ats, row.job_id) for row in rows if row.job_id is not None}
        for row in self._new(tables.jobs, jobs, self._jobs):
            self._jobs[row["ats"], row["id"]] = row
        people = {
            (row.ats, who)
            for row in rows
            for who in (row.recruiter_id, row.coordinator_id, row.manager_id)
        }
        for ats, job_id in jobs:
            job = self._jobs[ats, job_id] or {}
            people |= {(ats, who) for role in ROLES for who in job.get(role, ())}
        for row in self._new(tables.people, people, self._people):
            person = PersonFacts(
                row["id"], row["name"], row["email"], row["active"], zone=row["zone"]
            )
            self._people[row["ats"], row["id"]] = person

        self._learn_owners({(r.ats, r.person_email.lower()) for r in rows if r.person_email})
        if self._answered:
            keys = [(row.ats, row.interview_id, row.interviewer_id) for row in rows]
            self.answers = answers_of(self._db, keys)

    def _learn_owners(self, addresses: set[tuple[str, str]]) -> None:
        new = addresses - self._owners.keys()
        self._owners.update((each, set()) for each in new)
        address = func.lower(p.email)
        for ats in sorted({ats for ats, _ in new}):
            for some in chunks(sorted(each for name, each in new if name == ats)):
                theirs = select(p.name, address.label("address"))
                theirs = theirs.where(p.ats == ats, p.active, address.in_(some))
                for row in self._db.execute(theirs):
                    names = self._owners.setdefault((ats, row.address), set())
                    names.add(" ".join(row.name.casefold().split()))

    def shares_address(self, row: AnyRow) -> bool:
        """One person may have two users; two people at one address are a shared mailbox."""
        return bool(row.person_email) and len(self._owners[row.ats, row.person_email.lower()]) > 1

    def _new(
        self, table: Table, wanted: set[tuple[str, str]], known: dict[tuple[str, str], Any]
    ) -> list[Row]:
        new = {each for each in wanted if each[1] is not None and each not in known}
        known.update(dict.fromkeys(new))
        return [
            row
            for ats in sorted({ats for ats, _ in new})
            for row in load(self._db, table, ats, (id for name, id in new if name == ats))
        ]

    def job(self, row: AnyRow) -> Row:
        return self._jobs.get((row.ats, row.job_id)) or {}

    def people(self, ats: str, first: str | None, others: Sequence[str]) -> tuple[PersonFacts, ...]:
        """``first`` is the application's own, the others are the job's."""
        asked = (ats, first, *others)
        if asked not in self._teams:  # many scorecards, few teams
            ids = dict.fromkeys((first, *others)) if first else dict.fromkeys(others)
            found = (self._people.get((ats, each)) for each in ids)
            self._teams[asked] = tuple(person for person in found if person is not None)
        return self._teams[asked]


def _fresh_as_of(state: Row) -> datetime | None:
    """As of when an account is known that is read through a copy; of others None.

    While its first walk is under way, nothing is known of what has not been seen.
    """
    told = state.get("fresh_as_of")
    begun = (state.get("pull") or {}).get("fresh_as_of")
    return utc(told) if told else (LONG_AGO if begun else None)


def _state(kind: type[State], word: str | None) -> State:
    """A word that we do not know (written by another version) speaks for nobody (case 57)."""
    return kind(word) if word in WORDS[kind] else kind("unknown")


def _facts_of(row: AnyRow, around: _Around) -> ScorecardFacts:
    who = row.interviewer_id
    job = around.job(row)
    interviewer = PersonFacts(who, who, None, True)  # never read: undeliverable, named by id
    if row.person_name is not None:
        interviewer = PersonFacts(
            who,
            row.person_name,
            row.person_email,
            row.person_active,
            around.shares_address(row),
            row.person_zone,
        )
    return ScorecardFacts(
        key=ScorecardKey(row.ats, row.interview_id, who),
        interviewer=interviewer,
        interview=row.interview,
        interview_state=_state(InterviewState, row.interview_state),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        ends_on=row.ends_on,
        interview_deleted_at=row.interview_deleted_at,
        application_id=row.application_id,
        application_state=_state(ApplicationState, row.application_state),
        application_readable=bool(row.application_readable),
        candidate=row.candidate,
        job_id=row.job_id,
        job=job.get("name"),
        department=job.get("department"),
        candidate_url=row.candidate_url,
        required=row.required,
        can_tell=row.can_tell,
        attendance=row.attendance,
        submitted_at=row.submitted_at,
        submitter_id=row.submitter_id,
        removed_at=row.removed_at,
        url=row.url,
        due_at=row.due_at,
        due_for=row.due_for,
        fresh_as_of=around.fresh_as_of.get(row.ats),
        recruiters=around.people(row.ats, row.recruiter_id, job.get("recruiter_ids", ())),
        coordinators=around.people(row.ats, row.coordinator_id, job.get("coordinator_ids", ())),
        hiring_managers=around.people(row.ats, None, job.get("hiring_manager_ids", ())),
        managers=around.people(row.ats, row.manager_id, ()),
        joined_at=row.seen_at if row.seen_at - row.first_seen_at > FILLING else None,
        stage=row.stage,
        job_is_open=job.get("is_open"),
        answers=around.answers.get((row.ats, row.interview_id, who), ()),
    )
