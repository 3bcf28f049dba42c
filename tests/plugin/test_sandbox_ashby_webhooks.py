"""What Ashby posts, and how it signs it (ashby.md 4)."""

from __future__ import annotations

import hashlib
import hmac
import json
from itertools import pairwise
from typing import Any

import pytest

from plugin.sandbox.server import SandboxServer
from plugin.sandbox.webhooks import Posted
from tests.connectors.loopback import Answer, Asked, serving
from tests.plugin.sandbox_kit import DAY, HOUR, MONDAY, Story, story


def rung(told: Story, status: int = 200) -> tuple[list[Asked], list[Posted]]:
    with (
        serving(lambda asked: Answer(status)) as door,
        SandboxServer(told.world, now=MONDAY, dialects=["ashby"]) as server,
    ):
        ping = server.register_webhook(door.url)
        assert ping
        return door.asked, [ping, *server.advance(MONDAY + 3 * DAY)]


def contents(asked: list[Asked]) -> list[Any]:
    return [json.loads(each.body) for each in asked]


def test_a_ping_comes_on_saving_and_decides_nothing() -> None:
    told = story()
    told.world.hire(told.noor, MONDAY + HOUR)
    asked, posted = rung(told, status=404)
    assert contents(asked)[0]["data"] == {"webhookActionType": "ping"}
    assert "candidateHire" in {each.action for each in posted}


def test_feedback_rings_for_nothing() -> None:
    told = story()
    told.world.submit(told.talk, told.ivo, told.ends_at)
    assert [each.action for each in rung(told)[1]] == ["ping"]


def test_the_signature_covers_the_raw_bytes() -> None:
    told = story()
    told.noor.candidate.name.set(MONDAY, ("Zoë", "<Vance>"))
    told.world.reject(told.noor, MONDAY + HOUR)
    asked, _ = rung(told)
    for each in asked:
        mark = hmac.new(b"practice-webhook-secret", each.body, hashlib.sha256).hexdigest()
        assert each.headers["ashby-signature"] == f"sha256={mark}"
    assert "Zoë <Vance>".encode() in asked[-1].body


def test_a_new_schedule_rings_twice_and_every_change_of_it_once_more() -> None:
    told = story()
    later = told.starts_at + DAY
    new = told.world.interview(
        told.noor,
        told.world.slot(told.noor.job, "Final", stage="Final round"),
        later,
        later + HOUR,
        [told.ivo],
        created_at=MONDAY + HOUR,
    )
    told.world.move(new, MONDAY + 2 * HOUR, later + HOUR, later + 2 * HOUR)
    told.world.cancel(new, MONDAY + 3 * HOUR)
    asked, posted = rung(told)
    assert [each.action for each in posted[1:]] == [
        "interviewScheduleCreate",
        "interviewScheduleUpdate",
        "interviewScheduleUpdate",
        "interviewScheduleUpdate",
    ]
    schedules = [each["data"]["interviewSchedule"] for each in contents(asked)[1:]]
    assert [each["status"] for each in schedules] == ["Scheduled"] * 3 + ["Cancelled"]
    starts = [each["interviewEvents"][0]["startTime"] for each in schedules]
    assert starts == ["2026-11-17T14:00:00.000Z"] * 2 + ["2026-11-17T15:00:00.000Z"] * 2


def test_a_deleted_candidate_rings() -> None:
    told = story()
    told.world.delete_candidate(told.noor.candidate, MONDAY + HOUR)
    assert [each.action for each in rung(told)[1]] == ["ping", "candidateDelete"]


def test_a_refused_delivery_is_tried_ten_times_in_all_under_one_id() -> None:
    told = story()
    told.world.hire(told.noor, MONDAY + HOUR)
    asked, posted = rung(told, status=503)
    hired = [each for each in posted if each.action == "candidateHire"]
    waits = [(after.at - before.at).total_seconds() for before, after in pairwise(hired)]
    assert waits == [10, 30, 70, 150, 310, 630, 1270, 2550, 5110]
    ids = {c["webhookActionId"] for c in contents(asked) if c["action"] == "candidateHire"}
    assert len(ids) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 405, 410])
def test_some_answers_end_the_trying_at_once(status: int) -> None:
    told = story()
    told.world.hire(told.noor, MONDAY + HOUR)
    _, posted = rung(told, status=status)
    assert {each.attempt for each in posted} == {1}
    assert "candidateHire" in {each.action for each in posted}
