"""Merge's dialect over HTTP, rule by rule of other-ats.md 4."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from connectors.model import Kind
from plugin.sandbox.server import SandboxServer
from tests.plugin.sandbox_kit import DAY, HOUR, MONDAY, Story, story


class Client:
    """Asks one server with one key and one account token."""

    def __init__(self, server: SandboxServer) -> None:
        given = server.environment("merge")
        self.api = given["MERGE_API_URL"]
        self.headers = {
            "Authorization": f"Bearer {given['MERGE_API_KEY']}",
            "X-Account-Token": given["MERGE_ACCOUNT_TOKEN"],
        }

    def ask(self, path: str, **parameters: str) -> requests.Response:
        url = f"{self.api}/{path}"
        return requests.get(url, params=parameters, headers=self.headers, timeout=5)

    def rows(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        answer = self.ask(path, **parameters)
        assert answer.status_code == 200, answer.text
        assert set(answer.json()) == {"next", "previous", "results"}
        rows: list[dict[str, Any]] = answer.json()["results"]
        return rows


def serving(told: Story, now: datetime = MONDAY + DAY, **account: Any) -> SandboxServer:
    return SandboxServer(told.world, now=now, dialects=("merge",), **account)


@pytest.fixture
def told() -> Story:
    told = story()
    told.world.submit(told.talk, told.ivo, told.ends_at + HOUR)
    return told


@pytest.fixture
def server(told: Story) -> Iterator[SandboxServer]:
    with serving(told) as server:
        yield server


@pytest.fixture
def client(server: SandboxServer) -> Client:
    return Client(server)


def name(server: SandboxServer, kind: Kind, entity: Any) -> str:
    return server.dialects["merge"].id_of(kind, entity)


def test_an_interview_names_its_panel_and_a_scorecard_its_interview(
    client: Client, server: SandboxServer, told: Story
) -> None:
    [talk] = client.rows("interviews")
    assert talk["id"] == name(server, Kind.INTERVIEW, told.talk)
    assert set(talk["interviewers"]) == {
        name(server, Kind.PERSON, person) for person in (told.ivo, told.mara)
    }
    assert (talk["status"], talk["end_at"]) == ("AWAITING_FEEDBACK", "2026-11-16T15:00:00.000Z")
    [card] = client.rows("scorecards")
    assert card["interview"] == talk["id"]
    assert card["interviewer"] == name(server, Kind.PERSON, told.ivo)
    assert card["submitted_at"] == "2026-11-16T16:00:00.000Z"
    assert card["overall_recommendation"] == "YES"
    assert "notes" not in json.dumps(card)


def test_expanded_fields_are_whole_records(client: Client, told: Story) -> None:
    [talk] = client.rows("interviews", expand="interviewers,application")
    assert {each["email"] for each in talk["interviewers"]} == {told.ivo.email, told.mara.email}
    application = client.ask(f"applications/{talk['application']['id']}", expand="candidate").json()
    assert application["candidate"]["first_name"] == "Noor"
    assert isinstance(talk["application"]["candidate"], str), "one level deep"


@pytest.mark.parametrize(
    "parameters",
    [
        {"page_size": "101"},
        {"page_size": "0"},
        {"page_size": "many"},
        {"cursor": "never-given"},
        {"ends_after": "2026-11-01T00:00:00Z"},
        {"expand": "candidate"},
        {"modified_after": "yesterday"},
        {"modified_after": "2026-11-01T00:00:00"},
    ],
)
def test_what_is_not_listed_is_refused(client: Client, parameters: dict[str, str]) -> None:
    assert client.ask("interviews", **parameters).status_code == 400


@pytest.mark.parametrize("header", ["Authorization", "X-Account-Token"])
def test_both_the_key_and_the_account_token_are_needed(client: Client, header: str) -> None:
    for wrong in ("", "Bearer wrong"):
        client.headers[header] = wrong
        assert client.ask("users").status_code == 401


@pytest.mark.parametrize("path", ["nothing", "users/nobody", "interviews/x/y"])
def test_what_is_not_there_is_404(client: Client, path: str) -> None:
    assert client.ask(path).status_code == 404


def test_pages_are_walked_by_an_opaque_cursor_until_it_is_null(client: Client) -> None:
    first = client.ask("users", page_size="3").json()
    second = client.ask("users", page_size="3", cursor=first["next"]).json()
    assert [len(first["results"]), len(second["results"])] == [3, 1]
    assert second["next"] is None
    ids = [row["id"] for page in (first, second) for row in page["results"]]
    assert len(set(ids)) == 4


def test_filters_compare_with_merges_own_stamps(client: Client) -> None:
    assert client.rows("scorecards", modified_after="2026-11-16T15:59:59Z")
    assert not client.rows("scorecards", modified_after="2026-11-16T16:00:00Z")
    assert not client.rows("scorecards", modified_before="2026-11-16T16:00:00Z")
    assert not client.rows("scorecards", interview_id="another")


def test_what_is_deleted_is_shown_when_it_is_asked_for(told: Story) -> None:
    told.world.delete_interview(told.talk, MONDAY + DAY - HOUR)
    with serving(told) as server:
        client = Client(server)
        assert client.rows("interviews") == []
        [talk] = client.rows("interviews", include_deleted_data="true")
        assert talk["remote_was_deleted"] is True
        assert client.ask(f"interviews/{talk['id']}").json() == talk


@pytest.mark.parametrize(("as_deleted", "shown"), [(True, []), (False, ["skipped"])])
def test_there_is_no_word_for_cancelled(told: Story, as_deleted: bool, shown: list[str]) -> None:
    told.world.cancel(told.talk, MONDAY + HOUR)
    with serving(told, cancelled_is_deleted=as_deleted) as server:
        assert [row["status"] for row in Client(server).rows("interviews")] == shown


def test_a_rejected_application_has_a_stamp_and_a_hired_one_nothing(told: Story) -> None:
    hired = told.world.application("Ada Ito", recruiter=told.pia)
    told.world.hire(hired, MONDAY)
    told.world.reject(told.noor, MONDAY + HOUR)
    with serving(told) as server:
        rows = {row["remote_id"]: row["rejected_at"] for row in Client(server).rows("applications")}
    assert rows == {str(told.noor.id): "2026-11-16T10:00:00.000Z", str(hired.id): None}


def test_the_copy_is_as_old_as_merges_last_reading(told: Story) -> None:
    with serving(told, now=told.ends_at + 2 * HOUR, every=DAY) as server:
        client = Client(server)
        assert client.rows("scorecards") == [], "handed in since midnight"
        status = {row["model_id"]: row for row in client.rows("sync-status")}
        assert status["ats.Scorecard"]["data_fresh_as_of"] == "2026-11-16T00:00:00.000Z"
        server.advance(MONDAY + DAY)
        [card] = client.rows("scorecards")
        assert card["modified_at"] == "2026-11-17T00:00:00.000Z"
        assert card["submitted_at"] == "2026-11-16T16:00:00.000Z"


def test_an_ats_may_give_no_scorecards_or_none_with_an_interview(told: Story) -> None:
    with serving(told, scorecards=False) as server:
        assert Client(server).rows("scorecards") == []
        models = {row["model_name"] for row in Client(server).rows("sync-status")}
        assert "Scorecard" not in models
    with serving(told, linked_cards=False) as server:
        [card] = Client(server).rows("scorecards")
        assert (card["interview"], card["application"] is not None) == (None, True)


def test_an_account_linked_lately_has_all_its_records_from_then(told: Story) -> None:
    with serving(told, linked_at=MONDAY + 20 * HOUR) as server:
        stamps = {row["modified_at"] for row in Client(server).rows("interviews")}
    assert stamps == {"2026-11-17T05:00:00.000Z"}


def test_a_hundred_requests_a_minute_and_no_header_about_it(told: Story) -> None:
    clock = [MONDAY]
    with serving(told, clock=lambda: clock[0], limit=2) as server:
        client = Client(server)
        answers = [client.ask("users") for _ in range(3)]
        assert [each.status_code for each in answers] == [200, 200, 429]
        assert not [h for each in answers for h in each.headers if "ate-" in h or "etry" in h]
        clock[0] += timedelta(minutes=1)
        assert client.ask("users").status_code == 200


def test_without_the_right_to_private_things_they_are_not_there(told: Story) -> None:
    hidden = told.world.application("Secret Person", private=True)
    told.world.interview(hidden, "Talk", MONDAY, MONDAY + HOUR, [told.ivo])
    with serving(told, sees_private=False) as server:
        assert len(Client(server).rows("interviews")) == 1
        assert len(Client(server).rows("candidates")) == 1
    with serving(told) as server:
        assert len(Client(server).rows("interviews")) == 2


def test_events_tell_of_records_as_merge_wrote_them(told: Story) -> None:
    with serving(told, now=MONDAY, every=DAY) as server:
        dialect = server.dialects["merge"]
        server.advance(MONDAY + 2 * DAY)
        events = dialect.events(MONDAY, MONDAY + 2 * DAY)
    assert {each.action for each in events} >= {
        "ScheduledInterview.changed",
        "Scorecard.changed",
        "LinkedAccount.synced",
    }
    assert [each.at for each in events] == sorted(each.at for each in events)
    assert {each.at.hour for each in events} == {0}


@pytest.mark.parametrize("padded", [True, False])
def test_a_webhook_is_signed_over_its_raw_bytes_in_url_safe_base64(
    told: Story, padded: bool
) -> None:
    with serving(told, padded=padded) as server:
        dialect = server.dialects["merge"]
        event = dialect.events(MONDAY, MONDAY + DAY)[-1]
        letter = dialect.habits.letter(event, "", "a-key")
    digest = hmac.new(b"a-key", letter.body, hashlib.sha256).digest()
    encoded = base64.urlsafe_b64encode(digest).decode()
    assert letter.headers["X-Merge-Webhook-Signature"] == encoded[: None if padded else -1]
    content = json.loads(letter.body)
    assert set(content) == {"hook", "linked_account", "data"}
    assert content["hook"]["event"] == event.action
    assert content["linked_account"]["category"] == "ats"


def test_faults_strike_and_requests_are_remembered(client: Client, server: SandboxServer) -> None:
    server.faults.status("interviews", 503)
    assert client.ask("interviews").status_code == 503
    server.faults.mangle("scorecards", "submitted_at", None)
    assert client.rows("scorecards")[0]["submitted_at"] is None
    server.faults.expired_cursor("users")
    assert client.ask("users", cursor="x").status_code == 400
    server.faults.loop("jobs", times=1)
    assert client.ask("jobs", cursor=client.ask("jobs").json()["next"]).json()["results"]
    server.faults.revoke_token("users")
    assert client.ask("users").status_code == 401
    assert server.requests[0].path == "/merge/api/ats/v1/interviews"
