"""``afterword check``: everything that is needed, one line each, with what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.notify.slack_scopes import OPTIONAL, SCOPES, TO_ANSWER
from plugin.sandbox.greenhouse import EVERY_SCOPE
from plugin.sandbox.server import SandboxServer
from tests.connectors.fake_slack import TOKEN, FakeSlack
from tests.connectors.mail_server import MailServer
from tests.plugin.conftest import Run
from tests.plugin.sandbox_kit import MONDAY, story


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(story().world, now=MONDAY) as server:
        yield server


def connect(server: SandboxServer, monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    for name, value in (server.environment() | more).items():
        monkeypatch.setenv(name, value)


def findings(afterword: Run) -> tuple[int, dict[str, dict[str, Any]]]:
    result = afterword("check", "--json")
    found = json.loads(result.stdout)
    assert found["ok"] is (result.exit_code == 0)
    return result.exit_code, {each["subject"]: each for each in found["findings"]}


def test_when_everything_is_set_up_everything_is_fine(
    afterword: Run, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    afterword("init")
    granted = (*SCOPES, *TO_ANSWER, *OPTIONAL)
    with MailServer() as mail, FakeSlack(scopes=granted) as slack:
        connect(
            sandbox,
            monkeypatch,
            SLACK_BOT_TOKEN=TOKEN,
            SLACK_SIGNING_SECRET="a-signing-secret-0123456789",
            SLACK_API_URL=slack.url,
            SMTP_URL=mail.url,
            MAIL_FROM="afterword@example.org",
            AFTERWORD_REPORT_TO="hiring@example.org,#recruiting",
            AFTERWORD_PUBLIC_URL="https://afterword.example.com",
        )
        code, found = findings(afterword)
        assert mail.received == []
        assert slack.posts == []
    assert code == 0
    assert [each for each in found.values() if not each["ok"]] == []
    assert "as the ATS does" in found["Clock"]["detail"]
    assert {"Settings", "Database", "greenhouse: token", "Slack token"} <= found.keys()


def test_a_missing_scope_is_named(afterword: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    world = story().world
    scopes = EVERY_SCOPE - {"harvest:scorecards:list"}
    with SandboxServer(world, now=MONDAY, scopes=scopes) as server:
        connect(server, monkeypatch)
        code, found = findings(afterword)
        table = afterword("check")
    assert code == 1
    failed = [each for each in found.values() if not each["ok"] and not each["optional"]]
    assert len(failed) == 1
    assert "harvest:scorecards:list" in json.dumps(failed)
    assert table.exit_code == 1
    assert "✗" in table.stdout
    assert "harvest:scorecards:list" in " ".join(table.stdout.split())


def test_a_refused_credential_is_said_without_the_secret(
    afterword: Run, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(sandbox, monkeypatch, GREENHOUSE_CLIENT_SECRET="not-the-right-secret")
    result = afterword("check")
    assert result.exit_code == 1
    assert "✗ greenhouse: token" in result.stdout
    said = " ".join(result.stdout.split())
    assert said.count("Check GREENHOUSE_CLIENT_ID and GREENHOUSE_CLIENT_SECRET.") == 1
    monkeypatch.setenv("GREENHOUSE_TOKEN_URL", "http://127.0.0.1:1/token")
    _, found = findings(afterword)
    assert "could not be reached" in found["greenhouse: token"]["detail"]
    assert found["greenhouse: token"]["remedy"].startswith("Check the network and ")
    assert afterword("nudge").stderr == (
        "No sync of greenhouse has come to its end yet: run `afterword sync`.\n"
    )
    assert "not-the-right-secret" not in result.output


def test_every_problem_of_the_settings_is_a_line(
    afterword: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERWORD_LIVE", "perhaps")
    monkeypatch.setenv("AFTERWORD_BIND", "nowhere")
    code, found = findings(afterword)
    assert code == 1
    assert {"AFTERWORD_LIVE", "AFTERWORD_BIND"} == found.keys()
    assert found["AFTERWORD_LIVE"]["remedy"] == "Write true or false."


def test_a_database_that_cannot_be_opened_is_a_line(
    afterword: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERWORD_DATABASE_URL", f"sqlite:///{place}/missing/x.db")
    code, found = findings(afterword)
    assert code == 1
    assert "cannot be opened" in found["Database"]["detail"]


def test_what_is_not_set_up_yet_is_a_warning_until_it_is_needed(
    afterword: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, found = findings(afterword)
    assert code == 0
    assert found["Channels"]["optional"] is True
    monkeypatch.setenv("AFTERWORD_LIVE", "true")
    code, found = findings(afterword)
    assert code == 1
    assert found["Channels"]["optional"] is False


@pytest.mark.parametrize(
    ("more", "fine"),
    [
        ({"AFTERWORD_PUBLIC_URL": "http://afterword.example.com"}, False),
        ({}, False),
        ({"AFTERWORD_PUBLIC_URL": "https://afterword.example.com"}, True),
        ({"SLACK_APP_TOKEN": "xapp-1-A1-2-3"}, True),
    ],
)
def test_slack_is_said_to_call_https_addresses_only(
    afterword: Run, monkeypatch: pytest.MonkeyPatch, more: dict[str, str], fine: bool
) -> None:
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "a-signing-secret-0123456789")
    for name, value in more.items():
        monkeypatch.setenv(name, value)
    with FakeSlack(scopes=(*SCOPES, *TO_ANSWER)) as slack:
        monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
        monkeypatch.setenv("SLACK_API_URL", slack.url)
        result = afterword("check")
    said = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert ("Slack calls https addresses only" in said) is not fine
    assert ("or set SLACK_APP_TOKEN (Socket Mode), which needs none." in said) is not fine


@pytest.mark.parametrize(
    ("variable", "subject"),
    [("AFTERWORD_REPORT_TO", "Weekly report"), ("AFTERWORD_ALARMS_TO", "Alarms")],
)
def test_an_address_that_no_channel_reaches_is_a_failure(
    afterword: Run, monkeypatch: pytest.MonkeyPatch, variable: str, subject: str
) -> None:
    monkeypatch.setenv(variable, "#recruiting")
    code, found = findings(afterword)
    assert (code, found[subject]["detail"]) == (1, "#recruiting cannot be reached")
