"""Every scripted fault arrives at a client as the real trouble would (faults.md 27 to 34, 39)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests

from plugin.sandbox.faults import MISSING
from plugin.sandbox.server import SandboxServer
from tests.plugin.sandbox_kit import MONDAY, Client, Story, story


@pytest.fixture
def told() -> Story:
    return story()


@pytest.fixture
def server(told: Story) -> Iterator[SandboxServer]:
    with SandboxServer(told.world, now=MONDAY) as server:
        yield server


@pytest.fixture
def client(server: SandboxServer) -> Iterator[Client]:
    with Client(server) as client:
        yield client


@pytest.mark.parametrize("code", [403, 500, 502, 503])
def test_a_status_strikes_the_nth_request_of_its_path_and_no_other(
    server: SandboxServer, client: Client, code: int
) -> None:
    server.faults.status("users", code, nth=2)
    paths = ("users", "jobs", "users", "users")
    assert [client.ask(path).status_code for path in paths] == [200, 200, code, 200]


def test_a_pattern_strikes_several_paths_for_as_long_as_told(
    server: SandboxServer, client: Client
) -> None:
    server.faults.status("job_*", 500, times=None)
    statuses = [client.ask(path).status_code for path in ("jobs", "job_owners", "job_owners")]
    server.faults.clear()
    assert [*statuses, client.ask("job_owners").status_code] == [200, 500, 500, 200]


@pytest.mark.parametrize("after", ["0", "7", "86400", "Wed, 18 Nov 2026 10:00:00 GMT", None])
def test_a_429_says_what_it_was_told_about_waiting(
    server: SandboxServer, client: Client, after: str | None
) -> None:
    """Case 27."""
    server.faults.rate_limited("interviews", after)
    answer = client.ask("interviews")
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, after)


def test_truncated_json_has_a_length_that_fits(server: SandboxServer, client: Client) -> None:
    """Case 30."""
    server.faults.truncated("users")
    answer = client.ask("users")
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert len(client.rows("users")) == 4


def test_a_body_that_is_cut_off_is_shorter_than_promised(
    server: SandboxServer, client: Client
) -> None:
    server.faults.cut_off("users")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.ask("users")
    assert len(client.rows("users")) == 4


def test_a_maintenance_page_comes_as_html_with_200(server: SandboxServer, client: Client) -> None:
    server.faults.html("users")
    answer = client.ask("users")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!doctype")


def test_a_connection_is_dropped_without_an_answer(server: SandboxServer, client: Client) -> None:
    """Case 28."""
    server.faults.dropped("users")
    with pytest.raises(requests.ConnectionError, match="without response"):
        client.ask("users")
    assert len(client.rows("users")) == 4


def test_a_connection_is_reset_without_an_answer(server: SandboxServer, client: Client) -> None:
    """Case 28."""
    server.faults.reset("users")
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        client.ask("users")
    assert len(client.rows("users")) == 4


def test_a_slow_answer_comes_in_the_end_or_when_the_server_stops(
    server: SandboxServer, client: Client
) -> None:
    server.faults.slow("users", 0.05)
    server.faults.slow("jobs", 60)
    began = time.monotonic()
    assert client.ask("users").status_code == 200
    assert time.monotonic() - began >= 0.05
    with pytest.raises(requests.ReadTimeout):
        client.session.get(f"{client.api}/jobs", timeout=0.05)


def test_a_token_revoked_once_is_replaced_by_minting(server: SandboxServer, client: Client) -> None:
    server.faults.revoke_token(nth=2)
    assert client.ask("users").status_code == 200
    answer = client.ask("users")
    assert (answer.status_code, "revoked" in answer.json()["message"]) == (401, True)
    client.token = client.mint().json()["access_token"]
    assert client.ask("users").status_code == 200


def test_tokens_revoked_for_ever_do_not_come_back_by_minting(
    server: SandboxServer, client: Client
) -> None:
    """Case 29."""
    server.faults.revoke_token(times=None)
    for _ in range(2):
        assert client.ask("users").status_code == 401
        client.token = client.mint().json()["access_token"]


def test_a_page_changes_under_the_reader(
    server: SandboxServer, client: Client, told: Story
) -> None:
    """Case 31."""
    server.faults.meanwhile(
        "users", lambda: told.world.person("New Hire", "new@example.org"), nth=2
    )
    server.faults.meanwhile("interviews", lambda: told.world.cancel(told.talk, MONDAY, gone=True))
    assert [len(client.rows("users")) for _ in range(2)] == [4, 5]
    assert client.rows("interviews") == []


def test_next_links_may_go_in_a_circle(server: SandboxServer, client: Client) -> None:
    """Case 33."""
    server.faults.loop("users")
    first = client.ask("users", {"per_page": "2"})
    second = client.ask(first.links["next"]["url"])
    assert second.links["next"]["url"] == first.links["next"]["url"]
    assert second.json() == first.json()


def test_a_next_link_may_lead_to_another_host(server: SandboxServer, client: Client) -> None:
    """Case 34."""
    server.faults.elsewhere("users", "thief.example.net")
    link = client.ask("users").links["next"]["url"]
    assert link.startswith("https://thief.example.net/v3/users?cursor=")


def test_a_cursor_may_have_expired(server: SandboxServer, client: Client) -> None:
    """Case 32."""
    server.faults.expired_cursor("users", times=None)
    first = client.ask("users", {"per_page": "2"})
    answer = client.ask(first.links["next"]["url"])
    assert (answer.status_code, "expired" in answer.text) == (422, True)


@pytest.mark.parametrize("value", [None, 7, {"an": "object"}])
def test_a_column_may_hold_what_the_specification_excludes(
    server: SandboxServer, client: Client, told: Story, value: object
) -> None:
    """Case 39, trap 13."""
    server.faults.mangle("users", "name", value, row_id=told.ivo.id)
    names = {row["id"]: row["name"] for row in client.rows("users")}
    assert names[told.ivo.id] == value
    assert names[told.mara.id] == "Mara Field"


def test_a_column_may_be_missing(server: SandboxServer, client: Client) -> None:
    server.faults.mangle("users", "deactivated", MISSING)
    assert not [row for row in client.rows("users") if "deactivated" in row]


def test_the_token_endpoint_can_fail_too(server: SandboxServer, client: Client) -> None:
    server.faults.status("token", 503)
    assert [client.mint().status_code for _ in range(2)] == [503, 200]
