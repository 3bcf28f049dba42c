"""What a log may show: enough to help, and no secret and no address (case 67)."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
import structlog

from plugin.logs import configure
from plugin.settings import Settings, load

SECRETS = {
    "AFTERWORD_SECRET_KEY": "key-0123456789abcdef",
    "AFTERWORD_PAGE_TOKEN": "page-0123456789abcdef",
    "AFTERWORD_DATABASE_URL": "postgresql://me:db-p%40ss@host/name",
    "GREENHOUSE_CLIENT_ID": "client-id-1",
    "GREENHOUSE_CLIENT_SECRET": "client/secret+1=",
    "GREENHOUSE_WEBHOOK_SECRET": "hook-secret-1,hook-secret-2",
    "SLACK_BOT_TOKEN": "slack-token-1",
    "SMTP_URL": "smtp://me:mail-pass@host:587",
    "MAIL_FROM": "afterword@example.com",
}
NEVER = (
    *("key-0123456789abcdef", "page-0123456789abcdef", "db-p%40ss", "db-p@ss", "client-id-1"),
    *("client/secret+1=", "hook-secret-1", "hook-secret-2", "slack-token-1", "mail-pass"),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    return load()


@pytest.fixture(params=[io.StringIO, Terminal], ids=["file", "terminal"])
def stream(request: pytest.FixtureRequest, settings: Settings) -> io.StringIO:
    made: io.StringIO = request.param()
    configure(settings.secret_values(), stream=made)
    return made


def test_no_secret_of_the_settings_comes_out_wherever_it_stands(stream: io.StringIO) -> None:
    log = structlog.get_logger("afterword.test")
    for secret in NEVER:
        log.warning(f"it was {secret}!", value=secret, deep={"list": [secret, (secret,)]})
        logging.getLogger("some.library").warning("asked %s with %s", "host", secret)
        try:
            raise ValueError(f"refused {secret}")
        except ValueError as error:
            log.exception("it failed", error=error)
    shown = stream.getvalue()
    assert "it was" in shown
    assert "it failed" in shown
    assert [secret for secret in NEVER if secret in shown] == []


@pytest.mark.parametrize(
    "text",
    [
        "sent to noor.vance+jobs@mail.example.com today",
        "Authorization: Bearer abcdef0123456789",
        "{'Authorization': 'Basic abcdef0123456789'}",
        "header Signature: sha256 abcdef0123456789",
        'X-Slack-Signature="abcdef0123456789"',
        "Bearer abcdef0123456789",
        "token xoxb-abcdef0123456789 was revoked",
        "https://host/path?token=abcdef0123456789",
    ],
)
def test_addresses_and_credentials_of_others_do_not_come_out_either(
    text: str, stream: io.StringIO
) -> None:
    structlog.get_logger().warning(text)
    logging.getLogger("x").warning(text)
    assert "[secret]" in stream.getvalue() or "[address]" in stream.getvalue()
    assert "abcdef0123456789" not in stream.getvalue()
    assert "example.com" not in stream.getvalue()


def test_a_field_that_is_called_like_a_credential_is_hidden(stream: io.StringIO) -> None:
    structlog.get_logger().info("called", headers={"Authorization": "abc", "Accept": "text/x"})
    structlog.get_logger().info("called", signature="def", page_token="ghi")
    shown = stream.getvalue()
    assert "text/x" in shown
    assert [word for word in ("'abc'", '"abc"', "def", "ghi") if word in shown] == []


def test_away_from_a_terminal_each_line_is_one_json_object() -> None:
    stream = io.StringIO()
    configure(stream=stream)
    structlog.get_logger("afterword.sync").info("sync finished", account="greenhouse", records=12)
    logging.getLogger("plugin.app").warning("slow\nanswer")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["event"], first["account"], first["records"]) == (
        "sync finished",
        "greenhouse",
        12,
    )
    assert first["level"] == "info"
    assert first["timestamp"].endswith("Z")
    assert (second["event"], second["logger"]) == ("slow\nanswer", "plugin.app")


def test_what_is_below_the_level_is_left_out_and_libraries_do_not_chatter() -> None:
    stream = io.StringIO()
    configure(level=logging.INFO, stream=stream)
    structlog.get_logger("a").debug("no")
    logging.getLogger("urllib3.connectionpool").info("no")
    logging.getLogger("apscheduler.executors").info("no")
    structlog.get_logger("a").info("yes")
    assert [_event(line) for line in stream.getvalue().splitlines()] == ["yes"]


def _event(line: str) -> Any:
    return json.loads(line)["event"]
