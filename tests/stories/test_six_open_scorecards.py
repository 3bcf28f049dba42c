"""One interviewer, six open scorecards, two ATS accounts, people in three zones: one message."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from connectors.model import utc
from plugin.cli import main
from plugin.sandbox.world import World
from tests.connectors.fake_slack import Post
from tests.plugin.slack_office import choice, words
from tests.stories.desk import Local, choose, line, option, polite, press, pressable, row
from tests.stories.harness import SETTINGS, Story, story

HOUR = timedelta(hours=1)
BO, PIA, RAE = (f"{who}@example.org" for who in ("bo", "pia", "rae"))
MEMBERS = {
    BO: ("U1", "Europe/Berlin"),
    PIA: ("U2", "America/New_York"),
    RAE: ("U3", "Asia/Tokyo"),
}
REPORT = "hiring@example.org"
NAMES = ("Noor Vance", "Sam Ode", "Ada Quist", "Eli Storm", "Uma Reyes", "Jon Field")
"""In the order of their interviews: who waits longest comes first."""
BEGIN = utc("2026-11-09T08:00Z")


def two_accounts() -> tuple[World, World]:
    """Each with three interviews of Bo's, turn by turn on one Monday: Platform engineers are
    looked after by Pia in New York, analysts by Rae in Tokyo."""
    worlds = World.empty(), World.empty()
    for world in worlds:
        world.person("Pia Holt", PIA)
        world.person("Rae Okafor", RAE)
        world.person("Bo Ek", BO)
    for number, name in enumerate(NAMES):
        world = worlds[number % 2]
        pia, rae, bo = world.people
        recruiter = pia if number < 3 else rae
        job = f"{'Platform engineer' if number < 3 else 'Data analyst'}"
        application = world.application(name, job, recruiter=recruiter)
        at = BEGIN + number * HOUR
        world.interview(application, f"Talk {number}", at, at + HOUR, [bo])
    return worlds


def test_six_open_scorecards_make_one_message_and_every_answer_is_seen_in_it_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = two_accounts()
    noor, sam, ada, eli, uma, jon = NAMES
    with story(
        here, "2026-11-09T07:00Z", tmp_path, monkeypatch, members=MEMBERS, beside={"lever": there}
    ) as told:
        told.at("2026-11-09T15:00Z", "2026-11-11T14:01Z")
        (digest,) = told.arrivals()
        post = digest.post
        assert post is not None
        assert (digest.to, pressable(post)) == (BO, ["nudge.answers"] * 6)
        assert in_order(post) == list(NAMES)

        press(told, "U1", choice(row(post, noor), "done_elsewhere"))
        assert line(post, noor).endswith("· done elsewhere")
        press(told, "U1", row(post, noor))  # which is Undo now
        assert in_order(post) == list(NAMES)
        press(told, "U1", choice(row(post, noor), "done_elsewhere"))
        press(told, "U1", choice(row(post, sam), "snooze"))
        choose(told, "U1", option(told, "Monday"))
        press(told, "U1", choice(row(post, ada), "hand_over"))
        choose(told, "U1", option(told, "Pia Holt"))
        press(told, "U1", choice(row(post, eli), "did_not_happen"))
        choose(told, "U1", option(told, "The candidate did not come"))
        assert post.edits == 6
        assert in_order(post)[:2] == [uma, jon]
        assert line(post, sam).endswith("· snoozed until Mon 16 Nov 2026, 08:00")
        assert line(post, ada).endswith("· handed over to Pia Holt")
        assert line(post, eli).endswith("· it did not happen: the candidate did not come")

        written(here, uma, "2026-11-11T15:30Z")
        told.at("2026-11-11T15:45Z")
        assert post.text.startswith(f"{jon} has been waiting")  # the last one reads like a nudge
        written(there, jon, "2026-11-11T16:00Z")
        told.at("2026-11-11T16:15Z")
        assert "Thank you. Nothing is waiting on you until then." in words(post)
        assert pressable(post) == ["answer.undo"] * 4
        told.silence()  # it is Veterans Day in New York
        told.at("2026-11-12T12:59Z", "2026-11-12T13:01Z")
        (handed,) = told.arrivals()
        assert (handed.to, f"{handed.at:%H:%M}") == (PIA, "13:01")
        assert ada in handed.text
        told.at("2026-11-13T12:00Z", "2026-11-16T06:59Z")
        told.silence()

        told.at("2026-11-16T07:01Z")  # Monday morning, as he wished
        arrivals = {each.to: each for each in told.arrivals()}
        assert sorted(arrivals) == [BO, REPORT]
        again, report = arrivals[BO], " ".join(arrivals[REPORT].text.split())
        assert [name for name in NAMES if name in again.text] == [sam]
        assert "submitted 0 · submitted late 2 · overdue 1 · awaiting 0 · excused 3" in report
        assert (
            "Answers: 3 excused (1 done elsewhere, 1 handed over, 1 did not happen), 1 snoozed, "
            "1 undone" in report
        )
        assert "Bo Ek 3 " in report  # one person in two accounts
        for name, said in {
            noor: ("What Bo Ek answered was undone: done elsewhere", "excused, the notes are else"),
            sam: ("snoozed until Mon 16 Nov 2026, 08:00", "Bo Ek: overdue"),
            ada: (
                "handed over to Pia Holt",
                "was sent: hand over by Slack.",
                "the colleague was told.",
            ),
            eli: ("it did not happen: the candidate did not come",),
            uma: ("Bo Ek submitted",),
        }.items():
            for each in said:
                assert each in explained(told, name)
        assert answers_listed(told).count("Undo") >= 4
        written(there, sam, "2026-11-16T09:00Z")
        told.at("2026-11-16T09:15Z", "2026-11-18T12:00Z", "2026-11-20T12:00Z")
        told.silence()
        assert "Thank you. Nothing is waiting on you." in words(post)
        assert again.post is not None
        assert "Thank you" in again.post.text
        assert pressable(again.post) == []
        polite(told.arrived, {each: Local(zone) for each, (_, zone) in MEMBERS.items()})


def in_order(post: Post) -> list[str]:
    """The candidates as the message names them."""
    said = words(post)
    return sorted((name for name in NAMES if name in said), key=said.index)


def written(world: World, name: str, at: str) -> None:
    """Bo hands in the scorecard about a candidate."""
    (talk,) = [
        each for each in world.interviews if each.application.candidate.full_name(utc(at)) == name
    ]
    world.submit(talk, world.people[2], utc(at))


def explained(told: Story, name: str) -> str:
    """What ``afterword explain`` says about a candidate's interview now, in one line."""
    (facts,) = [each for each in told.afterword.store.scorecards() if each.candidate == name]
    asked = ["explain", facts.key.interview_id, "--now", told.now.isoformat()]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


def answers_listed(told: Story) -> str:
    """The page of everything that was answered, as whoever runs Afterword sees it."""
    token = {"Authorization": f"Bearer {SETTINGS['AFTERWORD_PAGE_TOKEN']}"}
    page = requests.get(f"{told.url}/answers", headers=token, timeout=10)
    assert page.status_code == 200
    return page.text
