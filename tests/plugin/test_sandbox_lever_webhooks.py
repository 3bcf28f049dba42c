"""What Lever posts, and how it signs it (lever.md 4)."""

from __future__ import annotations

import hashlib
import hmac
import json
from itertools import pairwise
from typing import Any

from connectors.model import Kind
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.webhooks import Posted
from tests.connectors.loopback import Answer, Loopback, serving
from tests.plugin.sandbox_kit import DAY, HOUR, MONDAY, Story, story


def rung(told: Story, status: int = 200) -> tuple[list[Any], list[Posted], SandboxServer]:
    """Every content posted in three days, every try, and the server that posted."""
    with serving(lambda asked: Answer(status)) as door:
        server = SandboxServer(told.world, now=MONDAY, dialects=["lever"], webhook_url=door.url)
        with server:
            posted = server.advance(MONDAY + 3 * DAY)
            assert agents(door) <= {"Lever-Webhooks/1.0"}
            return [json.loads(each.body) for each in door.asked], posted, server


def agents(door: Loopback) -> set[str]:
    return {each.headers["user-agent"] for each in door.asked}


def test_there_is_no_event_for_feedback() -> None:
    told = story()
    told.world.submit(told.talk, told.ivo, told.ends_at)
    assert rung(told)[0] == []


def test_the_signature_is_in_the_body_and_covers_token_and_time_by_one_of_the_secrets() -> None:
    told = story()
    told.world.move(told.talk, MONDAY + HOUR, told.starts_at + DAY, told.ends_at + DAY)
    told.world.reject(told.noor, MONDAY + 2 * HOUR)
    contents, _, server = rung(told)
    tokens = server.environment()["LEVER_SIGNATURE_TOKENS"]
    used = []
    for content in contents:
        message = f"{content['token']}{content['triggeredAt']}".encode()
        marks = {
            key: hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
            for key in tokens.split(",")
        }
        used += [key for key, mark in marks.items() if mark == content["signature"]]
    assert [content["event"] for content in contents] == [
        "interviewUpdated",
        "candidateArchiveChange",
    ]
    assert len(used) == len(set(used)) == 2, "each event has a token of its own"
    assert contents[0]["triggeredAt"] == (MONDAY + HOUR).timestamp() * 1000


def test_interviews_ring_when_made_changed_and_deleted_and_name_the_opportunity_alone() -> None:
    told = story()
    later = told.starts_at + DAY
    new = told.world.interview(
        told.noor, "New", later, later + HOUR, [told.ivo], created_at=MONDAY + HOUR
    )
    told.world.swap(new, MONDAY + 2 * HOUR, out=told.ivo, into=told.zoe)
    told.world.cancel(new, MONDAY + 3 * HOUR)
    told.world.delete_interview(new, MONDAY + 4 * HOUR)
    contents, _, server = rung(told)
    opportunity = server.dialects["lever"].id_of(Kind.APPLICATION, told.noor)
    assert [content["event"] for content in contents] == [
        "interviewCreated",
        "interviewUpdated",
        "interviewUpdated",
        "interviewDeleted",
    ]
    assert {str(content["data"]) for content in contents} == {str({"opportunityId": opportunity})}


def test_a_refused_delivery_is_tried_five_more_times_with_growing_waits() -> None:
    told = story()
    told.world.delete_candidate(told.noor.candidate, MONDAY + HOUR)
    contents, posted, _ = rung(told, status=302)
    waits = [after.at - before.at for before, after in pairwise(posted)]
    assert [each.action for each in posted] == ["candidateDeleted"] * 6
    assert waits == sorted(set(waits))
    assert len({(content["id"], content["token"]) for content in contents}) == 1
