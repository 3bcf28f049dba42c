"""What happens to generated interviews: calendars change, feedback comes late or not at all."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from plugin.sandbox.entities import Application, Interview, Person
from plugin.sandbox.staff import Staff
from plugin.sandbox.timeline import Timeline
from plugin.sandbox.world import World

ANSWERS = ("accepted", "accepted", "accepted", "needs_action", "tentative")
RATINGS = ("strong_no", "no", "yes", "yes", "strong_yes", "no_decision")
ON_TIME = 0.75
LATE = 0.15
"""The rest has handed in nothing so far."""


def before_the_interview(
    world: World, rng: random.Random, interview: Interview, staff: Staff
) -> None:
    """Calendar answers, moves, cancellations and swaps, between booking and start."""
    booked_at = interview.created_at
    schedule = interview.schedule.at(booked_at)
    begins = schedule.starts_at or booked_at + timedelta(days=1)
    meanwhile = booked_at + (begins - booked_at) * rng.uniform(0.3, 0.9)
    for seat in list(interview.seats):
        if seat.person:
            answer = "declined" if rng.random() < 0.04 else rng.choice(ANSWERS)
            seat.response.set(booked_at + (meanwhile - booked_at) / 2, answer)
    chance = rng.random()
    if chance < 0.05 and schedule.starts_at and schedule.ends_at:
        by = timedelta(days=rng.choice((-1, 1, 2, 7)))
        if schedule.starts_at + by > meanwhile:
            world.move(interview, meanwhile, schedule.starts_at + by, schedule.ends_at + by)
    elif chance < 0.09:
        world.cancel(interview, meanwhile, gone=rng.random() < 0.5)
    elif chance < 0.13:
        _swap(world, rng, interview, staff, meanwhile)


def _swap(
    world: World, rng: random.Random, interview: Interview, staff: Staff, at: datetime
) -> None:
    department = interview.application.job.department
    seated = [seat.person for seat in interview.seats]
    out = next((seat.person for seat in interview.seats if seat.person and seat.card), None)
    if department is None or out is None:
        return
    free = [each for each in staff.free(department.name, at) if each not in seated]
    if free:
        world.swap(interview, at, out=out, into=rng.choice(free))


def after_the_interview(world: World, rng: random.Random, told: Sequence[Interview]) -> None:
    """Scorecards come in or do not, then decisions are made."""
    for interview in told:
        _hand_in(world, rng, interview)
    _decide(world, rng, told)


def _hand_in(world: World, rng: random.Random, interview: Interview) -> None:
    over_at = interview.schedule.last.over_at
    if over_at is None or not interview.exists(over_at):
        return
    if interview.fixed.at(over_at) is not None:
        return
    for seat in interview.panel(over_at):
        delay = _delay(rng)
        if seat.person is None or seat.card is None or delay is None:
            continue
        at = over_at + delay
        if not seat.person.active.at(at):
            continue
        if rng.random() < 0.1:
            world.save_draft(interview, seat.person, over_at + delay / 2)
        world.submit(interview, seat.person, at, rating=rng.choice(RATINGS))


def _delay(rng: random.Random) -> timedelta | None:
    """How long after the end it is handed in; None: not at all."""
    chance = rng.random()
    if chance < ON_TIME:
        return timedelta(hours=min(0.1 + rng.expovariate(1 / 9), 40), seconds=rng.randint(0, 59))
    if chance < ON_TIME + LATE:
        days = rng.uniform(3, 9) if rng.random() < 0.8 else rng.uniform(12, 26)
        return timedelta(days=days)
    return None


def _decide(world: World, rng: random.Random, told: Sequence[Interview]) -> None:
    """A third is rejected some days after the last interview, a few are hired."""
    ends: dict[int, tuple[datetime, Application]] = {}
    for interview in told:
        over_at = interview.schedule.last.over_at
        if over_at:
            known = ends.get(interview.application.id, (over_at, interview.application))
            ends[interview.application.id] = (max(known[0], over_at), interview.application)
    for last, application in ends.values():
        chance = rng.random()
        at = last + timedelta(days=rng.uniform(0.5, 9))
        if chance < 0.34:
            reason = rng.choice(("Skills gap", "Skills gap", "Took another offer"))
            world.reject(application, at, reason)
        elif chance < 0.4:
            world.hire(application, at)


def one_of_each(
    world: World, rng: random.Random, told: Sequence[Interview], anchor: datetime
) -> None:
    """Rare things that must not be left to chance, on interviews that ended and still stand."""
    standing = [
        each
        for each in told
        if each.status(anchor) in ("awaiting_feedback", "complete")
        and each.exists(anchor)
        and each.panel(anchor)
    ]
    waiting = [each for each in standing if each.status(anchor) == "awaiting_feedback"]
    private = rng.choice(waiting)
    standing = [each for each in standing if each.application is not private.application]
    odd, answered, extra, proxied = rng.sample(standing, 4)
    private.application.candidate.private = True
    world.mark(odd, odd.created_at + timedelta(days=1), "under_review")
    answered.panel(anchor)[0].response.set(anchor - timedelta(minutes=5), "delegated")
    admin = next(person for person in world.people if person.site_admin)
    _extra_card(world, extra, anchor)
    _by_proxy(world, proxied, admin, anchor)


def _extra_card(world: World, interview: Interview, anchor: datetime) -> None:
    """Handed in on a card of its own while the placeholder stays a draft (2.11 rule 6)."""
    for seat in interview.panel(anchor):
        over_at = interview.schedule.at(anchor).over_at
        if seat.person and seat.card and over_at:
            seat.card.submission = Timeline(seat.created_at, None)
            world.submit_extra(interview, seat.person, over_at + timedelta(hours=5))
            return


def _by_proxy(world: World, interview: Interview, admin: Person, anchor: datetime) -> None:
    for seat in interview.panel(anchor):
        over_at = interview.schedule.at(anchor).over_at
        if seat.person and seat.card and over_at:
            seat.card.submission = Timeline(seat.created_at, None)
            at = over_at + timedelta(hours=20)
            world.submit(interview, seat.person, at, by=admin)
            return
