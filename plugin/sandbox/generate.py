"""A believable ten weeks of interviewing at a company that does not exist.

The same seed and anchor give the same world, byte for byte: the only source of chance is one
``random.Random(seed)``, and nothing depends on the order of a set.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugin.sandbox.entities import Application, Candidate, Interview, Job, Person, Slot
from plugin.sandbox.names import address, full_names
from plugin.sandbox.staff import Staff, hire_staff
from plugin.sandbox.twists import after_the_interview, before_the_interview, one_of_each
from plugin.sandbox.world import World

WEEKS_BEFORE = 8
WEEKS_AFTER = 2
APPLICATIONS = 180
PANEL_SIZES = (1, 1, 1, 2, 2, 2, 2, 3, 3, 4)
LEAVERS = 6
FOUNDED_BEFORE = timedelta(days=700)


@dataclass(frozen=True)
class Plan:
    """An interview still to be told: which, when, and when it was put on the calendar."""

    booked_at: datetime
    starts_at: datetime
    application: Application
    slot: Slot


def generate(seed: int, anchor: datetime) -> World:
    """About 400 dated interviews from eight weeks before ``anchor`` (aware UTC) to two after.

    Everything that will happen after the anchor is already in the world and comes true as its
    clock advances.
    """
    anchor = anchor.replace(microsecond=0)
    rng = random.Random(seed)
    world = World.empty(founded=anchor - FOUNDED_BEFORE)
    staff = hire_staff(world, rng)
    _say_goodbye(world, rng, staff, anchor)
    plans = _apply_and_book(world, rng, staff, anchor)
    _scaffold(world, rng)
    told = [_tell(world, rng, staff, plan) for plan in sorted(plans, key=lambda p: p.booked_at)]
    after_the_interview(world, rng, told)
    one_of_each(world, rng, told, anchor)
    return world


def _say_goodbye(world: World, rng: random.Random, staff: Staff, anchor: datetime) -> None:
    """A few leave; nobody puts them on a panel from then on."""
    everybody = [each for team in staff.interviewers.values() for each in team]
    for person in rng.sample(everybody, LEAVERS):
        world.leave(person, anchor - timedelta(days=rng.uniform(-5, 40)))


def _apply_and_book(world: World, rng: random.Random, staff: Staff, anchor: datetime) -> list[Plan]:
    """Candidates in the order in which they applied, each with one to three interviews."""
    names = full_names(rng)
    first = anchor - timedelta(weeks=WEEKS_BEFORE)
    last = anchor + timedelta(weeks=WEEKS_AFTER)
    starts: list[datetime] = []
    while len(starts) < APPLICATIONS:
        starts.append(first + (last - first) * rng.random())
    plans: list[Plan] = []
    for start in sorted(starts):
        job = rng.choice(staff.jobs)
        name = next(names)
        applied_at = start - timedelta(days=rng.uniform(9, 21))
        candidate: Candidate = world.candidate(
            name, email=address(name, "example.net"), created_at=applied_at
        )
        application = world.application(
            candidate,
            job,
            recruiter=job.recruiters[0],
            coordinator=rng.choice((None, job.coordinators[0])),
            stage="Application review",
            created_at=applied_at,
        )
        plans += _rounds(world, rng, application, start, last)
    return plans


def _rounds(
    world: World, rng: random.Random, application: Application, start: datetime, last: datetime
) -> list[Plan]:
    """Consecutive interviews of one application, and the stages they belong to."""
    slots = [each for each in application.job.slots if each.scheduling_type == "needs_scheduling"]
    usual = [place for place, slot in enumerate(slots[:-1]) if slot.require_scorecard]
    unscored = [place for place, slot in enumerate(slots) if not slot.require_scorecard]
    rounds = sorted(rng.sample(usual, rng.choice((1, 2, 2, 3, 3))))
    if rng.random() < 0.12:  # a lunch, from which no scorecard is required
        rounds = sorted({*rounds, *unscored})
    if rng.random() < 0.05:
        rounds[-1] = len(slots) - 1  # the on-site day, an all-day event
    plans: list[Plan] = []
    for slot in (slots[each] for each in rounds):
        starts_at = _working_time(rng, application.job, start)
        if starts_at > last:
            break
        booked_at = max(starts_at - timedelta(days=rng.uniform(2, 8)), application.created_at)
        if application.stage.at(booked_at) is not slot.stage:
            world.move_stage(application, booked_at - timedelta(hours=1), slot.stage.name)
        plans.append(Plan(booked_at, starts_at, application, slot))
        start = starts_at + timedelta(days=rng.uniform(2, 6))
    return plans


def _working_time(rng: random.Random, job: Job, around: datetime) -> datetime:
    """A half hour between nine and five of a working day where the job's office is."""
    zone = ZoneInfo(job.office.zone if job.office else "UTC")
    day = around.astimezone(zone).date()
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
    clock = time(rng.randint(9, 16), rng.choice((0, 30)))
    return datetime.combine(day, clock, zone).astimezone(UTC)


def _tell(world: World, rng: random.Random, staff: Staff, plan: Plan) -> Interview:
    panel = _panel(rng, staff, plan)
    if plan.slot.minutes is None:
        day = plan.starts_at.date()
        interview = world.all_day_interview(
            plan.application,
            plan.slot,
            day,
            # The vendor's older samples write the day after as the end (greenhouse.md 2.2.2).
            day + timedelta(days=1),
            panel,
            created_at=plan.booked_at,
        )
    else:
        coordinator = rng.choice(staff.coordinators)
        interview = world.interview(
            plan.application,
            plan.slot,
            plan.starts_at,
            plan.starts_at + timedelta(minutes=plan.slot.minutes),
            panel,
            without_card=[coordinator] if rng.random() < 0.12 else [],
            organizer=coordinator if rng.random() < 0.05 else None,
            created_at=plan.booked_at,
        )
    before_the_interview(world, rng, interview, staff)
    return interview


def _panel(rng: random.Random, staff: Staff, plan: Plan) -> list[Person | str]:
    if plan.slot.name == "Recruiter call":
        return [plan.application.job.recruiters[0]]
    department = plan.application.job.department
    assert department is not None
    colleagues = staff.free(department.name, plan.booked_at)
    size = min(rng.choice(PANEL_SIZES), len(colleagues))
    panel: list[Person | str] = list(rng.sample(colleagues, size))
    if rng.random() < 0.03:
        panel.append(f"guest{rng.randint(1, 9)}@example.net")
    return panel


def _scaffold(world: World, rng: random.Random) -> None:
    """Undated rows, written milliseconds after a stage was entered (trap 1), and take-homes."""
    entered = [
        (since, application, stage)
        for application in world.applications
        for since, _, stage in application.stage.periods(datetime.max.replace(tzinfo=UTC))
        if stage is not None
    ]
    for since, application, stage in sorted(entered, key=lambda each: (each[0], each[1].id)):
        for slot in application.job.slots:
            if slot.stage is stage or slot.scheduling_type in ("none", "offer"):
                status = _undated_status(rng, slot)
                moment = since + timedelta(milliseconds=rng.randint(3, 90))
                world.scaffolding(application, slot, status, created_at=moment)


def _undated_status(rng: random.Random, slot: Slot) -> str:
    if slot.scheduling_type == "take_home_test":
        return rng.choice(("to_be_sent", "sent", "received"))
    if slot.scheduling_type == "needs_scheduling":
        return "to_be_scheduled"
    return "collect_feedback"
