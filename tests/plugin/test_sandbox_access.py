"""Who may ask, and how often, over HTTP (greenhouse.md 1 and 3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import requests

from plugin.sandbox.resources import RESOURCES
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


def test_a_token_answer_says_when_it_expires_and_never_how_long_it_lives(client: Client) -> None:
    """Trap 9."""
    answer = client.mint()
    assert set(answer.json()) == {"access_token", "token_type", "expires_at"}
    assert datetime.fromisoformat(answer.json()["expires_at"]).tzinfo is not None
    assert answer.json()["access_token"].count(".") == 2


def test_a_wrong_secret_gets_no_token(client: Client) -> None:
    answer = client.mint(secret="wrong")
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_another_grant_gets_no_token(client: Client) -> None:
    assert client.mint(grant_type="password").status_code == 400


def test_a_credential_without_scopes_gets_no_token(told: Story) -> None:
    with SandboxServer(told.world, now=MONDAY, scopes=()) as server, Client(server) as client:
        answer = client.mint()
    assert answer.status_code == 400
    assert "not requesting any scopes" in answer.text


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Basic Zm9vOmJhcg=="])
def test_without_a_good_token_every_list_answers_401(
    server: SandboxServer, authorization: str | None
) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = requests.get(f"{server.url}/v3/users", headers=headers, timeout=5)
    assert answer.status_code == 401
    assert isinstance(answer.json()["message"], str)
    assert isinstance(answer.json()["errors"], list)


def test_a_token_is_refused_once_it_has_expired(told: Story) -> None:
    clock = [MONDAY]
    with (
        SandboxServer(told.world, now=MONDAY, clock=lambda: clock[0]) as server,
        Client(server) as client,
    ):
        clock[0] += timedelta(minutes=59, seconds=59)
        assert client.ask("users").status_code == 200
        clock[0] += timedelta(seconds=1)
        answer = client.ask("users")
    assert answer.status_code == 401
    assert "expired" in answer.json()["message"]


@pytest.mark.parametrize("revokes", [True, False])
def test_a_new_token_may_revoke_the_old_one(told: Story, revokes: bool) -> None:
    """Trap 10."""
    with (
        SandboxServer(told.world, now=MONDAY, new_token_revokes_old=revokes) as server,
        Client(server) as first,
        Client(server) as second,
    ):
        statuses = first.ask("users").status_code, second.ask("users").status_code
    assert statuses == (401 if revokes else 200, 200)


def test_only_a_site_admin_may_list(told: Story, server: SandboxServer) -> None:
    statuses = {}
    for person in (told.pia, told.ivo):
        with Client(server, sub=str(person.id)) as client:
            statuses[person.first_name] = client.ask("interviews").status_code
    assert statuses == {"Pia": 200, "Ivo": 403}


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_a_scope_that_is_not_ticked_is_a_403(told: Story, name: str) -> None:
    scopes = {each.scope for each in RESOURCES.values()} - {f"harvest:{name}:list"}
    with SandboxServer(told.world, now=MONDAY, scopes=scopes) as server, Client(server) as client:
        other = "users" if name != "users" else "jobs"
        assert (client.ask(name).status_code, client.ask(other).status_code) == (403, 200)


def test_a_get_with_a_body_is_refused(client: Client) -> None:
    """Trap 22."""
    answer = client.session.get(
        f"{client.api}/users",
        data="{}",
        headers={"Authorization": f"Bearer {client.token}"},
        timeout=5,
    )
    assert answer.status_code == 403


def test_the_rate_window_is_fixed_and_says_when_it_opens_again(told: Story) -> None:
    clock = [MONDAY + timedelta(seconds=12)]
    with (
        SandboxServer(told.world, now=MONDAY, limit=2, clock=lambda: clock[0]) as server,
        Client(server) as client,
    ):
        answers = [client.ask("users") for _ in range(3)]
        clock[0] += timedelta(seconds=18)
        reopened = client.ask("users")
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert [each.headers["X-RateLimit-Remaining"] for each in answers] == ["1", "0", "0"]
    assert {each.headers["X-RateLimit-Limit"] for each in answers} == {"2"}
    reset = str(int((MONDAY + timedelta(seconds=30)).timestamp()))
    assert {each.headers["X-RateLimit-Reset"] for each in answers} == {reset}
    assert answers[2].headers["Retry-After"] == "18"
    assert reopened.status_code == 200


def test_token_requests_have_a_window_of_their_own(told: Story) -> None:
    clock = lambda: MONDAY  # noqa: E731
    with (
        SandboxServer(told.world, now=MONDAY, limit=1, token_limit=2, clock=clock) as server,
        Client(server) as client,
    ):
        assert client.mint().status_code == 200
        assert client.mint().status_code == 429
        assert client.ask("users").status_code == 200
