"""An interviewer leaves with six scorecards open, and comes back after all."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.model import utc
from plugin.sandbox.world import World
from scheduler.answers import AnswerKind
from tests.plugin.slack_office import choice
from tests.stories.desk import choose, heard, option, press, pressable, row
from tests.stories.harness import story

HOUR = timedelta(hours=1)
BERLIN = "Europe/Berlin"
BO, IDA, PIA, RAE = (f"{who}@example.org" for who in ("bo", "ida", "pia", "rae"))
MEMBERS = {BO: ("U1", BERLIN), IDA: ("U2", BERLIN), PIA: ("U3", BERLIN), RAE: ("U4", BERLIN)}


def test_who_leaves_is_never_asked_again_and_each_recruiter_hears_once_of_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.empty()
    bo, ida, pia, rae = (
        world.person(n, a)
        for n, a in (("Bo Ek", BO), ("Ida Lund", IDA), ("Pia Holt", PIA), ("Rae Okafor", RAE))
    )
    begin = utc("2026-11-09T08:00Z")  # Monday 09:00 in Berlin
    names = ("Noor Vance", "Sam Ode", "Ada Quist", "Eli Storm", "Uma Reyes", "Jon Field")
    for number, name in enumerate(names):
        recruiter = pia if number < 4 else rae
        job = "Platform engineer" if number < 4 else "Data analyst"
        application = world.application(name, job, recruiter=recruiter)
        at = begin + number * HOUR
        panel = [bo, ida] if number == 0 else [bo]
        talk = world.interview(application, "Systems talk", at, at + HOUR, panel)
        if number == 0:
            world.submit(talk, ida, at + 2 * HOUR)
    world.leave(bo, utc("2026-11-12T12:00Z"))
    world.come_back(bo, utc("2026-11-23T07:00Z"))
    kit = world.application("Kit Moss", recruiter=pia)
    begin = utc("2026-11-23T10:00Z")
    new = world.interview(kit, "Systems talk", begin, begin + HOUR, [bo])

    with story(world, "2026-11-09T07:00Z", tmp_path, monkeypatch, members=MEMBERS) as told:
        told.at("2026-11-11T14:01Z")  # Wednesday afternoon, all six are due
        (digest,) = told.arrivals()
        assert digest.to == BO
        assert digest.post is not None
        assert all(name in digest.text for name in names)
        press(told, "U1", choice(row(digest.post, "Noor Vance"), "hand_over"))
        choose(told, "U1", option(told, "Ida Lund"))
        told.at("2026-11-11T14:10Z", "2026-11-12T08:30Z")
        (handed,) = told.arrivals()
        assert handed.to == IDA
        assert "Bo Ek handed this to you" in handed.text

        told.at("2026-11-12T13:00Z")  # an hour after he left
        to_pia, to_rae = told.arrivals()
        assert heard([to_pia, to_rae]) == [("11-12 13:00", PIA), ("11-12 13:00", RAE)]
        assert [name for name in names if name in to_pia.text] == list(names[1:4])
        assert [name for name in names if name in to_rae.text] == list(names[4:])
        for each in (to_pia, to_rae):
            assert (
                "Bo Ek was reminded yesterday and cannot be asked again: "
                "the interviewer's account is deactivated." in each.text
            )
        told.at("2026-11-13T14:01Z", "2026-11-16T09:01Z", "2026-11-17T14:01Z", "2026-11-20T14:01Z")
        (report,) = told.arrivals()
        text = " ".join(report.text.split())
        assert "submitted 1 · submitted late 0 · overdue 5 · awaiting 0 · excused 1" in text
        assert "Unreachable: Bo Ek owes 5" in text

        told.at("2026-11-23T09:30Z", "2026-11-25T10:59Z", "2026-11-25T11:01Z")
        report, again = told.arrivals()
        assert report.to == "hiring@example.org"
        assert (again.to, f"{again.at:%m-%d %H:%M}") == (BO, "11-25 11:01")
        assert "Kit Moss" in again.text  # asked as anybody about what is new
        assert not [name for name in names if name in again.text]  # the recruiters have those
        assert digest.post is not None
        assert pressable(digest.post) == ["nudge.answers"] * 5 + ["answer.undo"]
        world.submit(new, bo, utc("2026-11-25T12:00Z"))
        told.at("2026-11-25T14:31Z", "2026-11-27T14:01Z")
        assert pressable(digest.post) == []  # two weeks old
        (facts,) = [
            each
            for each in told.afterword.store.scorecards()
            if each.candidate == names[0] and each.interviewer.name == "Bo Ek"
        ]
        assert [each.kind for each in facts.answers] == [AnswerKind.HAND_OVER]
