"""``afterword run`` as a real process, against the practice ATS."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from plugin.clock import wall
from plugin.sandbox.server import SandboxServer
from plugin.sandbox.world import World
from tests.plugin.started import ended, started
from tests.plugin.web import wait_for

HOUR = timedelta(hours=1)
KEYS = {
    "AFTERWORD_PAGE_TOKEN": "a-token-for-tests-0123456789",
    "AFTERWORD_SECRET_KEY": "a-key-for-tests-0123456789",
    "AFTERWORD_LIVE": "false",
}
BEARER = {"Authorization": f"Bearer {KEYS['AFTERWORD_PAGE_TOKEN']}"}


def address_of(line: str) -> str:
    return str(json.loads(line)["url"])


def states(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [state for (state,) in db.execute("SELECT state FROM applications")]


def test_it_syncs_serves_takes_webhooks_and_stops_when_told(tmp_path: Path) -> None:
    """Cases 1, 26: a SIGTERM ends it with 0, and what was answered is in the store."""
    world = World.empty()
    ivo = world.person("Ivo Brandt", "ivo@example.org")
    noor = world.application("Noor Vance")
    at = wall().replace(microsecond=0) - 26 * HOUR
    world.interview(noor, "Systems talk", at, at + HOUR, [ivo])
    path = tmp_path / "afterword.db"
    with SandboxServer(world, now=at + HOUR) as sandbox:
        given = {
            **KEYS,
            **sandbox.environment("greenhouse"),
            "AFTERWORD_BIND": "127.0.0.1:0",
            "AFTERWORD_DATABASE_URL": f"sqlite:///{path}",
        }
        with started(tmp_path, "run", given=given) as running:
            assert running.stdout is not None
            for line in running.stdout:
                if '"serving"' in line:
                    break
            url = address_of(line)
            assert "a dry run" in line
            assert requests.get(f"{url}/healthz", timeout=10).status_code == 200
            wait_for(lambda: requests.get(f"{url}/readyz", timeout=10).status_code == 200)
            assert requests.get(url, timeout=10).status_code == 401
            assert requests.get(url, headers=BEARER, timeout=10).status_code == 200

            posted = sandbox.register_webhook(f"{url}/webhooks/greenhouse")
            assert posted is not None
            assert posted.status == 200
            assert states(path) == ["active"]
            world.reject(noor, at + 2 * HOUR)
            answers = sandbox.advance(at + 3 * HOUR)
            assert {each.status for each in answers} == {200}
            wait_for(lambda: states(path) == ["rejected"])

            running.send_signal(signal.SIGTERM)
            assert running.wait(20) == 0
            rest = running.stdout.read()
    assert '"stopped"' in rest
    assert "Traceback" not in rest
    for secret in KEYS["AFTERWORD_PAGE_TOKEN"], "practice-secret", "Noor", "ivo@example.org":
        assert secret not in rest  # case 67
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM messages").fetchone() == (0,)


@pytest.mark.parametrize(
    "missing",
    [
        "AFTERWORD_PAGE_TOKEN",
        pytest.param("AFTERWORD_SECRET_KEY", marks=pytest.mark.slow),
    ],
)
def test_without_its_keys_it_does_not_start(missing: str, tmp_path: Path) -> None:
    given = {name: value for name, value in KEYS.items() if name != missing}
    result = ended(tmp_path, "run", given=given)
    assert result.returncode == 2
    assert result.stderr == (
        f"{missing} must be set to run the service: `afterword init` writes a .env with good "
        "ones.\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        given = {**KEYS, "AFTERWORD_BIND": f"127.0.0.1:{port}", "AFTERWORD_LIVE": "true"}
        result = ended(tmp_path, "run", given=given)
    assert result.returncode == 1
    assert "neither Slack nor mail is set up, so that nothing can be sent" in result.stderr
    last = result.stderr.splitlines()[-1]
    assert last.startswith(f"Cannot listen on 127.0.0.1:{port}: another program does already.")
    assert "Traceback" not in result.stderr
