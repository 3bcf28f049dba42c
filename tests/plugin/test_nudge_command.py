"""``afterword nudge``: dry until it is live, words for people, JSON for programs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.fake_slack import TOKEN, FakeSlack
from tests.connectors.mail_server import MailServer
from tests.plugin.conftest import Run
from tests.plugin.test_cli import BEFORE, HEADINGS, ROWS, rows_of

NOW = "2026-11-09T10:00:00Z"


@pytest.fixture
def imported(afterword: Run, place: Path) -> Run:
    (place / "interviews.csv").write_text("\n".join([HEADINGS, *ROWS]))
    assert afterword("import", "interviews.csv", "--now", BEFORE).exit_code == 0
    return afterword


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSlack]:
    with FakeSlack() as server:
        server.person("bo@example.com", "U1")
        monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
        monkeypatch.setenv("SLACK_API_URL", server.url)
        yield server


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with MailServer() as server:
        monkeypatch.setenv("SMTP_URL", server.url)
        monkeypatch.setenv("MAIL_FROM", "afterword@example.org")
        yield server


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_LIVE", "true")


def listed(afterword: Run, *words: str) -> list[dict[str, Any]]:
    """What ``--json`` says; stdout holds nothing else."""
    found: list[dict[str, Any]] = json.loads(afterword("nudge", "--json", *words).stdout)
    return found


def test_the_json_has_the_documented_keys(imported: Run, slack: FakeSlack) -> None:
    (entry,) = listed(imported, "--now", NOW)
    text = entry.pop("text")
    assert "Noor V." in text
    assert entry == {
        "to": {"name": "Bo", "email": "bo@example.com"},
        "channel": "slack",
        "kind": "nudge",
        "scorecards": [
            {
                "ats": "csv",
                "interview_id": "1",
                "interviewer_id": "bo@example.com",
                "interviewer_email": "bo@example.com",
                "step": "nudge 1",
            }
        ],
        "subject": "Notes for Systems (Engineer)",
    }


def test_nothing_to_say_is_an_empty_list(imported: Run) -> None:
    assert listed(imported, "--now", BEFORE) == []


def test_it_is_a_dry_run_until_it_is_live(imported: Run, slack: FakeSlack, place: Path) -> None:
    before = rows_of(place / "afterword.db")
    result = imported("nudge", "--now", NOW)
    assert result.exit_code == 0
    assert "Would send: 1 nudge." in result.stdout
    assert "set AFTERWORD_LIVE=true to send" in result.stdout
    assert slack.calls == []
    assert rows_of(place / "afterword.db") == before


def test_live_it_sends_once_and_says_so(imported: Run, slack: FakeSlack, live: None) -> None:
    shown = listed(imported, "--dry-run", "--now", NOW)
    assert slack.calls == []
    (sent,) = listed(imported, "--now", NOW)
    assert (sent.pop("state"), sent.pop("reason")) == ("sent", None)
    assert [sent] == shown
    assert [post.to for post in slack.posts] == ["bo@example.com"]
    again = imported("nudge", "--now", NOW)
    assert "Sent: no message." in again.stdout
    assert again.exit_code == 0
    assert len(slack.posts) == 1


def test_a_person_who_is_not_on_slack_gets_a_mail_and_all_is_well(
    imported: Run, slack: FakeSlack, mail: MailServer, live: None
) -> None:
    """Case 48."""
    result = imported("nudge", "--json", "--now", "2026-11-16T10:00:00Z")
    assert (result.exit_code, "was not sent" in result.stderr) == (0, False)
    found = {each["to"]["email"]: each["channel"] for each in json.loads(result.stdout)}
    assert found == {"bo@example.com": "slack", "dee@example.com": "mail"}
    assert len(mail.received) == 1


def test_what_failed_is_said_on_stderr_and_makes_the_exit_code_1(
    imported: Run, slack: FakeSlack, live: None
) -> None:
    slack.fail_next("chat.postMessage", error="is_archived")
    result = imported("nudge", "--json", "--now", NOW)
    assert result.exit_code == 1
    assert "The message to bo@example.com was not sent: Slack cannot reach" in result.stderr
    (entry,) = json.loads(result.stdout)
    assert entry["state"] == "failed"
    assert "Sent: no message." in imported("nudge", "--now", NOW).stdout


def test_what_may_be_lost_is_said_so(imported: Run, slack: FakeSlack, live: None) -> None:
    """Case 45."""
    slack.fail_next("chat.postMessage", drop=True)
    result = imported("nudge", "--now", NOW)
    assert result.exit_code == 1
    assert "The message to bo@example.com may have been lost" in result.stderr
    assert imported("nudge", "--now", NOW).exit_code == 0
    assert slack.calls.count("chat.postMessage") == 1


def test_a_refused_token_is_one_sentence(imported: Run, slack: FakeSlack, live: None) -> None:
    """Case 48."""
    slack.fail_next("users.lookupByEmail", error="token_revoked")
    result = imported("nudge", "--now", NOW)
    assert result.exit_code == 1
    assert "Slack does not work since" in result.stderr
    assert "Slack refuses the token" in result.stderr
    assert TOKEN not in result.output
    status = " ".join(imported("status").stdout.split())
    assert "Slack does not work since" in status
    assert "`afterword resume` tries at once" in status
    assert imported("resume").stdout == "Slack is tried again at the next run.\n"


def test_live_without_a_channel_says_what_to_set(imported: Run, live: None) -> None:
    result = imported("nudge", "--json", "--now", NOW)
    assert (result.exit_code, json.loads(result.stdout)) == (1, [])
    assert "set SLACK_BOT_TOKEN or SMTP_URL" in result.stderr


def test_a_store_that_knows_nothing_says_how_to_begin(afterword: Run) -> None:
    result = afterword("nudge")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "run `afterword sync`" in result.stderr


def test_for_a_program_a_store_that_knows_nothing_is_an_empty_list(afterword: Run) -> None:
    result = afterword("nudge", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])
    assert result.stderr.startswith("Nothing was ever synced")


def test_for_people_it_says_why_the_others_are_silent_in_80_columns(
    imported: Run, place: Path
) -> None:
    """Case 55."""
    with sqlite3.connect(place / "afterword.db") as db:
        db.execute("UPDATE people SET active = 0 WHERE id = 'dee@example.com'")
    db.close()
    imported("nudge", "--now", NOW)
    out = imported("nudge", "--now", "2026-11-16T10:00:00Z").stdout
    assert "Nobody can be written to about" in out
    flat = " ".join(out.split())
    assert (
        "- interview 3, interviewer dee@example.com (csv): undeliverable: the interviewer's "
        "account is deactivated" in flat
    )
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80
    history = imported("nudge", "--now", NOW).stdout
    assert "Would send: 1 nudge." in history


def test_history_is_silent_and_the_reason_is_shown(
    imported: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Case 58."""
    monkeypatch.setenv("AFTERWORD_NUDGE_SINCE", "2026-11-08")
    out = " ".join(imported("nudge", "--now", NOW).stdout.split())
    assert "Would send: no message." in out
    assert "Silent about 1 scorecard, because 1 it ended earlier than nudges begin" in out


def test_the_cap_is_said(imported: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Case 58."""
    monkeypatch.setenv("AFTERWORD_MAX_MESSAGES", "1")
    out = imported("nudge", "--now", "2026-11-16T10:00:00Z").stdout
    assert "Would send: 1 nudge. 1 more message waits for the next run." in out
