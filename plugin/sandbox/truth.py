"""The records that a perfect connector would bring, read off the story itself.

    told = records(dialect, window)
    assert not differences(told, pulled, dialect.cannot_tell)

What a vendor has words for is asked of its dialect; that the words are rendered rightly is not.
Windows are best put where no interview ends within a day of their edges: the days of all-day
events have no zone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, time
from typing import Any, TypeVar

from connectors.ats.base import Window
from connectors.model import (
    Application,
    Candidate,
    Interview,
    InterviewState,
    Job,
    Kind,
    Person,
    Record,
    Scorecard,
)
from plugin.sandbox import entities
from plugin.sandbox.dialect import Dialect
from plugin.sandbox.expected import Expected, expected

R = TypeVar("R", bound=Record | Scorecard)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
DOCUMENTED = {
    "scheduled": InterviewState.STANDING,
    "awaiting_feedback": InterviewState.STANDING,
    "complete": InterviewState.COMPLETE,
    "skipped": InterviewState.CANCELLED,
    "to_be_scheduled": InterviewState.UNSCHEDULED,
}


def records(
    dialect: Dialect, window: Window, id_of: Callable[[Kind, entities.Entity], str] | None = None
) -> list[Record]:
    """Of the interviews that end in the window, with all that they name; each record once.

    People, candidates, jobs, applications, interviews, each by id, as the dialect's account sees
    them at the sandbox's time. ``id_of``: how a connector names what the vendor names otherwise;
    the dialect's own ids unless given.
    """
    return _Telling(dialect, id_of or dialect.id_of).records(window)


class _Telling:
    def __init__(self, dialect: Dialect, id_of: Callable[[Kind, entities.Entity], str]) -> None:
        self.dialect, self.name_of = dialect, id_of
        self.now = dialect.place.now()
        self.world = dialect.place.world
        self.truths = {
            (each.interview_id, each.interviewer_id): each
            for each in expected(self.world, self.now)
        }
        self.people: dict[int, entities.Person] = {}

    def id_of(self, kind: Kind, entity: entities.Entity | None) -> str | None:
        return self.name_of(kind, entity) if entity else None

    def records(self, window: Window) -> list[Record]:
        told = [each for each in self.world.interviews if self._is_told(each, window)]
        held = [self.interview(each) for each in told]
        applications = {each.application.id: each.application for each in told}
        seen = [a for a in applications.values() if self.dialect.sees(Kind.APPLICATION, a)]
        jobs = {each.application.job.id: each.application.job for each in told}
        candidates = {each.candidate.id: each.candidate for each in seen}
        found: list[Record] = [
            *map(self.candidate, self._shown(Kind.CANDIDATE, candidates.values())),
            *map(self.job, self._shown(Kind.JOB, jobs.values())),
            *map(self.application, seen),
            *held,
        ]
        found += [self.person(each) for each in self.people.values()]
        order = (Person, Candidate, Job, Application, Interview)
        return sorted(found, key=lambda each: (order.index(type(each)), each.id))

    def _shown(self, kind: Kind, found: Iterable[entities.Entity]) -> list[entities.Entity]:
        return [each for each in found if self.dialect.sees(kind, each)]

    def _is_told(self, each: entities.Interview, window: Window) -> bool:
        if not self.dialect.sees(Kind.INTERVIEW, each) or not each.exists(self.now):
            return False
        schedule = self._schedule(each)
        end = schedule.over_at
        if schedule.end_on and self.dialect.has_all_day:
            end = datetime.combine(schedule.end_on, time(), UTC)
        if end is None or not window.since <= end < window.until:
            return False
        return self.dialect.lists(each, self.now)

    def _schedule(self, each: entities.Interview) -> entities.Schedule:
        """As it is, or where an interview cannot lose its date, as it last was with one."""
        if self.dialect.has_undated:
            return each.schedule.at(self.now)
        known = [s for _, _, s in each.schedule.periods(self.now)]
        return next((s for s in reversed(known) if s.over_at), known[-1])

    # -- one record each

    def person(self, each: entities.Person) -> Person:
        return Person(
            id=self.name_of(Kind.PERSON, each),
            name=each.name,
            email=each.email or None,
            active=each.active.at(self.now),
            manager_id=self.id_of(Kind.PERSON, each.manager),
            zone=each.zone,
            updated_at=self._told(each.updated_at(self.now)),
        )

    def candidate(self, each: entities.Entity) -> Candidate:
        assert isinstance(each, entities.Candidate)
        return Candidate(
            id=self.name_of(Kind.CANDIDATE, each),
            name=self.dialect.candidate_name(each, self.now),
            updated_at=self._told(each.updated_at(self.now)),
        )

    def job(self, each: entities.Entity) -> Job:
        assert isinstance(each, entities.Job)
        return Job(
            id=self.name_of(Kind.JOB, each),
            name=each.name,
            department=each.department.name if each.department else None,
            recruiter_ids=self._role("recruiter_ids", each.recruiters),
            coordinator_ids=self._role("coordinator_ids", each.coordinators),
            hiring_manager_ids=self._role("hiring_manager_ids", each.hiring_managers),
            is_open=each.is_open.at(self.now),
            updated_at=self._told(each.updated_at(self.now)),
        )

    def _role(self, name: str, people: Iterable[entities.Person]) -> tuple[str, ...]:
        if f"job.{name}" in self.dialect.cannot_tell:
            return ()
        return self._named(tuple(people)[: self.dialect.most_of_a_role])

    def _named(self, people: Iterable[entities.Person | None]) -> tuple[str, ...]:
        found = {each.id: each for each in people if each}
        self.people |= found
        return tuple(self.name_of(Kind.PERSON, each) for each in found.values())

    def application(self, each: entities.Application) -> Application:
        roles = {"recruiter_id": each.recruiter, "coordinator_id": each.coordinator}
        told = {f"application.{name}": who for name, who in roles.items()}
        self._named(who for name, who in told.items() if name not in self.dialect.cannot_tell)
        return Application(
            id=self.name_of(Kind.APPLICATION, each),
            candidate_id=self.name_of(Kind.CANDIDATE, each.candidate),
            job_id=self.name_of(Kind.JOB, each.job),
            state=self.dialect.application_state(each, self.now),
            ats_status=each.status.at(self.now),
            stage=self.dialect.stage_of(each, self.now),
            recruiter_id=self.id_of(Kind.PERSON, each.recruiter),
            coordinator_id=self.id_of(Kind.PERSON, each.coordinator),
            url=self.dialect.candidate_url(each),
            updated_at=self._told(each.updated_at(self.now)),
        )

    def interview(self, each: entities.Interview) -> Interview:
        schedule = self._schedule(each)
        all_day = self.dialect.has_all_day and schedule.end_on is not None
        starts_at = schedule.starts_at
        if schedule.start_on and not all_day:
            starts_at = datetime.combine(schedule.start_on, time(), UTC)
        return Interview(
            id=self.name_of(Kind.INTERVIEW, each),
            application_id=self.name_of(Kind.APPLICATION, each.application),
            job_id=self.name_of(Kind.JOB, each.application.job),
            name=each.slot.name,
            state=self._state(each),
            ats_status=each.status(self.now),
            starts_at=self._told(starts_at),
            ends_at=None if all_day else self._told(schedule.over_at),
            ends_on=schedule.end_on if all_day else None,
            scorecards=self._panel(each),
            updated_at=self._told(each.updated_at(self.now)),
        )

    def _state(self, each: entities.Interview) -> InterviewState:
        if self.dialect.has_statuses:
            return DOCUMENTED.get(each.status(self.now), InterviewState.UNKNOWN)
        if each.fixed.at(self.now) == "skipped":
            return InterviewState.CANCELLED
        if each.schedule.at(self.now).over_at:
            return InterviewState.STANDING
        undated = self.dialect.has_undated
        return InterviewState.UNSCHEDULED if undated else InterviewState.CANCELLED

    def _panel(self, interview: entities.Interview) -> tuple[Scorecard, ...]:
        panel = {}
        for seat in interview.panel(self.now):
            placeholder = seat.card is not None and seat.card.exists(self.now)
            if seat.person and (placeholder or not self.dialect.drafts_have_ids):
                self._named([seat.person])
                panel[seat.person.id] = self._scorecard(seat, seat.person)
        return tuple(sorted(panel.values(), key=lambda card: card.interviewer_id))

    def _scorecard(self, seat: entities.Seat, person: entities.Person) -> Scorecard:
        truth = self.truths.get((str(seat.interview.id), str(person.id)))
        tells = self.dialect.can_tell(seat, self.now)
        filed = self._filed(seat, truth) if truth and tells else None
        submission = filed.submission.at(self.now) if filed else None
        submission = self.dialect.shown(seat, submission, self.now) if tells else None
        shows_who = "scorecard.submitter_id" not in self.dialect.cannot_tell
        self._named([submission.submitter] if submission and shows_who else [])
        shown = seat.card if self.dialect.drafts_have_ids else filed
        moved = filed or seat.card
        leads = self.dialect.sees(Kind.APPLICATION, seat.interview.application)
        return Scorecard(
            interviewer_id=self.name_of(Kind.PERSON, person),
            id=self.id_of(Kind.SCORECARD, shown),
            required=self.dialect.asks(seat),
            submitted_at=self._told(submission.at) if submission else None,
            submitter_id=self.id_of(Kind.PERSON, submission.submitter) if submission else None,
            can_tell=tells,
            attendance=self.dialect.attendance(seat, self.now),
            url=self.dialect.card_url(seat) if leads else None,
            updated_at=self._told(moved.updated_at(self.now)) if moved else None,
        )

    def _told(self, instant: datetime | None) -> datetime | None:
        """As fine as the vendor tells it."""
        if instant is None:
            return None
        return instant - (instant - BEGINNING) % self.dialect.tick

    def _filed(self, seat: entities.Seat, truth: Expected) -> entities.Card | None:
        """The card that was handed in at the instant that counts."""
        for card in seat.interview.cards:
            submission = card.submission.at(self.now)
            own = card.interviewer is seat.person and card.exists(self.now)
            if own and submission and submission.at == truth.submitted_at:
                return card
        return None


def masked(record: R, cannot_tell: Collection[str]) -> R:
    """The record with the named fields (``application.stage``) as if nobody had told them.

    Panels and hiring managers are put in order, since theirs means nothing.
    """
    own = type(record).__name__.lower()
    unknown: dict[str, Any] = {
        each.name: None if each.default is MISSING else each.default
        for each in fields(record)
        if f"{own}.{each.name}" in cannot_tell
    }
    if isinstance(record, Interview):
        cards = [masked(each, cannot_tell) for each in record.scorecards]
        unknown["scorecards"] = tuple(sorted(cards, key=lambda card: card.interviewer_id))
    if isinstance(record, Job) and "hiring_manager_ids" not in unknown:
        unknown["hiring_manager_ids"] = tuple(sorted(record.hiring_manager_ids))
    return replace(record, **unknown)


def differences(
    told: Iterable[Record], pulled: Iterable[Record], cannot_tell: Collection[str] = ()
) -> list[str]:
    """One line for each record that is missing, came though it is not in the truth, or differs.

    People beyond those named are no difference, nor is a candidate without a name. Of a record
    that came twice the last counts.
    """
    wanted = {(type(each), each.id): masked(each, cannot_tell) for each in told}
    got = {(type(each), each.id): masked(each, cannot_tell) for each in pulled}
    lines = [f"missing: {wanted[key]}" for key in wanted if key not in got]
    more = [each for key, each in got.items() if key not in wanted]
    lines += [f"not true: {each}" for each in more if not _says_nothing(each)]
    for key in wanted.keys() & got.keys():
        for name, true, came in _unlike(wanted[key], got[key]):
            lines.append(f"{key[0].__name__} {key[1]}: {name} is {true}, came as {came}")
    return sorted(lines)


def _says_nothing(record: Record) -> bool:
    return isinstance(record, Person) or (isinstance(record, Candidate) and record.name is None)


def _unlike(true: Any, came: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The fields in which two records of a kind differ; of panels member by member."""
    for each in fields(true):
        one, two = getattr(true, each.name), getattr(came, each.name)
        if each.name == "scorecards":
            cards = {card.interviewer_id: card for card in two}
            if [card.interviewer_id for card in one] != list(cards):
                yield path + "panel", [card.interviewer_id for card in one], list(cards)
            for card in one:
                if card.interviewer_id in cards:
                    below = f"scorecard {card.interviewer_id} "
                    yield from _unlike(card, cards[card.interviewer_id], below)
        elif one != two:
            yield path + each.name, one, two
