"""One world in which no field of a record has the value of its default or of its neighbour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from plugin.sandbox.entities import Application, Interview, Job, Person
from plugin.sandbox.world import World
from tests.connectors.contract.worlds import DAY, HOUR, MONDAY


def everything() -> World:
    """Every field of every record differs from its default and from its neighbours.

    Nobody has two roles; recruiters and coordinators were reassigned; there are words of every
    kind, extra and proxied and deleted cards, all-day and undated meetings, outsiders, guests who
    owe nothing, people of one name, without an address, who left and who came back.
    """
    world = World.empty(founded=MONDAY - 400 * DAY)
    vera = world.person("Vera Kahn", "vera@example.org")
    mara = world.person("Mara Field", "mara@example.org", manager=vera)
    nils = world.person("Nils Orth", "nils@example.org", manager=vera)
    pia = world.person("Pia Holt", "pia@example.org", site_admin=True, manager=nils)
    ira, cas, dov, ivo, zoe, bo, eli = (
        world.person(f"{name} Lind", f"{name.lower()}@example.org", manager=mara)
        for name in ("Ira", "Cas", "Dov", "Ivo", "Zoë", "Bo", "Eli")
    )
    una = world.person("Una", "una@example.org")
    robot = world.person("Robot Rota", "", service=True)
    engineer = world.job("Engineer", recruiter=pia, coordinator=cas, hiring_managers=[mara, nils])
    world.job("Designer", department=None, hiring_managers=[vera])
    world.job("Analyst", department="Finance", recruiter=vera, confidential=True)

    def apply(name: str, job: str | Job, at: int, **team: Any) -> Application:
        return world.application(name, job, created_at=MONDAY - at * DAY, **team)

    noor = apply("Noor Vance", engineer, 30, recruiter=ira, coordinator=dov)
    sam = apply("Sam Okoro", engineer, 29)
    ines = apply("Ines Bauer", "Designer", 28, coordinator=eli)
    kai = apply("Kai", "Designer", 27, recruiter=pia)
    hired = apply("Hana Ito", engineer, 26, recruiter=pia)
    turned = apply("Tom Rey", engineer, 25, recruiter=pia)
    refused = apply("Rut Sand", "Designer", 24, recruiter=ira)
    back = apply("Ben Ode", "Designer", 23, recruiter=ira)
    erased = apply("Era Sed", "Designer", 22, recruiter=ira)
    private = apply("Priya Vale", engineer, 21, recruiter=ira, private=True)
    secret = apply("Conny Fide", "Analyst", 20, recruiter=dov)
    gone = apply("Gus Away", "Designer", 19, recruiter=ira)
    lost = apply("Los Thrin", "Designer", 18, recruiter=ira)
    apply("Alo Nair", engineer, 17, recruiter=ira, coordinator=dov)

    def meet(
        who: Application, name: str, day: float, *panel: Person | str, **more: Any
    ) -> Interview:
        start = MONDAY + day * DAY
        made = start - (40 - len(world.interviews)) * HOUR
        end = start + timedelta(minutes=30 + len(world.interviews))
        return world.interview(who, name, start, end, panel, created_at=made, **more)

    for number, answer in enumerate(("accepted", "declined", "tentative", "needs_action")):
        asked = (ivo, zoe, una, bo)[number]
        each = meet(sam, f"Round {number}", number - 9, asked, eli)
        world.respond(each, asked, MONDAY + (number - 10) * DAY, answer)
        if number % 2:
            world.submit(each, eli, MONDAY + (number - 8) * DAY)
    proxied = meet(noor, "Phone screen", -9, ivo, una, organizer=ivo)
    world.submit(proxied, ivo, MONDAY - 8 * DAY, by=pia)
    world.save_draft(proxied, una, MONDAY - 8 * DAY)
    extra = meet(noor, "Systems talk", -6, zoe, una)
    world.submit_extra(extra, zoe, MONDAY - 5 * DAY)
    world.submit(extra, una, MONDAY - 5 * DAY, by=robot)
    lone = meet(noor, "Pairing", -3, bo, ivo)
    world.delete_scorecard(lone, ivo, MONDAY - 2 * DAY)
    world.submit(lone, bo, MONDAY - 2 * DAY - HOUR)
    world.delete_scorecard(lone, bo, MONDAY - 1 * DAY)
    meet(noor, "Lunch", -2, eli, zoe, require_scorecard=False)
    meet(noor, "Team talk", -1, una, "guest@example.net", without_card=[cas], organizer=dov)
    meet(noor, "Final", 5, vera, una)
    moved = meet(ines, "Portfolio", -4, zoe, ivo)
    world.move(moved, MONDAY - 5 * DAY, MONDAY - 1 * DAY, MONDAY - 1 * DAY + 2 * HOUR)
    swapped = meet(ines, "Pairing", -2, eli, bo)
    world.swap(swapped, MONDAY - 3 * DAY, out=bo, into=una)
    removed = meet(ines, "Values", 1, ivo, zoe)
    world.remove(removed, ivo, MONDAY)
    loose = meet(ines, "Final", 2, zoe)
    world.unschedule(loose, MONDAY + DAY)
    off = meet(kai, "Portfolio", -8, una)
    world.cancel(off, MONDAY - 9 * DAY)
    vanished = meet(kai, "Pairing", -7, una)
    world.cancel(vanished, MONDAY - 8 * DAY, gone=True)
    odd = meet(kai, "Values", -6, zoe)
    world.mark(odd, MONDAY - 7 * DAY, "under_review")
    day = (MONDAY - 4 * DAY).date()
    world.all_day_interview(
        kai, "On-site day", day, day + DAY, [eli, ivo], created_at=MONDAY - 9 * DAY
    )
    for number, word in enumerate(
        ("to_be_scheduled", "collect_feedback", "to_be_sent", "sent", "received")
    ):
        take_home = number > 1
        slot = world.slot(
            engineer,
            f"Undated {number}",
            minutes=None,
            scheduling_type="take_home_test" if take_home else "needs_scheduling",
        )
        world.scaffolding(sam, slot, word, created_at=MONDAY - number * DAY)
    for number, who in enumerate(
        (hired, turned, refused, back, erased, private, secret, gone, lost)
    ):
        meeting = meet(who, "Talk", number - 9.5, (ivo, zoe, una, eli)[number % 4], bo)
        world.submit(meeting, bo, MONDAY + (number - 9) * DAY)
    world.close_job(engineer, MONDAY + DAY)
    world.hire(hired, MONDAY - DAY)
    world.convert(turned, MONDAY - DAY + HOUR)
    world.reject(refused, MONDAY + HOUR)
    world.reject(back, MONDAY - 2 * DAY)
    world.unreject(back, MONDAY + 2 * HOUR)
    world.move_stage(noor, MONDAY + 3 * HOUR, "Final round")
    world.anonymize(erased.candidate, MONDAY + DAY)
    world.delete_application(gone, MONDAY + DAY + HOUR)
    world.delete_candidate(lost.candidate, MONDAY + DAY + 2 * HOUR)
    world.leave(bo, MONDAY + 2 * DAY)
    world.leave(una, MONDAY - 12 * DAY)
    world.come_back(una, MONDAY - 11 * DAY)
    return world
