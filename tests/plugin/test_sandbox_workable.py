"""The practice ATS in Workable's dialect, held to other-ats.md 5 over HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from connectors.model import Kind
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.workable import Workable
from tests.connectors.loopback import Answer, serving
from tests.plugin.sandbox_kit import DAY, HOUR, MONDAY, Story, story

NOW = MONDAY + DAY


class Asking:
    """Asks one practice account and decides nothing itself."""

    def __init__(self, server: SandboxServer, dialect: Workable) -> None:
        self.server, self.dialect = server, dialect
        self.environment = server.environment()
        self.token = self.environment["WORKABLE_TOKEN"]

    def ask(self, path: str, **parameters: str) -> requests.Response:
        url = path if path.startswith("http") else f"{self.environment['WORKABLE_API_URL']}/{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        return requests.get(url, params=parameters, headers=headers, timeout=5)

    def rows(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        answer = self.ask(path, **parameters)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()[path.rsplit("/", 1)[-1]]
        return found


@contextmanager
def practice(told: Story, now: datetime = NOW, **options: Any) -> Iterator[Asking]:
    dialect = Workable(**{"limit": 1000, **options})
    with SandboxServer(told.world, now=now, dialects=[dialect]) as server:
        yield Asking(server, dialect)


def test_an_event_has_the_documented_fields() -> None:
    told = story()
    told.world.respond(told.talk, told.ivo, MONDAY, "accepted")
    with practice(told) as asking:
        [event] = asking.rows("events", type="interview")
        assert asking.ask(f"events/{event['id']}").json() == event
    assert (event["title"], event["type"]) == ("Systems talk", "InterviewEvent")
    assert event["starts_at"] == "2026-11-16T14:00:00.000Z"
    assert event["ends_at"] == "2026-11-16T15:00:00.000Z"
    assert event["cancelled"] is False
    assert event["candidate"]["name"] == "Noor Vance"
    assert set(event["job"]) == {"shortcode", "title"}
    statuses = [(each["name"], each["status"], each["type"]) for each in event["members"]]
    assert statuses == [
        ("Ivo Brandt", "accepted", "Member"),
        ("Mara Field", "needs-action", "Member"),
    ]
    assert "email" not in event["members"][0]


def test_cancelled_events_come_only_when_asked_for() -> None:
    told = story()
    told.world.cancel(told.talk, MONDAY + HOUR)
    with practice(told) as asking:
        assert asking.rows("events") == []
        [event] = asking.rows("events", include_cancelled="true")
    assert event["cancelled"] is True


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"type": "call"}, 0),
        ({"start_date": "2026-11-16T14:00:00Z"}, 1),
        ({"start_date": "2026-11-16T14:00:01Z"}, 0),
        ({"end_date": "2026-11-16T13:59:59Z"}, 0),
        ({"end_date": "2026-11-16T14:00:00Z"}, 1),
        ({"candidate_id": "unknown"}, 0),
        ({"shortcode": "UNKNOWN"}, 0),
        ({"member_id": "unknown"}, 0),
    ],
)
def test_events_are_filtered_by_what_is_documented(
    parameters: Mapping[str, str], found: int
) -> None:
    with practice(story()) as asking:
        assert len(asking.rows("events", **parameters)) == found


@pytest.mark.parametrize(
    "parameters",
    [
        {"updated_after": "2026-11-16T14:00:00Z"},
        {"limit": "101"},
        {"limit": "0"},
        {"type": "InterviewEvent"},
        {"start_date": "yesterday"},
        {"start_date": "2026-11-16T14:00:00"},
        {"since_id": "nobody"},
        {"context": "all"},
    ],
)
def test_what_is_not_documented_is_refused(parameters: Mapping[str, str]) -> None:
    with practice(story()) as asking:
        assert asking.ask("events", **parameters).status_code == 400


def test_members_are_active_ones_unless_asked_for_all_and_have_addresses() -> None:
    told = story()
    told.world.leave(told.ivo, MONDAY)
    with practice(told) as asking:
        active = {each["name"]: each["email"] for each in asking.rows("members")}
        everybody = asking.rows("members", status="all")
        assert [each["name"] for each in asking.rows("members", status="inactive")] == [
            "Ivo Brandt"
        ]
    assert "Ivo Brandt" not in active
    assert active["Mara Field"] == "mara@example.org"
    assert len(everybody) == len(active) + 1


def test_feedback_is_an_activity_of_the_candidate_and_names_no_event() -> None:
    told = story()
    told.world.submit(told.talk, told.ivo, told.ends_at + HOUR, rating="strong_yes")
    told.world.save_draft(told.talk, told.mara, told.ends_at + HOUR)
    with practice(told) as asking:
        name = asking.dialect.id_of(Kind.APPLICATION, told.noor)
        [rating] = asking.rows(f"candidates/{name}/activities", actions="rating")
        job = asking.dialect.id_of(Kind.JOB, told.noor.job)
        assert rating in asking.rows(f"jobs/{job}/activities")
        late = {"actions": "rating", "updated_after": "2026-11-16T16:00:00Z"}
        assert asking.rows(f"candidates/{name}/activities", **late) == []
    assert rating["created_at"] == "2026-11-16T16:00:00.000Z"
    assert rating["member"]["name"] == "Ivo Brandt"
    assert rating["rating"] == {"score": "definite", "scale": "thumbs", "grade": 2}
    assert not any("event" in key or "interview" in key for key in rating)


def test_a_weak_token_sees_no_ratings_and_nothing_can_be_told_then() -> None:
    told = story()
    told.world.submit(told.talk, told.ivo, told.ends_at + HOUR)
    seat = told.world.seat_of(told.talk, told.mara)
    for sees in (True, False):
        with practice(told, sees_ratings=sees) as asking:
            name = asking.dialect.id_of(Kind.APPLICATION, told.noor)
            found = asking.rows(f"candidates/{name}/activities", actions="rating")
            assert bool(found) is sees
            assert asking.dialect.can_tell(seat, NOW) is sees


def test_a_candidate_has_a_page_whose_numbers_are_not_the_short_ids() -> None:
    told = story()
    told.world.reject(told.noor, MONDAY)
    with practice(told) as asking:
        name = asking.dialect.id_of(Kind.APPLICATION, told.noor)
        candidate = asking.ask(f"candidates/{name}").json()["candidate"]
    assert candidate["disqualified"] is True
    assert "/backend/jobs/" in candidate["profile_url"]
    assert name not in candidate["profile_url"]


def test_a_next_link_is_absolute_and_carries_limit_and_since_id_only() -> None:
    told = story()
    for n in range(3):
        start = MONDAY - (n + 1) * DAY
        told.world.interview(told.noor, f"Talk {n}", start, start + HOUR, panel=[told.ivo])
    with practice(told) as asking:
        first = asking.ask("events", limit="2", type="interview").json()
        link = first["paging"]["next"]
        assert link.startswith(f"{asking.server.url}/workable/spi/v3/events?limit=2&since_id=")
        second = asking.ask(link).json()
    names = [each["id"] for each in first["events"] + second["events"]]
    assert len(set(names)) == 4
    assert "paging" not in second


def test_ten_requests_in_ten_seconds_and_the_three_headers() -> None:
    moment = MONDAY
    dialect = Workable()
    server = SandboxServer(story().world, now=NOW, dialects=[dialect], clock=lambda: moment)
    with server:
        asking = Asking(server, dialect)
        answers = [asking.ask("events") for _ in range(11)]
    assert [each.status_code for each in answers] == [200] * 10 + [429]
    told = answers[-1].headers
    assert (told["X-Rate-Limit-Limit"], told["X-Rate-Limit-Remaining"]) == ("10", "0")
    assert int(told["X-Rate-Limit-Reset"]) == int((MONDAY + timedelta(seconds=10)).timestamp())
    assert "Retry-After" not in told


def test_wrong_tokens_missing_scopes_and_what_is_not_there() -> None:
    with practice(story(), scopes={"r_jobs"}) as asking:
        assert asking.ask("members").status_code == 403
        assert asking.ask("candidates/c1").status_code == 403
        assert asking.ask("events/nothing").status_code == 404
        asking.token = "wrong"
        assert asking.ask("events").status_code == 401
    with practice(story(private=True)) as asking:
        name = asking.dialect.id_of(Kind.APPLICATION, asking.server.world.applications[0])
        assert asking.ask(f"candidates/{name}").status_code == 404
        assert asking.rows("events") == []


def test_a_webhook_is_about_a_candidate_and_signed_over_the_raw_body() -> None:
    told = story()
    told.world.move_stage(told.noor, MONDAY + HOUR, "Offer")
    with (
        practice(told, now=MONDAY) as asking,
        serving(lambda asked: Answer(200)) as door,
    ):
        asking.server.register_webhook(f"{door.url}/webhooks/workable")
        asking.server.advance(NOW)
        [asked] = door.asked
        secret = asking.environment["WORKABLE_WEBHOOK_SECRET"]
    body = json.loads(asked.body)
    assert body["event_type"] == "candidate_moved"
    assert body["data"]["stage"] == "Offer"
    digest = hmac.new(secret.encode(), asked.body, hashlib.sha256)
    assert asked.headers["x-workable-signature"] == digest.hexdigest()
    assert base64.b64encode(digest.digest()).decode() != digest.hexdigest()
