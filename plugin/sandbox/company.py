"""The part of a world that stands still: people, departments, offices, jobs and their plans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from plugin.sandbox.entities import (
    Application,
    Candidate,
    Card,
    Department,
    Entity,
    Interview,
    Job,
    Office,
    Person,
    Seat,
    Slot,
    Stage,
)
from plugin.sandbox.timeline import Timeline

FOUNDED = datetime(2024, 1, 1, tzinfo=UTC)
ID_STEP = 1000
"""Ids of a sharded account end in the shard's number (greenhouse.md 2.1): …004, …004, …004."""
FIRST_KIT_ID = 56_000_000_004
STAGES = ("Application review", "Phone screen", "Team interviews", "Final round", "Offer")

E = TypeVar("E", bound=Entity)


class Company:
    """Everything is in lists, in the order it was told. ``version`` counts the changes."""

    def __init__(self, founded: datetime = FOUNDED) -> None:
        self.founded = founded
        self.version = 0
        self.departments: list[Department] = []
        self.offices: list[Office] = []
        self.people: list[Person] = []
        self.jobs: list[Job] = []
        self.stages: list[Stage] = []
        self.slots: list[Slot] = []
        self.candidates: list[Candidate] = []
        self.applications: list[Application] = []
        self.interviews: list[Interview] = []
        self.seats: list[Seat] = []
        self.cards: list[Card] = []

    def _next(self, kind: type[E], all_of_it: Sequence[E]) -> int:
        self.version += 1
        return kind.FIRST_ID + ID_STEP * (len(all_of_it) + 1)

    def _add(self, all_of_it: list[E], entity: E) -> E:
        all_of_it.append(entity)
        return entity

    def department(self, name: str) -> Department:
        """The department of that name; made when it is new."""
        for each in self.departments:
            if each.name == name:
                return each
        number = self._next(Department, self.departments)
        return self._add(
            self.departments, Department(id=number, created_at=self.founded, name=name)
        )

    def office(self, name: str, location: str = "", zone: str = "UTC") -> Office:
        """The office of that name; made when it is new. ``zone``: IANA name."""
        for each in self.offices:
            if each.name == name:
                return each
        office = Office(
            id=self._next(Office, self.offices),
            created_at=self.founded,
            name=name,
            location=location or name,
            zone=zone,
        )
        return self._add(self.offices, office)

    def person(
        self,
        name: str,
        email: str,
        *,
        title: str | None = None,
        department: str | None = None,
        office: Office | None = None,
        site_admin: bool = False,
        service: bool = False,
        manager: Person | None = None,
        created_at: datetime | None = None,
    ) -> Person:
        """A colleague. A service account has an empty address and is hidden unless asked for."""
        first, _, last = name.partition(" ")
        since = created_at or self.founded
        person = Person(
            id=self._next(Person, self.people),
            created_at=since,
            first_name=first,
            last_name=last,
            email=email,
            title=title,
            department=self.department(department) if department else None,
            office=office,
            site_admin=site_admin,
            service=service,
            active=Timeline(since, True),
            manager=manager,
        )
        return self._add(self.people, person)

    def job(
        self,
        name: str,
        *,
        department: str | None = "Engineering",
        recruiter: Person | None = None,
        coordinator: Person | None = None,
        hiring_managers: Iterable[Person] = (),
        office: Office | None = None,
        confidential: bool = False,
    ) -> Job:
        """The job of that name; made with the usual five stages when it is new."""
        for each in self.jobs:
            if each.name == name:
                return each
        job = Job(
            id=self._next(Job, self.jobs),
            created_at=self.founded,
            name=name,
            department=self.department(department) if department else None,
            office=office,
            confidential=confidential,
            recruiters=(recruiter,) if recruiter else (),
            coordinators=(coordinator,) if coordinator else (),
            hiring_managers=tuple(hiring_managers),
            is_open=Timeline(self.founded, True),
        )
        self._add(self.jobs, job)
        for stage in STAGES:
            self.stage(job, stage)
        return job

    def stage(self, job: Job, name: str) -> Stage:
        """The stage of that name on the job's plan; appended when it is new."""
        for each in job.stages:
            if each.name == name:
                return each
        stage = Stage(
            id=self._next(Stage, self.stages),
            created_at=self.founded,
            job=job,
            name=name,
            sort_order=len(job.stages),
        )
        job.stages.append(stage)
        return self._add(self.stages, stage)

    def slot(
        self,
        job: Job,
        name: str,
        *,
        stage: str = "Team interviews",
        minutes: int | None = 60,
        scheduling_type: str | None = "needs_scheduling",
        require_scorecard: bool | None = True,
        anonymize: bool = False,
        debrief: bool = False,
        default_interviewers: Iterable[Person] = (),
    ) -> Slot:
        """The slot of that name on the job's plan, with its kit; made when it is new."""
        for each in job.slots:
            if each.name == name:
                return each
        number = self._next(Slot, self.slots)
        slot = Slot(
            id=number,
            created_at=self.founded,
            job=job,
            stage=self.stage(job, stage),
            name=name,
            sort_order=len(job.slots),
            minutes=minutes,
            scheduling_type=scheduling_type,
            require_scorecard=require_scorecard,
            anonymize=anonymize,
            debrief=debrief,
            kit_id=FIRST_KIT_ID + number - Slot.FIRST_ID,
            default_interviewers=tuple(default_interviewers),
        )
        job.slots.append(slot)
        return self._add(self.slots, slot)
