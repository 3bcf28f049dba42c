"""What follows a request of Slack waits for Slack's pace, and holds up nobody's acknowledgement."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from plugin.slack_afterwards import Afterwards
from scheduler.blocks import Block

SOON = 5.0
"""Seconds; only a failing test waits for them."""


class SlowTabs:
    """A Slack that shows no Home tab before it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.shown: list[tuple[str, int]] = []
        self.begun = threading.Event()
        self.last = threading.Event()
        self.opened = threading.Event()

    def ask(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        if method == "views.open":
            self.opened.set()
            return {}
        self.begun.set()
        assert self.may.wait(SOON)
        self.shown.append((arguments["user_id"], arguments["view"]["page"]))
        if arguments["user_id"] == "last":
            self.last.set()
        return {}


@pytest.fixture
def slack() -> SlowTabs:
    return SlowTabs()


@pytest.fixture
def afterwards(slack: SlowTabs) -> Iterator[Afterwards]:
    found = Afterwards(slack, _home)
    yield found
    slack.may.set()
    found.stop()


def _home(user: str, page: int) -> Block:
    if user == "bug":
        raise KeyError(user)
    return {"page": page}


def test_asking_for_a_tab_never_waits_and_a_storm_shows_it_twice_at_most(
    slack: SlowTabs, afterwards: Afterwards
) -> None:
    afterwards.show("U1")
    assert slack.begun.wait(SOON)
    for page in range(50):
        afterwards.show("U1", page)
    afterwards.show("last")
    slack.may.set()
    assert slack.last.wait(SOON)
    assert slack.shown == [("U1", 0), ("U1", 49), ("last", 0)]


def test_a_window_is_opened_while_tabs_wait(slack: SlowTabs, afterwards: Afterwards) -> None:
    for number in range(20):
        afterwards.show(f"U{number}")
    afterwards.open({}, "trigger")
    assert slack.opened.wait(SOON)
    assert slack.shown == []


def test_a_bug_is_logged_without_a_name_and_the_next_tab_is_shown(
    slack: SlowTabs, afterwards: Afterwards
) -> None:
    slack.may.set()
    with capture_logs() as logs:
        afterwards.show("bug")
        afterwards.show("last")
        assert slack.last.wait(SOON)
    assert [entry["problem"] for entry in logs] == ["KeyError"]


def test_once_the_service_stops_nothing_more_is_asked(
    slack: SlowTabs, afterwards: Afterwards
) -> None:
    afterwards.stop()
    afterwards.show("U1")
    afterwards.open({}, "trigger")
    assert not slack.begun.is_set()
    assert not slack.opened.is_set()
