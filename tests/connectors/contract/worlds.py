"""Small worlds: one story with a turn of every kind, and invented ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from plugin.sandbox.entities import Application, Interview, Person
from plugin.sandbox.world import World

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = MONDAY + 3 * DAY
HISTORY_DAYS = 15
"""Everything in these worlds lies within so many days before NOW."""


def turns() -> World:
    """Ten interviews in three weeks: handed in, moved, swapped, called off, left, rejected."""
    world = World.empty()
    pia = world.person("Pia Holt", "pia@example.org", site_admin=True)
    ivo, mara, zoe, bo = (
        world.person(name, f"{name.split()[0].lower()}@example.org")
        for name in (
            "Ivo Brandt",
            "Mara Field",
            "Zoë Dahl",
            "Bo Lind",
        )
    )
    noor = world.application("Noor Vance", recruiter=pia, hiring_managers=[mara])
    sam = world.application("Sam Okoro", "Designer", department="Design", recruiter=pia)
    ines = world.application("Ines Bauer", "Designer", coordinator=bo)

    def meet(who: Application, name: str, day: int, *panel: Person) -> Interview:
        start = MONDAY + day * DAY
        return world.interview(who, name, start, start + HOUR, panel)

    first = meet(noor, "Phone screen", -11, pia)
    world.submit(first, pia, MONDAY - 11 * DAY + 3 * HOUR)
    second = meet(noor, "Systems talk", -4, ivo, mara)
    world.submit(second, ivo, MONDAY - 3 * DAY)
    meet(noor, "Final", 6, mara, zoe)
    third = meet(sam, "Portfolio", -9, zoe)
    world.move(third, MONDAY - 10 * DAY, MONDAY - 2 * DAY, MONDAY - 2 * DAY + HOUR)
    fourth = meet(sam, "Pairing", -1, ivo, bo)
    world.swap(fourth, MONDAY - 2 * DAY, out=bo, into=mara)
    world.submit(fourth, mara, MONDAY + 1 * DAY, by=pia)
    meet(sam, "Values", 0, bo)
    fifth = meet(ines, "Phone screen", 1, pia)
    world.cancel(fifth, MONDAY)
    meet(ines, "Portfolio", 2, zoe, ivo)
    sixth = meet(ines, "Pairing", 1, bo)
    world.cancel(sixth, MONDAY + 2 * DAY + HOUR, gone=True)
    world.move_stage(noor, MONDAY - 5 * DAY, "Phone screen")
    world.move_stage(noor, MONDAY - 1 * DAY, "Final round")
    world.move_stage(sam, MONDAY + HOUR, "Final round")
    world.application("Kai Sand", "Designer", recruiter=pia, created_at=MONDAY + 2 * HOUR)
    world.leave(bo, MONDAY + 2 * DAY)
    world.close_job(sam.job, MONDAY + DAY)
    world.reject(sam, MONDAY + 2 * DAY)
    return world


@st.composite
def small_worlds(draw: st.DrawFn) -> World:
    """One to four interviews with panels of up to three; each may take a turn or two."""
    world = World.empty()
    people = [world.person(f"Person {n}", f"p{n}@example.org") for n in range(4)]
    applications = [
        world.application(name, job, recruiter=people[0])
        for name, job in (("Noor Vance", "Engineer"), ("Sam Okoro", "Designer"))
    ]
    for number in range(draw(st.integers(1, 4))):
        start = MONDAY + draw(st.integers(-9 * 24, 9 * 24)) * HOUR
        panel = draw(st.lists(st.sampled_from(people), min_size=1, max_size=3, unique=True))
        application = draw(st.sampled_from(applications))
        meeting = world.interview(
            application, f"Round {number}", start, start + HOUR, panel, created_at=start - 3 * DAY
        )
        _turn(draw, world, meeting, panel, start)
    return world


def _turn(
    draw: st.DrawFn, world: World, meeting: Interview, panel: list[Person], start: datetime
) -> None:
    match draw(st.sampled_from(["none", "submit", "move", "cancel", "delete", "leave", "draft"])):
        case "submit":
            for person in panel[: draw(st.integers(1, len(panel)))]:
                world.submit(meeting, person, start + draw(st.integers(1, 90)) * HOUR)
        case "move":
            later = start + draw(st.integers(1, 48)) * HOUR
            world.move(meeting, start - DAY, later, later + HOUR)
        case "cancel":
            world.cancel(meeting, start - DAY)
        case "delete":
            world.cancel(meeting, start - DAY, gone=True)
        case "leave":
            world.leave(panel[0], start + DAY)
        case "draft":
            world.save_draft(meeting, panel[0], start + DAY)
