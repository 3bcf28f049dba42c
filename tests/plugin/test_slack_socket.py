"""Answers that come in by Socket Mode, without any public address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.notify.slack import Slack
from plugin.slack_app import Socket, slack_app
from plugin.variables import Settings
from plugin.wiring import Afterword
from scheduler.answers import AnswerKind
from scheduler.store import Store
from tests.connectors.fake_slack import APP_TOKEN, TOKEN, FakeSlack
from tests.connectors.fake_socket import FakeSocket
from tests.plugin.slack_office import (
    WEDNESDAY,
    SlackOffice,
    an_interview,
    button,
    pressed,
    slack_office,
)
from tests.scheduler.builders import KEY
from tests.stores import store_at


@pytest.fixture
def link() -> Iterator[FakeSocket]:
    with FakeSocket() as link:
        yield link


@pytest.fixture
def office(tmp_path: Path, link: FakeSocket) -> Iterator[SlackOffice]:
    with slack_office(tmp_path, signing_secrets=(), app_token=APP_TOKEN) as office:
        office.slack.socket_url = link.url
        yield office.holds(an_interview())


@pytest.fixture
def socket(office: SlackOffice) -> Iterator[Socket]:
    socket = office.app.socket()
    assert socket is not None
    socket.start()
    yield socket
    socket.stop()


def test_answers_windows_the_home_tab_and_the_command_all_come_that_way(
    office: SlackOffice, link: FakeSocket, socket: Socket
) -> None:
    """One test: slack_sdk takes three seconds to let a connection go."""
    post = office.nudged()
    link.send("interactive", pressed(button(post, "nudge.done"), "U1", "t1"), "E1")
    [answer] = office.store.scorecards(keys=[KEY])[0].answers  # kept before it was acknowledged
    assert (answer.kind, answer.via) == (AnswerKind.DONE_ELSEWHERE, "slack")
    assert office.rung == ["faces"]

    press = pressed(button(post, "nudge.snooze"), "U1", office.slack.trigger())
    link.send("interactive", press, "E2")
    office.executor.idle()
    [view] = office.slack.opened
    values = {"when": {"any": {"selected_option": {"value": "2020-01-01"}}}}
    submitted = {
        "type": "view_submission",
        "user": {"id": "U1"},
        "team": {"id": "T1"},
        "view": {**view, "id": "V1", "state": {"values": values}},
    }
    said = link.send("interactive", submitted, "E3")
    assert said["payload"]["response_action"] == "errors"

    event = {"type": "app_home_opened", "user": "U1", "tab": "home"}
    link.send("events_api", {"type": "event_callback", "event_id": "Ev1", "event": event}, "E4")
    office.executor.idle()
    assert "U1" in office.slack.homes

    command = {"command": "/afterword", "user_id": "U1", "team_id": "T1", "text": ""}
    said = link.send("slash_commands", command, "E5")
    assert said["payload"]["response_type"] == "ephemeral"


def test_without_a_signing_secret_the_route_takes_nothing(office: SlackOffice) -> None:
    assert office.event({"type": "app_home_opened", "user": "U1"}).status_code == 401


def test_without_any_way_in_there_is_no_app_and_messages_hold_links_only(tmp_path: Path) -> None:
    with (
        Store.open(store_at(tmp_path / "a.db")) as store,
        FakeSlack() as slack,
    ):
        notifier = Slack(TOKEN, slack.url)
        parts = Afterword(
            Settings.model_validate({}), store, {}, {"slack": notifier}, lambda: WEDNESDAY
        )
        assert slack_app(parts, lambda: None) is None
