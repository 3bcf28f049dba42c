"""Only documented events, in documented shapes, signed over the raw bytes (greenhouse.md 4)."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from plugin.sandbox.server import SandboxServer
from plugin.sandbox.webhooks import OutsideTarget
from tests.plugin.sandbox_kit import DAY, HOUR, MONDAY, Client, Story, story

SECRET = "practice-webhook-secret"


@dataclass
class Receiver:
    """Keeps what is posted to it and answers with the next prepared status, else 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def contents(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    @property
    def actions(self) -> list[str]:
        return [content["action"] for content in self.contents]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            kept.headers.append(dict(self.headers))
            self.send_response(kept.statuses.pop(0) if kept.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    kept.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


def told_until(told: Story, receiver: Receiver, days: int = 3) -> None:
    with SandboxServer(told.world, now=MONDAY, webhook_url=receiver.url) as server:
        server.advance(MONDAY + days * DAY)


def test_an_ordinary_interview_rings_no_bell_at_all(receiver: Receiver) -> None:
    """There is no event for scheduling, moving, swapping, ending, submitting or leaving."""
    told = story()
    world = told.world
    world.interview(
        told.noor,
        "Later",
        told.starts_at + DAY,
        told.ends_at + DAY,
        [told.ivo],
        created_at=MONDAY + HOUR,
    )
    world.move(told.talk, MONDAY + HOUR, told.starts_at + HOUR, told.ends_at + HOUR)
    world.swap(told.talk, MONDAY + HOUR, out=told.mara, into=told.zoe)
    world.submit(told.talk, told.ivo, told.ends_at + 2 * HOUR)
    world.leave(told.zoe, told.ends_at + 2 * HOUR)
    world.unschedule(told.talk, MONDAY + DAY)
    told_until(told, receiver)
    assert receiver.bodies == []


def test_what_happened_between_two_instants_is_told_once_and_in_order(
    receiver: Receiver,
) -> None:
    told = story()
    told.world.move_stage(told.noor, MONDAY + 1 * HOUR, "Final round")
    told.world.reject(told.noor, MONDAY + 2 * HOUR)
    told.world.unreject(told.noor, MONDAY + 3 * HOUR)
    told.world.hire(told.noor, MONDAY + 4 * HOUR)
    with SandboxServer(told.world, now=MONDAY, webhook_url=receiver.url) as server:
        first = server.advance(MONDAY + 2 * HOUR)
        assert server.advance(MONDAY + 2 * HOUR) == []
        second = server.advance(MONDAY + DAY)
    assert [(p.action, p.status) for p in first] == [
        ("candidate_stage_change", 200),
        ("reject_candidate", 200),
    ]
    assert [p.action for p in second] == ["unreject_candidate", "hire_candidate"]
    assert receiver.actions == [p.action for p in first + second]


def test_a_delivery_is_signed_over_its_raw_bytes_with_angle_brackets_escaped(
    receiver: Receiver,
) -> None:
    told = story()
    noor = told.noor.candidate
    noor.name.set(MONDAY, ("<b>Noor</b> & Zoë", "Vance"))
    told.world.reject(told.noor, MONDAY + HOUR)
    told_until(told, receiver)
    (body,), (headers,) = receiver.bodies, receiver.headers
    assert b"<" not in body
    assert b"\\u003cb\\u003eNoor" in body
    assert "Zoë".encode() in body
    wanted = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["Signature"] == f"sha256 {wanted}"
    assert headers["Content-Type"] == "application/json"
    assert headers["Greenhouse-Event-ID"]
    candidate = receiver.contents[0]["payload"]["application"]["candidate"]
    assert candidate["first_name"] == "<b>Noor</b> & Zoë"


def test_a_rejection_speaks_the_older_dialect(receiver: Receiver) -> None:
    told = story()
    told.world.move_stage(told.noor, MONDAY + HOUR, "Final round")
    told.world.reject(told.noor, MONDAY + 2 * HOUR)
    told_until(told, receiver)
    moved, rejected = [content["payload"]["application"] for content in receiver.contents]
    assert (moved["status"], moved["current_stage"]["name"]) == ("active", "Final round")
    assert (rejected["status"], rejected["current_stage"]) == ("rejected", None)
    assert rejected["rejected_at"] == "2026-11-16T11:00:00.000Z"
    assert rejected["rejection_reason"]["name"] == "Skills gap"
    assert rejected["candidate"]["recruiter"]["email"] == "pia@example.org"
    assert [job["id"] for job in rejected["jobs"]] == [told.noor.job.id]


def test_the_current_stage_names_the_slot_and_not_the_scheduled_interview(
    receiver: Receiver,
) -> None:
    told = story(stage="Phone screen")
    told.world.move_stage(told.noor, told.ends_at + HOUR, "Team interviews")
    told_until(told, receiver)
    stage = receiver.contents[0]["payload"]["application"]["current_stage"]
    (slot,) = stage["interviews"]
    assert slot["id"] == told.talk.slot.id != told.talk.id
    assert slot["status"] == "awaiting_feedback"
    assert [each["id"] for each in slot["interviewers"]] == [told.ivo.id, told.mara.id]
    kit, person = told.talk.slot.kit_id, told.noor.candidate.id
    assert slot["interview_kit"]["url"].endswith(f"/guides/{kit}/people/{person}")


@pytest.mark.parametrize("gone", [True, False])
def test_cancelling_an_interview_rings_with_its_id(receiver: Receiver, gone: bool) -> None:
    told = story()
    told.world.cancel(told.talk, MONDAY + HOUR, gone=gone)
    told_until(told, receiver)
    assert receiver.contents == [
        {"action": "interview_deleted", "payload": {"interview": {"id": told.talk.id}}}
    ]


def test_a_card_deleted_alone_rings_and_names_the_candidate(receiver: Receiver) -> None:
    told = story()
    told.world.submit(told.talk, told.ivo, told.ends_at)
    told.world.delete_scorecard(told.talk, told.ivo, told.ends_at + HOUR)
    told_until(told, receiver)
    (content,) = receiver.contents
    card = content["payload"]["scorecard"]
    assert content["action"] == "scorecard_deleted"
    assert (card["candidate_id"], card["scorecard_status"]) == (
        told.noor.candidate.id,
        "complete",
    )
    assert "application_id" not in card


def test_deleting_an_application_rings_for_it_alone(receiver: Receiver) -> None:
    told = story()
    told.world.delete_application(told.noor, MONDAY + HOUR)
    told_until(told, receiver)
    assert receiver.actions == ["delete_application"]
    assert receiver.contents[0]["payload"]["application"]["id"] == told.noor.id


def test_deleting_a_candidate_lists_the_applications_that_went_with_it(
    receiver: Receiver,
) -> None:
    told = story()
    told.world.delete_candidate(told.noor.candidate, MONDAY + HOUR)
    told_until(told, receiver)
    assert receiver.actions == ["delete_candidate"]
    person = receiver.contents[0]["payload"]["person"]
    assert (person["id"], person["deleted_application_ids"]) == (
        told.noor.candidate.id,
        [told.noor.id],
    )


@pytest.mark.parametrize("whole", [True, False])
def test_an_erasure_says_what_was_destroyed(receiver: Receiver, whole: bool) -> None:
    told = story()
    told.world.anonymize(told.noor.candidate, MONDAY + HOUR, with_interviews=whole)
    told_until(told, receiver)
    (content,) = receiver.contents
    assert content["action"] == "candidate_anonymized"
    assert content["payload"]["candidate_id"] == told.noor.candidate.id
    fields = content["payload"]["anonymized_fields"]
    assert "full_name" in fields
    assert ("scorecards_and_interviews" in fields) == whole


def test_the_record_behind_a_bell_has_changed_when_it_rings(receiver: Receiver) -> None:
    told = story()
    told.world.reject(told.noor, MONDAY + HOUR)
    with SandboxServer(told.world, now=MONDAY, webhook_url=receiver.url) as server:
        server.advance(MONDAY + HOUR)
        with Client(server) as client:
            assert client.one("applications")["status"] == "rejected"


def test_anything_but_200_is_tried_again_seven_times_in_all_and_then_dropped(
    receiver: Receiver,
) -> None:
    told = story()
    receiver.statuses = [204, 500, 201, 302, 404, 503, 500]
    told.world.reject(told.noor, MONDAY + HOUR)
    with SandboxServer(told.world, now=MONDAY, webhook_url=receiver.url) as server:
        first = server.advance(MONDAY + HOUR)
        rest = server.advance(MONDAY + 7 * DAY)
    gaps = [(posted.at - MONDAY - HOUR) // timedelta(minutes=1) for posted in first + rest]
    assert gaps == [0, 1, 16, 76, 196, 436, 916]
    assert [posted.attempt for posted in first + rest] == [1, 2, 3, 4, 5, 6, 7]
    assert len({posted.event_id for posted in first + rest}) == 1
    assert len(set(receiver.bodies)) == 1


def test_a_target_that_does_not_answer_is_a_delivery_without_status() -> None:
    told = story()
    told.world.reject(told.noor, MONDAY + HOUR)
    with SandboxServer(told.world, now=MONDAY, webhook_url="http://127.0.0.1:1/") as server:
        (posted,) = server.advance(MONDAY + HOUR)
    assert posted.status is None


def test_a_webhook_whose_ping_fails_stays_silent(receiver: Receiver) -> None:
    told = story()
    told.world.reject(told.noor, MONDAY + HOUR)
    receiver.statuses = [500]
    with SandboxServer(told.world, now=MONDAY) as server:
        refused = server.register_webhook(receiver.url)
        accepted = server.register_webhook(receiver.url, actions={"hire_candidate"})
        assert server.advance(MONDAY + DAY) == []
    assert refused
    assert accepted
    assert (refused.status, accepted.status) == (500, 200)
    assert receiver.actions == ["ping", "ping"]
    assert receiver.contents[0]["payload"]["content-type"] == "application/json"


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org/greenhouse",
        "http://10.0.0.7/",
        "http://localhost.example.org/",
        "http://127.0.0.1@example.org/",
        "ftp://127.0.0.1/",
        "nonsense",
    ],
)
def test_webhooks_never_leave_this_machine(url: str) -> None:
    told = story()
    with pytest.raises(OutsideTarget, match="this machine only"):
        SandboxServer(told.world, now=MONDAY, webhook_url=url)
    with SandboxServer(told.world, now=MONDAY) as server, pytest.raises(OutsideTarget):
        server.register_webhook(url)
