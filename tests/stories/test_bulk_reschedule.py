"""Sixty interviews are moved at once, an hour before everybody would be nudged about them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.model import utc
from plugin.sandbox.world import World
from tests.stories.desk import heard
from tests.stories.harness import story

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HELD = utc("2026-11-09T09:00Z")
"""Monday 10:00 in Berlin; due on Wednesday at 11:00, that is 10:00 UTC."""
MOVED = utc("2026-11-11T09:00Z")
PEOPLE, EACH = 12, 5


def company() -> World:
    """Twelve people with five interviews each. All are moved by a week, and one of each person's
    a day further ten minutes later."""
    world = World.empty()
    pia = world.person("Pia Holt", "pia@example.org")
    for number in range(PEOPLE):
        person = world.person(f"P{number} Lund", f"p{number}@example.org")
        for place in range(EACH):
            application = world.application(f"Candidate {number}-{place}", recruiter=pia)
            talk = world.interview(application, "Systems talk", HELD, HELD + HOUR, [person])
            world.move(talk, MOVED, HELD + 7 * DAY, HELD + HOUR + 7 * DAY)
            if place == 0:
                at = MOVED + timedelta(minutes=10)
                world.move(talk, at, HELD + 8 * DAY, HELD + HOUR + 8 * DAY)
    return world


@pytest.mark.parametrize("dialect", ["greenhouse", pytest.param("ashby", marks=pytest.mark.slow)])
def test_nobody_hears_of_the_old_hour_and_everybody_once_of_the_new_one(
    dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ashby rings seventy times within ten minutes; Greenhouse has no webhook for what is moved,
    so that only asking again finds it."""
    with story(company(), "2026-11-09T07:00Z", tmp_path, monkeypatch, dialect=dialect) as told:
        told.sandbox.register_webhook(f"{told.url}/webhooks/{dialect}")
        told.at("2026-11-09T12:00Z", "2026-11-11T08:45Z")
        told.pass_to("2026-11-11T09:11Z")
        rings = PEOPLE * (EACH + 1) if dialect == "ashby" else 0
        assert Counter(told.answers)[200] >= rings
        if dialect == "ashby":
            told.service.doorbells()  # without a poll
            ends = {each.ends_at for each in told.afterword.store.scorecards()}
            assert ends == {HELD + HOUR + 7 * DAY, HELD + HOUR + 8 * DAY}
        told.pass_to("2026-11-11T10:01Z")
        told.service.nudges()  # only reading again can know
        told.silence()
        told.at("2026-11-11T10:20Z", "2026-11-12T10:01Z", "2026-11-16T07:30Z")
        (report,) = told.arrivals()
        assert report.to == "hiring@example.org"

        told.at("2026-11-16T12:00Z", "2026-11-17T12:00Z", "2026-11-18T09:59Z")
        told.silence()
        due = {each.due_at for each in told.afterword.store.scorecards()}
        assert due == {utc("2026-11-18T10:00Z"), utc("2026-11-19T10:00Z")}
        everybody = sorted(f"p{number}@example.org" for number in range(PEOPLE))
        told.at("2026-11-18T10:01Z")
        wednesday = told.arrivals()
        assert sorted(each.to for each in wednesday) == everybody
        for each in wednesday:
            assert each.text.count(" · Systems talk") == EACH - 1
            assert f"Candidate {each.to[1:].partition('@')[0]}-0" not in each.text
        told.at("2026-11-18T12:00Z", "2026-11-19T08:00Z")
        told.silence()
        told.at("2026-11-19T10:01Z", "2026-11-19T14:00Z")
        thursday = told.arrivals()
        assert sorted(heard(thursday)) == [("11-19 10:01", each) for each in everybody]
        for each in thursday:
            assert f"Candidate {each.to[1:].partition('@')[0]}-0" in each.text
