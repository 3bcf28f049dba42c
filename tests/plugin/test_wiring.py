"""The parts are put together as the settings say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.model import Candidate, Page
from connectors.notify.base import Message, MessageKind, Recipient
from connectors.notify.mail import Mail
from plugin import wiring
from plugin.settings import load
from plugin.wiring import opened
from scheduler.store import Delivery

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
GREENHOUSE = {"GREENHOUSE_CLIENT_ID": "an-id", "GREENHOUSE_CLIENT_SECRET": "a-secret"}
MAIL = {"SMTP_URL": "smtp://localhost", "MAIL_FROM": "afterword@example.org"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def given(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_nobody_is_nudged_about_what_ended_before_the_first_sync(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Case 58."""
    given(monkeypatch, GREENHOUSE)
    with opened(load()) as afterword:
        assert afterword.policies()["greenhouse"].nudge_since is None
        afterword.store.begin_sync("greenhouse", "a test", NOW)
        afterword.store.begin_sync("csv", "a test", NOW)
        assert {name: each.nudge_since for name, each in afterword.policies().items()} == {
            "greenhouse": NOW,
            "csv": NOW,
        }
        assert afterword.policy_of("csv") == afterword.policies()["csv"]


def test_the_setting_wins_over_the_moment_of_the_first_sync(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given(monkeypatch, {"AFTERWORD_NUDGE_SINCE": "2026-10-01", "AFTERWORD_DECLINED": "ask"})
    with opened(load()) as afterword:
        afterword.store.begin_sync("csv", "a test", NOW)
        policy = afterword.policy_of("csv")
    assert policy.nudge_since == datetime(2026, 10, 1, tzinfo=UTC)
    assert policy.declined_is_excused is False


def test_an_account_without_credentials_is_not_spoken_about_but_what_was_brought_in_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given(monkeypatch, GREENHOUSE)
    with opened(load()) as afterword:
        for name in ("greenhouse", "lever", "csv", "push"):
            afterword.store.begin_sync(name, "a test", NOW)
        nudging = afterword.nudging()
    assert nudging.unplugged == {"lever"}
    assert set(nudging.policies) == {"greenhouse", "lever", "csv", "push"}  # still counted


def test_what_has_no_credentials_is_not_connected() -> None:
    settings = load()
    assert (wiring.accounts(settings), wiring.notifiers(settings)) == ({}, {})
    assert wiring.doorbells(settings) == frozenset()


def test_slack_is_preferred_to_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, MAIL | GREENHOUSE | {"SLACK_BOT_TOKEN": "xoxb-1"})
    settings = load()
    assert list(wiring.notifiers(settings)) == ["slack", "mail"]
    assert list(wiring.accounts(settings)) == ["greenhouse"]


def test_only_an_account_with_a_webhook_secret_has_a_doorbell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given(monkeypatch, GREENHOUSE)
    assert wiring.doorbells(load()) == frozenset()
    monkeypatch.setenv("GREENHOUSE_WEBHOOK_SECRET", "a-hook-secret")
    assert wiring.doorbells(load()) == {"greenhouse"}


def test_answers_to_mails_go_where_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, MAIL | {"AFTERWORD_MAIL_REPLY_TO": "recruiting@example.org"})
    mail = wiring.notifiers(load())["mail"]
    assert isinstance(mail, Mail)
    message = Message("1", MessageKind.NUDGE, Recipient("Bo", "bo@example.org"), "Hello", "Text")
    assert mail.mail_of(message)["Reply-To"] == "recruiting@example.org"


def test_names_that_were_stored_are_gone_once_the_owner_chooses_to_store_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    body = b'{"payload": {"candidate": "Known Name"}}'
    delivery = Delivery(NOW, "e1", "0" * 64, "secret-1", body, "ping", state="ignored")
    with opened(load()) as afterword:
        page = Page((Candidate("c1", "Known Name"),), NOW)
        afterword.store.save_page("greenhouse", page, store_names=True)
        afterword.store.receive("greenhouse", delivery)
    database = tmp_path / "afterword.db"
    assert b"Known Name" in database.read_bytes()
    monkeypatch.setenv("AFTERWORD_STORE_NAMES", "false")
    with opened(load()) as afterword:
        assert afterword.store.forget_names() == 0  # nothing is left
    assert b"Known Name" not in database.read_bytes()
