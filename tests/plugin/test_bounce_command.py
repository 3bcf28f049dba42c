"""``afterword bounce``: what a mail server sends back, taken from standard input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugin.cli import main
from tests.connectors.mail_server import MailServer
from tests.plugin.conftest import Run
from tests.plugin.test_cli import BEFORE, HEADINGS, ROWS
from tests.scheduler.sample_bounces import a_bounce

NOW = "2026-11-09T10:00:00Z"
LATER = "2026-11-09T10:05:00Z"


def bounced(raw: bytes, *words: str) -> Result:
    result = CliRunner().invoke(main, ["bounce", "--now", LATER, *words], input=raw)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert len(result.output.strip().splitlines()) == 1
    return result


@pytest.fixture
def message_id(afterword: Run, place: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a nudge that a mail server took."""
    (place / "interviews.csv").write_text("\n".join([HEADINGS, *ROWS]))
    assert afterword("import", "interviews.csv", "--now", BEFORE).exit_code == 0
    with MailServer() as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        monkeypatch.setenv("MAIL_FROM", "afterword@example.org")
        monkeypatch.setenv("AFTERWORD_LIVE", "true")
        assert afterword("nudge", "--now", NOW).exit_code == 0
        return str(server.received[0]["Message-ID"])


def test_case_59_a_mail_that_came_back_is_marked_and_listed(
    message_id: str, afterword: Run, place: Path
) -> None:
    result = bounced(a_bounce(message_id, whole=True))
    assert (result.exit_code, result.output) == (
        0,
        "Marked as failed (5.1.1): the next message to this person goes another way.\n",
    )
    assert "known already" in bounced(a_bounce(message_id)).output
    assert "5.1.1" in afterword("explain", "1", "--now", LATER).output
    kept = (place / "afterword.db").read_bytes()
    assert b"user unknown" not in kept  # nothing of the report's own words


def test_a_mail_that_is_only_late_changes_nothing(message_id: str) -> None:
    result = bounced(a_bounce(message_id, action="delayed", status="4.4.1"))
    assert (result.exit_code, "not given up yet" in result.output) == (0, True)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"From: bo@example.org\r\n\r\nI will write it.\r\n", "not a delivery report"),
        (a_bounce("<somebody@elsewhere.example>"), "none of Afterword's"),
        (b"", "not a delivery report"),
    ],
)
def test_anything_else_is_given_back_with_one_sentence(
    afterword: Run, raw: bytes, said: str
) -> None:
    result = bounced(raw)
    assert (result.exit_code, said in result.output) == (65, True)
    assert "I will write it" not in result.output


def test_what_cannot_be_stored_now_is_taken_up_later(
    afterword: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFTERWORD_DATABASE_URL", f"sqlite:///{place}/no/such/folder/a.db")
    assert bounced(a_bounce()).exit_code == 75
    monkeypatch.setenv("AFTERWORD_DATABASE_URL", "nonsense")
    assert bounced(a_bounce()).exit_code == 75


def test_a_mail_as_large_as_a_disk_is_not_read(
    afterword: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.commands.bounce.MOST_BYTES", 1000)
    result: Any = bounced(a_bounce())
    assert (result.exit_code, "too large" in result.output) == (65, True)
