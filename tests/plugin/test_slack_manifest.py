"""The manifest of the Slack app, held against the limits of slack.md 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from connectors.notify.slack_scopes import OPTIONAL, SCOPES, TO_ANSWER, UNASKED
from plugin.cli import main
from plugin.slack_manifest import manifest


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["slack", "manifest", *arguments])


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("url", ["https://afterword.example.com", None])
def test_it_keeps_to_the_documented_limits(url: str | None) -> None:
    made = manifest(url)
    shown, features = made["display_information"], made["features"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    assert len(features["bot_user"]["display_name"]) <= 80
    [command] = features["slash_commands"]
    assert len(command["command"]) <= 32
    assert features["app_home"]["messages_tab_enabled"]


def test_everything_comes_to_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERWORD_PUBLIC_URL", "https://afterword.example.com")
    made = json.loads(run().stdout)
    address = "https://afterword.example.com/slack/events"
    assert made["settings"]["interactivity"]["request_url"] == address
    assert made["settings"]["event_subscriptions"]["request_url"] == address
    assert made["features"]["slash_commands"][0]["url"] == address
    assert not made["settings"]["socket_mode_enabled"]


def test_socket_mode_needs_no_address() -> None:
    said = run("--socket").stdout
    assert json.loads(said)["settings"]["socket_mode_enabled"]
    assert "url" not in said


def test_it_asks_for_the_needed_scopes_and_no_others() -> None:
    assert set(manifest(None)["oauth_config"]["scopes"]["bot"]) == {*SCOPES, *TO_ANSWER}


@pytest.mark.parametrize("url", [None, "http://afterword.example.com"])
def test_without_an_address_that_slack_can_use_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    if url:
        monkeypatch.setenv("AFTERWORD_PUBLIC_URL", url)
    result = run()
    assert result.exit_code == 2
    assert "AFTERWORD_PUBLIC_URL" in result.stderr
    assert "--socket" in result.stderr


def test_the_page_explains_every_scope() -> None:
    page = (Path(__file__).parents[2] / "docs" / "slack.md").read_text(encoding="utf-8")
    for scope, purpose in {**SCOPES, **TO_ANSWER, **OPTIONAL, **UNASKED}.items():
        assert f"| `{scope}` | {purpose}" in page
