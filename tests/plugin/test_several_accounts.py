"""Several accounts in one installation: each for itself, and a broken one stops nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from connectors.ats.base import Window
from connectors.options import Given
from connectors.signature import hmac_sha256
from plugin.commands.run import web_app
from plugin.health import accounts_at
from plugin.sandbox.greenhouse import Greenhouse
from plugin.sandbox.server import SandboxServer
from plugin.settings import load
from plugin.wiring import opened
from scheduler.jobs import Jobs
from tests.plugin.conftest import Run
from tests.plugin.sandbox_kit import DAY, HOUR, MONDAY, story

LATER = MONDAY + timedelta(hours=8)


@dataclass
class Two:
    """Two companies at one vendor, the first by the environment, the second by the file."""

    first: SandboxServer
    second: SandboxServer

    def server(self, account: str) -> SandboxServer:
        return self.first if account == "greenhouse" else self.second


@pytest.fixture
def two(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    other = Greenhouse(secret="of-the-second", webhook_secret="hook-of-the-second")
    with (
        SandboxServer(story().world, now=LATER) as first,
        SandboxServer(story().world, now=LATER, dialects=[other]) as second,
    ):
        for name, value in first.environment().items():
            monkeypatch.setenv(name, value)
        set_up = second.environment()
        keys = ["client_id", "client_secret", "webhook_secret", "api_url", "token_url", "web_url"]
        lines = [f'{key} = "{set_up[f"GREENHOUSE_{key.upper()}"]}"' for key in keys]
        text = '[connections.emea]\nats = "greenhouse"\n' + "\n".join(lines)
        (place / "policy.toml").write_text(text)
        monkeypatch.setenv("AFTERWORD_POLICY", "policy.toml")
        yield Two(first, second)


def lines(text: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in text.splitlines())


def sync(afterword: Run, now: datetime = LATER) -> tuple[int, dict[str, str], str]:
    """Exit code, what was said of each account, and what went wrong."""
    result = afterword("sync", "--now", now.isoformat())
    return result.exit_code, lines(result.stdout), result.stderr


def test_both_are_read_and_kept_apart(afterword: Run, two: Two) -> None:
    """Case 25: the same ids in two accounts are two things."""
    code, said, _ = sync(afterword)
    assert code == 0
    assert said["greenhouse"] == said["emea"]
    with opened(load()) as parts:
        mine = parts.store.scorecards(ats="greenhouse")
        theirs = parts.store.scorecards(ats="emea")
    assert {each.key.interview_id for each in mine} == {each.key.interview_id for each in theirs}
    assert len(mine) == len(theirs) == 2


@pytest.mark.parametrize("broken", ["greenhouse", "emea"])
def test_a_revoked_key_stops_its_own_account_only(afterword: Run, two: Two, broken: str) -> None:
    """Case 29."""
    two.server(broken).faults.status("token", 401, times=None)
    code, said, stderr = sync(afterword)
    other = ({"greenhouse", "emea"} - {broken}).pop()
    assert code == 1
    assert said[broken].startswith("failed")
    assert said[other].startswith("ok")
    assert f"{broken}: Greenhouse" in stderr
    with opened(load()) as parts:
        assert {each.key.ats for each in parts.store.scorecards()} == {other}
        healthy = {
            each.name
            for each in accounts_at(parts.store, parts.accounts, LATER, DAY)
            if not each.problem
        }
    assert healthy == {other}


def test_each_has_its_own_place_to_go_on_from(afterword: Run, two: Two) -> None:
    sync(afterword)
    two.second.faults.status("token", 401, times=None)
    code, _, _ = sync(afterword, LATER + HOUR)
    assert code == 1
    with opened(load()) as parts:
        reached = {each.ats: each.state["complete_at"] for each in parts.store.connections()}
    assert reached == {
        "greenhouse": (LATER + HOUR).isoformat(),
        "emea": LATER.isoformat(),
    }


def test_who_is_told_to_slow_down_waits_alone(two: Two) -> None:
    two.second.faults.rate_limited("interviews", "50", nth=1)
    waits: dict[str, list[float]] = {"greenhouse": [], "emea": []}
    for name, connection in load().accounts.items():
        given = Given(name, connection.options, lambda: LATER, waits[name].append)
        assert list(connection.plug.build(given).pull(Window(MONDAY - DAY, LATER), {}))
    assert waits["greenhouse"] == []
    assert [int(seconds) for seconds in waits["emea"]] == [50]


def test_each_is_checked_in_the_words_of_whoever_set_it_up(afterword: Run, two: Two) -> None:
    for server in (two.first, two.second):
        server.faults.status("token", 401, times=None)
    found = json.loads(afterword("check", "--json").stdout)["findings"]
    token = {each["subject"]: each for each in found if each["subject"].endswith(": token")}
    assert "GREENHOUSE_CLIENT_SECRET" in token["greenhouse: token"]["remedy"]
    assert "client_secret of [connections.emea]" in token["emea: token"]["remedy"]
    assert "GREENHOUSE" not in token["emea: token"]["remedy"] + token["emea: token"]["detail"]


def test_each_is_rung_at_an_address_of_its_own(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """Case 25: what one account's secret proves, the other's does not."""
    monkeypatch.setenv("AFTERWORD_PAGE_TOKEN", "a-page-token-of-length")
    monkeypatch.setenv("AFTERWORD_SECRET_KEY", "a-secret-key-of-length")
    body = b'{"action": "ping", "payload": {}}'
    signed = {"Signature": f"sha256 {hmac_sha256('hook-of-the-second', body)}"}
    with opened(load(), clock=lambda: LATER) as parts:
        door = web_app(parts, Jobs([], lambda: LATER, Event())).test_client()
        answers = {
            name: door.post(f"/webhooks/{name}", data=body, headers=signed).status_code
            for name in ("greenhouse", "emea", "nobody")
        }
    assert answers == {"greenhouse": 401, "emea": 200, "nobody": 404}
