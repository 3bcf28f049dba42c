"""What Slack sends, and what only says that it comes from Slack. slack.md 7 and 8."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from plugin.slack_app import ROUTE
from tests.plugin.slack_office import (
    OLD_SECRET,
    SECRET,
    SlackOffice,
    an_interview,
    button,
    sign,
    slack_office,
)
from tests.scheduler.builders import KEY

OPENED = {"type": "app_home_opened", "user": "U1", "tab": "home"}
CHALLENGE = json.dumps({"type": "url_verification", "challenge": "c4a11enge"}).encode()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[SlackOffice]:
    structlog.reset_defaults()
    with slack_office(tmp_path) as office:
        yield office.holds(an_interview())


def stamp(office: SlackOffice, seconds: int = 0) -> str:
    return str(int(office.clock.now.timestamp()) + seconds)


def test_the_address_is_verified_with_a_signed_challenge(office: SlackOffice) -> None:
    answer = office.post(CHALLENGE, "application/json")
    assert answer.status_code == 200
    assert answer.json == {"challenge": "c4a11enge"}


def test_while_a_secret_is_changed_both_prove_a_request(office: SlackOffice) -> None:
    for secret in (SECRET, OLD_SECRET):
        signature = sign(CHALLENGE, stamp(office), secret)
        answer = office.post(CHALLENGE, "application/json", X_Slack_Signature=signature)
        assert answer.status_code == 200


@pytest.mark.parametrize("seconds", [-299, 299])
def test_five_minutes_of_clock_are_forgiven(office: SlackOffice, seconds: int) -> None:
    when = stamp(office, seconds)
    signed = {"X_Slack_Request_Timestamp": when, "X_Slack_Signature": sign(CHALLENGE, when)}
    assert office.post(CHALLENGE, "application/json", **signed).status_code == 200


@pytest.mark.parametrize("seconds", [-400, 400])
def test_an_old_or_a_future_request_is_refused(office: SlackOffice, seconds: int) -> None:
    when = stamp(office, seconds)
    signed = {"X_Slack_Request_Timestamp": when, "X_Slack_Signature": sign(CHALLENGE, when)}
    assert office.post(CHALLENGE, "application/json", **signed).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Slack_Signature": ""},
        {"X_Slack_Request_Timestamp": ""},
        {"X_Slack_Request_Timestamp": "soon"},
        {"X_Slack_Request_Timestamp": "1e9"},
        {"X_Slack_Request_Timestamp": "-5"},
        {"X_Slack_Signature": "v0=" + "0" * 64},
        {"X_Slack_Signature": "v0=é"},
        {"X_Slack_Signature": sign(CHALLENGE, "1", "another secret")},
    ],
)
def test_a_request_that_is_not_signed_is_refused_and_nothing_happens(
    office: SlackOffice, headers: dict[str, str]
) -> None:
    body = json.dumps({"type": "event_callback", "event_id": "E", "event": OPENED}).encode()
    answer = office.post(body, "application/json", **headers)
    office.executor.idle()
    assert answer.status_code == 401
    assert office.slack.homes == {}


def test_a_changed_byte_is_refused(office: SlackOffice) -> None:
    press = button(office.nudged(), "nudge.done")
    body = json.dumps(press).encode()
    signature = sign(body, stamp(office))
    answer = office.post(body + b" ", "application/json", X_Slack_Signature=signature)
    assert answer.status_code == 401
    assert office.store.scorecards(keys=[KEY])[0].answers == ()


def test_an_event_that_comes_again_is_acknowledged_and_done_once(office: SlackOffice) -> None:
    for _ in range(3):
        retry = {"X_Slack_Retry_Num": "1", "X_Slack_Retry_Reason": "http_timeout"}
        assert office.event(OPENED, "Ev9", **retry).status_code == 200
    assert office.slack.calls.count("views.publish") == 1
    office.event(OPENED, "Ev10")
    assert office.slack.calls.count("views.publish") == 2


@pytest.mark.parametrize("kind", ["message", "tokens_revoked", "app_uninstalled", "x"])
def test_events_that_nobody_asked_for_are_acknowledged(office: SlackOffice, kind: str) -> None:
    assert office.event({"type": kind, "user": "U1"}).status_code == 200


def test_shortcuts_windows_and_commands_that_we_do_not_know_are_acknowledged(
    office: SlackOffice,
) -> None:
    user = {"user": {"id": "U1"}, "team": {"id": "T1"}, "trigger_id": "t"}
    shortcut = {"type": "shortcut", "callback_id": "old", **user}
    view = {"id": "V1", "callback_id": "old", "state": {"values": {}}, "type": "modal"}
    closed = {"type": "view_closed", "view": view, **user}
    submitted = {"type": "view_submission", "view": view, **user}
    for payload in (shortcut, closed, submitted):
        assert office.interact(payload).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"payload=%7B", b"\xff\xfe", b"null", b"1"])
def test_what_is_signed_and_makes_no_sense_breaks_nothing(office: SlackOffice, body: bytes) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        assert office.post(body, kind).status_code < 500
    assert office.post(CHALLENGE, "application/json").status_code == 200


def test_only_posts_are_taken(office: SlackOffice) -> None:
    assert office.client.get(ROUTE).status_code == 405


def test_no_name_address_or_token_is_logged(
    office: SlackOffice, caplog: pytest.LogCaptureFixture
) -> None:
    post = office.nudged()
    with caplog.at_level(logging.DEBUG), capture_logs() as logs:
        office.press(button(post, "nudge.snooze"))
        office.press({"action_id": "of.another.version", "value": "Noor V."}, "U7")
        office.slack.fail_next("views.open", error="internal_error")
        office.press(button(post, "nudge.snooze"))
        office.slack.fail_next("views.publish", error="internal_error")
        office.event(OPENED)
        office.post(b"{", "application/json", X_Slack_Signature="v0=0")
    said = caplog.text + repr(logs)
    for word in ("Noor", "Bo Ek", "p1@example.org", "xoxb", SECRET, "somebody"):
        assert word not in said
    assert "internal_error" in said


def test_our_own_log_is_heard_beside_the_one_that_is_kept_silent(office: SlackOffice) -> None:
    """With every request Bolt sets the level of the logger that is called like its app."""
    assert office.press(button(office.nudged(), "nudge.snooze")).status_code == 200
    for name in ("afterword", "afterword.service", "plugin.app"):
        assert logging.getLogger(name).isEnabledFor(logging.WARNING), name
