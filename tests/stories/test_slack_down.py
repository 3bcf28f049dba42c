"""Slack is out of order for a morning, then its token is revoked, then it works again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.model import utc
from plugin.sandbox.world import World
from tests.connectors.fake_slack import Fault
from tests.stories.desk import Local, polite
from tests.stories.harness import Arrival, Story, story

HOUR = timedelta(hours=1)
BERLIN = "Europe/Berlin"
BO, IDA, KAI, PIA, OPS = (f"{who}@example.org" for who in ("bo", "ida", "kai", "pia", "ops"))
MEMBERS = {BO: ("U1", BERLIN), IDA: ("U2", BERLIN), KAI: ("U3", BERLIN), PIA: ("U4", BERLIN)}


def carried(arrivals: list[Arrival]) -> list[tuple[str, str, str]]:
    return sorted((f"{each.at:%m-%d %H:%M}", each.to, each.by) for each in arrivals)


def test_mail_takes_over_once_and_slack_comes_back_with_the_next_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 48: one alarm for a revoked token, and one word when it is over."""
    world = World.empty()
    bo, ida, kai = (
        world.person(n, a) for n, a in (("Bo Ek", BO), ("Ida Lund", IDA), ("Kai Roth", KAI))
    )
    pia = world.person("Pia Holt", PIA)
    apps = [world.application(f"Candidate {n}", recruiter=pia) for n in range(3)]
    # Monday until 10:00 in Berlin, due on Wednesday; Tuesday until 10:00, due on Thursday
    monday, tuesday = utc("2026-11-09T08:00Z"), utc("2026-11-10T08:00Z")
    world.interview(apps[0], "Systems talk", monday, monday + HOUR, [bo, ida])
    world.interview(apps[1], "Portfolio review", tuesday, tuesday + HOUR, [kai])
    last = utc("2026-11-11T08:00Z")
    world.interview(apps[2], "Phone screen", last, last + HOUR, [kai])

    settings = {"AFTERWORD_ALARMS_TO": OPS}
    with story(
        world, "2026-11-09T07:00Z", tmp_path, monkeypatch, members=MEMBERS, settings=settings
    ) as told:
        told.at("2026-11-10T12:00Z", "2026-11-11T08:59Z")
        told.silence()
        told.slack.down = Fault(status=500, body="<html>")
        told.at(*(f"2026-11-11T{at}Z" for at in ("09:01", "09:06", "09:16", "09:36", "09:56")))
        told.silence()  # it may be a hiccup
        told.at("2026-11-11T10:16Z", "2026-11-11T10:21Z", "2026-11-11T15:00Z")
        given_up = told.arrivals()
        assert carried(given_up) == [("11-11 10:16", BO, "mail"), ("11-11 10:16", IDA, "mail")]
        assert told.afterword.store.channel_pauses() == {}  # nobody knows that it is broken

        told.slack.down = Fault("token_revoked")
        told.at("2026-11-12T08:30Z")
        told.silence()
        asked = len(told.slack.calls)
        told.at(*(f"2026-11-12T{at}Z" for at in ("09:01", "09:06", "09:11", "09:21", "11:00")))
        person, alarm = told.arrivals()
        assert carried([person, alarm]) == [
            ("11-12 09:01", KAI, "mail"),
            ("11-12 09:01", OPS, "mail"),
        ]
        assert "Slack does not work, others carry its messages" in alarm.text
        assert "token_revoked" in alarm.text
        assert "xoxb" not in alarm.text
        pause = told.afterword.store.channel_pauses()["slack"]
        assert pause.since == utc("2026-11-12T09:01Z")
        calls = Counter(told.slack.calls[asked:])
        assert calls["conversations.open"] + calls["chat.postMessage"] == 1  # one try, not one each
        assert calls["auth.test"] <= 3  # then a probe now and then

        told.at("2026-11-13T09:01Z", "2026-11-13T09:06Z")
        assert carried(told.arrivals()) == [("11-13 09:01", who, "mail") for who in (BO, IDA, KAI)]
        told.slack.down = None
        told.at("2026-11-13T11:30Z", "2026-11-13T11:35Z")
        (over,) = told.arrivals()
        assert over.to == OPS
        assert "Slack works again" in over.text
        assert told.afterword.store.channel_pauses() == {}

        told.at("2026-11-16T07:30Z", "2026-11-16T09:01Z", "2026-11-17T09:01Z", "2026-11-17T15:00Z")
        assert carried(told.arrivals()) == [
            ("11-16 07:30", "hiring@example.org", "mail"),
            ("11-17 09:01", KAI, "slack"),
            ("11-17 09:01", PIA, "slack"),  # about Bo and Ida, both in one
        ]
        once_each(told)
        polite(told.arrived, dict.fromkeys(MEMBERS, Local(BERLIN)))


def once_each(told: Story) -> None:
    """Nobody heard the same step of a scorecard twice, by whatever channel."""
    store = told.afterword.store
    said = store.told([each.key for each in store.scorecards()])
    told_at = [(key, each.step, each.state) for key, some in said.items() for each in some]
    heard = Counter((key, step) for key, step, state in told_at if state == "sent")
    assert set(heard.values()) == {1}
    assert {(key, step) for key, step, state in told_at if state == "failed"} <= heard.keys()
    assert {state for _, _, state in told_at} <= {"sent", "failed"}


def test_a_message_whose_answer_was_lost_is_looked_for_and_never_said_again_by_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.empty()
    bo, ida = (world.person(n, a) for n, a in (("Bo Ek", BO), ("Ida Lund", IDA)))
    pia = world.person("Pia Holt", PIA)
    noor = world.application("Noor Vance", recruiter=pia)
    monday = utc("2026-11-09T08:00Z")
    talk = world.interview(noor, "Systems talk", monday, monday + HOUR, [bo, ida])
    world.submit(talk, ida, utc("2026-11-13T12:00Z"))
    with story(world, "2026-11-09T07:00Z", tmp_path, monkeypatch, members=MEMBERS) as told:
        told.slack.scopes = (*told.slack.scopes, "im:history")
        told.at("2026-11-11T08:59Z")
        told.slack.fail_next("chat.postMessage", drop=True, done=True)
        told.at("2026-11-11T09:01Z", "2026-11-11T09:06Z", "2026-11-11T15:00Z", "2026-11-12T09:01Z")
        assert carried(told.arrivals()) == [("11-11 09:01", who, "slack") for who in (BO, IDA)]
        told.at("2026-11-13T09:01Z", "2026-11-13T15:00Z")
        assert carried(told.arrivals()) == [("11-13 09:01", who, "slack") for who in (BO, IDA)]
        once_each(told)
