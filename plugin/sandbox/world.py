"""A world of interviews told as a story; every fact has the instant from which it is true.

    world = World.empty()
    pia = world.person("Pia Holt", "pia@example.org")
    ivo = world.person("Ivo Brandt", "ivo@example.org")
    noor = world.application("Noor Vance", job="Platform engineer", recruiter=pia)
    talk = world.interview(noor, "Systems talk", starts_at, ends_at, panel=[ivo])
    world.submit(talk, ivo, ends_at + timedelta(hours=3))

All instants are aware UTC. The same calls in the same order give the same world, id for id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from plugin.sandbox.company import FOUNDED, Company
from plugin.sandbox.entities import (
    Application,
    Candidate,
    Card,
    Interview,
    Job,
    Person,
    Schedule,
    Seat,
    Slot,
    Submission,
)
from plugin.sandbox.expected import Expected, expected
from plugin.sandbox.timeline import Timeline

ERASED_NAME = ("(anonymized)", "")


class World(Company):
    @classmethod
    def empty(cls, founded: datetime = FOUNDED) -> World:
        """``founded``: since when people, jobs and applications exist unless said otherwise."""
        return cls(founded)

    def expected(self, now: datetime) -> list[Expected]:
        """The truth about every scorecard at ``now``: see plugin/sandbox/expected.py."""
        return expected(self, now)

    # -- candidates and interviews come into being

    def candidate(
        self, name: str, *, email: str = "", private: bool = False, created_at: datetime
    ) -> Candidate:
        """``private``: hidden, with its applications, from an account without the right."""
        first, _, last = name.partition(" ")
        candidate = Candidate(
            id=self._next(Candidate, self.candidates),
            created_at=created_at,
            name=Timeline(created_at, (first, last)),
            email=email or f"candidate{len(self.candidates) + 1}@example.net",
            private=private,
        )
        return self._add(self.candidates, candidate)

    def application(
        self,
        candidate: str | Candidate,
        job: str | Job = "Platform engineer",
        *,
        department: str | None = "Engineering",
        recruiter: Person | None = None,
        coordinator: Person | None = None,
        hiring_managers: Iterable[Person] = (),
        stage: str = "Team interviews",
        private: bool = False,
        confidential: bool = False,
        created_at: datetime | None = None,
    ) -> Application:
        """One candidate for one job. A job named for the first time is made with this team."""
        since = created_at or self.founded
        if isinstance(job, str):
            job = self.job(
                job,
                department=department,
                recruiter=recruiter,
                coordinator=coordinator,
                hiring_managers=hiring_managers,
                confidential=confidential,
            )
        if isinstance(candidate, str):
            candidate = self.candidate(candidate, private=private, created_at=since)
        application = Application(
            id=self._next(Application, self.applications),
            created_at=since,
            candidate=candidate,
            job=job,
            recruiter=recruiter,
            coordinator=coordinator,
            status=Timeline(since, "in_process"),
            stage=Timeline(since, self.stage(job, stage)),
            rejection=Timeline(since, None),
        )
        return self._add(self.applications, application)

    def interview(
        self,
        application: Application,
        name: str | Slot,
        starts_at: datetime,
        ends_at: datetime,
        panel: Iterable[Person | str] = (),
        *,
        without_card: Iterable[Person] = (),
        organizer: Person | None = None,
        require_scorecard: bool = True,
        created_at: datetime | None = None,
    ) -> Interview:
        """A scheduled meeting; it was put on the calendar a week before unless said otherwise.

        A ``panel`` member given as an address is an outsider without an account; members of
        ``without_card`` sit on the panel but owe nothing. ``require_scorecard`` belongs to the
        slot and counts when the slot is named for the first time.
        """
        schedule = Schedule(starts_at=starts_at, ends_at=ends_at)
        since = created_at or starts_at - timedelta(days=7)
        return self._meeting(
            application, name, schedule, panel, without_card, organizer, require_scorecard, since
        )

    def all_day_interview(
        self,
        application: Application,
        name: str | Slot,
        start_on: date,
        end_on: date,
        panel: Iterable[Person | str] = (),
        *,
        created_at: datetime,
    ) -> Interview:
        """An all-day event: two days, no instants, no zone (greenhouse.md 2.2.2)."""
        schedule = Schedule(start_on=start_on, end_on=end_on)
        return self._meeting(application, name, schedule, panel, (), None, True, created_at)

    def scaffolding(
        self, application: Application, slot: Slot, status: str, *, created_at: datetime
    ) -> Interview:
        """An undated row as written on stage entry (trap 1), or a take-home test."""
        interview = self._meeting(application, slot, Schedule(), (), (), None, True, created_at)
        interview.fixed = Timeline(created_at, status)
        return interview

    def _meeting(
        self,
        application: Application,
        name: str | Slot,
        schedule: Schedule,
        panel: Iterable[Person | str],
        without_card: Iterable[Person],
        organizer: Person | None,
        require_scorecard: bool,
        since: datetime,
    ) -> Interview:
        if isinstance(name, str):
            name = self.slot(application.job, name, require_scorecard=require_scorecard)
        interview = Interview(
            id=self._next(Interview, self.interviews),
            created_at=since,
            application=application,
            slot=name,
            schedule=Timeline(since, schedule),
            fixed=Timeline(since, None),
            organizer=organizer,
        )
        self._add(self.interviews, interview)
        quiet = list(without_card)
        for each in panel:
            self.seat(interview, each, since, card=each not in quiet)
        for each in quiet:
            if each not in [seat.person for seat in interview.seats]:
                self.seat(interview, each, since, card=False)
        return interview

    def seat(
        self, interview: Interview, who: Person | str, at: datetime, *, card: bool = True
    ) -> Seat:
        """Put somebody on the panel from ``at`` on, with a placeholder card if they have one."""
        person = who if isinstance(who, Person) else None
        seat = Seat(
            id=self._next(Seat, self.seats),
            created_at=at,
            interview=interview,
            person=person,
            email=who.email if isinstance(who, Person) else who,
            card=self._card(interview, person, at) if person and card else None,
            response=Timeline(at, "needs_action"),
        )
        interview.seats.append(seat)
        return self._add(self.seats, seat)

    def _card(self, interview: Interview, person: Person, at: datetime) -> Card:
        card = Card(
            id=self._next(Card, self.cards),
            created_at=at,
            interview=interview,
            interviewer=person,
            submission=Timeline(at, None),
            saved=Timeline(at, False),
        )
        interview.cards.append(card)
        return self._add(self.cards, card)

    def seat_of(self, interview: Interview, person: Person) -> Seat:
        """The latest seat of a person on a panel. LookupError if there was none."""
        for seat in reversed(interview.seats):
            if seat.person is person:
                return seat
        raise LookupError(f"person {person.id} never sat on the panel of interview {interview.id}")

    def card_of(self, interview: Interview, person: Person) -> Card:
        """The placeholder card of a panel member. LookupError if there is none."""
        card = self.seat_of(interview, person).card
        if card is None:
            raise LookupError(f"person {person.id} has no card for interview {interview.id}")
        return card

    # -- what interviewers do

    def submit(
        self,
        interview: Interview,
        person: Person,
        at: datetime,
        *,
        by: Person | None = None,
        rating: str = "yes",
    ) -> None:
        """The placeholder is handed in; ``by``: an admin files it on their behalf."""
        submission = Submission(at=at, submitter=by or person, rating=rating)
        self.card_of(interview, person).submission.set(at, submission)
        self.version += 1

    def submit_extra(self, interview: Interview, person: Person, at: datetime) -> Card:
        """A card of its own is handed in and the placeholder stays a draft (2.11 rule 6)."""
        card = self._card(interview, person, at)
        card.extra = True
        card.submission.set(at, Submission(at=at, submitter=person, rating="yes"))
        return card

    def save_draft(self, interview: Interview, person: Person, at: datetime) -> None:
        """Something was written but not submitted: the card moves and is still a draft."""
        self.card_of(interview, person).saved.set(at, True)
        self.version += 1

    def respond(
        self, interview: Interview, who: Person, at: datetime, response: str | None
    ) -> None:
        """The calendar answer; any word, since real accounts hold unlisted ones (trap 12)."""
        self.seat_of(interview, who).response.set(at, response)
        self.version += 1

    # -- what becomes of an interview

    def move(
        self, interview: Interview, at: datetime, starts_at: datetime, ends_at: datetime
    ) -> None:
        interview.schedule.set(at, Schedule(starts_at=starts_at, ends_at=ends_at))
        self.version += 1

    def unschedule(self, interview: Interview, at: datetime) -> None:
        """It loses its date and waits to be scheduled again."""
        interview.schedule.set(at, Schedule())
        self.version += 1

    def swap(self, interview: Interview, at: datetime, *, out: Person, into: Person) -> None:
        """One panel member for another; the old one's draft goes, what was submitted stays."""
        self.remove(interview, out, at)
        self.seat(interview, into, at)

    def remove(self, interview: Interview, person: Person, at: datetime) -> None:
        """Off the panel from ``at`` on."""
        seat = self.seat_of(interview, person)
        seat.go(at)
        if seat.card and seat.card.submission.at(at) is None:
            seat.card.go(at)
        self.version += 1

    def cancel(self, interview: Interview, at: datetime, *, gone: bool = False) -> None:
        """Called off: the row says skipped from then on, or (``gone``) vanishes."""
        if gone:
            self.delete_interview(interview, at)
            return
        interview.fixed.set(at, "skipped")
        interview.called_off.append(at)
        self.version += 1

    def mark(self, interview: Interview, at: datetime, status: str | None) -> None:
        """A status set by hand, also an unlisted one (trap 12); None gives it back to the clock."""
        interview.fixed.set(at, status)
        self.version += 1

    def delete_interview(self, interview: Interview, at: datetime) -> None:
        """Gone without a trace, with its panel and drafts (trap 17)."""
        interview.called_off.append(at)
        self._destroy(interview, at)

    def _destroy(self, interview: Interview, at: datetime, *, cards: bool = False) -> None:
        interview.go(at)
        for seat in interview.seats:
            seat.go(at)
        for card in interview.cards:
            if cards or card.submission.at(at) is None:
                card.go(at)
        self.version += 1

    def delete_scorecard(self, interview: Interview, person: Person, at: datetime) -> None:
        """The card goes alone; the panel seat keeps pointing at it (2.11 rule 4)."""
        card = self.card_of(interview, person)
        card.go(at)
        card.deleted_alone = True
        self.version += 1

    # -- what becomes of people and applications

    def leave(self, person: Person, at: datetime) -> None:
        person.active.set(at, False)
        self.version += 1

    def come_back(self, person: Person, at: datetime) -> None:
        person.active.set(at, True)
        self.version += 1

    def move_stage(self, application: Application, at: datetime, stage: str) -> None:
        application.stage.set(at, self.stage(application.job, stage))
        self.version += 1

    def reject(self, application: Application, at: datetime, reason: str = "Skills gap") -> None:
        """Interviews and open cards stay as they are: what becomes of them is unknown (2.2.1)."""
        self._close(application, at, "rejected")
        application.rejection.set(at, reason)

    def unreject(self, application: Application, at: datetime) -> None:
        """Back in process, at the stage it was rejected from."""
        before = [s for _, _, s in application.stage.periods(at) if s is not None]
        application.status.set(at, "in_process")
        application.stage.set(at, before[-1])
        application.rejection.set(at, None)
        self.version += 1

    def hire(self, application: Application, at: datetime) -> None:
        self._close(application, at, "hired")

    def convert(self, application: Application, at: datetime) -> None:
        """Turned into another application."""
        self._close(application, at, "converted")

    def _close(self, application: Application, at: datetime, status: str) -> None:
        application.status.set(at, status)
        application.stage.set(at, None)
        self.version += 1

    def close_job(self, job: Job, at: datetime) -> None:
        """The requisition is filled or given up; its applications are left as they are."""
        job.is_open.set(at, False)
        self.version += 1

    def delete_application(self, application: Application, at: datetime) -> None:
        """Its interviews go with it; its scorecards stay (greenhouse.md 4.2)."""
        application.go(at)
        for interview in self.interviews:
            if interview.application is application:
                interview.go(at)
                for seat in interview.seats:
                    seat.go(at)
        self.version += 1

    def delete_candidate(self, candidate: Candidate, at: datetime) -> None:
        candidate.go(at)
        for application in self.applications:
            if application.candidate is candidate:
                self.delete_application(application, at)
        self.version += 1

    def merge(self, candidate: Candidate, into: Candidate, at: datetime) -> None:
        """One person, known twice. Call it when ``at`` has come: it rewrites whose applications
        those are, with their ids as they were."""
        candidate.go(at)
        candidate.merged_into = into
        for application in self.applications:
            if application.candidate is candidate:
                application.candidate = into
        self.version += 1

    def anonymize(
        self, candidate: Candidate, at: datetime, *, with_interviews: bool = False
    ) -> None:
        """The name is replaced; ``with_interviews`` destroys interviews and cards as well."""
        candidate.name.set(at, ERASED_NAME)
        candidate.erased.append((at, with_interviews))
        for interview in self.interviews if with_interviews else ():
            if interview.application.candidate is candidate:
                self._destroy(interview, at, cards=True)
        self.version += 1
