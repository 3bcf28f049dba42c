"""Afterword itself is off from Friday noon to Monday morning, and three steps pass meanwhile."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.model import utc
from plugin.sandbox.world import World
from tests.stories.desk import Local, heard, polite
from tests.stories.harness import story

HOUR = timedelta(hours=1)
BO, IVO, MARA, PIA, ZOE = (f"{who}@example.org" for who in ("bo", "ivo", "mara", "pia", "zoe"))
REPORT = "hiring@example.org"
POLICY = f"""
due_after_days = 2
day_count = "calendar"

[[ladder]]
to = "interviewer"

[[ladder]]
after_days = 1
to = "interviewer"

[[ladder]]
after_days = 1
to = "interviewer"

[[ladder]]
after_days = 1
to = "recruiter"

[people."{ZOE}"]
zone = "America/New_York"
"""


def test_after_three_days_without_us_everybody_hears_once_and_nobody_is_escalated_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "policy.toml").write_text(POLICY)
    world = World.empty()
    pia, bo, ivo, mara, zoe = (
        world.person(name, address)
        for name, address in (
            ("Pia Holt", PIA),
            ("Bo Ek", BO),
            ("Ivo Brandt", IVO),
            ("Mara Field", MARA),
            ("Zoe Lark", ZOE),
        )
    )
    noor = world.application("Noor Vance", recruiter=pia)
    sam = world.application("Sam Ode", recruiter=pia)
    # until Wednesday 14:00 in Berlin: nudges on Friday, Saturday, Sunday; on Monday the recruiter
    talk_at = utc("2026-11-11T12:00Z")
    talk = world.interview(noor, "Systems talk", talk_at, talk_at + HOUR, [bo, mara, zoe])
    # until Thursday 11:00: nudges on Saturday, Sunday, Monday
    review_at = utc("2026-11-12T09:00Z")
    review = world.interview(sam, "Portfolio review", review_at, review_at + HOUR, [bo, ivo])
    world.submit(review, ivo, utc("2026-11-13T16:00Z"))  # on time, while we were off
    world.submit(talk, mara, utc("2026-11-14T12:00Z"))  # late, while we were off
    world.submit(talk, zoe, utc("2026-11-16T15:00Z"))

    settings = {"AFTERWORD_POLICY": str(tmp_path / "policy.toml")}
    with story(world, "2026-11-09T07:00Z", tmp_path, monkeypatch, settings=settings) as told:
        told.at("2026-11-11T14:00Z", "2026-11-12T12:00Z", "2026-11-13T11:45Z")
        told.silence()
        told.pass_to("2026-11-16T09:29Z")  # off
        told.at("2026-11-16T09:30Z")
        back = told.arrivals()
        assert heard(back) == [("11-16 09:30", BO), ("11-16 09:30", REPORT)]
        digest, report = (each.text.replace("\r\n", "\n") for each in back)
        assert digest.startswith("Two candidates are waiting on your notes")
        assert digest.index("Noor Vance · ") < digest.index("Sam Ode · ")  # who waits longest
        assert "Tomorrow Pia Holt will be asked to help with one of them" in digest
        # what happened meanwhile counts at its own time, and the report says when it looked
        assert "as\nknown on Mon 16 Nov 2026 at 10:30 CET" in report
        assert "submitted 1 · submitted late 1 · overdue 3" in report
        said = told.afterword.store.told([each.key for each in told.afterword.store.scorecards()])
        assert sorted(each.step for some in said.values() for each in some) == [
            "nudge 2",
            "nudge 3",
        ]

        told.at("2026-11-16T09:35Z", "2026-11-16T12:59Z", "2026-11-16T13:01Z", "2026-11-16T16:30Z")
        assert heard(told.arrivals()) == [("11-16 13:01", ZOE)]  # eight in New York

        told.at("2026-11-17T06:59Z", "2026-11-17T07:01Z", "2026-11-17T12:00Z")
        third, escalated = told.arrivals()  # of the step that fell due just after we came back
        assert heard([third, escalated]) == [("11-17 07:01", BO), ("11-17 07:01", PIA)]
        assert "Sam Ode" in third.text
        assert "Tomorrow Pia Holt will be asked to help" in third.text
        assert "Noor Vance" in escalated.text
        assert "Bo Ek was reminded yesterday" in escalated.text
        told.at("2026-11-18T07:01Z", "2026-11-19T07:01Z", "2026-11-20T12:00Z")
        assert heard(told.arrivals()) == [("11-18 07:01", PIA)]
        berlin = dict.fromkeys((BO, IVO, MARA, PIA), Local("Europe/Berlin"))
        polite(told.arrived, {**berlin, ZOE: Local("America/New_York")})
